"""How pressing a ticket is: how bad it is, times how much the customer matters, times how many people see it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import log2, log10
from typing import Literal, cast, get_args

from msgspec import Struct, field

from alerts.alert import ReadMention
from rules.customer_standing import CustomerStanding
from rules.reading import CustomerMatch, Severity

Priority = Literal["low", "normal", "high", "urgent"]
PRIORITIES: tuple[Priority, ...] = get_args(Priority)

SEVERITY_WEIGHTS: Mapping[Severity, float] = {"low": 1.0, "medium": 2.0, "high": 4.0, "critical": 8.0}
"""With these a ticket of an unknown author whom nobody follows has just the priority that its severity calls for."""

AT_LEAST: Mapping[Priority, float] = {"urgent": 8.0, "high": 4.0, "normal": 2.0, "low": 0.0}
"""The score from which on a ticket has a priority."""

TIERS: Mapping[str, float] = {"platinum": 3.0, "enterprise": 3.0, "gold": 2.0, "silver": 1.5}
"""What a customer's tier counts for, unless [desk] says otherwise; any other tier counts 1."""

MANY_FOLLOWERS = 1_000
MANY_REPOSTS = 10


class Weights(Struct, frozen=True, kw_only=True):
    """What each part counts for: factors of the score, except the last three.

    `fields`: by "name=value" of a customer's own columns, in lower case. `health`: for a customer whose health is below
    `health_below`. `followers` and `reposts`: added to the factor of reach for each power of ten over 1,000 followers
    or 10 reposts; `sources`: for each doubling of the number of networks and sites.
    """

    severities: Mapping[Severity, float] = field(default_factory=lambda: SEVERITY_WEIGHTS)
    tiers: Mapping[str, float] = field(default_factory=lambda: TIERS)
    fields: Mapping[str, float] = {}
    health: float = 1.5
    health_below: float = 40.0
    followers: float = 0.25
    reposts: float = 0.25
    sources: float = 0.25


class Reach(Struct, frozen=True, kw_only=True):
    """How many people may have seen it: followers of its authors, networks and sites, and how often it was repeated."""

    followers: int = 0
    sources: int = 1
    reposts: int = 0


USUAL_WEIGHTS = Weights()
SEEN_BY_FEW = Reach()


class Ranked(Struct, frozen=True, kw_only=True):
    """A priority with the score behind it and why, in words: "critical x platinum customer x 120,000 followers"."""

    priority: Priority
    score: float
    why: str


def reach_of(mentions: Iterable[ReadMention]) -> Reach:
    """Counts who may have seen these mentions: each author and each post once. A further post counts as a repost."""
    followers: dict[tuple[str, str], int] = {}
    posts: dict[object, int] = {}
    places = set()
    for mention in mentions:
        post = mention.post
        author = (post.source, post.author.id or post.author.handle or str(post.key))
        followers[author] = max(followers.get(author, 0), post.author.followers or 0)
        posts[post.key] = max(posts.get(post.key, 0), post.engagement.reposts or 0)
        places.add((post.source, post.instance))
    repeated = sum(posts.values()) + max(len(posts) - 1, 0)
    return Reach(followers=sum(followers.values()), sources=max(len(places), 1), reposts=repeated)


def priority_of(
    severity: Severity,
    customer: CustomerMatch | None = None,
    standing: CustomerStanding | None = None,
    reach: Reach = SEEN_BY_FEW,
    weights: Weights = USUAL_WEIGHTS,
) -> Ranked:
    """Gives the priority. Never lower for a worse severity, more reach, or a greater weight of the customer."""
    score = weights.severities.get(severity, SEVERITY_WEIGHTS[severity])
    why: list[str] = [severity]
    for factor, words in (*_customer(customer, standing, weights), *_reach(reach, weights)):
        score *= factor
        why.append(words)
    return Ranked(priority=_priority(score), score=round(score, 2), why=" x ".join(why))


def priority_at(number: int) -> Priority:
    """The priority that a table's number stands for."""
    return PRIORITIES[number]


def as_priority(word: str) -> Priority:
    """A word that is known to be one of PRIORITIES."""
    return cast("Priority", word)


def _priority(score: float) -> Priority:
    return next(name for name, least in AT_LEAST.items() if score >= least)


def _customer(
    customer: CustomerMatch | None, standing: CustomerStanding | None, weights: Weights
) -> list[tuple[float, str]]:
    if customer is None:
        return []
    found: list[tuple[float, str]] = []
    tier = customer.tier.strip()
    factor = {name.casefold(): weight for name, weight in weights.tiers.items()}.get(tier.casefold(), 1.0)
    if factor != 1.0:
        found.append((factor, f"{tier} customer"))
    by_field = {name.casefold(): weight for name, weight in weights.fields.items()}
    for name, value in customer.fields.items():
        factor = by_field.get(f"{name}={value.strip()}".casefold(), 1.0)
        if factor != 1.0:
            found.append((factor, f"{name} {value.strip()}"))
    health = standing.health if standing else None
    if health is not None and health < weights.health_below and weights.health != 1.0:
        found.append((weights.health, f"health {health:.0f}"))
    return found


def _reach(reach: Reach, weights: Weights) -> list[tuple[float, str]]:
    """One factor: 1, and what each part adds to it."""
    parts = [
        (weights.followers * _tens(reach.followers, MANY_FOLLOWERS), f"{reach.followers:,} followers"),
        (weights.reposts * _tens(reach.reposts, MANY_REPOSTS), f"{reach.reposts:,} reposts"),
        (weights.sources * log2(max(reach.sources, 1)), f"{reach.sources:,} networks and sites"),
    ]
    added = [(weight, words) for weight, words in parts if weight > 0]
    if not added:
        return []
    return [(1.0 + sum(weight for weight, _ in added), ", ".join(words for _, words in added))]


def _tens(number: int, least: int) -> float:
    return log10(number / least) if number > least else 0.0
