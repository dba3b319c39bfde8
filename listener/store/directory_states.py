"""How far the directories of services have been read, and how they fare."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, delete, select, update

from listener.store.customers import Replaced, update_customers
from listener.store.statements import insert_into, insert_new
from listener.store.tables import CUSTOMER, CUSTOMER_DIRECTORY, SETTING
from rules.directory import Customer
from sources.post import storable

_ITS = CUSTOMER_DIRECTORY.c


class DirectoryState(Struct, frozen=True, kw_only=True):
    """One directory: its cursor, when it is asked next, and since when it fails, None while it does not."""

    name: str
    cursor: str
    next_at: datetime
    read_at: datetime | None
    failures: int
    failing_since: datetime | None
    refused: bool
    error: str

    @property
    def state(self) -> str:
        if self.refused:
            return "refused"
        if self.failures:
            return "failing"
        return "fine" if self.read_at is not None else "new"


class Moved(Struct, frozen=True):
    """A cursor: what a page was asked with, and what it gave."""

    before: str
    after: str


def sync_directories(tx: Connection, names: Sequence[str], now: datetime) -> None:
    """Knows these directories and no others: the customers of one that was configured before go.

    One that was refused is asked again: whoever starts the program may have mended it.
    """
    gone = tx.execute(select(_ITS.name).where(_ITS.name.not_in(names))).scalars().all()
    for name in gone:
        ids = list(tx.execute(select(CUSTOMER.c.id).where(CUSTOMER.c.directory == origin_of(name))).scalars())
        update_customers(tx, [], ids, origin_of(name), now)
        tx.execute(delete(CUSTOMER_DIRECTORY).where(_ITS.name == name))
        tx.execute(delete(SETTING).where(SETTING.c.name == origin_of(name)))
    new = [{"name": name, "cursor": "", "next_at": now, "failures": 0, "refused": False, "error": ""} for name in names]
    insert_new(tx, CUSTOMER_DIRECTORY, new)
    tx.execute(update(CUSTOMER_DIRECTORY).where(_ITS.refused).values(refused=False, next_at=now))


def know_settings(tx: Connection, name: str, settings: str, now: datetime) -> None:
    """Reads a directory from its beginning where it is read otherwise than before.

    Who has not changed at the service since would lack a property that is new in the settings.
    """
    key = origin_of(name)
    if tx.execute(select(SETTING.c.value).where(SETTING.c.name == key)).scalar() == settings:
        return
    statement = insert_into(tx, SETTING).values(name=key, value=settings)
    tx.execute(statement.on_conflict_do_update(index_elements=[SETTING.c.name], set_={"value": settings}))
    tx.execute(update(CUSTOMER_DIRECTORY).where(_ITS.name == name).values(cursor="", next_at=now))


def due_directories(tx: Connection, now: datetime) -> list[str]:
    """The directories whose time has come."""
    its = select(_ITS.name).where(_ITS.next_at <= now, ~_ITS.refused).order_by(_ITS.next_at)
    return list(tx.execute(its).scalars())


def get_state(tx: Connection, name: str) -> DirectoryState | None:
    """One directory, or None."""
    row = tx.execute(select(CUSTOMER_DIRECTORY).where(_ITS.name == name)).first()
    return None if row is None else DirectoryState(**row._asdict())


def list_states(tx: Connection) -> list[DirectoryState]:
    """All directories of services, by name."""
    return [DirectoryState(**row._asdict()) for row in tx.execute(select(CUSTOMER_DIRECTORY).order_by(_ITS.name))]


def keep_page(
    tx: Connection,
    name: str,
    customers: Sequence[Customer],
    gone: Sequence[str],
    cursor: Moved,
    next_at: datetime,
    now: datetime,
) -> Replaced | None:
    """Keeps what a page brought with the cursor that covers it; None where another has read on meanwhile."""
    its = (_ITS.name == name) & (_ITS.cursor == cursor.before)
    values = {
        "cursor": cursor.after, "next_at": next_at, "read_at": now, "failures": 0, "failing_since": None, "error": "",
    }  # fmt: skip
    if not tx.execute(update(CUSTOMER_DIRECTORY).where(its).values(values)).rowcount:
        return None
    return update_customers(tx, customers, gone, origin_of(name), now)


def fail(tx: Connection, state: DirectoryState, error: str, refused: bool, next_at: datetime, now: datetime) -> None:
    """Writes a failure down; the cursor stays."""
    values = {
        "failures": state.failures + 1,
        "failing_since": state.failing_since or now,
        "refused": refused,
        "error": storable(error, 500),
        "next_at": next_at,
    }
    tx.execute(update(CUSTOMER_DIRECTORY).where(_ITS.name == state.name).values(values))


def wait(tx: Connection, name: str, next_at: datetime) -> None:
    """Asks not before then, as the service wishes."""
    tx.execute(update(CUSTOMER_DIRECTORY).where(_ITS.name == name).values(next_at=next_at))


def origin_of(name: str) -> str:
    """The name under which a directory's customers are kept."""
    return f"directory:{name}"
