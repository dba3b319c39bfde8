"""One story, one alert: it grows, only ever gets worse, and tells each channel once a severity."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from alerts.alert import AlertIntent, ReadMention
from alerts.pipeline.decision import STAGES
from listener.alerting.deciding import Alerting
from listener.alerting.setup import AlertingSetup
from listener.store import Store, handling, notices, outbox
from listener.store.alerts import (
    Told,
    alert_mentions,
    briefs,
    briefs_of_new,
    count_since,
    get_alert,
    list_alerts,
    newest_id,
    put_alerts,
)
from listener.store.mentions import put_results, tombstone_posts
from listener.store.tickets import get_ticket, list_tickets, open_ticket
from rules.analysis import Read
from rules.reading import CustomerMatch, RuleMatch, Severity

MakeRead = Callable[..., Read]
HOUR = timedelta(hours=1)


@pytest.fixture
def kept(store: Store, make_read: MakeRead, now: datetime) -> list[ReadMention]:
    reads = [make_read(str(number), brand="Bolt" if number == 3 else "Acme") for number in range(6)]
    with store.write() as tx:
        return put_results(tx, reads, "blogs", False, now).new


def _intent(mention: ReadMention, severity: Severity, *channels: str, **options: Any) -> AlertIntent:
    rule = RuleMatch(name=f"{severity} rule", severity=severity, reason=f"because of {mention.post.external_id}")
    values = {"key": "story-1", "story": "story-1", "rules": (rule,), "tickets": (), **options}
    return AlertIntent(severity=severity, brand=mention.brand, mention_id=mention.id, channels=channels, **values)


def _put(store: Store, now: datetime, *intents: AlertIntent) -> list[Told]:
    with store.write() as tx:
        return put_alerts(tx, intents, now)


def test_many_mentions_of_a_story_make_one_alert_led_by_the_worst(
    store: Store, kept: list[ReadMention], now: datetime
) -> None:
    (told,) = _put(
        store,
        now,
        _intent(kept[0], "low", "mail"),
        _intent(kept[1], "high", "slack", tickets=("builtin",)),
        _intent(kept[3], "high", "slack"),
    )
    assert told.is_new and not told.grown
    assert (told.severity, told.lead_mention_id) == ("high", kept[1].id)
    assert told.tickets == ("builtin",)
    with store.read() as tx:
        alert = get_alert(tx, told.alert_id)
        assert alert is not None
        assert (alert.mentions, alert.brands, alert.severity) == (3, ("Acme", "Bolt"), "high")
        assert alert.lead == kept[1]
        assert [rule.name for rule in alert.rules] == ["high rule", "low rule"]
        assert alert.rules[0].reason == "because of 1"
        assert list(alert.others) == [kept[3].post.url, kept[0].post.url]
        assert [mention.id for mention in alert_mentions(tx, alert.id, 10)] == [kept[1].id, kept[3].id, kept[0].id]


def test_the_same_intents_twice_tell_nobody_twice(store: Store, kept: list[ReadMention], now: datetime) -> None:
    intents = (_intent(kept[0], "high", "slack"), _intent(kept[1], "low", "mail"))
    (first,) = _put(store, now, *intents)
    (second,) = _put(store, now + HOUR, *intents)
    assert (second.is_new, second.grown, second.risen) == (False, False, False)
    assert second.alert_id == first.alert_id
    with store.read() as tx:
        alert = get_alert(tx, first.alert_id)
    assert alert is not None and alert.updated_at == now


def test_what_is_known_of_a_new_alert_is_what_would_be_read_back(
    store: Store, kept: list[ReadMention], now: datetime
) -> None:
    _put(store, now, _intent(kept[4], "low", key="story-2", story="story-2"))
    known = {one.id: one for one in kept}
    intents = [
        _intent(kept[3], "low", "mail"),
        _intent(kept[0], "high", "slack"),
        _intent(kept[0], "high", "slack"),
        _intent(kept[5], "low", key="story-2", story="story-2"),
        _intent(kept[1], "critical", key="spike", story="", kind="spike"),
    ]
    with store.write() as tx:
        told = put_alerts(tx, intents, now)
        new = briefs_of_new(told, intents, known)
        assert new == briefs(tx, [one.alert_id for one in told if one.is_new])
        assert sorted(one.key for one in new.values()) == ["spike", "story-1"]
        del known[kept[3].id]
        assert [one.key for one in briefs_of_new(told, intents, known).values()] == ["spike"]


def _tell(store: Store, now: datetime, kept: list[ReadMention], *intents: AlertIntent) -> list[str]:
    """The channels that are given a message for these intents."""
    with store.write() as tx:
        before = {one.id for one in outbox.list_deliveries(tx, None, 100)}
        told = put_alerts(tx, intents, now)
        Alerting(AlertingSetup()).take_in(tx, told, intents, {one.id: one for one in kept}, now)
        return sorted(one.channel for one in outbox.list_deliveries(tx, None, 100) if one.id not in before)


def test_a_growing_alert_tells_a_channel_again_only_when_it_gets_worse(
    store: Store, kept: list[ReadMention], now: datetime
) -> None:
    assert _tell(store, now, kept, _intent(kept[0], "medium", "slack")) == ["slack"]
    assert _tell(store, now + HOUR, kept, _intent(kept[1], "medium", "slack")) == []
    assert _tell(store, now + HOUR, kept, _intent(kept[2], "low", "slack", "mail")) == ["mail"]
    assert _tell(store, now + HOUR, kept, _intent(kept[3], "critical", "slack")) == ["slack"]
    assert _tell(store, now + HOUR, kept, _intent(kept[4], "high", "slack", "mail")) == ["mail"]
    with store.read() as tx:
        found = notices.of_alerts(tx, [1])
    assert {place: (one.severity, one.state) for place, one in found.items()} == {
        (1, "slack"): ("critical", "told"),
        (1, "mail"): ("critical", "told"),
    }


def test_a_channel_that_was_shown_the_worst_is_not_told_of_less(
    store: Store, kept: list[ReadMention], now: datetime
) -> None:
    first = _tell(store, now, kept, _intent(kept[0], "critical", "slack"), _intent(kept[1], "low", "mail"))
    assert first == ["mail", "slack"]
    assert _tell(store, now, kept, _intent(kept[2], "high", "mail")) == []


def test_a_decision_is_written_down_whole_and_in_the_trail_once(
    store: Store, kept: list[ReadMention], now: datetime
) -> None:
    _tell(store, now, kept, _intent(kept[0], "medium", "slack"))
    _tell(store, now + HOUR, kept, _intent(kept[1], "medium", "slack"))
    with store.read() as tx:
        notice = notices.of_alerts(tx, [1])[1, "slack"]
        trail = handling.trail(tx, 1)
    assert [one.stage for one in notice.decisions] == list(STAGES)
    assert all(one.goes_on and one.reason for one in notice.decisions)
    assert [(one.what, one.channel) for one in trail] == [("told", "slack")]


def test_different_stories_are_different_alerts_in_their_order(
    store: Store, kept: list[ReadMention], now: datetime
) -> None:
    told = _put(
        store, now, _intent(kept[0], "low", "slack", key="b", story="b"), _intent(kept[1], "high", "slack", key="a")
    )
    assert [one.key for one in told] == ["b", "a"]
    with store.read() as tx:
        assert [alert.key for alert in list_alerts(tx)] == ["a", "b"]
        assert [alert.key for alert in list_alerts(tx, limit=1)] == ["a"]
        assert list_alerts(tx, brand="Bolt") == []
        assert len(list_alerts(tx, brand="Acme", since=now)) == 2
        assert list_alerts(tx, since=now + HOUR) == []
        assert newest_id(tx) == told[1].alert_id
        assert count_since(tx, told[0].alert_id) == 1
        assert get_alert(tx, 10_000) is None


def test_an_alert_whose_lead_was_deleted_upstream_is_led_by_the_next_worst(
    store: Store, kept: list[ReadMention], now: datetime
) -> None:
    (told,) = _put(store, now, _intent(kept[0], "high", "slack"), _intent(kept[1], "low"), _intent(kept[2], "medium"))
    with store.write() as tx:
        tombstone_posts(tx, [kept[0].post.key], now)
        alert = get_alert(tx, told.alert_id)
    assert alert is not None and alert.lead.id == kept[2].id
    assert "because of 0" not in str(alert)


def test_nobody_is_told_of_a_post_that_its_author_deleted_in_time(
    store: Store, kept: list[ReadMention], now: datetime
) -> None:
    (told,) = _put(store, now, _intent(kept[0], "high", "slack"))
    with store.write() as tx:
        outbox.put_delivery(tx, key="a", channel="slack", kind="alert", payload={"alert": told.alert_id}, now=now)
        tombstone_posts(tx, [kept[0].post.key], now)
        assert outbox.due(tx, now, 10) == []
        (done,) = outbox.list_deliveries(tx, "sent", 10)
        assert outbox.list_deliveries(tx, "dead", 10) == []  # that would call for a person
        assert outbox.retry_dead(tx, None, now=now) == 0
    assert done.receipt is not None
    assert "not told: its post was deleted by its author" in done.receipt.detail


def _open(store: Store, mention: ReadMention, now: datetime, **options: Any) -> tuple[int, bool]:
    values = {
        "key": "story-1",
        "alert_id": None,
        "title": "Rocket\n\x00 exploded",
        "reason": "'exploded'",
        "severity": "high",
        **options,
    }
    with store.write() as tx:
        return open_ticket(tx, mention=mention, now=now, **values)


def test_a_ticket_is_opened_once_a_key_and_then_added_to(store: Store, kept: list[ReadMention], now: datetime) -> None:
    assert _open(store, kept[0], now) == (1, True)
    assert _open(store, kept[1], now + HOUR, severity="critical") == (1, False)
    assert _open(store, kept[1], now + 2 * HOUR, severity="low") == (1, False)
    assert _open(store, kept[2], now, key="story-2") == (2, True)
    with store.read() as tx:
        first = get_ticket(tx, 1)
        assert [line.number for line in list_tickets(tx)] == [1, 2]
        assert list_tickets(tx, status="closed") == list_tickets(tx, assignee="eve") == []
        assert get_ticket(tx, 3) is None
    assert first is not None
    assert (first.line.severity, first.line.mentions, first.changed_at) == ("critical", 2, now + HOUR)
    assert first.line.title == "Rocket � exploded"
    assert [mention.id for mention in first.mentions] == [kept[1].id, kept[0].id]


def test_a_ticket_names_its_customer_and_counts_its_alerts_mentions(
    store: Store, make_read: MakeRead, kept: list[ReadMention], now: datetime
) -> None:
    with store.write() as tx:
        gold = make_read("9", customer=CustomerMatch(id="c1", name="Ann Li", confidence=1.0))
        (mention,) = put_results(tx, [gold], "blogs", False, now).new
    (told,) = _put(store, now, _intent(mention, "high"), _intent(kept[0], "low"), _intent(kept[1], "low"))
    _open(store, mention, now, alert_id=told.alert_id)
    with store.read() as tx:
        (line,) = list_tickets(tx)
        alert = get_alert(tx, told.alert_id)
    assert (line.customer, line.mentions, line.url) == ("Ann Li", 3, mention.post.url)
    assert alert is not None and alert.ticket == 1
