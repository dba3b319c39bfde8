"""What people did about alerts is kept with who did it, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from alerts.alert import AlertIntent, ReadMention
from alerts.handling import Event
from listener.store import Store, handling
from listener.store.alerts import list_alerts, put_alerts
from listener.store.marks import list_marks, mark_mention
from listener.store.mentions import put_results
from listener.store.purge import purge_older
from listener.store.tables import ALERT_EVENT, ALERT_HANDLING
from rules.analysis import Read
from rules.reading import RuleMatch, Severity

MakeRead = Callable[..., Read]
HOUR = timedelta(hours=1)


@pytest.fixture
def kept(store: Store, make_read: MakeRead, now: datetime) -> list[ReadMention]:
    with store.write() as tx:
        return put_results(tx, [make_read(str(number)) for number in range(4)], "blogs", False, now).new


def _alert(store: Store, now: datetime, *mentions: ReadMention, key: str = "s", severity: Severity = "high") -> int:
    rule = RuleMatch(name="rule", severity=severity, reason="because")
    intents = [
        AlertIntent(key=key, story=key, severity=severity, brand=one.brand, mention_id=one.id, rules=(rule,),
                    channels=("slack",))
        for one in mentions
    ]  # fmt: skip
    with store.write() as tx:
        (told,) = put_alerts(tx, intents, now)
    return told.alert_id


def _change(store: Store, number: int, action: Any, by: str, now: datetime, **options: Any) -> Any:
    with store.write() as tx:
        return handling.change(tx, number, action, by, "cli", now, **options)


def _state(store: Store, number: int) -> tuple[str, str]:
    with store.read() as tx:
        found = handling.states(tx, [number])[number]
    return found.state, found.assignee


def test_an_action_is_kept_with_its_trail_and_once(store: Store, kept: list[ReadMention], now: datetime) -> None:
    number = _alert(store, now, kept[0])
    assert _state(store, number) == ("open", "")
    assert _change(store, number, "ack", "Ann", now).changed
    assert not _change(store, number, "ack", "Ann", now + HOUR).changed
    assert _change(store, number, "assign", "Ann", now + HOUR, assignee="Bob").changed
    assert _change(store, number, "resolve", "Bob", now + HOUR).changed
    assert _change(store, number, "resolve", "Cy", now + HOUR).changed
    assert _state(store, number) == ("resolved", "Bob")
    with store.read() as tx:
        told = [(one.what, one.by, one.via, one.reason) for one in handling.trail(tx, number)]
    assert told == [
        ("acknowledged", "Ann", "cli", ""),
        ("assigned", "Ann", "cli", "given to Bob"),
        ("resolved", "Bob", "cli", ""),
        ("resolved", "Cy", "cli", ""),
    ]


def test_nothing_is_done_about_an_alert_that_is_not_there(store: Store, now: datetime) -> None:
    assert _change(store, 99, "ack", "Ann", now) is None
    with store.read() as tx:
        assert handling.states(tx, [99])[99].state == "open"
        assert handling.trail(tx, 99) == []


def test_noise_marks_the_mentions_and_taking_it_back_unmarks_them(
    store: Store, kept: list[ReadMention], now: datetime
) -> None:
    number = _alert(store, now, kept[0], kept[1])
    with store.write() as tx:
        mark_mention(tx, kept[1].id, "positive", now, "Ann")
    _change(store, number, "noise", "Ann", now)
    with store.read() as tx:
        counts = {one.mention: one.mark for one in list_marks(tx, limit=9) if one.counts}
        assert counts == {kept[0].id: "noise", kept[1].id: "noise"}
    _change(store, number, "reopen", "Bob", now)
    with store.read() as tx:
        (left,) = list_marks(tx, limit=9)
        assert (left.mention, left.mark) == (kept[1].id, "positive")


def test_an_alert_that_gets_worse_is_open_again_and_tells_why(
    store: Store, kept: list[ReadMention], now: datetime
) -> None:
    number = _alert(store, now, kept[0], severity="medium")
    _change(store, number, "ack", "Ann", now)
    _alert(store, now + HOUR, kept[1], severity="medium")
    assert _state(store, number) == ("acknowledged", "Ann")
    _alert(store, now + HOUR, kept[2], severity="critical")
    assert _state(store, number) == ("open", "Ann")
    with store.read() as tx:
        assert handling.trail(tx, number)[-1].reason == "it became critical after it was acknowledged"


def test_snoozes_end_in_their_time_and_once(store: Store, kept: list[ReadMention], now: datetime) -> None:
    number = _alert(store, now, kept[0])
    _change(store, number, "snooze", "Ann", now, until=now + HOUR)
    with store.write() as tx:
        assert handling.end_snoozes(tx, now) == []
        assert [one.id for one in list_alerts(tx, state="snoozed", now=now)] == [number]
        assert list_alerts(tx, state="open", now=now) == []
        assert [one.id for one in list_alerts(tx, state="open", now=now + HOUR)] == [number]
        assert handling.end_snoozes(tx, now + HOUR) == [number]
        assert handling.end_snoozes(tx, now + HOUR) == []
        assert handling.trail(tx, number)[-1].reason == "the snooze of Ann is over"
    with pytest.raises(ValueError, match="later than now"):
        _change(store, number, "snooze", "Ann", now, until=now)


def test_alerts_are_listed_by_their_state(store: Store, kept: list[ReadMention], now: datetime) -> None:
    first, second, third = (_alert(store, now, one, key=f"s{one.id}") for one in kept[:3])
    _change(store, second, "resolve", "Ann", now)
    _change(store, third, "ack", "Ann", now)
    _change(store, third, "reopen", "Ann", now)
    with store.read() as tx:
        assert [one.id for one in list_alerts(tx, state="open", now=now)] == [third, first]
        assert [one.id for one in list_alerts(tx, state="resolved", now=now)] == [second]
        assert len(list_alerts(tx, now=now)) == 3


def test_hostile_names_and_reasons_are_kept_harmless(store: Store, kept: list[ReadMention], now: datetime) -> None:
    number = _alert(store, now, kept[0])
    _change(store, number, "ack", "Ann\x00'; DROP TABLE alert;--\ud800" + "x" * 900, now)
    with store.write() as tx:
        handling.record(tx, [Event(alert_id=number, at=now, what="held", reason="\x00" + "y" * 5_000)])
        first, second = handling.trail(tx, number)
    assert first.by.startswith("Ann�'; DROP") and len(first.by) == handling.LONGEST_NAME
    assert len(second.reason) == handling.LONGEST_REASON


def test_what_was_done_goes_with_its_alert(store: Store, kept: list[ReadMention], now: datetime) -> None:
    number = _alert(store, now, kept[0])
    _change(store, number, "ack", "Ann", now)
    with store.write() as tx:
        purge_older(tx, now + timedelta(days=400))
        for table in (ALERT_HANDLING, ALERT_EVENT):
            assert tx.execute(select(func.count()).select_from(table)).scalar() == 0


def test_many_who_act_at_once_while_the_alert_grows_are_all_in_the_trail_and_none_waits_for_ever(
    store: Store, make_read: MakeRead, now: datetime
) -> None:
    with store.write() as tx:
        mentions = put_results(tx, [make_read(f"m{number}") for number in range(12)], "blogs", False, now).new
    number = _alert(store, now, mentions[0])

    def act(turn: int) -> None:
        _change(store, number, ("noise", "ack", "reopen", "resolve")[turn % 4], f"person {turn}", now + turn * HOUR)

    def grow(turn: int) -> None:
        _alert(store, now + HOUR, mentions[turn], severity=("low", "high", "critical")[turn % 3])
        with store.write() as tx:  # as an edit does, whose batch takes its locks in the other order
            put_results(tx, [make_read(f"m{turn}", f"acme said something else {turn}")], "blogs", False, now)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda turn: act(turn) if turn % 2 else grow(turn % 12), range(24)))
    with store.read() as tx:
        told = [one for one in handling.trail(tx, number) if one.by]
        last = handling.states(tx, [number])[number]
        counts = {one.mark for one in list_marks(tx, limit=99) if one.counts}
    assert {one.by for one in told} <= {f"person {turn}" for turn in range(24)}
    assert len(told) >= 6
    assert counts == ({"noise"} if last.state == "noise" else set())
