"""Tells which customers an author may be, how probably, and on what evidence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from math import log2

from rules.directory import Customer
from rules.identity import FORBIDDEN_BY_TERMS, network
from rules.matching.blocks import candidates
from rules.matching.chances import STRANGERS, UNLISTED
from rules.matching.outcome import Candidate, Outcome
from rules.matching.profile import read_profile
from rules.matching.records import Records
from rules.matching.shown_name import read_shown
from rules.matching.twins import same_person
from rules.matching.weighing import Weighed, weigh
from sources.post import Post

LINKED = 0.99
REVIEW = 0.5
HELP = 8.0  # bits: names that lack more than this of what is needed are not looked at for their own sake
MOST_TOLD = 5  # candidates
NOTHING = Outcome()


class Matcher:
    """Weighs authors against one directory; pure, usable from several threads, built in seconds.

    The order of `customers` changes no outcome; of several with one id the first counts. A customer who has nothing in
    common with the author and with the candidates changes nothing but how common things are: every share is taken over
    one customer more, so that weights move by less than 1 / (customers + 300) of what they count.
    """

    def __init__(
        self,
        customers: Sequence[Customer],
        *,
        strangers: float = STRANGERS,
        linked: float = LINKED,
        review: float = REVIEW,
    ) -> None:
        self._records = Records(customers)
        known = len(self._records)
        of_each = (1.0 - strangers) / (known + UNLISTED)  # the share of all authors that one customer is
        self._prior = of_each / (1.0 - of_each * known)
        self._worth = -log2(self._prior) - HELP
        self._linked, self._review = linked, review

    def __len__(self) -> int:
        """How many customers there are."""
        return len(self._records)

    def weigh(self, post: Post, at: datetime) -> Outcome:
        """Says whose post it is, by all that its author shows; `at` is when it was written. Never raises.

        Linked is never by a name alone, and nobody is linked or told for review where terms forbid matching.
        """
        if not len(self._records) or network(post.source) in FORBIDDEN_BY_TERMS:
            return NOTHING
        profile = read_profile(post)
        shown = read_shown(profile.name, self._records.vocabulary)
        found = candidates(self._records, profile, shown, post.published_at or at, self._worth)
        weighed = [weigh(self._records, profile, shown, one) for one in found]
        return self._decide(weighed)

    def candidate_ids(self, post: Post, at: datetime) -> list[str]:
        """The customers that `weigh` would look at, for measuring how many it overlooks."""
        profile = read_profile(post)
        shown = read_shown(profile.name, self._records.vocabulary)
        found = candidates(self._records, profile, shown, post.published_at or at, self._worth)
        return [self._records.customers[one.row].id for one in found]

    def _decide(self, weighed: list[Weighed]) -> Outcome:
        if not weighed:
            return NOTHING
        weighed.sort(key=lambda one: (-one.bits, one.row))
        odds = [2.0 ** min(one.bits, 200.0) * self._prior for one in weighed]
        total = 1.0 + sum(odds)
        best = weighed[0]
        together = odds[0]
        again = []
        for one, likely in zip(weighed[1:MOST_TOLD], odds[1:MOST_TOLD], strict=False):
            if likely * 1000 > odds[0] and same_person(self._records, best.row, one.row):
                together += likely
                again.append(self._records.customers[one.row].id)
        probability = together / total
        if probability < self._review:
            return NOTHING
        state = "linked" if probability >= self._linked and best.may_link else "review"
        told = [Candidate(self._records.customers[best.row].id, probability, self._told(best, again))]
        told += [
            Candidate(self._records.customers[one.row].id, likely / total, self._told(one, []))
            for one, likely in zip(weighed[1:MOST_TOLD], odds[1:MOST_TOLD], strict=False)
            if likely / total >= 0.01
        ]
        return Outcome("linked" if state == "linked" else "review", tuple(told))

    def _told(self, one: Weighed, again: list[str]) -> tuple[str, ...]:
        lines = one.told()
        lines.append(f"any one of {len(self._records)} customers ({log2(self._prior):+.1f})")
        lines += [f"{other} looks like a second record of the same person" for other in again]
        return tuple(lines)
