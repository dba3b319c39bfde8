"""The tickets at help desks outside: what was opened for which alert, and how it stands there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from msgspec import Struct
from sqlalchemy import Connection, Row, and_, func, or_, select, update

from alerts.alert import ReadMention
from alerts.desks.contract import DeskStatus, DeskTicket
from listener.store.loading import load
from listener.store.statements import chunks, insert_into
from listener.store.tables import ALERT_MENTION, DESK_TICKET
from sources.post import storable

State = Literal["opening", "open", "closed", "gone"]

LONGEST_WORD = 500
LONGEST_URL = 2_000


class KeptTicket(Struct, frozen=True, kw_only=True):
    """An alert's ticket at a desk. `said`: the desk's own word for its status, as it was when last looked at.

    `told_up_to`: the newest mention of which the desk was told. `trying_up_to`, `trying_at`: what is under way.
    """

    alert_id: int
    desk: str
    generation: int
    state: State
    said: str
    id: str
    shown: str
    url: str
    told_up_to: int
    trying_up_to: int
    trying_at: datetime | None
    opened_at: datetime | None
    changed_at: datetime
    closed_at: datetime | None
    looked_at: datetime | None

    @property
    def is_there(self) -> bool:
        """Whether the desk has it, as far as we know."""
        return self.state in ("open", "closed")


class Turned(Struct, frozen=True):
    """A ticket whose state is another one than before; `ticket` as it is now."""

    ticket: KeptTicket
    before: State


def get_ticket(tx: Connection, alert_id: int, desk: str) -> KeptTicket | None:
    """An alert's ticket at a desk, or None where none was ever begun."""
    row = tx.execute(select(DESK_TICKET).where(_its(alert_id, desk))).first()
    return None if row is None else _kept(row)


def tickets_of(tx: Connection, alert_ids: Sequence[int]) -> dict[int, list[KeptTicket]]:
    """The tickets of these alerts at all desks; only alerts that have one are named."""
    found: dict[int, list[KeptTicket]] = {}
    for some in chunks(list(alert_ids)):
        its = select(DESK_TICKET).where(DESK_TICKET.c.alert_id.in_(some)).order_by(DESK_TICKET.c.desk)
        for row in tx.execute(its):
            found.setdefault(row.alert_id, []).append(_kept(row))
    return found


def list_tickets(tx: Connection, *, desk: str = "", state: str = "", limit: int = 50) -> list[KeptTicket]:
    """The tickets of a desk in a state ("" is any of them), those that changed last first."""
    statement = select(DESK_TICKET).order_by(DESK_TICKET.c.changed_at.desc(), DESK_TICKET.c.alert_id.desc())
    if desk:
        statement = statement.where(DESK_TICKET.c.desk == desk)
    if state:
        statement = statement.where(DESK_TICKET.c.state == state)
    return [_kept(row) for row in tx.execute(statement.limit(limit))]


def count_tickets(tx: Connection) -> dict[str, dict[str, int]]:
    """How many tickets each desk has in each state."""
    its = DESK_TICKET.c.desk, DESK_TICKET.c.state
    found: dict[str, dict[str, int]] = {}
    for desk, state, count in tx.execute(select(*its, func.count()).group_by(*its)):
        found.setdefault(desk, {})[state] = count
    return found


def begin(tx: Connection, alert_id: int, desk: str, *, generation: int, up_to: int, now: datetime) -> None:
    """Writes down that a ticket is about to be opened, which tells of the mentions up to `up_to`."""
    row = {
        "alert_id": alert_id, "desk": desk, "generation": generation, "state": "opening", "trying_up_to": up_to,
        "trying_at": now, "changed_at": now, "external_id": "", "shown": "", "url": "", "said": "", "told_up_to": 0,
        "opened_at": None, "closed_at": None, "looked_at": None,
    }  # fmt: skip
    statement = insert_into(tx, DESK_TICKET)
    keys = [DESK_TICKET.c.alert_id, DESK_TICKET.c.desk]
    others = {name: statement.excluded[name] for name in row if name not in ("alert_id", "desk")}
    tx.execute(statement.on_conflict_do_update(index_elements=keys, set_=others), row)


def put_opened(tx: Connection, alert_id: int, desk: str, ticket: DeskTicket, *, up_to: int, now: datetime) -> None:
    """Writes down that the desk has the ticket; where the alert is gone by now, nothing."""
    status = ticket.status
    values = {
        "state": status.state,
        "said": storable(status.said, LONGEST_WORD),
        "external_id": storable(ticket.id, LONGEST_WORD),
        "shown": storable(ticket.shown, LONGEST_WORD),
        "url": storable(ticket.url, LONGEST_URL),
        "told_up_to": up_to,
        "trying_at": None,
        "opened_at": now,
        "changed_at": now,
        "looked_at": now,
        "closed_at": now if status.state == "closed" else None,
    }
    tx.execute(update(DESK_TICKET).where(_its(alert_id, desk)).values(values))


def put_trying(tx: Connection, alert_id: int, desk: str, *, up_to: int, now: datetime) -> None:
    """Writes down that the desk is about to be told of the mentions up to `up_to`."""
    tx.execute(update(DESK_TICKET).where(_its(alert_id, desk)).values(trying_up_to=up_to, trying_at=now))


