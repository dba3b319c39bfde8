"""The walk through a service that answers newest first: what to ask next, and when everything has been read.

A walk reads from the newest post down to where the last one began. Its cursor keeps two marks: `read_to`, up to
which everything is read, and the walk in progress; the first moves only when the second has closed. Positions are
whole ticks of the service's own order (seconds, milliseconds). A page that may not be whole is followed by a
narrower window; what no narrower window can show is lost and told. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec
from msgspec import Struct

from sources.already_seen import CLOCK_WAS_AHEAD, UNREADABLE_POSITION, Trace, digest_of, remember
from sources.contract import Gap, Page
from sources.loose_json import unreadable_note
from sources.post import Post


class Walk(Struct, frozen=True, kw_only=True):
    """A walk in progress. Unread is [low, until), of which [since, until) is asked next; None is "no upper end".

    `onward` is the service's own word for the next page of that window, "" for its first one.
    """

    low: int
    since: int
    until: int | None = None
    top: int  # the newest position met
    pages: int = 0
    onward: str = ""


class Standing(Struct, frozen=True, kw_only=True):
    """Where one ask stands: the cursor's content."""

    read_to: int
    walk: Walk
    traces: dict[str, Trace] = {}
    between: bool = False  # the walk is over; the next fetch begins another


class Shown(Struct, frozen=True, kw_only=True):
    """One answer, read. `spans` tells of everything on it, post or not, in its order, between which two ticks it
    stands in the service's own order; `places` gives each post's later tick (0: unknown). full: the service may
    have more for this window than it shows. `onward`: how to ask for the page behind this one, "" where nobody may. It
    is asked for only within one tick, which no window can narrow: posts that are deleted meanwhile move the others up.
    `sorted`: an order that falls is the service's own, and no chance; only then does it say where the rest stands.
    """

    posts: Sequence[Post]
    places: Sequence[int]
    spans: Sequence[tuple[int, int]]
    unreadable: Sequence[str]
    full: bool
    onward: str = ""
    sorted: bool = True


class Lost(Struct, frozen=True):
    """Ticks [since, until) that were not read, or not wholly; None is "unknown"."""

    since: int | None
    until: int | None
    why: str


class Step(Struct, frozen=True, kw_only=True):
    """What one page came to: the new standing, the posts that are news, what is lost, whether to go on."""

    standing: Standing
    news: Sequence[Post]
    lost: Sequence[Lost]
    more: bool


class Reach(Struct, frozen=True, kw_only=True):
    """How far walks go, in ticks: back at the first reading, and back again at each later one."""

    backfill: int
    reread: int
    most_pages: int


def resume(cursor: str | None, now: int, reach: Reach) -> tuple[Standing, Sequence[Lost]]:
    """Gives the standing to ask from. A cursor that cannot be read begins anew, and says what that may have lost.

    So does one of the future, which would see nothing until then: it was made while the clock was ahead.
    """
    start = now - reach.backfill
    if cursor:
        try:
            standing = msgspec.json.decode(cursor, type=Standing)
        except (msgspec.DecodeError, UnicodeEncodeError):
            lost = Lost(None, start, UNREADABLE_POSITION)
            return _begin(start, start, {}), (lost,)
        if standing.read_to - reach.reread > now:
            return _begin(start, start, standing.traces), (Lost(None, start, CLOCK_WAS_AHEAD),)
        if standing.between:
            return _begin(standing.read_to, standing.read_to - reach.reread, standing.traces), ()
        return standing, ()
    return _begin(start, start, {}), ()


