"""Shows that alerts have grown since they were told, and reminds of those that nobody took up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from alerts.handling import Handling
from listener.alerting_messages import Postman
from listener.alerting_setup import AlertingSetup
from listener.store import Tx, alerts, handling, notices, outbox
from listener.store.notices import Notice

_SETTLED = ("resolved", "noise")
"""States in which an alert's message says how it ended, and shows no more of its growth."""


class _Known(Struct, frozen=True, kw_only=True):
    counts: Mapping[int, int]
    handled: Mapping[int, Handling]
    messages: Mapping[int, str]


def grow(tx: Tx, setup: AlertingSetup, due: Sequence[Notice], now: datetime) -> None:
    """Looks at notices that are told: an edit where the channel can, else a follow-up; again where nobody reacts."""
    if not due:
        return
    numbers = sorted({one.alert_id for one in due})
    known = _Known(
        counts=alerts.mention_counts(tx, numbers),
        handled=handling.states(tx, numbers),
        messages=notices.told_messages(tx, [one.delivery_id for one in due if one.delivery_id is not None]),
    )
    postman = Postman(tx, setup, now)
    notices.put(tx, [_looked_at(tx, setup, postman, one, known) for one in due])


def _looked_at(tx: Tx, setup: AlertingSetup, postman: Postman, one: Notice, known: _Known) -> Notice:
    now = postman.now
    state = known.handled[one.alert_id].state_at(now)
    message = known.messages.get(one.delivery_id or 0, "")
    if state in _SETTLED or message in ("due", "claimed", "dead"):
        return replace(one, due_at=None)  # what is not told yet will show all when it is, and look again then
    repeat = setup.routing.timing(one.route).repeat
    reminds = repeat is not None and one.told_at is not None and one.told_at + repeat <= now and state == "open"
    grown = known.counts.get(one.alert_id, 0) > one.told_mentions
    follows_up = grown and one.state == "told" and (one.channel not in setup.edits or not message)
    if reminds or follows_up:
        follows = None if reminds else one.delivery_id
        number = postman.tell_again(one.channel, one.alert_id, one.severity, follows)
        if number is None:
            return replace(one, due_at=now + setup.interval(one.channel, one.route))
        return replace(one, delivery_id=number, told_at=now, due_at=now + repeat if repeat else None)
    if grown and one.channel in setup.edits and one.delivery_id is not None:
        outbox.put_edit(tx, one.channel, one.delivery_id, now)
    return replace(one, due_at=one.told_at + repeat if repeat and one.told_at and state == "open" else None)


def refresh(tx: Tx, alert_id: int, now: datetime) -> None:
    """Changes every message that an alert stands in, so that it says what people did about it.

    What is not told yet will say it anyway; a channel that cannot change what it told lets the change go.
    """
    notices.decide_alone(tx)
    standing = notices.of_alerts(tx, [alert_id]).values()
    messages = notices.told_messages(tx, [one.delivery_id for one in standing if one.delivery_id is not None])
    for one in standing:
        if one.delivery_id is not None and messages.get(one.delivery_id) == "sent":
            outbox.put_edit(tx, one.channel, one.delivery_id, now)


def shown(tx: Tx, setup: AlertingSetup, delivery: outbox.Delivery, shows: Mapping[int, int], now: datetime) -> None:
    """Writes down that a message, or a change of one, was taken by its channel. `shows`: {alert: mentions in it}."""
    if not shows:
        return
    notices.decide_alone(tx)
    number = int(delivery.payload["delivery"]) if delivery.kind == outbox.EDIT else delivery.id
    counts = alerts.mention_counts(tx, sorted(shows))
    changed = []
    for one in notices.of_delivery(tx, number):
        if one.alert_id not in shows:
            continue
        told = shows[one.alert_id]
        due = one.due_at
        if counts.get(one.alert_id, 0) > told:  # it grew while it was on its way
            at = now + setup.interval(one.channel, one.route)
            due = at if due is None else min(due, at)
        changed.append(replace(one, told_mentions=told, shown_at=now, due_at=due))
    notices.put(tx, changed)


def lost(tx: Tx, delivery: outbox.Delivery, now: datetime) -> None:
    """The message that was to be changed is gone: what it showed is told anew when its alert is looked at next."""
    number = int(delivery.payload["delivery"])
    notices.put(tx, [replace(one, delivery_id=None, due_at=now) for one in notices.of_delivery(tx, number)])


def left_out(tx: Tx, delivery: int, listed: Sequence[int], now: datetime) -> None:
    """Alerts for which a message had no room are in the next one."""
    full = "the message before it had no room for it"
    kept = [
        replace(one, state="held", stage="throttle", reason=full, delivery_id=None, told_at=None, due_at=now)
        for one in notices.of_delivery(tx, delivery)
        if one.alert_id not in listed
    ]
    notices.put(tx, kept)
