"""What is to be told: deliveries wait here until a channel has taken them, or a person must help."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Literal

import msgspec
from msgspec import Struct
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    delete,
    func,
    null,
    or_,
    select,
    true,
    union_all,
    update,
)

from alerts.contract import Receipt
from listener.store.ranks import rank, severity_of
from listener.store.statements import chunks, insert_new
from listener.store.tables import CHANNEL, DELIVERY
from rules.reading import Severity
from sources.post import storable

State = Literal["due", "claimed", "sent", "dead"]


EDIT = "edit"
"""The kind of delivery that changes a message which was told: {"delivery": number}."""

SUMMARY = "summary"
"""The kind of delivery that tells of several alerts: {"alerts": [numbers]}."""

TELL_ALERTS = ("alert", SUMMARY)

OF_ALERTS_TOLD = (*TELL_ALERTS, "escalation")
"""The kinds that show the words of posts on a channel, where they can be changed."""


class Delivery(Struct, frozen=True, kw_only=True):
    """One message for one channel.

    `attempts` counts claims and never goes back; `failures` counts failed tries since it was queued or last retried by
    a person. `maybe_sent`: an earlier try ended without an answer, so the receiver may have it already. One that is
    "sent" without `sent_at` was called off: nobody need be told any more, and its receipt says why.
    """

    id: int
    key: str
    channel: str
    kind: str
    alert_id: int | None
    severity: Severity
    payload: dict[str, Any]
    state: State
    next_at: datetime
    attempts: int
    failures: int
    maybe_sent: bool
    last_error: str
    receipt: Receipt | None
    created_at: datetime
    sent_at: datetime | None


class Message(Struct, frozen=True, kw_only=True):
    """What is to be told on a channel, once for its `key`.

    The payload of the kinds "alert", "escalation", "note" and "desk" names its alert: {"alert": id}; that of "note" its
    customer too.
    """

    key: str
    channel: str
    kind: str
    payload: Mapping[str, Any]
    severity: Severity = "low"
    not_before: datetime | None = None


def put_delivery(
    tx: Connection,
    *,
    key: str,
    channel: str,
    kind: str,
    payload: Mapping[str, Any],
    now: datetime,
    severity: Severity = "low",
    not_before: datetime | None = None,
) -> bool:
    """Queues a message once for its `key`; False where it had been queued before.

    The payload of the kinds "alert", "escalation", "note" and "desk" names its alert: {"alert": id}; that of "note" its
    customer too.
    """
    message = Message(key=key, channel=channel, kind=kind, payload=payload, severity=severity, not_before=not_before)
    return bool(insert_new(tx, DELIVERY, [_row(message, now)], DELIVERY.c.id))


def put_deliveries(tx: Connection, messages: Sequence[Message], now: datetime) -> None:
    """Queues many messages by one statement, each once for its `key`."""
    insert_new(tx, DELIVERY, [_row(message, now) for message in messages])


def put_message(tx: Connection, message: Message, now: datetime) -> int | None:
    """Queues a message once for its `key` and gives its number; None where it had been queued before."""
    return put_messages(tx, [message], now).get(message.key)


def put_messages(tx: Connection, messages: Sequence[Message], now: datetime) -> dict[str, int]:
    """Queues many messages, each once for its `key`; gives the numbers of those that had not been queued before."""
    rows = insert_new(tx, DELIVERY, [_row(message, now) for message in messages], DELIVERY.c.key, DELIVERY.c.id)
    return {row.key: int(row.id) for row in rows}


def replace_untried(tx: Connection, number: int) -> bool:
    """Removes a message that tells of one alert and was never tried, because a later one says more of the same."""
    return bool(tx.execute(_REMOVE_UNTRIED, {"number": number}).rowcount)


_REMOVE_UNTRIED = delete(DELIVERY).where(
    DELIVERY.c.id == bindparam("number"),
    DELIVERY.c.state == "due",
    DELIVERY.c.attempts == 0,
    DELIVERY.c.kind == "alert",
)


def put_edit(tx: Connection, channel: str, delivery: int, now: datetime) -> bool:
    """Queues a change of a message that was told; False where one waits that will show the same.

    A change that is being made at this moment may have been made ready before, so another one is queued.
    """
    payload: dict[str, Any] = {"delivery": delivery}
    told = msgspec.json.encode(payload).decode()
    same = (DELIVERY.c.channel == channel) & (DELIVERY.c.kind == EDIT) & (DELIVERY.c.payload_json == told)
    if tx.execute(select(DELIVERY.c.id).where(same, DELIVERY.c.state == "due").limit(1)).first() is not None:
        return False
    key = f"{EDIT}:{delivery}:{now.isoformat()}"
    return put_message(tx, Message(key=key, channel=channel, kind=EDIT, payload=payload), now) is not None


def load(tx: Connection, channel: str, now: datetime, window: timedelta) -> tuple[list[datetime], dict[Severity, int]]:
    """When a channel was given alerts within the window, the oldest first; how many of each severity are not told."""
    lately: list[datetime] = []
    waiting: dict[Severity, int] = {}
    for at, severity, count in tx.execute(_load(), {"its_channel": channel, "since": now - window, "now": now}):
        if at is None:
            waiting[severity_of(severity)] = int(count)
        else:
            lately.append(at)
    return sorted(lately), waiting


@cache
def _load() -> CompoundSelect[Any]:
    """Both by one statement: it is asked with each batch, and to run one takes longer than to find the few rows."""
    its = DELIVERY.c
    since, now = (bindparam(name, type_=its.created_at.type) for name in ("since", "now"))
    told = (its.channel == bindparam("its_channel")) & or_(*(its.kind == kind for kind in TELL_ALERTS))
    # what a clock that went wrong has put into the future counts for nothing
    within = (its.created_at > since) & (its.created_at <= now)
    lately = select(its.created_at, null(), null()).where(told, within, its.state != "dead", ~_called_off())
    unsent = select(null(), its.severity, func.count()).where(told, or_(its.state == "due", its.state == "claimed"))
    return union_all(lately, unsent.group_by(its.severity))


def was_told() -> ColumnElement[bool]:
    """Whether a channel took a message."""
    return (DELIVERY.c.state == "sent") & DELIVERY.c.sent_at.is_not(None)


def _called_off() -> ColumnElement[bool]:
    return (DELIVERY.c.state == "sent") & DELIVERY.c.sent_at.is_(None)


_OF_ALERTS = ("alert", "note", "escalation", "desk")


def _row(message: Message, now: datetime) -> dict[str, Any]:
    return {
        "key": message.key,
        "channel": message.channel,
        "kind": message.kind,
        "alert_id": message.payload["alert"] if message.kind in _OF_ALERTS else None,
        "severity": rank(message.severity),
        "payload_json": msgspec.json.encode(message.payload).decode(),
        "state": "due",
        "next_at": message.not_before or now,
        "created_at": now,
    }


def is_queued(tx: Connection, key: str) -> bool:
    """Whether a delivery of this key was ever queued."""
    return tx.execute(select(DELIVERY.c.id).where(DELIVERY.c.key == key)).first() is not None


def get_delivery(tx: Connection, key: str) -> Delivery | None:
    """The delivery of a key, or None."""
    row = tx.execute(select(DELIVERY).where(DELIVERY.c.key == key)).first()
    return None if row is None else _delivery(row)


def get_number(tx: Connection, number: int) -> Delivery | None:
    """The delivery of a number, or None."""
    row = tx.execute(select(DELIVERY).where(DELIVERY.c.id == number)).first()
    return None if row is None else _delivery(row)


def due(tx: Connection, now: datetime, limit: int, channels: Sequence[str] | None = None) -> list[Delivery]:
    """What can be told now: every channel's worst and oldest first, and each channel's turn before any one's second."""
    turn = func.row_number().over(partition_by=DELIVERY.c.channel, order_by=(DELIVERY.c.severity.desc(), DELIVERY.c.id))
    statement = select(DELIVERY, turn.label("turn")).where(_ready(now), _not_held(now))
    if channels is not None:
        statement = statement.where(DELIVERY.c.channel.in_(channels))
    ready = statement.subquery()
    rows = tx.execute(select(ready).order_by(ready.c.turn, ready.c.severity.desc(), ready.c.id).limit(limit))
    return [_delivery(row) for row in rows]


