"""The walk through a service that answers newest first, against a service made of a list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import msgspec
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import sources.window_walk as walking
from sources.post import Engagement, Post
from sources.window_walk import Lost, Reach, Shown, Step, advance, page_of, resume, time_at

REACH = Reach(backfill=10_000, reread=60, most_pages=200)


@dataclass(frozen=True)
class Written:
    """A post of the service: where it stands, and from when on the index shows it."""

    id: int
    at: int
    visible: int


@dataclass
class Service:
    """Shows `cap` posts of a window: the newest, newest first; `wrong_way`: the oldest, oldest first."""

    posts: list[Written]
    cap: int
    wrong_way: bool = False

    def show(self, since: int, until: int | None, now: int) -> Shown:
        inside = [p for p in self.posts if p.visible <= now and since <= p.at and (until is None or p.at < until)]
        inside.sort(key=lambda p: p.at if self.wrong_way else -p.at)
        page = inside[: self.cap]
        return Shown(
            posts=[Post(source="s", instance="i", external_id=str(p.id)) for p in page],
            places=[p.at for p in page],
            spans=[(p.at, p.at) for p in page],
            unreadable=(),
            full=len(page) >= self.cap,
        )


@dataclass
class Reader:
    service: Service
    reach: Reach = REACH
    cursor: str | None = None

    def __post_init__(self) -> None:
        self.kept: set[int] = set()
        self.lost: list[Lost] = []
        self.yielded: list[int] = []
        self.requests = 0

    def poll(self, now: int, pace: int = 0) -> int:
        """Walks until the walk closes; time passes between two requests. Gives when the walk began."""
        began = now
        for _ in range(2_000):
            standing, forgotten = resume(self.cursor, now, self.reach)
            shown = self.service.show(standing.walk.since, standing.walk.until, now)
            self.requests += 1
            step: Step = advance(standing, shown, now, self.reach)
            page = page_of(step, shown, forgotten, timedelta(seconds=1))
            self.kept |= {int(post.external_id) for post in page.posts}
            self.yielded += [int(post.external_id) for post in page.posts]
            self.lost += [*forgotten, *step.lost]
            self.cursor = page.cursor
            if not page.more:
                return began
            now += pace
        raise AssertionError("the walk does not end")

    def missing(self, began: int, start: int) -> list[Written]:
        """What the service had when the last walk began, that was neither kept nor told as lost."""
        return [
            post
            for post in self.service.posts
            if post.visible <= began and post.at >= start and post.id not in self.kept and not self._told(post.at)
        ]

    def _told(self, at: int) -> bool:
        return any(
            (gap.since is None or gap.since <= at) and (gap.until is None or at < gap.until) for gap in self.lost
        )


History = tuple[Service, list[int], int]


@st.composite
def histories(draw: st.DrawFn, wrong_way: bool = False) -> History:
    """Posts (some at equal times, some indexed late), times of polls, the service's cap and order, the pace."""
    start = 100_000
    moments = st.one_of(st.integers(start - 200, start + 1_500), st.sampled_from([start, start + 300, start + 301]))
    stamps = draw(st.lists(moments, max_size=80, unique=wrong_way))
    lags = draw(st.lists(st.integers(0, REACH.reread), min_size=len(stamps), max_size=len(stamps)))
    posts = [Written(number, at, at + lag) for number, (at, lag) in enumerate(zip(stamps, lags, strict=True))]
    polls = sorted(draw(st.lists(st.integers(start, start + 1_500), min_size=1, max_size=6)))
    cap = draw(st.integers(2 if wrong_way else 1, 9))
    return Service(posts, cap, wrong_way), polls, draw(st.integers(0, 3))


def walk_through(history: History) -> None:
    service, polls, pace = history
    reader = Reader(service)
    now = began = polls[0]
    for poll in polls:
        now = max(now, poll)
        began = reader.poll(now, pace)
        now += pace * reader.requests + 1
    assert reader.missing(began, polls[0] - REACH.backfill) == []


@given(histories())
@settings(max_examples=300, deadline=None)
def test_what_the_service_had_is_kept_or_told_as_lost(history: History) -> None:
    walk_through(history)


