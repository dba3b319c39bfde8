"""Says in one line why a rule speaks, from what its condition asks about."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rules.reading import Reason
from rules.rule_words import quoted_texts
from rules.variables import Facts, values

MAX_REASON = 300
_MOST_WORDS = 3
_MOST_CHARACTERS = 60

# control characters, line and paragraph ends, and marks that turn the direction of the rest of the line
_UNSHOWABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")


def reason(condition: str, names: Sequence[str], facts: Facts) -> str:
    """Gives, for example, "Ann (gold) wrote -0.81 about 'acme': 'refund', 'third time'".

    One line of at most MAX_REASON characters without control characters, whatever the post holds.
    """
    parts = [
        _opening(names, facts),
        *_urgency(names, facts),
        *_intents(condition, names, facts),
        *_others(names, facts),
    ]
    return _one_line("; ".join(parts), MAX_REASON)


def _opening(names: Sequence[str], facts: Facts) -> str:
    said = f"{_who(names, facts)} wrote"
    read = facts.sentiment
    asks_sentiment = _asks(names, "sentiment")
    if asks_sentiment and read.score is not None:
        said += f" {read.score:.2f}"
    if facts.brand:
        said += f" about '{_short(facts.brand)}'"
    if not asks_sentiment:
        return said
    if read.label is None:
        return f"{said} (sentiment unknown{f': {_short(read.why)}' if read.why else ''})"
    for_it = [reason for reason in read.reasons if reason.weight * (read.score or 0.0) > 0.0]
    words = _words(for_it or read.reasons)
    return f"{said}: {words}" if words else said


def _who(names: Sequence[str], facts: Facts) -> str:
    author = facts.post.author
    shown = _short(author.handle or author.name) or "someone"
    if not _asks(names, "customer"):
        return shown
    customer = facts.customer
    if customer is None:
        return f"{shown} (not a known customer)"
    tier = f" ({_short(customer.tier)})" if customer.tier else " (customer)"
    return f"{_short(customer.name or customer.id)}{tier}"


def _urgency(names: Sequence[str], facts: Facts) -> Iterator[str]:
    if _asks(names, "urgency"):
        words = _words(facts.urgency.reasons)
        yield f"urgency {facts.urgency.label}{f' ({words})' if words else ''}"


def _intents(condition: str, names: Sequence[str], facts: Facts) -> Iterator[str]:
    """The intents that the condition asks for by name; all where it names none of them."""
    if "intent" not in names:
        return
    quoted = quoted_texts(condition)
    asked = [intent for intent in facts.intent if intent.label in quoted] or list(facts.intent)
    for intent in asked[:_MOST_WORDS]:
        words = _words(intent.reasons)
        yield f"{_short(intent.label)}{f' ({words})' if words else ''}"


def _others(names: Sequence[str], facts: Facts) -> Iterator[str]:
    told = ("sentiment.", "urgency.", "customer.known", "customer.name", "customer.tier", "intent", "brand")
    asked = [name for name in names if not name.startswith(told)]
    for name, value in values(facts, asked).items():
        said = name.replace(".", " ").replace("_", " ")
        if isinstance(value, bool):
            yield f"{said}: {'yes' if value else 'no'}"
        elif isinstance(value, list):
            yield f"{said}: {', '.join(_short(item) for item in value) or 'none'}"
        elif isinstance(value, str):
            yield f"{said}: {_short(value)}" if value else f"{said} is empty"
        else:
            yield f"{said}: {value:,.2f}" if isinstance(value, float) else f"{said}: {value:,}"


def _words(reasons: Sequence[Reason]) -> str:
    """The words that counted most, each once."""
    strongest = sorted(reasons, key=lambda reason: -abs(reason.weight))
    shown = dict.fromkeys(_short(reason.text) for reason in strongest if reason.text.strip())
    return ", ".join(f"'{text}'" for text in list(shown)[:_MOST_WORDS])


def _asks(names: Sequence[str], group: str) -> bool:
    return any(name.startswith(f"{group}.") for name in names)


def _short(text: str) -> str:
    return _one_line(text, _MOST_CHARACTERS)


def _one_line(text: str, most: int) -> str:
    # the slice comes first: a post of 200 kB is not cleaned for the sake of its beginning
    text = " ".join(_UNSHOWABLE.sub(" ", text[: most * 4]).split())
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
