"""Surveys, as both databases keep them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from listener.store import Store, surveys
from listener.store.notes import forget_customers
from listener.store.surveys import Settled
from listener.store.tables import SURVEY_REFUSAL


def test_a_survey_is_asked_answered_changed_and_over(store: Store, now: datetime) -> None:
    settled = Settled(ticket="builtin:1", customer="c1", brand="Acme", lang="en", at=now)
    with store.write() as tx:
        number = surveys.put_survey(tx, settled, "csat", now)
        assert number is not None
        assert surveys.put_survey(tx, settled, "csat", now) is None  # one a ticket
        assert surveys.put_answer(tx, number, 5, "early", now) is None
        assert not surveys.asked_since(tx, "c1", "Ann@lee.example", now)
        surveys.put_sent(tx, number, "ann@lee.example", now, now + timedelta(days=1))
        assert surveys.asked_since(tx, "c1", "", now) and surveys.asked_since(tx, "c9", "Ann@lee.example", now)
        assert not surveys.asked_since(tx, "c1", "ann@lee.example", now + timedelta(seconds=1))
        first = surveys.put_answer(tx, number, 2, "bad\x00", now)
        again = surveys.put_answer(tx, number, 5, "good", now + timedelta(hours=1))
        assert first is not None and again is not None
        assert (first.score, again.score, again.answered_at) == (2, 5, now)
        assert surveys.put_answer(tx, number, 1, "late", now + timedelta(days=1)) is None
        assert surveys.expire(tx, now + timedelta(days=9)) == 0  # it was answered
        assert [one.number for one in surveys.surveys_since(tx, now)] == [number]
        assert [one.state for one in surveys.list_surveys(tx, state="answered")] == ["answered"]


def test_who_refuses_is_known_by_hashes_alone_and_outlives_what_is_forgotten(store: Store, now: datetime) -> None:
    settled = Settled(ticket="jira:7", customer="c1", brand="Acme", lang="", at=now)
    with store.write() as tx:
        number = surveys.put_survey(tx, settled, "nps", now)
        assert number is not None
        surveys.put_sent(tx, number, "ann@lee.example", now, now + timedelta(days=1))
        surveys.put_refused(tx, number, now)
        surveys.put_refused(tx, number, now)
        assert forget_customers(tx, ["c1"]) == 1
        assert surveys.get_survey(tx, number) is None
        assert surveys.has_refused(tx, "c1", "") and surveys.has_refused(tx, "c2", "ann@lee.example")
        assert not surveys.has_refused(tx, "c2", "bob@ray.example")
        kept: Any = tx.execute(SURVEY_REFUSAL.select()).all()
        assert {len(row.person) for row in kept} == {16}


def test_a_ticket_that_is_not_there_is_not_settled(store: Store, now: datetime) -> None:
    with store.read() as tx:
        assert surveys.settled_since(tx, now) == []
        assert not surveys.is_settled(tx, "builtin:5") and not surveys.is_settled(tx, "jira:5")
