"""The directory of known customers, as its files were last read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection, bindparam, delete, literal_column, select

from alerts.alert import ReadMention
from listener.store.hashes import hash_of
from listener.store.loading import mentions_of_posts, with_sightings
from listener.store.readings import to_json
from listener.store.statements import chunks, insert_into, one_at_a_time
from listener.store.tables import CUSTOMER, MENTION, POST, SETTING
from rules.directory import Customer
from sources.query.words import normalise

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

    A customer who only stands on another line now counts as unchanged.
    """
    one_at_a_time(tx, "customers")
    ours = CUSTOMER.c.directory == origin
    before = {row.id: row.digest for row in tx.execute(select(CUSTOMER.c.id, CUSTOMER.c.digest).where(ours))}
    encoded = {customer.id: to_json(customer) for customer in customers}
    digests = {number: hash_of(text) for number, text in encoded.items()}
    by_id = {customer.id: customer for customer in customers}
    to_write = [number for number in by_id if before.get(number) != digests[number]]
    moved = sum(
        replace(_decode(row.customer_json), origin="") == replace(by_id[row.id], origin="")
        for some in chunks([number for number in to_write if number in before])
        for row in tx.execute(select(CUSTOMER.c.id, CUSTOMER.c.customer_json).where(ours, CUSTOMER.c.id.in_(some)))
    )
    removed = [number for number in before if number not in by_id]
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
    if removed:
        gone = delete(CUSTOMER).where(ours, CUSTOMER.c.id == bindparam("gone"))
        tx.execute(gone, [{"gone": number} for number in removed])
    if to_write or removed:
        _set_version(tx)
    added = sum(number not in before for number in to_write)
    changed = len(to_write) - added - moved
    return Replaced(added=added, changed=changed, removed=len(removed), unchanged=len(by_id) - added - changed)


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


def get_customer(tx: Connection, number: str) -> Customer | None:
    """One customer by id, or None."""
    its = select(CUSTOMER.c.customer_json).where(CUSTOMER.c.id == number).order_by(CUSTOMER.c.directory)
    found = tx.execute(its.limit(1)).scalar()
    return None if found is None else _decode(found)


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
    parts += [f"{identity.network}:{identity.value}" for identity in customer.identities]
    return normalise("\n".join(parts))


def _set_version(tx: Connection) -> None:
    digests = tx.execute(select(CUSTOMER.c.digest).order_by(CUSTOMER.c.directory, CUSTOMER.c.id)).scalars()
    version = hash_of(*(digest.hex() for digest in digests)).hex()
    statement = insert_into(tx, SETTING)
    tx.execute(
        statement.on_conflict_do_update(index_elements=[SETTING.c.name], set_={"value": statement.excluded.value}),
        {"name": _VERSION, "value": version},
    )
