"""What a rule can ask about a mention: every variable with its type, its default and its meaning."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct

from rules.customer_standing import UNKNOWN_HEALTH, CustomerStanding
from rules.reading import CustomerMatch, Intent, Sentiment, Urgency
from sources.post import MAX_TEXT, Post, storable

Kind = Literal["text", "whole number", "number", "true/false", "list of texts"]
Value = str | int | float | bool | list[str]


class Facts(Struct, frozen=True, kw_only=True):
    """All that a rule may know of one mention; `brand` is "" where no brand's query matched.

    `standing`: how the customer stands, None before the mention is kept and for a stranger.
    """

    post: Post
    brand: str
    seen_by: Sequence[str]
    lang: str
    sentiment: Sentiment
    urgency: Urgency
    intent: Sequence[Intent]
    waits_for_answer: bool
    topics: Sequence[str]
    customer: CustomerMatch | None
    own: bool
    now: datetime
    standing: CustomerStanding | None = None


class Variable(Struct, frozen=True):
    """One name that a condition may use. `default` stands in wherever nothing is known."""

    kind: Kind
    default: Value
    doc: str
    read: Callable[[Facts], Value | None]


def _customer(field: str) -> Callable[[Facts], Value | None]:
    return lambda facts: None if facts.customer is None else getattr(facts.customer, field)


def _standing(field: str) -> Callable[[Facts], Value | None]:
    return lambda facts: None if facts.standing is None else getattr(facts.standing, field)


def _author(field: str) -> Callable[[Facts], Value | None]:
    return lambda facts: getattr(facts.post.author, field)


def _engagement(field: str) -> Callable[[Facts], Value | None]:
    return lambda facts: getattr(facts.post.engagement, field)


def _post(field: str) -> Callable[[Facts], Value | None]:
    return lambda facts: getattr(facts.post, field)


def _age_hours(facts: Facts) -> float | None:
    published = facts.post.published_at
    return None if published is None else max(0.0, (facts.now - published) / timedelta(hours=1))


VARIABLES: Mapping[str, Variable] = {
    "brand": Variable("text", "", "the brand that is mentioned, as configured", lambda facts: facts.brand),
    "source": Variable("text", "", 'the kind of service: "feed", "mastodon", "hackernews", …', _post("source")),
    "instance": Variable("text", "", "the host or account at the service", _post("instance")),
    "seen_by": Variable(
        "list of texts", [], "names of the configured sources that saw the post", lambda facts: list(facts.seen_by)
    ),
    "kind": Variable("text", "", '"post", "comment", "article", "review" or "message"', _post("kind")),
    "url": Variable("text", "", "the post's address", _post("url")),
    "title": Variable("text", "", "the post's title; most networks have none", _post("title")),
    "text": Variable("text", "", "the post's text as its author wrote it", _post("text")),
    "lang": Variable(
        "text",
        "und",
        'the language as a BCP 47 tag: "en", "bn"; "bn-Latn": Bengali in Latin letters; "und": unsure',
        lambda facts: facts.lang or None,
    ),
    "is_reply": Variable(
        "true/false", False, "whether the post answers another one", lambda facts: bool(facts.post.in_reply_to)
    ),
    "own": Variable("true/false", False, "whether one of the brand's own accounts wrote it", lambda facts: facts.own),
    "dated": Variable(
        "true/false", False, "whether the post says when it was published", lambda facts: bool(facts.post.published_at)
    ),
    "age_hours": Variable("number", 0.0, "hours since it was published; 0.0 for an undated post", _age_hours),
    "author.id": Variable("text", "", "the author's id at the service", _author("id")),
    "author.handle": Variable("text", "", "the author's handle, without a leading @", _author("handle")),
    "author.name": Variable("text", "", "the name that the author shows; anyone may show any", _author("name")),
    "author.url": Variable("text", "", "the author's page", _author("url")),
    "author.email": Variable("text", "", "the author's e-mail address, where a source tells it", _author("email")),
    "author.followers": Variable(
        "whole number", 0, "how many follow the author; 0 where not told", _author("followers")
    ),
    "author.known_followers": Variable(
        "true/false",
        False,
        "whether the service told how many follow the author",
        lambda facts: facts.post.author.followers is not None,
    ),
    "engagement.likes": Variable("whole number", 0, "likes, favourites or points when last seen", _engagement("likes")),
    "engagement.replies": Variable("whole number", 0, "answers when last seen", _engagement("replies")),
    "engagement.reposts": Variable("whole number", 0, "reposts when last seen", _engagement("reposts")),
    "engagement.views": Variable("whole number", 0, "views when last seen", _engagement("views")),
    "sentiment.known": Variable(
        "true/false",
        False,
        "whether the sentiment could be read in this language",
        lambda facts: facts.sentiment.label is not None,
    ),
    "sentiment.label": Variable(
        "text", "", '"negative", "neutral", "positive" or "unsure"', lambda facts: facts.sentiment.label
    ),
    "sentiment.score": Variable("number", 0.0, "from -1.0 (worst) to 1.0 (best)", lambda facts: facts.sentiment.score),
    "sentiment.confidence": Variable("number", 0.0, "from 0.0 to 1.0", lambda facts: facts.sentiment.confidence),
    "urgency.label": Variable("text", "none", '"none", "low", "high" or "critical"', lambda facts: facts.urgency.label),
    "urgency.score": Variable("number", 0.0, "from 0.0 to 1.0", lambda facts: facts.urgency.score),
    "intent": Variable(
        "list of texts",
        [],
        'what the author wants or tells: "complaint", "question", "outage", …',
        lambda facts: [intent.label for intent in facts.intent],
    ),
    "waits_for_answer": Variable(
        "true/false",
        False,
        "whether the author waits for an answer: asks and means it, or asks for a reply without a question mark",
        lambda facts: facts.waits_for_answer,
    ),
    "topics": Variable(
        "list of texts",
        [],
        "which of the brand's current topics it holds, in lower case",
        lambda facts: list(facts.topics),
    ),
    "customer.known": Variable(
        "true/false", False, "whether the author is a customer of yours", lambda facts: facts.customer is not None
    ),
    "customer.id": Variable("text", "", "the customer's id in your directory", _customer("id")),
    "customer.name": Variable("text", "", "the customer's name", _customer("name")),
    "customer.tier": Variable("text", "", "the customer's tier, as your directory writes it", _customer("tier")),
    "customer.owner": Variable("text", "", "who looks after the customer", _customer("owner")),
    "customer.company": Variable("text", "", "the customer's company", _customer("company")),
    "customer.confidence": Variable("number", 0.0, "how sure the match is, from 0.0 to 1.0", _customer("confidence")),
    "customer.tags": Variable(
        "list of texts",
        [],
        "what people tagged the customer with, in lower case",
        lambda facts: None if facts.standing is None else list(facts.standing.tags),
    ),
    "customer.recent_complaints": Variable(
        "whole number",
        0,
        "complaints and negative mentions of the last 7 days over all channels, this one included",
        _standing("recent_complaints"),
    ),
    "customer.health_known": Variable(
        "true/false",
        False,
        "whether the customer's health has been counted",
        lambda facts: facts.standing is not None and facts.standing.health is not None,
    ),
    "customer.health": Variable(
        "number", UNKNOWN_HEALTH, "from 0.0 (worst) to 100.0; 100.0 where it is not known", _standing("health")
    ),
    "customer.health_trend": Variable(
        "number", 0.0, "the health against its mean of the 7 days before, in points", _standing("health_trend")
    ),
}
"""The name of each variable, its type, what it is for a stranger or an unread language, and what it means."""

STANDING = frozenset(
    {
        "customer.tags",
        "customer.recent_complaints",
        "customer.health_known",
        "customer.health",
        "customer.health_trend",
    }
)
"""The variables that are known only when a mention is kept."""


def values(facts: Facts, names: Iterable[str] = VARIABLES) -> dict[str, Value]:
    """Gives each name's value, of its type whatever the post holds: absent is the default, odd text is cleaned.

    A name "customer.fields.NAME" is the customer's custom field, "" where there is none. Raises KeyError for another
    that is not in VARIABLES.
    """
    return {name: _typed(VARIABLES.get(name) or _custom_field(name), facts) for name in names}


def _custom_field(name: str) -> Variable:
    group, point, field = name.partition("customer.fields.")
    if group or not point:
        raise KeyError(name)
    return Variable("text", "", "", lambda facts: None if facts.customer is None else facts.customer.fields.get(field))


def _typed(variable: Variable, facts: Facts) -> Value:
    value = variable.read(facts)
    if value is None:
        return variable.default
    if isinstance(value, str):
        return storable(value, MAX_TEXT)
    if isinstance(value, list):
        return [storable(item) for item in value]
    if isinstance(value, bool):
        return value
    # whatever a service counts must fit the 64 bits of the rules' whole numbers
    return float(value) if variable.kind == "number" else max(-(2**53), min(int(value), 2**53))