def put_told(tx: Connection, alert_id: int, desk: str, *, up_to: int, now: datetime) -> None:
    """Writes down that the desk was told of the mentions up to `up_to`."""
    values = {"told_up_to": up_to, "trying_at": None, "changed_at": now}
    tx.execute(update(DESK_TICKET).where(_its(alert_id, desk)).values(values))


def put_not_made(tx: Connection, alert_id: int, desk: str) -> None:
    """Writes down that what was under way did not go through."""
    tx.execute(update(DESK_TICKET).where(_its(alert_id, desk)).values(trying_at=None))


def put_gone(tx: Connection, alert_id: int, desk: str, now: datetime) -> None:
    """Writes down that the desk takes nothing more for the ticket."""
    values = {"state": "gone", "said": "gone", "trying_at": None, "changed_at": now}
    tx.execute(update(DESK_TICKET).where(_its(alert_id, desk)).values(values))


def to_look_at(tx: Connection, desk: str, *, before: datetime, closed_since: datetime, limit: int) -> list[KeptTicket]:
    """The tickets whose status is to be asked: not since `before`, and open or closed of late; longest ago first."""
    of_use = or_(
        DESK_TICKET.c.state == "open", and_(DESK_TICKET.c.state == "closed", DESK_TICKET.c.closed_at >= closed_since)
    )
    due = DESK_TICKET.c.looked_at <= before
    statement = select(DESK_TICKET).where(DESK_TICKET.c.desk == desk, of_use, due)
    return [_kept(row) for row in tx.execute(statement.order_by(DESK_TICKET.c.looked_at).limit(limit))]


def put_statuses(
    tx: Connection, asked: Sequence[KeptTicket], told: Mapping[str, DeskStatus], now: datetime
) -> list[Turned]:
    """Keeps what a desk told of these tickets; gives those whose state is another one now."""
    turned: list[Turned] = []
    for ticket in asked:
        status = told.get(ticket.id)
        values: dict[str, Any] = {"looked_at": now}
        if status is not None:
            said = storable(status.said, LONGEST_WORD)
            if (status.state, said) != (ticket.state, ticket.said):
                values |= {"state": status.state, "said": said, "changed_at": now}
            if status.state != ticket.state:
                values["closed_at"] = now if status.state == "closed" else None
        still = DESK_TICKET.c.external_id == ticket.id  # it may have been opened anew while the desk was asked
        changed = update(DESK_TICKET).where(_its(ticket.alert_id, ticket.desk), still).values(values)
        if tx.execute(changed).rowcount and status is not None and status.state != ticket.state:
            now_is = get_ticket(tx, ticket.alert_id, ticket.desk)
            assert now_is is not None
            turned.append(Turned(now_is, ticket.state))
    return turned


def closed_tickets(tx: Connection, since: datetime) -> list[KeptTicket]:
    """The tickets that were closed since then, the oldest first."""
    its = DESK_TICKET.c.state == "closed", DESK_TICKET.c.closed_at >= since
    ordered = select(DESK_TICKET).where(*its).order_by(DESK_TICKET.c.closed_at, DESK_TICKET.c.alert_id)
    return [_kept(row) for row in tx.execute(ordered)]


def newest_mention(tx: Connection, alert_id: int) -> int:
    """The number of an alert's newest mention; 0 where it has none."""
    its = ALERT_MENTION.c.alert_id == alert_id
    return int(tx.execute(select(func.max(ALERT_MENTION.c.mention_id)).where(its)).scalar() or 0)


def mentions_after(
    tx: Connection, alert_id: int, after: int, limit: int, up_to: int | None = None
) -> tuple[list[ReadMention], int]:
    """An alert's mentions after that one, the newest first and at most `limit`; and how many there are in all.

    `up_to`: the last one that counts; None where all do.
    """
    its = [ALERT_MENTION.c.alert_id == alert_id, ALERT_MENTION.c.mention_id > after]
    if up_to is not None:
        its.append(ALERT_MENTION.c.mention_id <= up_to)
    count = int(tx.execute(select(func.count()).where(*its)).scalar_one())
    ordered = select(ALERT_MENTION.c.mention_id).where(*its).order_by(ALERT_MENTION.c.mention_id.desc())
    return load(tx, list(tx.execute(ordered.limit(limit)).scalars())), count


def _its(alert_id: int, desk: str) -> Any:
    return and_(DESK_TICKET.c.alert_id == alert_id, DESK_TICKET.c.desk == desk)


def _kept(row: Row[Any]) -> KeptTicket:
    state: State = row.state
    return KeptTicket(
        alert_id=row.alert_id,
        desk=row.desk,
        generation=row.generation,
        state=state,
        said=row.said,
        id=row.external_id,
        shown=row.shown,
        url=row.url,
        told_up_to=row.told_up_to,
        trying_up_to=row.trying_up_to,
        trying_at=row.trying_at,
        opened_at=row.opened_at,
        changed_at=row.changed_at,
        closed_at=row.closed_at,
        looked_at=row.looked_at,
    )
