"""A customer's health: bounded, monotone, fair to what is missing, and the same in whatever order things are told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from rules.health import MADE_UP, PARTS, WEIGHTS, Base, Fall, Part, Signals, fall, health
from rules.health_signals import Lengths, OpenTicket, renewal_date, signals
from rules.timeline import Entry

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
COUNTS = st.floats(0, 50, allow_nan=False)
SIGNALS = st.builds(
    Signals,
    negative=COUNTS,
    positive=COUNTS,
    tickets=COUNTS,
    answer=st.none() | st.floats(0, 1_000),
    survey=st.none() | st.floats(0, 1),
    renewal=st.none() | st.floats(0, 1),
    silence=st.none() | st.floats(0, 365),
)
EVERYONE = st.lists(SIGNALS, max_size=12)
WEIGHT = st.sampled_from([0.0, 1.0, 7.5, 100.0])
WEIGHTED = st.fixed_dictionaries(dict.fromkeys(PARTS, WEIGHT)).filter(lambda weights: weights["negative"] > 0)


def _entries() -> st.SearchStrategy[Entry]:
    return st.builds(
        Entry,
        at=st.integers(0, 90 * 24 * 60).map(lambda minutes: NOW - timedelta(minutes=minutes)),
        what=st.sampled_from(["mention", "interaction", "survey", "ticket closed", "note"]),
        number=st.integers(1, 10_000),
        customer=st.just("c1"),
        channel=st.sampled_from(["phone", "mastodon"]),
        direction=st.sampled_from(["in", "out", ""]),
        feeling=st.sampled_from(["", "negative", "positive"]),
        complaint=st.booleans(),
        rating=st.none() | st.floats(0, 1),
        ticket=st.none() | st.integers(1, 3),
    )


@given(SIGNALS, EVERYONE, WEIGHTED, st.lists(st.floats(0, 100), max_size=7))
def test_a_health_lies_between_0_and_100_and_its_parts_add_up_to_it(
    of: Signals, everyone: list[Signals], weights: dict[Part, float], before: list[float]
) -> None:
    found = health(of, Base([*everyone, of]), weights, before)
    assert found is not None
    assert 0.0 <= found.score <= 100.0
    assert found.score == pytest.approx(100.0 - sum(part.lost for part in found.parts))
    assert sum(part.weight for part in found.parts) == pytest.approx(1.0)
    assert (found.trend is None) == (not before)


@given(SIGNALS, EVERYONE, WEIGHTED, st.floats(0, 10), st.sampled_from(["negative", "tickets"]))
def test_one_more_negative_mention_or_ticket_never_raises_it_and_never_lowers_another_customers(
    of: Signals, others: list[Signals], weights: dict[Part, float], more: float, part: str
) -> None:
    worse = replace(of, **{part: getattr(of, part) + more})
    before, after = Base([*others, of]), Base([*others, worse])
    well, ill = health(of, before, weights), health(worse, after, weights)
    assert well is not None and ill is not None
    assert ill.score <= well.score + 1e-9
    for other in others:
        then, now = health(other, before, weights), health(other, after, weights)
        assert then is not None and now is not None
        assert now.score >= then.score - 1e-9


@given(SIGNALS, EVERYONE, st.floats(0, 10))
def test_one_more_positive_mention_never_lowers_it(of: Signals, others: list[Signals], more: float) -> None:
    better = replace(of, positive=of.positive + more)
    before, after = health(of, Base([*others, of])), health(better, Base([*others, better]))
    assert before is not None and after is not None
    assert after.score >= before.score - 1e-9


@given(SIGNALS, EVERYONE, WEIGHTED)
def test_what_is_missing_gives_its_weight_to_the_others_as_if_it_had_none(
    of: Signals, others: list[Signals], weights: dict[Part, float]
) -> None:
    base = Base(others)
    without = health(replace(of, survey=None), base, weights)
    weightless = health(of, base, {**weights, "survey": 0.0})
    assert without is not None and weightless is not None
    assert without.parts == weightless.parts
    assert ("survey" in without.missing) == (weights["survey"] > 0.0)


@given(SIGNALS, EVERYONE, st.randoms())
def test_the_order_in_which_customers_are_told_is_nothing(of: Signals, everyone: list[Signals], random: object) -> None:
    shuffled = list(everyone)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert health(of, Base(everyone)) == health(of, Base(shuffled))


def test_a_customer_of_whom_no_part_with_a_weight_is_known_has_no_health() -> None:
    assert health(Signals(), Base(()), {"survey": 1.0}) is None


def test_who_has_nothing_against_them_is_well_and_who_complains_often_is_not() -> None:
    quiet = Signals(silence=1.0, survey=1.0, answer=0.25)
    angry = Signals(negative=6.0, tickets=6.0, silence=200.0, survey=0.0, answer=200.0)
    base = Base([quiet, angry])
    well, ill = health(quiet, base), health(angry, base)
    assert well is not None and ill is not None
    assert well.score > 90 and ill.score < 20
    assert {part.part for part in ill.parts[:2]} == {"negative", "tickets"}


def test_every_part_has_a_weight_and_twenty_made_up_customers() -> None:
    assert set(WEIGHTS) == set(PARTS) == set(MADE_UP)
    assert {len(values) for values in MADE_UP.values()} == {20}


def test_a_trend_is_told_against_the_mean_of_the_days_before() -> None:
    found = health(Signals(), Base(()), before=[50.0, 60.0])
    assert found is not None and found.trend == pytest.approx(found.score - 55.0)


@given(st.lists(_entries(), max_size=15), st.lists(st.integers(0, 30), max_size=3), st.randoms())
def test_signals_do_not_depend_on_the_order_of_what_happened(
    entries: list[Entry], ages: list[int], random: object
) -> None:
    entries = [replace(entry, number=number) for number, entry in enumerate(entries)]
    tickets = [OpenTicket(number, NOW - timedelta(days=age)) for number, age in enumerate(ages)]
    shuffled = list(entries)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert signals(entries, tickets, None, NOW) == signals(shuffled, tickets[::-1], None, NOW)


@given(st.lists(_entries(), max_size=15))
def test_a_complaint_of_this_moment_never_raises_a_health(entries: list[Entry]) -> None:
    entries = [replace(entry, number=number) for number, entry in enumerate(entries)]
    more = Entry(at=NOW, what="mention", number=99_999, customer="c1", channel="x", direction="in", complaint=True)
    before, after = signals(entries, [], None, NOW), signals([*entries, more], [], None, NOW)
    well, ill = health(before, Base([before])), health(after, Base([after]))
    assert well is not None and ill is not None
    assert ill.score <= well.score + 1e-9


def test_a_mention_counts_half_after_each_half_life() -> None:
    complaint = Entry(
        at=NOW - timedelta(days=14), what="mention", number=1, customer="c1", direction="in", complaint=True
    )
    assert signals([complaint], [], None, NOW).negative == pytest.approx(0.5)
    assert signals([complaint], [], None, NOW, Lengths(half_life=timedelta(days=7))).negative == pytest.approx(0.25)


def test_an_open_ticket_weighs_more_with_every_week() -> None:
    old = OpenTicket(1, NOW - timedelta(weeks=3))
    assert signals([], [old, OpenTicket(2, NOW)], None, NOW).tickets == pytest.approx(5.0)


def test_a_renewal_counts_from_ninety_days_before_and_not_after_it() -> None:
    def near(day: date) -> float | None:
        return signals([], [], day, NOW).renewal

    assert near(NOW.date()) == 1.0
    assert near(NOW.date() + timedelta(days=45)) == pytest.approx(0.5)
    assert near(NOW.date() + timedelta(days=400)) == 0.0
    assert near(NOW.date() - timedelta(days=1)) is None


@pytest.mark.parametrize(
    ("written", "read"),
    [("2026-12-31", date(2026, 12, 31)), (" 2026-12-31T10:00:00Z ", date(2026, 12, 31)), ("soon", None), ("", None)],
)
def test_a_renewal_date_is_read_as_directories_write_it(written: str, read: date | None) -> None:
    assert renewal_date(written) == read


def test_silence_is_counted_from_the_last_contact_that_was_no_complaint() -> None:
    call = Entry(at=NOW - timedelta(days=10), what="interaction", number=1, customer="c1", direction="out")
    complaint = Entry(
        at=NOW - timedelta(days=1), what="mention", number=2, customer="c1", direction="in", complaint=True
    )
    assert signals([call, complaint], [], None, NOW).silence == pytest.approx(10.0)
    assert signals([complaint], [], None, NOW).silence is None


def test_a_fall_is_told_once_again_when_it_goes_on_and_anew_after_it_was_over() -> None:
    assert fall([], 40.0, None, 15.0) == (None, None)
    assert fall([60.0, 58.0], 50.0, None, 15.0) == (None, None)
    assert fall([60.0, 58.0], 44.0, None, 15.0) == (Fall(60.0, 44.0), 44.0)
    assert fall([60.0, 44.0], 43.0, 44.0, 15.0) == (None, 44.0)
    assert fall([60.0, 44.0], 46.0, 44.0, 15.0) == (None, 44.0)  # less than `by`, and not over
    assert fall([60.0, 44.0], 29.0, 44.0, 15.0) == (Fall(44.0, 29.0), 29.0)
    assert fall([60.0, 44.0], 55.0, 44.0, 15.0) == (None, None)


@given(st.lists(st.floats(0, 100), min_size=1, max_size=60), st.floats(1, 50))
def test_no_fall_is_told_twice_while_the_health_stands_still(scores: list[float], by: float) -> None:
    told_at: float | None = None
    for day, score in enumerate(scores):
        week = scores[max(day - 7, 0) : day]
        _, told_at = fall(week, score, told_at, by)
        again, still = fall(week, score, told_at, by)
        assert again is None
        assert still == told_at
