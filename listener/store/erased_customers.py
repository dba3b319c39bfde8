"""Knows again, by hashes alone, the customers who asked to be forgotten."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec.structs import replace
from sqlalchemy import Connection, bindparam, select

from listener.store.hashes import hash_of
from listener.store.statements import chunks, insert_new
from listener.store.tables import SUPPRESSION
from rules.directory import Customer, Identity


def suppress_customer(tx: Connection, number: str, identities: Iterable[Identity], now: datetime) -> None:
    """Keeps the hashes by which an erased customer is known again: of the id and of each identity."""
    hashes = {_of_id(number), *map(_of_identity, identities)}
    insert_new(tx, SUPPRESSION, [{"author_hash": one, "erased_at": now} for one in sorted(hashes)])


def erased_ids(tx: Connection, numbers: Iterable[str]) -> set[str]:
    """Which of these ids are those of erased customers."""
    asked = {_of_id(number): number for number in numbers}
    return {
        asked[found] for some in chunks(sorted(asked)) for found in tx.execute(_AMONG_THEM, {"hashes": some}).scalars()
    }


_ITS = SUPPRESSION.c.author_hash
_AMONG_THEM = select(_ITS).where(_ITS.in_(bindparam("hashes", expanding=True)))


def without_erased(tx: Connection, customers: Sequence[Customer]) -> Sequence[Customer]:
    """The customers without those who were erased, and without the identities of erased ones.

    A customer of another id is an erased one too where all identities are those of one: a service that made the contact
    anew must not bring them back.
    """
    if tx.execute(select(SUPPRESSION.c.author_hash).limit(1)).first() is None:
        return customers
    asked = {_of_id(one.id) for one in customers}
    asked |= {_of_identity(identity) for one in customers for identity in one.identities}
    erased: set[bytes] = set()
    for some in chunks(sorted(asked)):
        its = select(SUPPRESSION.c.author_hash).where(SUPPRESSION.c.author_hash.in_(some))
        erased.update(tx.execute(its).scalars())
    if not erased:
        return customers
    return [kept for one in customers if (kept := _without(one, erased)) is not None]


def _without(customer: Customer, erased: set[bytes]) -> Customer | None:
    if _of_id(customer.id) in erased:
        return None
    left = tuple(identity for identity in customer.identities if _of_identity(identity) not in erased)
    if len(left) == len(customer.identities):
        return customer
    return replace(customer, identities=left) if left else None


def _of_id(number: str) -> bytes:
    return hash_of("customer", number)


def _of_identity(identity: Identity) -> bytes:
    """One that was left is known by its time, too: who took it up afterwards is somebody else."""
    if identity.until is None:
        return hash_of("customer identity", identity.network, identity.value)
    return hash_of("customer identity", str(identity))
