"""What a stream brought since the last transaction, as one page."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import asdict

from listener.store.archive import Unwanted
from sources.contract import Page
from sources.post import Post


class HeldPage(Page, frozen=True, kw_only=True):
    """A page whose posts somebody wants. `unwanted`: the others, where they are archived; `ready`: as they will be.

    `weight`: about how many characters these have.
    """

    unwanted: Sequence[Post] = ()
    weight: int = 0
    ready: Sequence[Unwanted] = ()


def joined(held: HeldPage | None, page: Page, wanted: Sequence[Post], unwanted: Sequence[Post] = ()) -> HeldPage:
    """The page that is held with the one that has come, of whose posts only the `wanted` ones stay.

    What the newer one deletes, or whose author has left, is held no longer; what was deleted and has come again stays.
    """
    weight = sum(len(post.title) + len(post.text) + len(post.author.bio) for post in unwanted)
    newest = asdict(page) | {"posts": list(wanted), "unwanted": unwanted, "weight": weight}
    if held is None:
        return HeldPage(**newest)
    deleted = {change.key for change in page.changes}
    left = {(departure.source, departure.author_id) for departure in page.departures}
    there = {post.key for post in page.posts} if held.changes else set()

    def stays(post: Post) -> bool:
        return post.key not in deleted and (post.source, post.author.id) not in left

    older = held.unwanted if not (deleted or left) else [*filter(stays, held.unwanted)]
    return HeldPage(
        **newest
        | {
            "posts": [*filter(stays, held.posts), *wanted],
            "unwanted": [*older, *unwanted] if older else unwanted,
            "weight": held.weight + weight,
            "departures": [*held.departures, *page.departures],
            "changes": [*(change for change in held.changes if change.key not in there), *page.changes],
            "gaps": [*held.gaps, *page.gaps],
            "reached": page.reached or held.reached,
        }
    )
