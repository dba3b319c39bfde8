"""Who answered, and how fast."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from rules.timeline import Entry, answers, in_order, typical_answer, unanswered

START = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


def _entry(hours: float, what: Any = "interaction", direction: Any = "in", **fields: Any) -> Entry:
    number = fields.pop("number", round(hours * 100))
    return Entry(
        at=START + timedelta(hours=hours), what=what, number=number, customer="c1", direction=direction, **fields
    )


def test_what_comes_in_is_answered_by_the_next_that_goes_out_on_its_channel() -> None:
    entries = [
        _entry(0, channel="phone"),
        _entry(1, channel="email", direction="out", by="Eve"),
        _entry(3, channel="phone", direction="out", by="Ben"),
        _entry(4, channel="phone", direction="out", by="Ben"),
    ]
    (found,) = answers(entries)
    assert (found.entry, found.after, found.by) == (entries[0], timedelta(hours=3), "Ben")
    assert unanswered(entries) == []


def test_several_in_a_row_wait_for_one_answer_from_the_first_of_them() -> None:
    entries = [_entry(0), _entry(1), _entry(2, direction="out")]
    (found,) = answers(entries)
    assert found.after == timedelta(hours=2)


def test_a_mention_is_answered_by_the_closing_of_its_ticket_alone() -> None:
    mine = _entry(0, "mention", channel="mastodon", ticket=7)
    other = _entry(1, "mention", channel="mastodon", ticket=8)
    closing = _entry(5, "ticket closed", "out", ticket=7, by="ann")
    (found,) = answers([mine, other, closing])
    assert (found.entry, found.after, found.by) == (mine, timedelta(hours=5), "ann")
    assert unanswered([mine, other, closing]) == [other]


def test_surveys_and_notes_wait_for_nobody() -> None:
    assert unanswered([_entry(0, "survey"), _entry(1, "note", "")]) == []


def test_orders_ask_for_no_answer_and_a_call_that_a_colleague_took_has_one() -> None:
    assert unanswered([_entry(0, kind="order"), _entry(1, kind="call", by="Ben")]) == []
    missed, mail = _entry(0, kind="call"), _entry(1, kind="mail", channel="email", by="jane@example.org")
    assert unanswered([missed, mail]) == [missed, mail]


def test_what_goes_out_to_one_customer_answers_no_other() -> None:
    mine, theirs = _entry(0, channel="phone"), replace(_entry(1, channel="phone"), customer="c2")
    assert unanswered([mine, theirs, _entry(2, direction="out", channel="phone")]) == [theirs]


def test_the_typical_answer_is_the_median() -> None:
    entries = []
    for start, wait in ((0, 1), (100, 2), (200, 9)):
        entries += [_entry(start), _entry(start + wait, direction="out")]
    assert typical_answer(answers(entries)) == timedelta(hours=2)
    assert typical_answer([]) is None


@given(
    st.permutations([_entry(0), _entry(1, direction="out"), _entry(2, channel="x"), _entry(3, "mention", channel="x")])
)
def test_the_order_in_which_entries_are_told_is_nothing(entries: list[Entry]) -> None:
    assert answers(entries) == answers(in_order(entries))
    assert unanswered(entries) == unanswered(in_order(entries))