@given(histories(wrong_way=True))
@settings(max_examples=200, deadline=None)
def test_what_a_service_in_the_wrong_order_had_is_kept_or_told_as_lost(history: History) -> None:
    walk_through(history)


def is_found(histories_: st.SearchStrategy[History] | None = None) -> None:
    """The property must fail with a defect in place: it would find that mistake."""

    def property_(history: History) -> None:
        walk_through(history)

    searched = settings(max_examples=1_000, deadline=None, database=None, derandomize=True, phases=[Phase.generate])
    with pytest.raises((AssertionError, BaseExceptionGroup)):
        searched(given(histories() if histories_ is None else histories_)(property_))()


def test_the_property_finds_a_walk_that_forgets_to_narrow_its_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walking, "_next_window", lambda walk, shown, end: (walk.low, walk.since, []))
    is_found()


def test_the_property_finds_a_walk_that_trusts_the_order_of_a_disordered_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walking, "_newest_first", lambda spans: True)
    is_found(histories(wrong_way=True))


def test_the_property_finds_a_walk_that_does_not_read_again_for_late_posts(monkeypatch: pytest.MonkeyPatch) -> None:
    begin = walking._begin
    monkeypatch.setattr(walking, "_begin", lambda read_to, low, traces: begin(read_to, read_to, traces))
    posts = [Written(number, 100_000 + 10 * number, 100_000 + 10 * number) for number in range(9)]
    late = Written(99, 100_020, 100_020 + REACH.reread)
    with pytest.raises(AssertionError):
        walk_through((Service([*posts, late], 3), [100_050, 100_020 + REACH.reread], 0))


def test_the_property_finds_a_mark_that_moves_before_the_walk_has_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_early(standing: walking.Standing, shown: Shown, now: int, reach: Reach) -> Step:
        step = walking.advance(standing, shown, now, reach)
        early = msgspec.structs.replace(step.standing, between=True, read_to=step.standing.walk.top)
        return msgspec.structs.replace(step, standing=early, more=False)

    monkeypatch.setitem(globals(), "advance", too_early)
    is_found()


def test_the_property_finds_a_walk_that_stops_at_the_first_known_post(monkeypatch: pytest.MonkeyPatch) -> None:
    def stops(standing: walking.Standing, shown: Shown, now: int, reach: Reach) -> Step:
        step = walking.advance(standing, shown, now, reach)
        if not any(post.external_id in standing.traces for post in shown.posts):
            return step
        closed = msgspec.structs.replace(step.standing, between=True, read_to=step.standing.walk.top)
        return msgspec.structs.replace(step, standing=closed, more=False)

    monkeypatch.setitem(globals(), "advance", stops)
    is_found()


