"""Shows that alerts have grown since they were told, and reminds of those that nobody took up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from alerts.handling import Handling
from alerts.pipeline.candidate import Routed
from alerts.pipeline.decision import Decision, stopped
from alerts.pipeline.quiet_hours import quiet_hours
from alerts.pipeline.silence import silence
from listener.alerting.candidates import candidate_of, gone
from listener.alerting.messages import MOST_LISTED, Postman
from listener.alerting.setup import AlertingSetup
from listener.store import Tx, alerts, handling, notices, outbox, silences
from listener.store.notices import Notice, OutboxState

_SETTLED = ("resolved", "noise")
"""States in which an alert's message says how it ended, and shows no more of its growth."""


_NOT_OUT = ("due", "claimed", "dead")


class _Known(Struct, frozen=True, kw_only=True):
    counts: Mapping[int, int]
    handled: Mapping[int, Handling]
    messages: Mapping[int, OutboxState]

    def state(self, one: Notice, now: datetime) -> str:
        return self.handled[one.alert_id].state_at(now)

    def message(self, one: Notice) -> str:
        """The state of the message that it stands in, "" where there is none any more."""
        message = self.messages.get(one.delivery_id or 0)
        return "" if message is None else message.state

    def repeats_at(self, one: Notice, repeat: timedelta | None) -> datetime | None:
        """When it is told again if nobody takes it up: so long after its message was out, or it was opened again."""
        message, handled = self.messages.get(one.delivery_id or 0), self.handled[one.alert_id]
        told_at = message.sent_at if message is not None else one.told_at
        if repeat is None or told_at is None or handled.state not in ("open", "snoozed"):
            return None
        return max(at for at in (told_at, handled.at, handled.until) if at is not None) + repeat

    def grown(self, one: Notice) -> bool:
        return self.counts.get(one.alert_id, 0) > one.told_mentions


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
    loud = [one for one in due if _is_told_again(setup, one, known, now)]
    kept = _kept_back(tx, setup, loud, known, now)
    again: dict[tuple[str, str], list[Notice]] = {}
    settled = []
    for one in due:
        place = (one.alert_id, one.channel)
        waits = kept.get(place)
        if place in kept and waits is None:
            again.setdefault((one.channel, one.group_key or str(one.alert_id)), []).append(one)
        else:
            let_be = _changed_or_let_be(tx, setup, one, known, now)
            settled.append(let_be if waits is None else replace(let_be, due_at=waits.until))
    for many in again.values():
        settled += _told_again(setup, postman, many)
    notices.put(tx, settled)


def _is_told_again(setup: AlertingSetup, one: Notice, known: _Known, now: datetime) -> bool:
    """Whether a message of its own is due: nobody took the alert up, or it has grown where nothing can be changed."""
    state, message = known.state(one, now), known.message(one)
    if state in _SETTLED or message in _NOT_OUT:
        return False
    repeats_at = known.repeats_at(one, setup.routing.timing(one.route).repeat)
    reminds = repeats_at is not None and repeats_at <= now and state == "open"
    return reminds or (known.grown(one) and one.state == "told" and (one.channel not in setup.edits or not message))


def _changed_or_let_be(tx: Tx, setup: AlertingSetup, one: Notice, known: _Known, now: datetime) -> Notice:
    """An edit where it has grown; and when it is looked at again: for its repetition, if it may come to that."""
    state, message = known.state(one, now), known.message(one)
    repeat = setup.routing.timing(one.route).repeat
    if state in _SETTLED or message == "dead":
        return replace(one, due_at=None)
    if message in _NOT_OUT:  # what is not out yet will show all when it is
        return replace(one, due_at=None if repeat is None else now + repeat)
    if known.grown(one) and one.channel in setup.edits and one.delivery_id is not None:
        outbox.put_edit(tx, one.channel, one.delivery_id, now)
    return replace(one, due_at=known.repeats_at(one, repeat))


