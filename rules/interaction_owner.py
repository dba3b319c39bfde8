"""Tells whose interaction one is: by id, else by an address or handle that was one customer's alone at that time."""

from __future__ import annotations

from collections.abc import Iterable

from rules.directory import Customer, Identity
from rules.interaction import Interaction


class Owners:
    """All customers by their ids and identities. Pure."""

    def __init__(self, customers: Iterable[Customer]) -> None:
        self._ids: set[str] = set()
        self._claims: dict[tuple[str, str], list[tuple[Identity, str]]] = {}
        for customer in customers:
            self._ids.add(customer.id)
            for claimed in customer.identities:
                self._claims.setdefault((claimed.network, claimed.value), []).append((claimed, customer.id))

    def owner(self, of: Interaction) -> str:
        """The customer's id. Raises ValueError, with one sentence, where nobody or nobody alone is meant."""
        if of.customer:
            if of.customer not in self._ids:
                raise ValueError(f"customer {of.customer[:80]!r} is not in the directory")
            return of.customer
        assert of.identity is not None  # else it could not be read
        claims = self._claims.get((of.identity.network, of.identity.value), ())
        owners = {customer for claimed, customer in claims if claimed.holds(of.at)}
        told = f"{of.identity.network}:{of.identity.value[:80]}"
        if not owners:
            raise ValueError(f"{told} is no known customer's")
        if len(owners) > 1:
            raise ValueError(f"{told} is {' and '.join(sorted(owners)[:3])}'s: it identifies nobody")
        return next(iter(owners))
