"""The walk forward through a timeline whose ids grow with time, again over the stretch where late posts appear.

A post from another server gets an id made from its `created_at` when it arrives
(mastodon/lib/mastodon/snowflake.rb: milliseconds since 1970, shifted by 16 bits), so late ones appear below what
was read already. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from sources.already_seen import CLOCK_WAS_AHEAD, UNREADABLE_POSITION, Trace, digest_of, remember
from sources.contract import Gap, Page
from sources.loose_json import unreadable_note
from sources.post import Post

_EPOCH = datetime.fromtimestamp(0, UTC)
_MILLISECOND = timedelta(milliseconds=1)


class Standing(Struct, frozen=True, kw_only=True):
    """Where one ask stands: the cursor's content. Ids, but for `began`, which is in milliseconds since 1970.

    The walk goes from `start`, has read to `at`, and closes on an empty page. Only then does a new one begin, some
    way before the newest post met and before this walk's own beginning, whichever is earlier.
    """

    start: int
    at: int
    newest: int
    began: int
    traces: dict[str, Trace] = {}
    between: bool = False


class Shown(Struct, frozen=True, kw_only=True):
    """One answer, read: `ids` of everything on it, `places` those of its posts."""

    posts: Sequence[Post]
    places: Sequence[int]
    ids: Sequence[int]
    unreadable: Sequence[str]


class Reach(Struct, frozen=True, kw_only=True):
    """How far walks go: back at the first reading, and back again at each later one."""

    backfill: timedelta
    reread: timedelta


def resume(cursor: str | None, now: datetime, reach: Reach) -> tuple[Standing, Sequence[Gap]]:
    """Gives the standing to ask from. A cursor that cannot be read begins anew, and says what that may have lost.

    So does one of the future, which would see nothing until then.
    """
    began = (now - _EPOCH) // _MILLISECOND
    start = _id_at(began - reach.backfill // _MILLISECOND)
    anew = Standing(start=start, at=start, newest=start, began=began)
    if not cursor:
        return anew, ()
    try:
        standing = msgspec.json.decode(cursor, type=Standing)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return anew, (Gap(since=None, until=time_at(start), why=UNREADABLE_POSITION),)
    goes_from = _next_start(standing, reach) if standing.between else standing.start
    if goes_from > _id_at(began):
        return replace(anew, traces=standing.traces), (Gap(since=None, until=time_at(start), why=CLOCK_WAS_AHEAD),)
    if standing.between:
        standing = replace(standing, start=goes_from, at=goes_from, began=began, between=False)
    return standing, ()


def advance(
    standing: Standing, shown: Shown, forgotten: Sequence[Gap], reach: Reach, next_check: timedelta | None = None
) -> Page:
    """Gives the page for what was shown after `standing.at`; `forgotten` is what `resume` could not go on from."""
    at = max([standing.at, *shown.ids])
    gaps = [*forgotten, *_passed_over(standing, shown)]
    known = standing.traces
    met = {
        post.external_id: Trace(place, digest_of(post)) for post, place in zip(shown.posts, shown.places, strict=True)
    }
    closed = at == standing.at
    after = replace(standing, at=at, newest=max(standing.newest, at), between=closed)
    horizon = _next_start(after, reach) if closed else standing.start
    after = replace(after, traces=remember(known, met, horizon))
    return Page(
        posts=[post for post in shown.posts if known.get(post.external_id) != met[post.external_id]],
        gaps=gaps,
        cursor=msgspec.json.encode(after).decode(),
        more=not closed,
        next_check=next_check,
        notes=unreadable_note(shown.unreadable),
    )


def time_at(status_id: int) -> datetime | None:
    """Gives the time from which an id was made, None where a calendar has none for it."""
    try:
        return _EPOCH + (status_id >> 16) * _MILLISECOND
    except OverflowError:
        return None


def _next_start(closed: Standing, reach: Reach) -> int:
    return max(min(closed.newest, _id_at(closed.began)) - _id_at(reach.reread // _MILLISECOND), 0)


def _id_at(milliseconds: int) -> int:
    return max(milliseconds, 0) << 16


def _passed_over(standing: Standing, shown: Shown) -> list[Gap]:
    """An instance that ignores `min_id` shows its newest page each time: what lies between was passed over."""
    if not shown.ids or min(shown.ids) > standing.at or min(shown.ids) <= standing.start:
        return []
    why = "the instance ignores min_id and shows only its newest posts"
    return [Gap(since=time_at(standing.start), until=time_at(min(shown.ids)), why=why)]