def channels_due(tx: Connection, now: datetime) -> list[str]:
    """The channels that have something to tell and are not held, the one with the worst first."""
    return list(tx.execute(_channels_due(), {"now": now}).scalars())


@cache
def _channels_due() -> Select[Any]:
    """Made once: it is asked every second, and making it takes longer than asking it."""
    now = bindparam("now", type_=DELIVERY.c.next_at.type)
    return (
        select(DELIVERY.c.channel)
        .where(_ready(now), _not_held(now))
        .group_by(DELIVERY.c.channel)
        .order_by(func.max(DELIVERY.c.severity).desc(), func.min(DELIVERY.c.id))
    )


def claim(tx: Connection, number: int, now: datetime, lease: timedelta) -> int | None:
    """Takes a delivery until now + lease; gives the attempt's number (from 1), None where another has it.

    A claim that ran out is taken over, and the delivery counts as maybe sent: nobody knows how far the other got. The
    caller commits before it sends.
    """
    return tx.execute(
        update(DELIVERY)
        .where(DELIVERY.c.id == number, _ready(now))
        .values(
            state="claimed",
            attempts=DELIVERY.c.attempts + 1,
            lease_until=now + lease,
            maybe_sent=or_(DELIVERY.c.maybe_sent, DELIVERY.c.state == "claimed"),
        )
        .returning(DELIVERY.c.attempts)
    ).scalar()