def advance(standing: Standing, shown: Shown, now: int, reach: Reach) -> Step:
    """Gives the standing after the page that was shown for its window."""
    walk = standing.walk
    top = max([walk.top, *(min(low, now) for low, _ in shown.spans)])
    since, until, lost = _next_window(walk, shown, max([now, *(high for _, high in shown.spans)]) + 1)
    onward = shown.onward if (since, until) == (walk.since, walk.until) else ""
    walk = Walk(low=walk.low, since=max(since, walk.low), until=until, top=top, pages=walk.pages + 1, onward=onward)
    closed = until is not None and until <= walk.low
    if not closed and walk.pages >= reach.most_pages:
        lost.append(
            Lost(walk.low, until, f"there is more than {walk.pages} pages show; a narrower query would show it")
        )
        closed = True
    read_to = max(standing.read_to, top) if closed else standing.read_to
    met = {
        post.external_id: Trace(place, digest_of(post)) for post, place in zip(shown.posts, shown.places, strict=True)
    }
    known = standing.traces
    return Step(
        standing=Standing(
            read_to=read_to,
            walk=walk,
            traces=remember(known, met, read_to - reach.reread),
            between=closed,
        ),
        news=[post for post in shown.posts if known.get(post.external_id) != met[post.external_id]],
        lost=lost,
        more=not closed,
    )


def page_of(
    step: Step, shown: Shown, forgotten: Sequence[Lost], tick: timedelta, next_check: timedelta | None = None
) -> Page:
    """Gives the page for a step; `forgotten` is what `resume` could not go on from."""
    return Page(
        posts=step.news,
        gaps=[
            Gap(since=time_at(lost.since, tick), until=time_at(lost.until, tick), why=lost.why)
            for lost in (*forgotten, *step.lost)
        ],
        cursor=msgspec.json.encode(step.standing).decode(),
        more=step.more,
        next_check=next_check,
        notes=unreadable_note(shown.unreadable),
    )


def time_at(position: int | None, tick: timedelta) -> datetime | None:
    """Gives the time of a position that counts ticks since 1970, None where a calendar has none for it."""
    if position is None:
        return None
    try:
        return datetime.fromtimestamp(0, UTC) + position * tick
    except OverflowError:
        return None


def _begin(read_to: int, low: int, traces: dict[str, Trace]) -> Standing:
    return Standing(read_to=read_to, walk=Walk(low=low, since=low, top=read_to), traces=traces)


def _next_window(walk: Walk, shown: Shown, end: int) -> tuple[int, int | None, list[Lost]]:
    """Gives since and until of the next window, and what no window can show. A window without an upper end surely
    ends at `end`.
    """
    if not shown.full:
        return walk.low, walk.since, []
    upper = end if walk.until is None else walk.until
    if shown.spans and shown.sorted and _newest_first(shown.spans):
        # All that was not shown stands at or below the last one shown, wherever in its span that really is.
        oldest = min(high for _, high in shown.spans)
        if oldest < walk.since:
            return walk.low, walk.since, []
        if oldest + 1 < upper:
            return walk.since, oldest + 1, []
        if all(low == upper - 1 for low, _ in shown.spans):
            if shown.onward:
                return upper - 1, upper, []
            return walk.low, upper - 1, [_one_tick(upper - 1, len(shown.spans))]
    if upper - walk.since <= 1:
        if shown.onward:
            return walk.since, upper, []
        return walk.low, walk.since, [_one_tick(walk.since, len(shown.spans))]
    return _halfway(walk.since, upper, shown.spans), walk.until, []


def _halfway(since: int, upper: int, spans: Sequence[tuple[int, int]]) -> int:
    """Gives where to part a window: amid what the page showed, since that is where the posts are, or in its middle."""
    amid = sorted(low for low, _ in spans)[len(spans) // 2] if spans else since
    return amid if since < amid < upper else (since + upper) // 2


def _one_tick(tick: int, count: int) -> Lost:
    return Lost(tick, tick + 1, f"there is more in one moment than one page shows ({count} posts)")


def _newest_first(spans: Sequence[tuple[int, int]]) -> bool:
    """Whether some order of positions within their spans falls from first to last."""
    latest_below: int | None = None
    for low, high in reversed(spans):
        if latest_below is not None and high < latest_below:
            return False
        latest_below = low if latest_below is None else max(latest_below, low)
    return True
