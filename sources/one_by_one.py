"""Looking at kept posts again where the service shows one post in an answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from sources.contract import Change, Page, SourceUnavailable
from sources.post import Post, PostKey

MOST_FAILURES = 3
"""Failed looks in a row after which the service itself is taken to be out of order."""


async def look_at_each(
    keys: Sequence[PostKey],
    look: Callable[[PostKey], Awaitable[Post | Change | None]],
    most_failures: int = MOST_FAILURES,
) -> Page:
    """Looks at one post after the other; None from `look` is "could not be told". A post whose answer is unfit spares
    the others. Raises what `look` raises: SourceUnavailable where that happens `most_failures` times in a row or to all
    of them, the other kinds at once. What was told until then is asked again another time, which is harmless.
    """
    posts: list[Post] = []
    changes: list[Change] = []
    failed: list[SourceUnavailable] = []
    in_a_row = 0
    for key in keys:
        try:
            found = await look(key)
        except SourceUnavailable as error:
            failed.append(error)
            in_a_row += 1
            if in_a_row >= most_failures or len(failed) == len(keys):
                raise
            continue
        in_a_row = 0
        if isinstance(found, Post):
            posts.append(found)
        elif found is not None:
            changes.append(found)
    untold = "1 post" if len(failed) == 1 else f"{len(failed)} posts"
    notes = (f"{untold} could not be looked at again: {failed[0]}",) if failed else ()
    return Page(posts=posts, changes=changes, notes=notes)
