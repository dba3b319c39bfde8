"""Deliveries: queued once, claimed by one, never lost with whoever claimed them."""

from __future__ import annotations

from datetime import datetime, timedelta

from alerts.contract import Receipt
from listener.store import Store, channel_states, outbox, outbox_counts
from rules.reading import Severity

LEASE = timedelta(minutes=5)
MINUTE = timedelta(minutes=1)


def _put(store: Store, key: str, now: datetime, channel: str = "slack", severity: Severity = "low") -> bool:
    with store.write() as tx:
        return outbox.put_delivery(
            tx, key=key, channel=channel, kind="alert", payload={"alert": 7}, severity=severity, now=now
        )


def _due(store: Store, now: datetime, limit: int = 100, channels: list[str] | None = None) -> list[outbox.Delivery]:
    with store.read() as tx:
        return outbox.due(tx, now, limit, channels)


def _claim(store: Store, number: int, now: datetime) -> int | None:
    with store.write() as tx:
        return outbox.claim(tx, number, now, LEASE)


def test_a_message_is_queued_once_for_its_key(store: Store, now: datetime) -> None:
    assert _put(store, "alert:7:slack", now)
    assert not _put(store, "alert:7:slack", now + MINUTE)
    (delivery,) = _due(store, now)
    assert (delivery.payload, delivery.alert_id, delivery.created_at) == ({"alert": 7}, 7, now)
    with store.read() as tx:
        assert [one.key for one in outbox.deliveries_for_alert(tx, 7)] == ["alert:7:slack"]
        assert outbox.deliveries_for_alert(tx, 8) == []


def test_the_worst_goes_first_and_no_channel_starves_another(store: Store, now: datetime) -> None:
    for number in range(50):
        _put(store, f"flood {number}", now, "flooded")
    _put(store, "bad", now, "flooded", "critical")
    _put(store, "quiet", now, "quiet")
    assert [one.key for one in _due(store, now, 3)] == ["bad", "quiet", "flood 0"]
    assert [one.key for one in _due(store, now, 2, ["flooded"])] == ["bad", "flood 0"]
    with store.read() as tx:
        assert outbox.channels_due(tx, now) == ["flooded", "quiet"]


def test_nothing_is_told_before_its_time(store: Store, now: datetime) -> None:
    with store.write() as tx:
        outbox.put_delivery(tx, key="a", channel="slack", kind="report", payload={}, now=now, not_before=now + MINUTE)
    assert _due(store, now) == []
    assert len(_due(store, now + MINUTE)) == 1


def test_a_delivery_is_claimed_by_one_and_sent_once(store: Store, now: datetime) -> None:
    _put(store, "a", now)
    (delivery,) = _due(store, now)
    assert _claim(store, delivery.id, now) == 1
    assert _claim(store, delivery.id, now) is None
    assert _due(store, now) == []
    with store.write() as tx:
        assert outbox.mark_sent(tx, delivery.id, 1, Receipt(id="m1", detail="ok"), now)
        assert not outbox.mark_sent(tx, delivery.id, 1, Receipt(), now)
        (sent,) = outbox.list_deliveries(tx, "sent", 10)
    assert (sent.receipt, sent.sent_at, sent.maybe_sent) == (Receipt(id="m1", detail="ok"), now, False)
    assert _claim(store, delivery.id, now + timedelta(days=1)) is None


def test_a_claim_that_ran_out_is_taken_over_and_may_repeat(store: Store, now: datetime) -> None:
    _put(store, "a", now)
    (delivery,) = _due(store, now)
    assert _claim(store, delivery.id, now) == 1
    (lost,) = _due(store, now + LEASE)
    assert lost.maybe_sent
    assert _claim(store, delivery.id, now + LEASE) == 2
    with store.write() as tx:
        assert not outbox.mark_sent(tx, delivery.id, 1, Receipt(), now)
        assert not outbox.mark_failed(tx, delivery.id, 1, "late", None)
        assert outbox.mark_failed(tx, delivery.id, 2, "no\x00 answer", now + 2 * LEASE)
    (again,) = _due(store, now + 2 * LEASE)
    assert again.maybe_sent and (again.attempts, again.failures) == (2, 1)
    assert "no" in again.last_error


def test_a_failed_delivery_waits_or_is_dead_until_a_person_retries_it(store: Store, now: datetime) -> None:
    _put(store, "a", now)
    (delivery,) = _due(store, now)
    assert _claim(store, delivery.id, now) == 1
    with store.write() as tx:
        assert outbox.mark_failed(tx, delivery.id, 1, "500", now + MINUTE)
    assert _due(store, now) == []
    (waiting,) = _due(store, now + MINUTE)
    assert not waiting.maybe_sent
    assert _claim(store, delivery.id, now + MINUTE) == 2
    with store.write() as tx:
        assert outbox.mark_failed(tx, delivery.id, 2, "404: no such hook", None, ambiguous=True)
        assert outbox_counts.stats(tx).dead == 1
    assert _due(store, now + timedelta(days=9)) == []
    with store.write() as tx:
        assert outbox.retry_dead(tx, "mail", now=now) == 0
        assert outbox.retry_dead(tx, "slack", now=now) == 1
    (retried,) = _due(store, now)
    assert (retried.attempts, retried.failures, retried.maybe_sent) == (2, 0, True)


def test_a_held_channel_waits_with_all_it_has_to_tell_also_what_comes_later(store: Store, now: datetime) -> None:
    _put(store, "a", now)
    with store.write() as tx:
        channel_states.hold_channel(tx, "slack", now + 2 * MINUTE)
        channel_states.hold_channel(tx, "slack", now + MINUTE)
    _put(store, "b", now)
    _put(store, "c", now, "mail")
    assert [one.key for one in _due(store, now + MINUTE)] == ["c"]
    with store.read() as tx:
        assert outbox.channels_due(tx, now + MINUTE) == ["mail"]
    assert len(_due(store, now + 2 * MINUTE)) == 3


def test_a_new_start_makes_what_was_claimed_due_again_as_maybe_sent(store: Store, now: datetime) -> None:
    _put(store, "a", now)
    (delivery,) = _due(store, now)
    _claim(store, delivery.id, now)
    with store.write() as tx:
        assert outbox.release_claims(tx, now) == 1
    (again,) = _due(store, now)
    assert again.maybe_sent
    assert _claim(store, delivery.id, now) == 2


def test_deliveries_are_counted_by_channel(store: Store, now: datetime) -> None:
    _put(store, "a", now)
    _put(store, "b", now + MINUTE)
    _put(store, "c", now, "mail")
    with store.write() as tx:
        number = outbox.due(tx, now, 1, ["mail"])[0].id
        outbox.claim(tx, number, now, LEASE)
        outbox.mark_sent(tx, number, 1, Receipt(), now)
        counts = outbox_counts.stats(tx)
    assert (counts.pending, counts.sent, counts.dead) == (2, 1, 0)
    assert counts.of("slack") == {"pending": 2, "sent": 0, "dead": 0, "oldest": now, "held_until": None}
    assert counts.of("nobody")["pending"] == 0
