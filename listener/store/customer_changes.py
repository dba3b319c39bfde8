"""Tells what bringing customers in would change, and changes nothing."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, select

from listener.store.erased_customers import without_erased
from listener.store.tables import CUSTOMER
from rules.customers import directory_conflicts
from rules.directory import Customer

_decode = msgspec.json.Decoder(Customer).decode
_FIELDS = tuple(name for name in Customer.__struct_fields__ if name not in ("id", "origin", "fields"))


class Changed(Struct, frozen=True, kw_only=True):
    """A customer of whom something else is told now; `fields` names what: "tier", "fields.renewal_date"."""

    customer: Customer
    fields: tuple[str, ...]


class Changes(Struct, frozen=True, kw_only=True):
    """What `replace_customers` would do. `erased`: customers left out because they asked to be forgotten.

    `conflicts`: sentences on identities that would be several customers' with it, other directories' among them.
    """

    added: tuple[Customer, ...]
    changed: tuple[Changed, ...]
    removed: tuple[Customer, ...]
    unchanged: int
    erased: int
    conflicts: tuple[str, ...]

    @property
    def nothing(self) -> bool:
        return not (self.added or self.changed or self.removed)


def plan_changes(tx: Connection, customers: Sequence[Customer], origin: str) -> Changes:
    """Compares what a directory tells now with what it told before."""
    coming = {customer.id: customer for customer in without_erased(tx, customers)}
    before: dict[str, Customer] = {}
    others: dict[str, Customer] = {}
    rows = tx.execute(select(CUSTOMER.c.id, CUSTOMER.c.directory, CUSTOMER.c.customer_json))
    for row in rows:
        known = before if row.directory == origin else others
        known[row.id] = _decode(row.customer_json)
    changed = [
        Changed(customer=customer, fields=fields)
        for number, customer in coming.items()
        if number in before and (fields := _differing(before[number], customer))
    ]
    together = [*coming.values(), *(customer for number, customer in others.items() if number not in coming)]
    return Changes(
        added=tuple(customer for number, customer in coming.items() if number not in before),
        changed=tuple(changed),
        removed=tuple(customer for number, customer in before.items() if number not in coming),
        unchanged=sum(number in before for number in coming) - len(changed),
        erased=len(customers) - len(coming),
        conflicts=tuple(directory_conflicts(together)),
    )


def _differing(before: Customer, after: Customer) -> tuple[str, ...]:
    plain = [name for name in _FIELDS if getattr(before, name) != getattr(after, name)]
    own = sorted(
        name for name in {*before.fields, *after.fields} if before.fields.get(name, "") != after.fields.get(name, "")
    )
    return (*plain, *(f"fields.{name}" for name in own))
