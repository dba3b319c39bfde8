"""The walk through X from the newest post down to where the last one began, page by page of its own tokens.

The mark of how far everything is read moves only when a walk has closed: to the newest id that its first page told.
The index may take posts in late, so a walk reads back again to `reread` before the last one began; but where the
newest post was older than that already, nothing can have come in below it, and its id is the mark. Pure.
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
from sources.x_post import Shown, time_of_id

DAY = 86_400
SHOWS = 7 * DAY - 60
"""How far back a recent search goes, less a minute for the way there (docs.x.com, "Recent search")."""

SHOWN_MENTIONS = 800
"""How many mentions of a user X shows at the most (docs.x.com, "User mentions timeline")."""


class Walk(Struct, frozen=True, kw_only=True):
    """A walk in progress: down to the id `low` (exclusive) or, where that is 0, to the time `low_at`; in seconds.

    `token` names the next page, "" at the top; `below`: with a token lost, the id below which to read on.
    """

    low: int = 0
    low_at: int
    began: int
    token: str = ""
    below: int = 0
    top: int = 0
    oldest: int = 0
    pages: int = 0
    shown: int = 0


class Standing(Struct, frozen=True, kw_only=True):
    """Where one ask stands: the cursor's content. Up to the id `read_to` all was read by a walk begun at `read_at`."""

    read_to: int
    read_at: int
    walk: Walk
    traces: dict[str, Trace] = {}
    between: bool = False


class Reach(Struct, frozen=True, kw_only=True):
    """How far walks go, in seconds, and how many pages at the most."""

    backfill: int
    reread: int
    most_pages: int


def resume(cursor: str | None, now: int, reach: Reach, *, limited: bool) -> tuple[Standing, Sequence[Gap]]:
    """Gives the standing to ask from, and what cannot be read any more. limited: X shows the last seven days only.

    A cursor that cannot be read begins anew; so does one of the future, which was made while the clock was ahead.
    """
    start = now - reach.backfill
    anew = Standing(read_to=0, read_at=start, walk=Walk(low_at=start, began=now))
    if not cursor:
        return anew, ()
    try:
        standing = msgspec.json.decode(cursor, type=Standing)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return anew, (Gap(since=None, until=_time(start), why=UNREADABLE_POSITION),)
    if standing.read_at - reach.reread > now or standing.walk.began - reach.reread > now:
        return replace(anew, traces=standing.traces), (Gap(since=None, until=_time(start), why=CLOCK_WAS_AHEAD),)
    if standing.between:
        standing = replace(standing, walk=_next(standing, now, reach), between=False)
    return _within(standing, now - SHOWS) if limited else (standing, ())


def advance(standing: Standing, shown: Shown, now: int, reach: Reach, forgotten: Sequence[Gap] = ()) -> Page:
    """Gives the page for what was shown, with the cursor that covers it. `forgotten`: gaps that `resume` gave."""
    before = standing.walk
    believed = [number for number in (shown.newest, *shown.ids) if at(number) <= now + DAY]
    walk = replace(
        before,
        token=shown.next_token,
        below=0,
        top=max([before.top, *believed]),
        oldest=min([*([before.oldest] if before.oldest else []), *shown.ids], default=0),
        pages=before.pages + 1,
        shown=before.shown + len(shown.ids),
    )
    gaps = list(forgotten)
    more = bool(shown.next_token)
    if more and walk.pages >= reach.most_pages:
        more = False
        gaps.append(_unread(walk, f"there is more than {walk.pages} pages show; a narrower query would show it"))
    met = {
        post.external_id: Trace(at(number), digest_of(post))
        for post, number in zip(shown.posts, shown.ids, strict=True)
    }
    known = standing.traces
    after = replace(standing, walk=walk, traces=remember(known, met, min(walk.low_at, now - DAY)), between=not more)
    if not more:
        after = replace(after, read_to=max(standing.read_to, walk.top), read_at=walk.began)
    return Page(
        posts=[post for post in shown.posts if known.get(post.external_id) != met[post.external_id]],
        gaps=gaps,
        cursor=encoded(after),
        more=more,
        notes=unreadable_note(shown.unreadable),
    )


def without_token(standing: Standing) -> Standing:
    """Reads on below the oldest post that was shown, where X does not know a page's token any more."""
    walk = standing.walk
    return replace(standing, walk=replace(walk, token="", below=walk.oldest))


def ended_early(standing: Standing, why: str) -> Gap | None:
    """The gap below a walk that X ended before its low end, None where it reached that, or may have."""
    walk = standing.walk
    return _unread(walk, why) if walk.shown >= SHOWN_MENTIONS - 100 and at(walk.oldest) > walk.low_at + 1 else None


def encoded(standing: Standing) -> str:
    """The cursor of a standing."""
    return msgspec.json.encode(standing).decode()


def at(number: int) -> int:
    """When an id was made, in seconds since 1970, rounded down."""
    time = time_of_id(number)
    return 0 if time is None else int(time.timestamp())


def _next(standing: Standing, now: int, reach: Reach) -> Walk:
    """The next walk. Where nothing was shown for long, reading a day back again costs nothing, and no clock matters."""
    newest, settled = at(standing.read_to), standing.read_at - reach.reread
    if standing.read_to and newest > standing.read_at - DAY:
        if newest <= settled:
            return Walk(low=standing.read_to, low_at=newest, began=now)
        return Walk(low_at=settled, began=now)
    return Walk(low_at=max(newest if standing.read_to else standing.walk.low_at, standing.read_at - DAY), began=now)


def _within(standing: Standing, floor: int) -> tuple[Standing, Sequence[Gap]]:
    """Lifts the low end of a walk to what X still shows; what lies between was either read before, or is lost."""
    walk = standing.walk
    if walk.low_at >= floor:
        return standing, ()
    lost_from = max(walk.low_at, standing.read_at) if walk.pages == 0 and standing.read_to else walk.low_at
    gap = Gap(since=_time(lost_from), until=_time(floor), why="X shows the posts of the last seven days only")
    return replace(standing, walk=replace(walk, low=0, low_at=floor)), (gap,) if lost_from < floor else ()


def _unread(walk: Walk, why: str) -> Gap:
    oldest = at(walk.oldest)
    return Gap(since=_time(walk.low_at), until=_time(oldest + 1) if oldest else None, why=why)


def _time(tick: int) -> datetime | None:
    try:
        return datetime.fromtimestamp(0, UTC) + timedelta(seconds=tick)
    except OverflowError:
        return None
