"""What a stream brought since the last transaction, as one page."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from sources.contract import Page
from sources.post import Post


def joined(held: Page | None, page: Page, wanted: Sequence[Post]) -> Page:
    """The page that is held with the one that has come, of whose posts only the `wanted` ones stay.

    What the newer one deletes, or whose author has left, is held no longer; what was deleted and has come again stays.
    """
    if held is None:
        return replace(page, posts=list(wanted))
    deleted = {change.key for change in page.changes}
    left = {(departure.source, departure.author_id) for departure in page.departures}
    there = {post.key for post in page.posts} if held.changes else set()
    return replace(
        page,
        posts=[
            *(post for post in held.posts if post.key not in deleted and (post.source, post.author.id) not in left),
            *wanted,
        ],
        departures=[*held.departures, *page.departures],
        changes=[*(change for change in held.changes if change.key not in there), *page.changes],
        gaps=[*held.gaps, *page.gaps],
        reached=page.reached or held.reached,
    )
