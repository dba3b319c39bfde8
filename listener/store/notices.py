"""How alerts stand on channels: told, waiting, held or muted, since when, why, and in which message."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, Literal

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Row, Select, bindparam, func, literal_column, select, update

from alerts.pipeline.decision import Decision
from listener.store.bulk import Moment, kept_time, replace_rows
from listener.store.ranks import rank, severity_of
from listener.store.readings import to_json
from listener.store.statements import among, chunks, many, one_at_a_time
from listener.store.tables import ALERT_CHANNEL, DELIVERY
from rules.reading import Severity
from sources.post import storable

NoticeState = Literal["waiting", "held", "muted", "told", "summarised"]

MOST_AT_ONCE = 2_000
"""Of what is due on a channel, the worst that one transaction decides about; the next goes on."""


_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_WAITS_FOR_ROOM = (ALERT_CHANNEL.c.state == "held") & (ALERT_CHANNEL.c.stage == "throttle")


class Notice(Struct, frozen=True, kw_only=True):
    """How one alert stands on one channel.

    `severity`: of the alert when this was decided. `stage` and `reason`: what keeps it back, or the last word.
    `due_at`: when it is to be looked at again, None for never by itself. `delivery_id`: the message it stands in, given
    out at `told_at`; `shown_at`: when the channel last took it, or a change of it, which stood for `told_mentions`.
    """

    alert_id: int
    channel: str
    severity: Severity
    state: NoticeState
    stage: str = ""
    reason: str = ""
    decisions: Sequence[Decision] = ()
    route: str = ""
    group_key: str = ""
    cooldown_key: str = ""
    due_at: datetime | None = None
    delivery_id: int | None = None
    told_at: datetime | None = None
    shown_at: datetime | None = None
    told_mentions: int = 0
    decided_at: datetime | None = None

    @property
    def is_told(self) -> bool:
        return self.state in ("told", "summarised")


def decide_alone(tx: Connection) -> None:
    """Lets nobody else decide about alerts until the transaction ends."""
    one_at_a_time(tx, "alerts")


def of_alerts(tx: Connection, alerts: Iterable[int]) -> dict[tuple[int, str], Notice]:
    """The notices of these alerts by alert and channel."""
    found: dict[tuple[int, str], Notice] = {}
    for some in chunks(sorted(set(alerts))):
        for row in tx.execute(_its_notices(tx.dialect.name), many(tx, some)):
            found[row.alert_id, row.channel] = _notice(row)
    return found


@cache
def _its_notices(dialect: str) -> Select[Any]:
    return select(ALERT_CHANNEL).where(among(dialect, ALERT_CHANNEL.c.alert_id))


def put(tx: Connection, notices: Sequence[Notice]) -> None:
    """Keeps notices as they are now; whatever stood of them before is replaced."""
    at = kept_time(tx)
    replace_rows(tx, ALERT_CHANNEL, _COLUMNS, [_row(one, at) for one in notices])


def anything_due(tx: Connection, now: datetime) -> bool:
    """Whether a notice is to be looked at, or waits for room.

    Asked every second, and answered by an index that is mostly empty.
    """
    return tx.execute(_first_due(), {"now": now}).first() is not None


@cache
def _first_due() -> Select[Any]:
    now = bindparam("now", type_=ALERT_CHANNEL.c.due_at.type)
    its = ALERT_CHANNEL.c.due_at
    return select(ALERT_CHANNEL.c.alert_id).where(its.is_not(None), its <= now).limit(1)


def more_than_room_is_due(tx: Connection, now: datetime) -> bool:
    """Whether a notice is to be looked at that does not only wait for room."""
    its = ALERT_CHANNEL.c
    asked = select(its.alert_id).where(its.due_at.is_not(None), its.due_at <= now, ~_WAITS_FOR_ROOM)
    return tx.execute(asked.limit(1)).first() is not None


def due(tx: Connection, now: datetime) -> list[Notice]:
    """What is to be looked at now, the worst first, MOST_AT_ONCE at most; without what waits for room."""
    its = ALERT_CHANNEL.c
    asked = select(ALERT_CHANNEL).where(its.due_at.is_not(None), its.due_at <= now, ~_WAITS_FOR_ROOM)
    ordered = asked.order_by(its.severity.desc(), its.alert_id).limit(MOST_AT_ONCE)
    return [_notice(row) for row in tx.execute(ordered)]


def waiting_for_room(tx: Connection, now: datetime) -> dict[str, Severity]:
    """The channels for which alerts wait that are told as soon as there is room, and the worst of each."""
    return {row.channel: severity_of(row.worst) for row in tx.execute(_for_room(), {"now": now})}


@cache
def _for_room() -> Select[Any]:
    now = bindparam("now", type_=ALERT_CHANNEL.c.due_at.type)
    its = ALERT_CHANNEL.c
    asked = select(its.channel, func.max(its.severity).label("worst"))
    return asked.where(its.due_at.is_not(None), its.due_at <= now, _WAITS_FOR_ROOM).group_by(its.channel)


def waiting_for_others(tx: Connection) -> list[Notice]:
    """All that waits for others of its group, batches included."""
    its = ALERT_CHANNEL.c
    asked = select(ALERT_CHANNEL).where(its.due_at.is_not(None), its.state == "waiting").order_by(its.alert_id)
    return [_notice(row) for row in tx.execute(asked)]


def held_for_room(tx: Connection, channel: str, limit: int) -> tuple[list[Notice], int]:
    """What waits for room on a channel, the worst first, and how many there are beyond the limit."""
    its = ALERT_CHANNEL.c
    # the channel as an expression: by an index of the channel, all that was ever told there would be gone through
    here = (its.channel + "") == channel
    waits = (its.due_at.is_not(None), its.due_at > _LONG_AGO, here, _WAITS_FOR_ROOM)
    asked = select(ALERT_CHANNEL).where(*waits).order_by(its.severity.desc(), its.alert_id).limit(limit)
    found = [_notice(row) for row in tx.execute(asked)]
    if len(found) < limit:
        return found, 0
    return found, tx.execute(select(func.count()).where(*waits)).scalar_one() - len(found)


def look_again(tx: Connection, now: datetime) -> None:
    """Has all that the configuration holds looked at now: its campaigns and calendars may be others by now."""
    its = ALERT_CHANNEL.c
    by_setting = (its.state == "held") & its.stage.in_(("campaign", "quiet hours"))
    waits = (its.due_at.is_not(None), its.due_at > now, by_setting)
    tx.execute(update(ALERT_CHANNEL).where(*waits).values(due_at=now))


def groups_due(tx: Connection) -> Mapping[tuple[str, str], datetime]:
    """When those who wait in each (channel, group) are told; groups in which nobody waits are left out."""
    found: dict[tuple[str, str], datetime] = {}
    for row in tx.execute(_waiting()):
        place = (row.channel, row.group_key)
        found[place] = min(found.get(place, row.due_at), row.due_at)
    return found


@cache
def _waiting() -> Select[Any]:
    its = ALERT_CHANNEL.c
    # the range and no GROUP BY: else SQLite goes through all that was ever told, in the order of the groups
    waits = (its.due_at.is_not(None), its.due_at > _LONG_AGO, its.state == "waiting")
    return select(its.channel, its.group_key, its.due_at).where(*waits)


def last_told(
    tx: Connection, column: Literal["group_key", "cooldown_key"], keys: Iterable[tuple[str, str]], now: datetime
) -> dict[tuple[str, str], datetime]:
    """When each (channel, key) was last told anything by now; keys that were never told are left out.

    What a clock that went wrong has put into the future counts for nothing. A group of a brand has been told thousands
    of times in a year: the newest is read from the end of the index.
    """
    found: dict[tuple[str, str], datetime] = {}
    for channel, key in {place for place in keys if place[1]}:
        at = tx.execute(_newest(column), {"channel": channel, "key": key, "now": now}).scalar()
        if at is not None:
            found[channel, key] = at
    return found


@cache
def _newest(column: Literal["group_key", "cooldown_key"]) -> Select[Any]:
    its = ALERT_CHANNEL.c
    now = bindparam("now", type_=its.told_at.type)
    asked = select(its.told_at).where(
        its.channel == bindparam("channel"), its[column] == bindparam("key"), its.told_at <= now
    )
    if column == "cooldown_key":
        asked = asked.where(its.cooldown_key != literal_column("''"))  # as its index says
    return asked.order_by(its.told_at.desc()).limit(1)


def kept_back(tx: Connection) -> dict[str, int]:
    """How many notices wait, or are held for a summary; states without any are left out."""
    its = ALERT_CHANNEL.c
    asked = select(its.state, func.count()).where(its.due_at.is_not(None), its.state.in_(("waiting", "held")))
    return {state: int(count) for state, count in tx.execute(asked.group_by(its.state))}


def of_delivery(tx: Connection, delivery: int) -> list[Notice]:
    """The notices that stand in one message."""
    return [_notice(row) for row in tx.execute(select(ALERT_CHANNEL).where(ALERT_CHANNEL.c.delivery_id == delivery))]


class OutboxState(Struct, frozen=True):
    """How a message does in the outbox; `sent_at`: None where it is not out."""

    state: str
    sent_at: datetime | None


def told_messages(tx: Connection, deliveries: Sequence[int]) -> dict[int, OutboxState]:
    """How each of these messages does; those that are gone are left out."""
    found: dict[int, OutboxState] = {}
    its = DELIVERY.c
    for some in chunks(sorted(set(deliveries))):
        asked = select(its.id, its.state, its.sent_at).where(its.id.in_(some))
        found |= {row.id: OutboxState(row.state, row.sent_at) for row in tx.execute(asked)}
    return found


_decode_decisions = msgspec.json.Decoder(tuple[Decision, ...]).decode


_COLUMNS = (
    "alert_id", "channel", "severity", "state", "stage", "reason", "decisions_json", "route", "group_key",
    "cooldown_key", "due_at", "delivery_id", "told_at", "shown_at", "told_mentions", "decided_at",
)  # fmt: skip


def _row(one: Notice, at: Moment) -> tuple[Any, ...]:
    return (
        one.alert_id,
        one.channel,
        rank(one.severity),
        one.state,
        one.stage,
        storable(one.reason),
        to_json(one.decisions),
        one.route,
        one.group_key,
        storable(one.cooldown_key),
        at(one.due_at),
        one.delivery_id,
        at(one.told_at),
        at(one.shown_at),
        one.told_mentions,
        at(one.decided_at),
    )


def _notice(row: Row[Any]) -> Notice:
    return Notice(
        alert_id=row.alert_id,
        channel=row.channel,
        severity=severity_of(row.severity),
        state=row.state,
        stage=row.stage,
        reason=row.reason,
        decisions=_decode_decisions(row.decisions_json),
        route=row.route,
        group_key=row.group_key,
        cooldown_key=row.cooldown_key,
        due_at=row.due_at,
        delivery_id=row.delivery_id,
        told_at=row.told_at,
        shown_at=row.shown_at,
        told_mentions=row.told_mentions,
        decided_at=row.decided_at,
    )