def test_a_burst_between_two_polls_is_kept_whole_in_few_requests() -> None:
    posts = [Written(number, 100_000 + number // 4, 0) for number in range(5_000)]
    reader = Reader(Service(posts, cap=1_000))
    reader.poll(102_000)
    assert len(reader.kept) == 5_000 and reader.lost == []
    assert reader.requests <= 7


def test_more_than_a_page_in_one_moment_is_a_gap_of_that_moment_and_no_more() -> None:
    posts = [Written(number, 100_000, 0) for number in range(30)] + [Written(100 + n, 99_000 + n, 0) for n in range(30)]
    reader = Reader(Service(posts, cap=10))
    reader.poll(100_500)
    assert [(gap.since, gap.until) for gap in reader.lost] == [(100_000, 100_001)]
    assert {100 + n for n in range(30)} <= reader.kept


def test_a_walk_longer_than_its_pages_ends_and_tells_the_stretch_it_did_not_read() -> None:
    posts = [Written(number, 99_000 + number, 0) for number in range(100)]
    reader = Reader(Service(posts, cap=5), Reach(backfill=10_000, reread=60, most_pages=4))
    began = reader.poll(100_000)
    assert reader.requests == 4
    assert reader.missing(began, 90_000) == []
    assert [(gap.since, gap.until) for gap in reader.lost] == [(90_000, 99_084)]
    reader.poll(100_100)
    assert all(gap.since >= 90_000 and gap.until <= 99_084 for gap in reader.lost), "what follows is read again"


def test_a_page_whose_order_cannot_be_told_is_halved_instead_of_trusted() -> None:
    posts = [Written(number, 99_000 + number * 10, 0) for number in range(64)]
    reader = Reader(Service(posts, cap=8, wrong_way=True))
    reader.poll(100_000)
    assert len(reader.kept) == 64 and reader.lost == []


def test_a_service_that_ignores_the_window_ends_the_walk_with_a_gap() -> None:
    class Deaf(Service):
        def show(self, since: int, until: int | None, now: int) -> Shown:
            return super().show(0, None, now)

    reader = Reader(Deaf([Written(number, 99_000 + number, 0) for number in range(50)], cap=10))
    began = reader.poll(100_000)
    assert reader.missing(began, 90_000) == []
    assert reader.lost


def test_what_has_not_changed_is_not_yielded_again_and_what_has_is() -> None:
    service = Service([Written(number, 99_990 + number, 0) for number in range(5)], cap=10)
    reader = Reader(service)
    reader.poll(100_000)
    reader.poll(100_010)
    assert reader.yielded == [4, 3, 2, 1, 0]
    standing, _ = resume(reader.cursor, 100_020, REACH)
    shown = service.show(standing.walk.since, None, 100_020)
    liked = [msgspec.structs.replace(post, engagement=Engagement(likes=3)) for post in shown.posts[:1]]
    step = advance(standing, msgspec.structs.replace(shown, posts=[*liked, *shown.posts[1:]]), 100_020, REACH)
    assert [(post.external_id, post.engagement.likes) for post in step.news] == [("4", 3)]


def test_the_mark_stays_at_the_newest_post_however_long_nothing_comes() -> None:
    service = Service([Written(1, 99_000, 0)], cap=10)
    reader = Reader(service)
    reader.poll(100_000)
    reader.poll(500_000)
    service.posts.append(Written(2, 99_100, 500_001))  # the index stood still, and goes on where it was
    reader.poll(500_010)
    assert reader.kept == {1, 2}


def test_a_post_from_the_future_does_not_move_the_mark_past_now() -> None:
    service = Service([Written(1, 900_000, 0)], cap=10)
    reader = Reader(service)
    reader.poll(100_000)
    service.posts.append(Written(2, 100_050, 100_050))
    reader.poll(100_060)
    assert reader.kept == {1, 2}


@pytest.mark.parametrize("cursor", ["{", "[]", '{"read_to": "x"}', "\ud800", "null", '{"walk": 3}'])
def test_a_cursor_that_cannot_be_read_begins_anew_and_tells_what_that_may_lose(cursor: str) -> None:
    standing, lost = resume(cursor, 100_000, REACH)
    assert standing.walk.low == 90_000
    assert [(gap.since, gap.until) for gap in lost] == [(None, 90_000)]


def test_a_position_beyond_the_calendar_has_no_time() -> None:
    assert time_at(10**18, timedelta(seconds=1)) is None
    assert time_at(None, timedelta(seconds=1)) is None


def test_times_that_are_only_known_to_lie_in_a_span_never_let_the_walk_jump_over_posts() -> None:
    """The last post shown claims to be a year old: its claim must not move the window down there."""
    spans = [(99_999, 99_999), (99_998, 99_998), (10, 99_997)]
    standing, _ = resume(None, 100_000, REACH)
    shown = Shown(posts=(), places=(), spans=spans, unreadable=(), full=True)
    assert advance(standing, shown, 100_000, REACH).standing.walk.until == 99_998


def test_a_clock_that_was_ahead_and_is_set_right_hides_no_post() -> None:
    service = Service([Written(1, 95_000, 95_000), Written(2, 100_010, 100_010)], cap=5)
    reader = Reader(service)
    reader.poll(9_000_000)
    assert not reader.kept
    reader.poll(100_020)
    assert reader.kept == {1, 2}
    assert reader.lost == [Lost(None, 90_020, walking.CLOCK_WAS_AHEAD)]
    reader.poll(100_010)  # a few seconds back are no matter
    assert len(reader.lost) == 1
