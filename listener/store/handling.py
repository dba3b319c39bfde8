"""What people did about alerts: kept with its trail, changed by one action at a time, looked up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, cast

from msgspec.structs import asdict
from sqlalchemy import Connection, Row, Select, exists, literal_column, select

from alerts.handling import Action, Changed, Event, Handling, State, act, event_of, grown_worse, snooze_over
from listener.store.bulk import kept_time, put_rows
from listener.store.marks import mark_mention, take_back_file
from listener.store.statements import among, chunks, many, one_at_a_time, replacing
from listener.store.tables import ALERT, ALERT_EVENT, ALERT_HANDLING, ALERT_MENTION
from rules.reading import Severity
from sources.post import storable

LONGEST_NAME = 200
LONGEST_REASON = 1_000
MOST_MARKED = 1_000
"""Mentions of a story that are marked as noise with it, the worst first; the rest tells the same text."""


def change(
    tx: Connection,
    alert_id: int,
    action: Action,
    by: str,
    via: str,
    now: datetime,
    *,
    until: datetime | None = None,
    assignee: str | None = None,
) -> Changed | None:
    """Does what somebody says of an alert and writes it into the trail; None where there is no such alert.

    Of two people at once each is in the trail, and the last one counts. Noise marks the alert's mentions, so that
    rules and training learn of it; any later action takes those marks back. Raises ValueError as `handling.act` does.
    """
    _alone(tx, marks=action == "noise" or states(tx, [alert_id])[alert_id].state == "noise")
    if tx.execute(select(ALERT.c.id).where(ALERT.c.id == alert_id)).first() is None:
        return None
    by = storable(by, LONGEST_NAME)
    whose = None if assignee is None else storable(assignee, LONGEST_NAME)
    before = states(tx, [alert_id])[alert_id]
    changed = act(before, action, by=by, via=via, now=now, until=until, assignee=whose)
    if not changed.changed:
        return changed
    _put(tx, changed.after)
    record(tx, [event_of(changed, action)])
    if changed.after.state == "noise":
        _mark(tx, alert_id, by, now)
    elif before.state == "noise":
        take_back_file(tx, _origin(alert_id), now, by)
    return changed


def reopen_worse(tx: Connection, risen: Mapping[int, Severity], now: datetime) -> list[int]:
    """Opens alerts again whose severity rose, {alert: what it is now}; gives those that had been taken up."""
    if not risen:
        return []
    _alone(tx)
    reopened = []
    for before in states(tx, list(risen)).values():
        changed = grown_worse(before, now)
        if changed.changed:
            _put(tx, changed.after)
            why = f"it became {risen[before.alert_id]} after it was {before.state}"
            record(tx, [Event(alert_id=before.alert_id, at=now, what="reopened", via="listener", reason=why)])
            reopened.append(before.alert_id)
    return reopened


def end_snoozes(tx: Connection, now: datetime) -> list[int]:
    """Opens the alerts again whose snooze is over; gives them, in their order."""
    asked = _over(now)
    if tx.execute(asked.limit(1)).first() is None:
        return []
    _alone(tx)
    ended = list(tx.execute(asked).scalars())
    for before in states(tx, ended).values():
        _put(tx, snooze_over(before, now).after)
        why = f"the snooze of {before.by or 'somebody'} is over"
        record(tx, [Event(alert_id=before.alert_id, at=now, what="reopened", via="listener", reason=why)])
    return ended


def any_snooze_over(tx: Connection, now: datetime) -> bool:
    """Whether `end_snoozes` would find something."""
    return tx.execute(_over(now).limit(1)).first() is not None


def _over(now: datetime) -> Select[Any]:
    over = (ALERT_HANDLING.c.state == literal_column("'snoozed'")) & (ALERT_HANDLING.c.until <= now)
    return select(ALERT_HANDLING.c.alert_id).where(over).order_by(ALERT_HANDLING.c.alert_id)


def states(tx: Connection, alert_ids: Sequence[int]) -> Mapping[int, Handling]:
    """How each of these alerts stands; open where nobody has done anything about it, or where there is none."""
    found = {number: Handling(alert_id=number) for number in alert_ids}
    for some in chunks(list(found)):
        for row in tx.execute(_its_states(tx.dialect.name), many(tx, some)):
            found[row.alert_id] = _handling(row)
    return found


@cache
def _its_states(dialect: str) -> Select[Any]:
    return select(ALERT_HANDLING).where(among(dialect, ALERT_HANDLING.c.alert_id))


def record(tx: Connection, events: Iterable[Event]) -> None:
    """Adds lines to the trails of alerts, in the order given. The alerts must be there."""
    at = kept_time(tx)
    rows = [
        (
            event.alert_id,
            at(event.at),
            event.what,
            storable(event.by, LONGEST_NAME),
            event.via,
            storable(event.channel, LONGEST_NAME),
            storable(event.reason, LONGEST_REASON),
        )
        for event in events
    ]
    put_rows(tx, ALERT_EVENT.name, ("alert_id", "at", "what", '"by"', "via", "channel", "reason"), rows)


def trail(tx: Connection, alert_id: int) -> list[Event]:
    """All that became of an alert, the oldest first."""
    rows = tx.execute(select(ALERT_EVENT).where(ALERT_EVENT.c.alert_id == alert_id).order_by(ALERT_EVENT.c.id))
    return [
        Event(
            alert_id=row.alert_id,
            at=row.at,
            what=row.what,
            by=row.by,
            via=row.via,
            channel=row.channel,
            reason=row.reason,
        )
        for row in rows
    ]


def in_state(state: State, now: datetime) -> Any:
    """The condition that an alert stands so at that time, for a statement that selects from ALERT."""
    its = ALERT_HANDLING.c
    mine = its.alert_id == ALERT.c.id
    put_off = (its.state == "snoozed") & (its.until > now)
    if state == "open":
        return ~exists().where(mine, (its.state.not_in(("open", "snoozed"))) | put_off)
    return exists().where(mine, put_off if state == "snoozed" else its.state == state)


def _alone(tx: Connection, *, marks: bool = False) -> None:
    """Lets nobody else act or decide about alerts meanwhile; in the order in which keeping a batch takes its locks."""
    if marks:
        one_at_a_time(tx, "mentions")
    one_at_a_time(tx, "alerts")


def _put(tx: Connection, handling: Handling) -> None:
    tx.execute(replacing(tx.dialect.name, ALERT_HANDLING), asdict(handling))


def _mark(tx: Connection, alert_id: int, by: str, now: datetime) -> None:
    worst = (
        select(ALERT_MENTION.c.mention_id)
        .where(ALERT_MENTION.c.alert_id == alert_id)
        .order_by(ALERT_MENTION.c.severity.desc(), ALERT_MENTION.c.mention_id)
        .limit(MOST_MARKED)
    )
    for number in tx.execute(worst).scalars().all():
        mark_mention(tx, number, "noise", now, by, _origin(alert_id))


def _origin(alert_id: int) -> str:
    """What the marks say of where they come from; no file has this name."""
    return f"alert {alert_id}"


def _handling(row: Row[Any]) -> Handling:
    return Handling(
        alert_id=row.alert_id,
        state=cast("State", row.state),
        assignee=row.assignee,
        until=row.until,
        by=row.by,
        via=row.via,
        at=row.at,
    )
