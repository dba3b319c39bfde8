"""Tells which customer an author is: by what the directory says, by evidence, and by what people have decided."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from copy import copy
from datetime import datetime
from typing import Literal, Protocol

from msgspec import Struct

from rules.authors import AuthorKey, keys_of
from rules.customers import CustomerIndex, matched
from rules.directory import Customer
from rules.identity import FORBIDDEN_BY_TERMS, network
from rules.matching.outcome import Outcome
from rules.reading import CustomerMatch
from sources.kind_terms import terms_of
from sources.post import Post


class Weigher(Protocol):
    """Whoever adds up evidence where no address or handle decides. Pure; never raises for what a post holds."""

    def weigh(self, post: Post, at: datetime) -> Outcome: ...


class Decision(Struct, frozen=True):
    """What a person said of an author and a customer; it outranks all evidence. `told`: who said it when, in words."""

    author: AuthorKey
    customer_id: str
    state: Literal["linked", "refused"]
    told: str


class Recognised(Struct, frozen=True):
    """Who an author is.

    `customer` is what counts; `found` what the evidence alone says, which counts again when a decision is taken back.
    `outcome`: how the evidence was weighed, None where an address or handle decided. `may_match` is False where terms
    or settings forbid to ask.
    """

    customer: CustomerMatch | None = None
    found: CustomerMatch | None = None
    outcome: Outcome | None = None
    may_match: bool = True


class MayMatch(Struct, frozen=True):
    """Whose authors may be tied to customers; see rules.analysis.Setup. The sources by the names of their networks."""

    unmatched_sources: frozenset[str] = frozenset()
    unmatched_seen_by: frozenset[str] = frozenset()
    opted_in: frozenset[str] = frozenset()

    def allows(self, kind: str, seen_by: str = "") -> bool:
        """Whether authors of that kind of service, shown by that configured source, may be."""
        name = network(kind)
        if seen_by in self.unmatched_seen_by or name in self.unmatched_sources or name in FORBIDDEN_BY_TERMS:
            return False
        allowed = terms_of(kind).identity_matching
        return allowed == "allowed" or (allowed == "opt-in" and not self.opted_in.isdisjoint((kind, name)))

    def allows_weighing(self, kind: str) -> bool:
        """Whether more than a handle may be gone by: not where the terms ask for the customer's consent."""
        return terms_of(kind).identity_matching == "allowed"


class Recogniser:
    """Recognises authors by one directory and one set of decisions; pure, usable from several threads."""

    def __init__(
        self,
        customers: Iterable[Customer] = (),
        may_match: MayMatch | None = None,
        weigher: Weigher | None = None,
    ) -> None:
        self._index = CustomerIndex(customers)
        self._decisions: dict[AuthorKey, list[Decision]] = {}
        self._may_match = may_match or MayMatch()
        self._weigher = weigher

    def having_learned(self, decisions: Iterable[Decision]) -> Recogniser:
        """The same but for the decisions; a directory takes seconds to build."""
        changed = copy(self)
        changed._decisions = _by_author(decisions)
        return changed

    def recognise(self, post: Post, seen_by: str, now: datetime) -> Recognised:
        """Tells who wrote `post`, which the configured source `seen_by` showed at `now`."""
        if not self._may_match.allows(post.source, seen_by):
            return Recognised(may_match=False)
        found = self._index.match(post, at=now)
        outcome = None
        if found is None and self._weigher is not None and self._may_match.allows_weighing(post.source):
            outcome = self._weigher.weigh(post, post.published_at or now)
            found = self._linked(outcome)
        if not self._decisions:
            return Recognised(customer=found, found=found, outcome=outcome)
        decisions = [one for key in keys_of(post) for one in self._decisions.get(key, ())]
        return Recognised(customer=settled(found, decisions, self._index.get), found=found, outcome=outcome)

    def _linked(self, outcome: Outcome) -> CustomerMatch | None:
        if outcome.state != "linked" or not outcome.candidates:
            return None
        best = outcome.candidates[0]
        customer = self._index.get(best.customer_id)
        return None if customer is None else matched(customer, best.probability, best.evidence)


def weigher_of(customers: Sequence[Customer]) -> Weigher | None:
    """Whoever weighs evidence for these; without customers there is nobody, and nothing of it is loaded."""
    if not customers:
        return None
    from rules.matching.matcher import Matcher

    return Matcher(customers)


def settled(
    found: CustomerMatch | None, decisions: Sequence[Decision], known: Callable[[str], Customer | None]
) -> CustomerMatch | None:
    """What counts when people have decided: the last customer they named, else what was found unless they refused it.

    `decisions` are those on one author, the surest last (as rules.authors.keys_of names them). A customer who is no
    longer in the directory is nobody.
    """
    for decision in reversed(decisions):
        if decision.state == "linked" and (customer := known(decision.customer_id)) is not None:
            return matched(customer, 1.0, (decision.told,))
    if found is not None and found.id in refused(decisions):
        return None
    return found


def refused(decisions: Iterable[Decision]) -> Collection[str]:
    """The customers who an author is not, as people said."""
    return {one.customer_id for one in decisions if one.state == "refused"}


def _by_author(decisions: Iterable[Decision]) -> dict[AuthorKey, list[Decision]]:
    found: dict[AuthorKey, list[Decision]] = {}
    for decision in decisions:
        found.setdefault(decision.author, []).append(decision)
    return found
