"""The walk down the ten pages of reviews that Apple shows: when to stop, when to read them all, what was lost.

The pages are counted from the newest review, so a review that is taken away while they are read moves those below
it onto a page that was read already. A walk over more than one page of news is therefore followed by one over all
pages, and one a day reads them all in any case. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from sources.already_seen import Trace, digest_of, remember
from sources.contract import Gap, Page
from sources.loose_json import unreadable_note
from sources.post import Post

PAGES = 10
"""Apple refuses an eleventh."""

ENOUGH = 20
"""Known reviews in a row, after which a walk that need not read everything stops."""

WHOLE_EVERY = timedelta(hours=24)

_EPOCH = datetime.fromtimestamp(0, UTC)


class Standing(Struct, frozen=True, kw_only=True):
    """Where one country stands: the cursor's content. Times in seconds since 1970.

    `traces` are the reviews of walks that have closed, `met` those of the walk in progress. `newest` is the latest
    review of closed walks that surely passed nothing over, `read_at` when the last walk began, `whole_at` the last
    over all pages.
    """

    page: int
    whole: bool
    began: int
    newest: int = 0
    read_at: int = 0
    whole_at: int = 0
    run: int = 0
    known: bool = False  # this walk met a review where an earlier one left it
    news_below: bool = False  # this walk found news beyond the first page
    traces: dict[str, Trace] = {}
    met: dict[str, Trace] = {}
    between: bool = False


class Shown(Struct, frozen=True, kw_only=True):
    """One page, read: its reviews in Apple's order, and for each its place in it (0: not told)."""

    posts: Sequence[Post]
    places: Sequence[int]
    unreadable: Sequence[str]

    @property
    def empty(self) -> bool:
        return not self.posts and not self.unreadable


def resume(cursor: str | None, now: datetime) -> tuple[Standing, Sequence[Gap]]:
    """Gives the standing to ask from. A cursor that cannot be read begins anew, and says what that may have lost."""
    began = _seconds(now)
    anew = Standing(page=1, whole=True, began=began)
    if not cursor:
        return anew, ()
    try:
        standing = msgspec.json.decode(cursor, type=Standing)
    except (msgspec.DecodeError, UnicodeEncodeError):
        standing = replace(anew, page=0)
    if not 1 <= standing.page <= PAGES:
        why = "the stored position could not be read; reading begins anew with the reviews that Apple still shows"
        return anew, (Gap(since=None, until=None, why=why),)
    if not standing.between:
        return standing, ()
    due = began - standing.whole_at >= WHOLE_EVERY.total_seconds() or began < standing.whole_at
    return replace(
        anew,
        whole=due or standing.news_below,
        newest=standing.newest,
        read_at=standing.read_at,
        whole_at=standing.whole_at,
        traces=standing.traces,
    ), ()


def advance(standing: Standing, shown: Shown, forgotten: Sequence[Gap]) -> Page:
    """Gives the page for what was shown; `forgotten` is what `resume` could not go on from."""
    news: list[Post] = []
    met = dict(standing.met)
    run, known, news_below, known_here = standing.run, standing.known, standing.news_below, False
    for post, place in zip(shown.posts, shown.places, strict=True):
        trace, before = Trace(place, digest_of(post)), standing.traces.get(post.external_id)
        if met.get(post.external_id) == trace:
            continue  # pushed down from the page above by a newer one
        if met.get(post.external_id, before) != trace:
            news.append(post)
        met[post.external_id] = trace
        if _stayed(before, trace):
            run, known, known_here = run + 1, True, True
        else:
            run, news_below = 0, news_below or standing.page > 1
    after = replace(standing, met=met, run=run, known=known, news_below=news_below)
    at_end = shown.empty or standing.page == PAGES
    closed = at_end or (run >= ENOUGH and not standing.whole)
    gaps = [*forgotten, *(_lost(after, shown, known_here) if at_end else ())]
    return Page(
        posts=news,
        gaps=gaps,
        cursor=msgspec.json.encode(_closed(after) if closed else replace(after, page=standing.page + 1)).decode(),
        more=not closed,
        notes=unreadable_note(shown.unreadable),
    )


def _closed(standing: Standing) -> Standing:
    """A walk that may have passed something over leaves `newest` where it was, so that a gap would include it."""
    sure = standing.read_at == 0 or not standing.news_below
    places = [trace.position for trace in standing.met.values() if _is_sane(trace, standing)] if sure else []
    return replace(
        standing,
        page=1,
        newest=max([standing.newest, *places]),
        read_at=standing.began,
        whole_at=standing.began if standing.whole else standing.whole_at,
        traces=remember(standing.traces, standing.met, 0),
        met={},
        between=True,
    )


def _is_sane(trace: Trace, standing: Standing) -> bool:
    """A time of the future would make everything after it look old."""
    return trace.position <= standing.began + 86_400


def _stayed(before: Trace | None, now: Trace) -> bool:
    """Whether a review stands where an earlier walk met it; an edited one moves to the top, and tells nothing."""
    if before is None or before.position != now.position:
        return False
    return now.position != 0 or before.digest == now.digest


def _lost(standing: Standing, shown: Shown, known_here: bool) -> list[Gap]:
    """What came and went since the last walk: Apple shows no more, and the walk did not reach what was known."""
    if standing.read_at == 0:
        return []
    if shown.empty:
        reached = standing.known or not standing.traces or not standing.met
    else:
        reached = known_here or all(0 < place <= standing.newest for place in shown.places)
    if reached:
        return []
    return [
        Gap(
            since=_time(standing.newest or standing.read_at),
            until=_time(max((place for place in shown.places if place), default=standing.began) + 1),
            why=f"more reviews came between two polls than Apple shows ({len(standing.met)} were read)",
        )
    ]


def _seconds(time: datetime) -> int:
    return int((time - _EPOCH).total_seconds())


def _time(seconds: int) -> datetime | None:
    try:
        return _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return None