def mark_sent(tx: Connection, number: int, attempt: int, receipt: Receipt, now: datetime | None) -> bool:
    """Writes down that the attempt told it, or called it off (None); False where it counts no longer."""
    kept = msgspec.json.encode(Receipt(id=storable(receipt.id), detail=storable(receipt.detail))).decode()
    values = {"state": "sent", "sent_at": now, "receipt_json": kept, "error": "", "lease_until": None}
    return bool(tx.execute(update(DELIVERY).where(_mine(number, attempt)).values(values)).rowcount)


def mark_failed(
    tx: Connection, number: int, attempt: int, error: str, next_at: datetime | None, *, ambiguous: bool = False
) -> bool:
    """Writes down that the attempt failed: due again at `next_at`, or dead (None) until a person retries it.

    `ambiguous`: the receiver may have it all the same. False where the attempt is no longer the one that counts.
    """
    values: dict[str, Any] = {"error": storable(error), "failures": DELIVERY.c.failures + 1, "lease_until": None}
    values |= {"state": "dead"} if next_at is None else {"state": "due", "next_at": next_at}
    if ambiguous:
        values["maybe_sent"] = True
    return bool(tx.execute(update(DELIVERY).where(_mine(number, attempt)).values(values)).rowcount)


def release_claims(tx: Connection, now: datetime) -> int:
    """Makes every claimed delivery due again, as maybe sent: only for whoever alone works here, at start."""
    lost = {"state": "due", "next_at": now, "lease_until": None, "maybe_sent": True}
    return tx.execute(update(DELIVERY).where(DELIVERY.c.state == "claimed").values(lost)).rowcount


def retry_dead(
    tx: Connection, channel: str | None = None, *, now: datetime, numbers: Sequence[int] | None = None
) -> int:
    """Makes dead deliveries due again, because a person says that the cause is mended; gives how many."""
    statement = update(DELIVERY).where(DELIVERY.c.state == "dead")
    if channel is not None:
        statement = statement.where(DELIVERY.c.channel == channel)
    if numbers:
        statement = statement.where(DELIVERY.c.id.in_(numbers))
    return tx.execute(statement.values(state="due", next_at=now, failures=0)).rowcount


