"""What the round that escalates asks of the database, on both."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from alerts.alert import AlertIntent, ReadMention
from listener.store import Store, escalation, handling
from listener.store.alerts import put_alerts
from listener.store.escalation import Standing
from listener.store.mentions import put_results
from listener.store.purge import purge_older
from listener.store.tables import ALERT_ESCALATION
from rules.analysis import Read
from rules.reading import RuleMatch

MakeRead = Callable[..., Read]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def kept(store: Store, make_read: MakeRead, now: datetime) -> list[ReadMention]:
    with store.write() as tx:
        escalation.put_since(tx, now)
        return put_results(tx, [make_read(str(number)) for number in range(4)], "blogs", False, now).new


def alert(store: Store, at: datetime, mention: ReadMention, key: str) -> int:
    rule = RuleMatch(name="rule", severity="high", reason="because")
    intent = AlertIntent(
        key=key, story=key, severity="high", brand=mention.brand, mention_id=mention.id, rules=(rule,), channels=()
    )
    with store.write() as tx:
        (told,) = put_alerts(tx, [intent], at)
    return told.alert_id


def touched(store: Store, now: datetime) -> list[int]:
    with store.read() as tx:
        return [one.alert_id for one in escalation.touched(tx, now, 10)]


def put(store: Store, number: int, at: datetime, **options: Any) -> Standing:
    standing = Standing(alert_id=number, policy="p", opened_at=at, looked_at=at, **options)
    with store.write() as tx:
        escalation.put(tx, standing)
    return standing


def test_what_was_made_or_grew_is_looked_at_once(store: Store, kept: list[ReadMention], now: datetime) -> None:
    first, second = alert(store, now, kept[0], "a"), alert(store, now + MINUTE, kept[1], "b")
    assert touched(store, now + MINUTE) == [first, second]
    put(store, first, now)
    assert touched(store, now + MINUTE) == [second]
    alert(store, now + 2 * MINUTE, kept[2], "a")
    assert touched(store, now + 2 * MINUTE) == [second, first]
    put(store, first, now + 2 * MINUTE)
    put(store, second, now + MINUTE)
    assert touched(store, now + 2 * MINUTE) == []


def test_what_was_there_before_is_left_alone(store: Store, kept: list[ReadMention], now: datetime) -> None:
    alert(store, now - MINUTE, kept[0], "a")
    assert touched(store, now) == []
    with store.write() as tx:
        escalation.put_since(tx, now - timedelta(days=9))  # the first time counts
        assert escalation.since(tx, now + MINUTE) == now


def test_what_is_opened_again_is_looked_at_once(store: Store, kept: list[ReadMention], now: datetime) -> None:
    number = alert(store, now, kept[0], "a")
    put(store, number, now)
    with store.write() as tx:
        handling.change(tx, number, "resolve", "Ann", "cli", now + MINUTE)
        assert escalation.reopened(tx, 10) == []
        handling.change(tx, number, "reopen", "Ann", "cli", now + 2 * MINUTE)
        (found,) = escalation.reopened(tx, 10)
    assert (found.alert_id, found.at) == (number, now + 2 * MINUTE)
    put(store, number, now + 2 * MINUTE)
    with store.read() as tx:
        assert escalation.reopened(tx, 10) == []


def test_what_is_due_comes_in_the_order_of_its_time(store: Store, kept: list[ReadMention], now: datetime) -> None:
    numbers = [alert(store, now, mention, f"k{mention.id}") for mention in kept]
    for number, minutes in zip(numbers, (3, 1, 9, None), strict=True):
        put(store, number, now, next_at=None if minutes is None else now + minutes * MINUTE)
    with store.read() as tx:
        assert escalation.due(tx, now + 3 * MINUTE, 10) == [numbers[1], numbers[0]]
        assert escalation.due(tx, now + 3 * MINUTE, 1) == [numbers[1]]
        assert escalation.due(tx, now, 10) == []


def test_how_an_alert_stands_is_kept_whole_and_goes_with_it(
    store: Store, kept: list[ReadMention], now: datetime
) -> None:
    number = alert(store, now, kept[0], "a")
    put(store, number, now)
    standing = put(store, number, now, done=2, next_at=now + MINUTE, woken=("Ann", "Zoë 🚨"))
    with store.write() as tx:
        assert escalation.standings(tx, [number, 99]) == {number: standing}
        purge_older(tx, now + timedelta(days=400))
        assert tx.execute(select(func.count()).select_from(ALERT_ESCALATION)).scalar() == 0


def test_a_reply_by_an_own_account_is_an_answer(store: Store, make_read: MakeRead, now: datetime) -> None:
    with store.write() as tx:
        (asked,) = put_results(tx, [make_read("q1")], "blogs", False, now).new
    number = alert(store, now, asked, "a")
    replies = [
        make_read("r1", in_reply_to="q1", published_at=now + MINUTE),
        make_read("r2", in_reply_to="other", published_at=now + MINUTE, own=True),
        make_read("r3", in_reply_to="q1", published_at=now - MINUTE, own=True),
        make_read("r4", in_reply_to="q1", published_at=now + MINUTE, own=True, source="x"),
    ]
    with store.write() as tx:
        put_results(tx, replies, "blogs", False, now + MINUTE)
        assert escalation.answered(tx, number, now) == ""
        own = make_read("r5", in_reply_to="q1", published_at=now + MINUTE, own=True)
        (reply,) = put_results(tx, [own], "blogs", False, now + MINUTE).new
        assert escalation.answered(tx, number, now) == (f"one of the brand's own accounts replied (mention {reply.id})")
        assert escalation.answered(tx, 99, now) == ""
