"""The directory of known customers, as its files were last read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection, bindparam, delete, literal_column, select

from alerts.alert import ReadMention
from listener.store.erased_customers import without_erased
from listener.store.hashes import hash_of
from listener.store.loading import mentions_of_posts, with_sightings
from listener.store.readings import to_json
from listener.store.statements import chunks, insert_into, one_at_a_time
from listener.store.tables import CUSTOMER, MENTION, POST, SETTING
from rules.directory import Customer
from sources.query.words import normalise

MOST_LOOKED_AT = 10_000
"""Customers that have the name of one company somewhere."""

_VERSION = "customers"
_decode = msgspec.json.Decoder(Customer).decode


class Replaced(Struct, frozen=True, kw_only=True):
    """What reading a directory again came to."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0


def replace_customers(tx: Connection, customers: Sequence[Customer], origin: str, now: datetime) -> Replaced:
    """Puts these customers in the place of what `origin` (a file, a service) told before; others' stay as they are.

    A customer who only stands on another line now counts as unchanged. Who was erased does not come back.
    """
    one_at_a_time(tx, "customers")
    customers = without_erased(tx, customers)
    ours = CUSTOMER.c.directory == origin
    before = {row.id: row.digest for row in tx.execute(select(CUSTOMER.c.id, CUSTOMER.c.digest).where(ours))}
    done = _write(tx, customers, origin, before, now)
    kept = {customer.id for customer in customers}
    removed = [number for number in before if number not in kept]
    _remove(tx, origin, removed)
    if removed or done.written:
        _set_version(tx)
    return Replaced(added=done.added, changed=done.changed, removed=len(removed), unchanged=done.unchanged)


def update_customers(
    tx: Connection, customers: Sequence[Customer], gone: Sequence[str], origin: str, now: datetime
) -> Replaced:
    """Keeps what a service told of some of its customers, and forgets those that are gone; others stay as they are."""
    one_at_a_time(tx, "customers")
    customers = without_erased(tx, customers)
    before: dict[str, bytes] = {}
    for some in chunks([*(customer.id for customer in customers), *gone]):
        its = select(CUSTOMER.c.id, CUSTOMER.c.digest).where(CUSTOMER.c.directory == origin, CUSTOMER.c.id.in_(some))
        before |= {row.id: row.digest for row in tx.execute(its)}
    done = _write(tx, customers, origin, before, now)
    told = {customer.id for customer in customers}
    removed = [number for number in dict.fromkeys(gone) if number in before and number not in told]
    _remove(tx, origin, removed)
    if removed or done.written:
        _set_version(tx)
    return Replaced(added=done.added, changed=done.changed, removed=len(removed), unchanged=done.unchanged)


class _Written(Struct, frozen=True):
    written: int
    added: int
    changed: int
    unchanged: int


def _write(
    tx: Connection, customers: Sequence[Customer], origin: str, before: Mapping[str, bytes], now: datetime
) -> _Written:
    """Writes those that are not kept as they are told; `before`: the digests of what is kept."""
    by_id = {customer.id: customer for customer in customers}
    encoded = {number: to_json(customer) for number, customer in by_id.items()}
    digests = {number: hash_of(text) for number, text in encoded.items()}
    to_write = [number for number in by_id if before.get(number) != digests[number]]
    ours = CUSTOMER.c.directory == origin
    moved = sum(
        replace(_decode(row.customer_json), origin="") == replace(by_id[row.id], origin="")
        for some in chunks([number for number in to_write if number in before])
        for row in tx.execute(select(CUSTOMER.c.id, CUSTOMER.c.customer_json).where(ours, CUSTOMER.c.id.in_(some)))
    )
    if to_write:
        statement = insert_into(tx, CUSTOMER)
        told = {name: statement.excluded[name] for name in ("words", "customer_json", "digest", "changed_at")}
        tx.execute(
            statement.on_conflict_do_update(index_elements=[CUSTOMER.c.directory, CUSTOMER.c.id], set_=told),
            [
                {
                    "directory": origin,
                    "id": number,
                    "words": _words(by_id[number]),
                    "customer_json": encoded[number],
                    "digest": digests[number],
                    "changed_at": now,
                }
                for number in to_write
            ],
        )
    added = sum(number not in before for number in to_write)
    changed = len(to_write) - added - moved
    return _Written(written=len(to_write), added=added, changed=changed, unchanged=len(by_id) - added - changed)


