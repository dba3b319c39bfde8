"""The walk down a list that shows the newest first, page by page, where the service knows no window of time.

A walk reads from the top of the list down to some way before where the last one began. Its cursor keeps two marks,
up to which everything is read, and the walk in progress; the marks move only when that walk has closed. Each kind
says where its next page stands, as a number of its own (an offset, an id). Positions in time are milliseconds
since 1970. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from sources.already_seen import CLOCK_WAS_AHEAD, UNREADABLE_POSITION, Trace, digest_of, remember
from sources.contract import Change, Gap, Page
from sources.loose_json import unreadable_note
from sources.post import Post, PostKey
from sources.window_walk import time_at

MILLISECOND = timedelta(milliseconds=1)
TOP = 0
"""The place of a walk that has read nothing yet."""

_EPOCH = datetime.fromtimestamp(0, UTC)
_GONE = "gone"  # stands for the digest of a post that was deleted upstream, which is told once


class Walk(Struct, frozen=True, kw_only=True):
    """A walk in progress: unread is what stands below `place`, down to the time `low`.

    `tail` is the last thing that was read, as the kind names it, and `tail_at` its time.
    """

    low: int
    began: int
    top: int
    oldest: int
    place: int = TOP
    highest: int = 0
    tail: str = ""
    tail_at: int = 0
    pages: int = 0
    seen_from: int  # the oldest thing that was shown, asked for or not: it will be shown again


class Standing(Struct, frozen=True, kw_only=True):
    """Where one ask stands: the cursor's content. `floor` is the highest place of the last walk that closed."""

    read_to: int
    walk: Walk
    floor: int = 0
    traces: dict[str, Trace] = {}
    between: bool = False


class Shown(Struct, frozen=True, kw_only=True):
    """One answer, read. `times` tells of everything on it, in its order, where it tells a time at all.

    `places` gives the time of each post, None where it tells none; `gone` are those deleted upstream, and when they
    were written. `highest` is the highest place on it, `tail` and `tail_at` as in Walk.
    """

    posts: Sequence[Post] = ()
    places: Sequence[int | None] = ()
    gone: Sequence[tuple[PostKey, int | None]] = ()
    times: Sequence[int] = ()
    unreadable: Sequence[str] = ()
    highest: int = 0
    tail: str = ""
    tail_at: int = 0


class Reach(Struct, frozen=True, kw_only=True):
    """How far walks go: back at the first reading, back again at each later one, and how many pages at the most."""

    backfill: timedelta
    reread: timedelta
    most_pages: int


def tick_of(time: datetime) -> int:
    """Gives a time as milliseconds since 1970."""
    return (time - _EPOCH) // MILLISECOND


def resume(cursor: str | None, now: datetime, reach: Reach) -> tuple[Standing, Sequence[Gap]]:
    """Gives the standing to ask from. A cursor that cannot be read begins anew, and says what that may have lost.

    So does one of the future, which would see nothing until then: it was made while the clock was ahead.
    """
    tick = tick_of(now)
    start = tick - reach.backfill // MILLISECOND
    anew = Standing(read_to=start, walk=_begin(start, start, tick))
    if not cursor:
        return anew, ()
    try:
        standing = msgspec.json.decode(cursor, type=Standing)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return anew, (Gap(since=None, until=time_at(start, MILLISECOND), why=UNREADABLE_POSITION),)
    if standing.read_to - reach.reread // MILLISECOND > tick:
        gap = Gap(since=None, until=time_at(start, MILLISECOND), why=CLOCK_WAS_AHEAD)
        return replace(anew, traces=standing.traces), (gap,)
    if standing.between:
        low = standing.read_to - reach.reread // MILLISECOND
        return replace(standing, walk=_begin(low, standing.read_to, tick), between=False), ()
    return standing, ()


def is_past(times: Sequence[int], low: int) -> bool:
    """Whether a page with these times, in their order, shows that all below it is older than `low`.

    That takes the last one where the page falls from newest to oldest, and all of them where it does not.
    """
    falls = all(one >= other for one, other in pairwise(times))
    return bool(times) and (times[-1] < low if falls else max(times) < low)


def advance(
    standing: Standing,
    shown: Shown,
    onward: int | None,
    now: datetime,
    reach: Reach,
    forgotten: Sequence[Gap] = (),
    next_check: timedelta | None = None,
) -> Page:
    """Gives the page for what was shown, with the cursor that covers it.

    onward: the place to read on from, None where the walk is done. forgotten: what `resume` could not go on from.
    """
    before, known, tick = standing.walk, standing.traces, tick_of(now)
    walk = replace(
        before,
        place=before.place if onward is None else onward,
        top=max([before.top, *(min(time, tick) for time in shown.times)]),
        oldest=min([before.oldest, *shown.times]),
        highest=max(before.highest, shown.highest),
        tail=shown.tail,
        tail_at=shown.tail_at,
        pages=before.pages + 1,
        seen_from=min([before.seen_from, *shown.times, *(place for place in shown.places if place is not None)]),
    )
    gaps = list(forgotten)
    if onward is not None and walk.pages >= reach.most_pages:
        onward = None
        why = f"there is more than {walk.pages} pages show; a narrower query or a shorter `every` would show it"
        gaps.append(Gap(since=time_at(walk.low, MILLISECOND), until=time_at(walk.oldest + 1, MILLISECOND), why=why))
    after = replace(standing, walk=walk, between=onward is None)
    if onward is None:
        # What arrived while the walk went on may stand above all of its pages: it is the next one's.
        read_to = max(standing.read_to, min(walk.top, walk.began))
        after = replace(after, read_to=read_to, floor=max(standing.floor, walk.highest))
    met = {
        post.external_id: Trace(tick if place is None else place, digest_of(post))
        for post, place in zip(shown.posts, shown.places, strict=True)
    }
    gone = {
        key: Trace(tick if place is None else place, _GONE)
        for key, place in shown.gone
        if key.external_id in known and key.external_id not in met
    }
    changes = [Change(key=key) for key in gone if known[key.external_id].digest != _GONE]
    news = [post for post in shown.posts if _digest(known, post) != met[post.external_id].digest]
    met |= {key.external_id: trace for key, trace in gone.items()}
    horizon = min(walk.seen_from, after.read_to - reach.reread // MILLISECOND)
    if onward is not None:  # nothing is forgotten while a walk goes on: pages further down may show it
        horizon = min([horizon, *(trace.position for trace in known.values())])
    after = replace(after, traces=remember(known, met, horizon))
    return Page(
        posts=news,
        changes=changes,
        gaps=gaps,
        cursor=msgspec.json.encode(after).decode(),
        more=onward is not None,
        next_check=next_check,
        notes=unreadable_note(shown.unreadable),
    )


def _digest(known: dict[str, Trace], post: Post) -> str:
    trace = known.get(post.external_id)
    return "" if trace is None else trace.digest


def _begin(low: int, read_to: int, tick: int) -> Walk:
    return Walk(low=low, began=tick, top=read_to, oldest=tick, seen_from=tick)
