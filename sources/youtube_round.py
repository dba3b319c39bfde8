"""Where a round of searching and following stands, from one request to the next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from sources import youtube_comments as comments
from sources.already_seen import UNREADABLE_POSITION
from sources.contract import Cursor, Gap, Page
from sources.post import Post


class Standing(Struct, frozen=True, kw_only=True):
    """Where one ask stands: the cursor's content.

    `search` is the walk's own cursor; `used` searches were made on `day`. A round is: the search, where it is due; how
    many comments the followed videos have; the comments of those with new ones. `stage` says where it stands.
    """

    search: str = ""
    searched_at: int = 0
    day: str = ""
    used: int = 0
    stage: Literal["search", "counts", "comments"] = "search"
    comments: comments.Comments = comments.Comments()
    version: Literal[1] = 1


def resume_round(cursor: Cursor | None) -> tuple[Standing, Sequence[Gap]]:
    """Gives where to go on. A cursor that cannot be read begins anew, and says so."""
    if not cursor:
        return Standing(), ()
    try:
        standing = msgspec.json.decode(cursor, type=Standing)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return Standing(), (Gap(since=None, until=None, why=UNREADABLE_POSITION),)
    if not set(standing.comments.queue) <= standing.comments.followed.keys():
        standing = replace(standing, comments=replace(standing.comments, queue=(), walk=None))
    return standing, ()


def paged(
    standing: Standing,
    *,
    more: bool,
    gaps: Sequence[Gap] = (),
    posts: Sequence[Post] = (),
    notes: Sequence[str] = (),
) -> Page:
    """Gives a page of the round; where there is no more, the next fetch begins a new one."""
    standing = standing if more else replace(standing, stage="search")
    return Page(posts=posts, gaps=gaps, cursor=encoded(standing), more=more, notes=notes)


def encoded(standing: Standing) -> str:
    """Gives the standing as a cursor."""
    return msgspec.json.encode(standing).decode()