def _remove(tx: Connection, origin: str, numbers: Sequence[str]) -> None:
    if numbers:
        its = (CUSTOMER.c.directory == origin) & (CUSTOMER.c.id == bindparam("gone"))
        tx.execute(delete(CUSTOMER).where(its), [{"gone": number} for number in numbers])


def customers_version(tx: Connection) -> str:
    """A word that changes whenever any customer does."""
    return str(tx.execute(select(SETTING.c.value).where(SETTING.c.name == _VERSION)).scalar() or "")


def all_customers(tx: Connection) -> tuple[Customer, ...]:
    """Every known customer once, by id; of an id in two directories, the first directory's."""
    found: dict[str, Customer] = {}
    for row in tx.execute(
        select(CUSTOMER.c.id, CUSTOMER.c.customer_json).order_by(CUSTOMER.c.id, CUSTOMER.c.directory)
    ):
        if row.id not in found:
            found[row.id] = _decode(row.customer_json)
    return tuple(found.values())


def list_customers(tx: Connection, *, search: str = "", limit: int = 50) -> list[Customer]:
    """The customers whose id, name, company, domain, owner or an identity has `search` in it ("": all), by id."""
    statement = select(CUSTOMER.c.customer_json).order_by(CUSTOMER.c.id, CUSTOMER.c.directory).limit(limit)
    if search.strip():
        statement = statement.where(CUSTOMER.c.words.contains(normalise(search.strip()), autoescape=True))
    return [_decode(row.customer_json) for row in tx.execute(statement)]


def customers_of_company(tx: Connection, name: str) -> list[Customer]:
    """The customers of one company, by id; upper and lower case are alike."""
    wanted = name.strip().casefold()
    found = {
        one.id: one
        for one in list_customers(tx, search=name, limit=MOST_LOOKED_AT)
        if wanted and one.company.strip().casefold() == wanted
    }
    return list(found.values())


def get_customer(tx: Connection, number: str) -> Customer | None:
    """One customer by id, or None."""
    its = select(CUSTOMER.c.customer_json).where(CUSTOMER.c.id == number).order_by(CUSTOMER.c.directory)
    found = tx.execute(its.limit(1)).scalar()
    return None if found is None else _decode(found)


def is_customer_of(tx: Connection, number: str, origin: str) -> bool:
    """Whether this directory tells of the customer."""
    its = select(CUSTOMER.c.id).where(CUSTOMER.c.directory == origin, CUSTOMER.c.id == number)
    return tx.execute(its).first() is not None


def customer_rows(tx: Connection, number: str) -> list[Customer]:
    """A customer as each directory tells them."""
    its = select(CUSTOMER.c.customer_json).where(CUSTOMER.c.id == number).order_by(CUSTOMER.c.directory)
    return [_decode(told) for told in tx.execute(its).scalars()]


def remove_customer(tx: Connection, number: str) -> None:
    """Removes a customer from all directories."""
    if tx.execute(delete(CUSTOMER).where(CUSTOMER.c.id == number)).rowcount:
        _set_version(tx)


def mentions_of_customer(tx: Connection, number: str, limit: int) -> list[ReadMention]:
    """What a customer wrote, the newest first, without what a person marked as somebody else's."""
    theirs = (
        mentions_of_posts()
        .where(MENTION.c.customer_id != literal_column("''"))  # as its index says
        .where(MENTION.c.customer_id == number, MENTION.c.mark != "wrong-customer", POST.c.deleted_at.is_(None))
        .order_by(MENTION.c.at.desc(), MENTION.c.id.desc())
        .limit(limit)
    )
    return with_sightings(tx, tx.execute(theirs).all())


def _words(customer: Customer) -> str:
    parts = [customer.id, customer.name, customer.company, customer.domain, customer.owner, customer.tier]
    parts += [customer.city, customer.country, *customer.phones, *customer.urls, *customer.fields.values()]
    parts += [f"{identity.network}:{identity.value}" for identity in customer.identities]
    return normalise("\n".join(parts))


def _set_version(tx: Connection) -> None:
    statement = insert_into(tx, SETTING)
    tx.execute(
        statement.on_conflict_do_update(index_elements=[SETTING.c.name], set_={"value": statement.excluded.value}),
        {"name": _VERSION, "value": hash_of("after", customers_version(tx)).hex()},
    )
