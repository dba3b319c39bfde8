"""Finds which known customer wrote a post, by exact address or handle, with the evidence."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise

from rules.directory import Customer, Identity
from rules.identity import EMAIL, FORBIDDEN_BY_TERMS, identities_of, network
from rules.reading import CustomerMatch
from sources.post import Post

_Claim = tuple[Identity, Customer]


class CustomerIndex:
    """All customers by their identities. An identity that two customers claim for one time identifies neither then.

    `conflicts` tells, one sentence each, which identities and ids stand twice and where.
    """

    def __init__(self, customers: Iterable[Customer]) -> None:
        self._claims: dict[tuple[str, str], list[_Claim]] = {}
        self._by_id: dict[str, Customer] = {}
        conflicts: list[str] = []
        for customer in customers:
            first = self._by_id.setdefault(customer.id, customer)
            if first is not customer:
                conflicts.append(
                    f"customer {customer.id!r} stands in {_origin(first)} and in {_origin(customer)}: the first counts"
                )
                continue
            for claimed in dict.fromkeys(customer.identities):
                self._claims.setdefault((claimed.network, claimed.value), []).append((claimed, customer))
        for claims in self._claims.values():
            conflicts += _conflicts(claims)
        self.conflicts = tuple(conflicts)

    def __len__(self) -> int:
        """How many identities name somebody."""
        return len(self._claims)

    def get(self, number: str) -> Customer | None:
        """The customer of that id, or None."""
        return self._by_id.get(number)

    def match(
        self, post: Post, forbidden_sources: Collection[str] = (), at: datetime | None = None
    ) -> CustomerMatch | None:
        """Gives the customer whom the post's handle or address names, or None; a display name is no evidence.

        Whose an identity was when the post was published counts; `at` stands in where a post tells no time (None:
        identities count that hold without end). None too where the service's terms forbid matching
        (`forbidden_sources`, and reddit always), and where handle and address name two different customers. Never
        raises.
        """
        if not self._claims:
            return None
        kind = network(post.source)
        if kind in FORBIDDEN_BY_TERMS or any(network(source) == kind for source in forbidden_sources):
            return None
        evidence: list[str] = []
        found: Customer | None = None
        for claimed in identities_of(post):
            owner = self._owner(claimed, post.published_at or at)
            if owner is None:
                continue
            if found is not None and owner.id != found.id:
                return None
            found = owner
            evidence.append(f"{_told(claimed)} stands in {_origin(owner)}")
        return None if found is None else matched(found, 1.0, evidence)

    def _owner(self, claimed: Identity, at: datetime | None) -> Customer | None:
        claims = self._claims.get((claimed.network, claimed.value), ())
        owners = {owner.id: owner for identity, owner in claims if identity.holds(at or _ENDLESS)}
        return next(iter(owners.values())) if len(owners) == 1 else None


_ENDLESS = datetime.max.replace(tzinfo=UTC)


def matched(customer: Customer, confidence: float, evidence: Sequence[str]) -> CustomerMatch:
    """What is told of a customer whom an author was found to be."""
    return CustomerMatch(
        id=customer.id,
        name=customer.name,
        tier=customer.tier,
        owner=customer.owner,
        company=customer.company,
        fields=customer.fields,
        confidence=confidence,
        evidence=tuple(evidence),
    )


def directory_conflicts(customers: Iterable[Customer]) -> Iterator[str]:
    """Says, one sentence each, which identities several customers claim for one time."""
    claims: dict[tuple[str, str], list[_Claim]] = {}
    for customer in customers:
        for claimed in dict.fromkeys(customer.identities):
            claims.setdefault((claimed.network, claimed.value), []).append((claimed, customer))
    for those in claims.values():
        yield from _conflicts(those)


def _conflicts(claims: Sequence[_Claim]) -> Iterator[str]:
    if len(claims) < 2:
        return
    # in the order of their beginnings, so that each has to be looked at beside the one that lasts longest alone
    places = {id(claim): place for place, claim in enumerate(claims)}
    ordered = sorted(claims, key=lambda claim: claim[0].since or _BEGINNING)
    runs: list[list[_Claim]] = [[ordered[0]]]
    reach = ordered[0]
    for _, claim in pairwise(ordered):
        if reach[0].overlaps(claim[0]):
            runs[-1].append(claim)
        else:
            runs.append([claim])
        if (claim[0].until or _ENDLESS) >= (reach[0].until or _ENDLESS):
            reach = claim
    for run in runs:
        owners = {owner.id: owner for _, owner in sorted(run, key=lambda claim: places[id(claim)])}
        if len(owners) > 1:
            yield told_conflict(run[0][0], owners.values())


_BEGINNING = datetime.min.replace(tzinfo=UTC)


def told_conflict(claimed: Identity, owners: Iterable[Customer]) -> str:
    """Says that several customers claim one identity, which therefore identifies none of them."""
    named = list(owners)
    places = " and ".join(f"{_origin(owner)} ({owner.id})" for owner in named[:_MOST_TOLD])
    more = f" and {len(named) - _MOST_TOLD} more" if len(named) > _MOST_TOLD else ""
    return f"{_told(claimed)} stands in {places}{more}: it identifies nobody until only one of them has it"


_MOST_TOLD = 5


def _told(claimed: Identity) -> str:
    if claimed.network == EMAIL:
        return f"e-mail {claimed.value}"
    return f"handle {claimed.network}:{claimed.value}"


def _origin(customer: Customer) -> str:
    return customer.origin or "the customer directory"
