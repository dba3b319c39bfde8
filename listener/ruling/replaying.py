"""Gives kept mentions to rules as they would have seen them when they came."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from alerts.alert import ReadMention
from alerts.policy import Route, alert_intents
from listener.ruling.would_tell import facts_of
from listener.store import Tx
from listener.store.customer_contacts import RECENT, complaints
from listener.store.customer_standing import standings
from listener.store.replay import count_replayed, replayed
from rules.reading import RuleMatch
from rules.rule import CompiledRule, Undecided
from rules.variables import STANDING, Facts

Progress = Callable[[int, int], None]
"""Hears how many mentions of how many are looked at."""

_ANY = RuleMatch(name="any", severity="low", reason="")


class Span(Struct, frozen=True, kw_only=True):
    """Which mentions are asked: those of [since, until) of these brands (none named: of all).

    `at_once`: as if each had been heard when it was published; else when it came, old ones held as they would be.
    """

    since: datetime
    until: datetime
    brands: Sequence[str] = ()
    at_once: bool = False


class Heard(Struct, frozen=True):
    """A mention, what rules know of it, and when they were asked."""

    mention: ReadMention
    facts: Facts
    now: datetime

    @property
    def key(self) -> str:
        """What groups it with others into one alert."""
        return self.mention.story or str(self.mention.post.key)


def heard_again(tx: Tx, span: Span, rules: Sequence[CompiledRule], told: Progress | None = None) -> Iterator[Heard]:
    """The mentions of that time in their order, a page of them in memory at once."""
    asks = any(not STANDING.isdisjoint(one.names) for one in rules)
    total = count_replayed(tx, span.since, span.until, span.brands) if told else 0
    done = 0
    for page in replayed(tx, span.since, span.until, span.brands):
        for mention in page:
            yield heard(tx, mention, span.at_once, asks)
        done += len(page)
        if told:
            told(done, max(total, done))


def heard(tx: Tx, mention: ReadMention, at_once: bool, asks_standing: bool) -> Heard:
    """One mention as rules saw it. Tags and health of its customer are those of now: nothing older is kept."""
    published = mention.post.published_at
    now = published if at_once and published is not None else mention.first_seen_at
    facts = replace(facts_of(mention, mention.sentiment), now=now)
    if asks_standing and mention.customer is not None:
        number = mention.customer.id
        recent = complaints(tx, [number], now - RECENT, max(now, published or now))
        facts = replace(facts, standing=standings(tx, [number], recent)[number])
    return Heard(mention, facts, now)


def held(one: Heard, max_age: timedelta) -> str:
    """Why nobody would have been told of it whatever a rule said, "" where somebody would. Marks came later."""
    asked = replace(one.mention, rules=(_ANY,), mark="")
    _, why = alert_intents([asked], {"any": Route(severity="low")}, one.now, max_age)
    if not why:
        return ""
    return "written by the brand's own accounts" if one.mention.own else "too old, or without a date, when they came"


def speaks(rule: CompiledRule, facts: Facts) -> bool:
    """Whether a rule holds; one without an answer stays silent, as it does when it is asked in earnest."""
    try:
        return rule.decide(facts)
    except Undecided:
        return False