def _kept_back(
    tx: Tx, setup: AlertingSetup, loud: Sequence[Notice], known: _Known, now: datetime
) -> dict[tuple[int, str], Decision | None]:
    """What keeps one more message back; None where nothing does. Of what is gone nobody is told again."""
    if not loud:
        return {}
    briefs = alerts.briefs(tx, sorted({one.alert_id for one in loud}))
    active = silences.active(tx, now)
    found: dict[tuple[int, str], Decision | None] = {}
    for one in loud:
        place, asks = (one.alert_id, one.channel), setup.channel(one.channel)
        if one.alert_id not in briefs:
            found[place] = Decision(stage="deliver", verdict="muted", reason="its post was deleted")
        elif known.state(one, now) == "snoozed":
            until = known.handled[one.alert_id].until
            found[place] = Decision(stage="silence", verdict="held", reason="it is snoozed", until=until)
        else:
            routed = Routed(channel=one.channel, route=one.route, timing=setup.routing.timing(one.route), why="")
            asked = candidate_of(briefs[one.alert_id], routed, one)
            found[place] = stopped((silence(asked, active, now), quiet_hours(asked, asks.calendar, asks.urgent, now)))
    return found


def _told_again(setup: AlertingSetup, postman: Postman, many: Sequence[Notice]) -> list[Notice]:
    """Several of one group are told again in one message, so that a group wakes once and not once for each."""
    now, channel = postman.now, many[0].channel
    number = postman.tell_again(channel, many)
    found = []
    for place, one in enumerate(many):
        repeat = setup.routing.timing(one.route).repeat
        if number is None:
            found.append(replace(one, due_at=now + setup.interval(channel, one.route)))
        elif place >= MOST_LISTED:
            found.append(replace(one, due_at=now))
        else:
            later = now + repeat if repeat else None
            found.append(replace(one, delivery_id=number, told_at=now, due_at=later))
    return found


def refresh(tx: Tx, alert_id: int, now: datetime) -> None:
    """Changes every message that an alert stands in, so that it says what people did about it.

    What is not told yet will say it anyway; a channel that cannot change what it told lets the change go.
    """
    notices.decide_alone(tx)
    standing = notices.of_alerts(tx, [alert_id]).values()
    messages = notices.told_messages(tx, [one.delivery_id for one in standing if one.delivery_id is not None])
    for one in standing:
        message = messages.get(one.delivery_id or 0)
        if one.delivery_id is not None and message is not None and message.state in ("claimed", "sent"):
            outbox.put_edit(tx, one.channel, one.delivery_id, now)
    # opened again it grows again, and is told again where nobody takes it up
    if handling.states(tx, [alert_id])[alert_id].state_at(now) == "open":
        notices.put(tx, [replace(one, due_at=now) for one in standing if one.is_told and one.due_at is None])


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
    notices.decide_alone(tx)
    number = int(delivery.payload["delivery"])
    notices.put(tx, [replace(one, delivery_id=None, due_at=now) for one in notices.of_delivery(tx, number)])


def called_off(tx: Tx, delivery: int) -> None:
    """All alerts of a message are gone; who would have been told is told when somebody else says the same."""
    notices.decide_alone(tx)
    notices.put(tx, [replace(gone(one), delivery_id=None, told_at=None) for one in notices.of_delivery(tx, delivery)])


def left_out(tx: Tx, delivery: int, listed: Sequence[int], now: datetime) -> None:
    """Alerts for which a message had no room are in the next one."""
    notices.decide_alone(tx)
    full = "the message before it had no room for it"
    kept = [
        replace(one, state="held", stage="throttle", reason=full, delivery_id=None, told_at=None, due_at=now)
        for one in notices.of_delivery(tx, delivery)
        if one.alert_id not in listed
    ]
    notices.put(tx, kept)


def pushed_out(tx: Tx, told: outbox.Delivery, listed: Sequence[int], now: datetime) -> None:
    """Alerts for which a message has no room any more, since the others in it have grown, are in the next one."""
    notices.decide_alone(tx)
    still = alerts.briefs(tx, sorted(set(told.payload["alerts"]).difference(listed)))  # what is deleted is not told
    stay = [number for number in told.payload["alerts"] if number not in still]
    outbox.put_payload(tx, told.id, {**told.payload, "alerts": stay})
    left_out(tx, told.id, [one.alert_id for one in notices.of_delivery(tx, told.id) if one.alert_id not in still], now)
