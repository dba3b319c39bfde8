"""Finds which known customer wrote a post, by exact address or handle, with the evidence."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from rules.directory import Customer, Identity
from rules.identity import EMAIL, FORBIDDEN_BY_TERMS, identities_of, network
from rules.reading import CustomerMatch
from sources.post import Post


class CustomerIndex:
    """All customers by their identities. An identity that two customers claim identifies neither.

    `conflicts` tells, one sentence each, which identities and ids stand twice and where.
    """

    def __init__(self, customers: Iterable[Customer]) -> None:
        self._owners: dict[Identity, Customer] = {}
        by_id: dict[str, Customer] = {}
        claims: dict[Identity, list[Customer]] = {}
        conflicts: list[str] = []
        for customer in customers:
            first = by_id.setdefault(customer.id, customer)
            if first is not customer:
                conflicts.append(
                    f"customer {customer.id!r} stands in {_origin(first)} and in {_origin(customer)}: the first counts"
                )
                continue
            for claimed in dict.fromkeys(customer.identities):
                claims.setdefault(claimed, []).append(customer)
        for claimed, owners in claims.items():
            if len(owners) == 1:
                self._owners[claimed] = owners[0]
            else:
                conflicts.append(told_conflict(claimed, owners))
        self.conflicts = tuple(conflicts)

    def __len__(self) -> int:
        """How many identities name exactly one customer."""
        return len(self._owners)

    def match(self, post: Post, forbidden_sources: Collection[str] = ()) -> CustomerMatch | None:
        """Gives the customer whom the post's handle or address names, or None; a display name is no evidence.

        None too where the service's terms forbid matching (`forbidden_sources`, and reddit always), and where
        handle and address name two different customers. Never raises.
        """
        if not self._owners:
            return None
        kind = network(post.source)
        if kind in FORBIDDEN_BY_TERMS or any(network(source) == kind for source in forbidden_sources):
            return None
        evidence: list[str] = []
        found: Customer | None = None
        for claimed in identities_of(post):
            owner = self._owners.get(claimed)
            if owner is None:
                continue
            if found is not None and owner.id != found.id:
                return None
            found = owner
            evidence.append(f"{_told(claimed)} stands in {_origin(owner)}")
        if found is None:
            return None
        return CustomerMatch(
            id=found.id,
            name=found.name,
            tier=found.tier,
            owner=found.owner,
            company=found.company,
            confidence=1.0,
            evidence=tuple(evidence),
        )


def told_conflict(claimed: Identity, owners: Iterable[Customer]) -> str:
    """Says that several customers claim one identity, which therefore identifies none of them."""
    places = " and ".join(f"{_origin(owner)} ({owner.id})" for owner in owners)
    return f"{_told(claimed)} stands in {places}: it identifies nobody until only one of them has it"


def _told(claimed: Identity) -> str:
    if claimed.network == EMAIL:
        return f"e-mail {claimed.value}"
    return f"handle {claimed.network}:{claimed.value}"


def _origin(customer: Customer) -> str:
    return customer.origin or "the customer directory"