def narrow(tx: Connection, number: int, attempt: int, payload: Mapping[str, Any]) -> bool:
    """Changes what a claimed delivery tells of before it is told; False where the attempt counts no longer."""
    told = msgspec.json.encode(payload).decode()
    return bool(tx.execute(update(DELIVERY).where(_mine(number, attempt)).values(payload_json=told)).rowcount)


def put_payload(tx: Connection, number: int, payload: Mapping[str, Any]) -> None:
    """Changes what a message that was told tells of, as its change has just done."""
    told = msgspec.json.encode(payload).decode()
    tx.execute(update(DELIVERY).where(DELIVERY.c.id == number).values(payload_json=told))


def put_receipt(tx: Connection, number: int, receipt: Receipt) -> None:
    """Keeps the receipt that an edit gave for a message, which the next edit needs."""
    kept = msgspec.json.encode(Receipt(id=storable(receipt.id), detail=storable(receipt.detail))).decode()
    tx.execute(update(DELIVERY).where(DELIVERY.c.id == number).values(receipt_json=kept))


def forget_notes(tx: Connection, customer: str) -> int:
    """Removes the notes on a customer, told or not: their keys name the contact. Gives how many."""
    named = DELIVERY.c.key.startswith(f"note:{customer}:", autoescape=True)
    notes = select(DELIVERY.c.id, DELIVERY.c.payload_json).where(DELIVERY.c.kind == "note", named)
    theirs = [row.id for row in tx.execute(notes) if msgspec.json.decode(row.payload_json)["customer"] == customer]
    for some in chunks(theirs):
        tx.execute(delete(DELIVERY).where(DELIVERY.c.id.in_(some)))
    return len(theirs)


def list_deliveries(tx: Connection, state: State | None, limit: int) -> list[Delivery]:
    """The deliveries in a state (None: in any), the newest first."""
    wanted = true() if state is None else DELIVERY.c.state == state
    return [
        _delivery(row) for row in tx.execute(select(DELIVERY).where(wanted).order_by(DELIVERY.c.id.desc()).limit(limit))
    ]


def list_in(tx: Connection, states: Sequence[str], limit: int, channel: str = "") -> list[Delivery]:
    """The deliveries in one of these states, the newest first; of one channel, or of all ("")."""
    asked = select(DELIVERY).where(DELIVERY.c.state.in_(states)).order_by(DELIVERY.c.id.desc()).limit(limit)
    return [_delivery(row) for row in tx.execute(asked.where(DELIVERY.c.channel == channel) if channel else asked)]


def deliveries_for_alert(tx: Connection, alert_id: int) -> list[Delivery]:
    """Every delivery of an alert, the oldest first."""
    rows = tx.execute(select(DELIVERY).where(DELIVERY.c.alert_id == alert_id).order_by(DELIVERY.c.id))
    return [_delivery(row) for row in rows]


def _ready(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    waiting = and_(DELIVERY.c.state == "due", DELIVERY.c.next_at <= now)
    return or_(waiting, and_(DELIVERY.c.state == "claimed", DELIVERY.c.lease_until <= now))


def _not_held(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    held = (CHANNEL.c.held_until > now) | CHANNEL.c.disabled_at.is_not(None)
    return DELIVERY.c.channel.not_in(select(CHANNEL.c.name).where(held))


def _mine(number: int, attempt: int) -> ColumnElement[bool]:
    return and_(DELIVERY.c.id == number, DELIVERY.c.attempts == attempt, DELIVERY.c.state == "claimed")


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        id=row.id,
        key=row.key,
        channel=row.channel,
        kind=row.kind,
        alert_id=row.alert_id,
        severity=severity_of(row.severity),
        payload=msgspec.json.decode(row.payload_json, type=dict[str, Any]),
        state=row.state,
        next_at=row.next_at,
        attempts=row.attempts,
        failures=row.failures,
        maybe_sent=row.maybe_sent or row.state == "claimed",
        last_error=row.error,
        receipt=msgspec.json.decode(row.receipt_json, type=Receipt) if row.receipt_json else None,
        created_at=row.created_at,
        sent_at=row.sent_at,
    )
