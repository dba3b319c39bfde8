"""The alert that a customer's health has fallen within a week."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from msgspec import Struct

from alerts.contacts import contact_lines, standing_words
from alerts.contract import Message
from alerts.escape import one_line, readable
from alerts.excerpt import cut
from alerts.language import ENGLISH, Language
from alerts.template import fill
from rules.customer_standing import CustomerStanding
from rules.directory import Customer
from rules.health import Contribution, Health
from rules.timeline import Entry

_LONGEST_TITLE = 150
_LONGEST_NAME = 80
_MOST_PARTS = 4
_LEAST_LOST = 0.5


class HealthFall(Struct, frozen=True, kw_only=True):
    """Whose health fell, from what to what, and how things stand when it is told."""

    customer: Customer
    start: float
    end: float
    health: Health
    standing: CustomerStanding
    contacts: Sequence[Entry] = ()


def render_fall(key: str, fall: HealthFall, timezone: tzinfo, words: Language = ENGLISH) -> Message:
    """Gives the message that tells of a fall: the same for every channel of a language."""
    who, say = _who(fall.customer), words.say
    start, end = words.number(fall.start), words.number(fall.end)
    told = say(
        "Health of {customer} fell to {end} of 100, from {start} within a week", customer=who, end=end, start=start
    )
    title = cut(told, _LONGEST_TITLE)
    owner = cut(one_line(fall.customer.owner), _LONGEST_NAME)
    standing = standing_words(fall.standing, complains=False, words=words)
    costs = [_cost(part, words) for part in fall.health.parts[:_MOST_PARTS] if part.lost >= _LEAST_LOST]
    contacts = contact_lines(fall.contacts, timezone, words)
    command = f"listener customers show '{one_line(fall.customer.id)}'"
    paragraphs = [
        say("{customer} is looked after by {owner}.", customer=who, owner=owner)
        if owner
        else say("{customer} is looked after by nobody yet.", customer=who),
        say("Now: {standing}.", standing=standing) if standing else "",
        "\n".join((say("What costs most:"), *costs)) if costs else "",
        "\n".join((say("Last contacts:"), *contacts)) if contacts else "",
        say("All of it: {command}", command=command),
    ]
    text = readable("\n\n".join(filter(None, paragraphs)))
    html = fill("report.html.j2", words, title=title, paragraphs=text.split("\n\n"))
    headers = {"List-Id": "listener customers <customers.listener.localhost>", "Importance": "high"}
    return Message(key=key, kind="alert", title=title, text=text, html=html, headers=headers, language=words.code)


def part_words(part: Contribution, words: Language = ENGLISH) -> str:
    """What a part of a health says, in words: "2.4 negative mentions, older ones counting less"."""
    value, say = part.value, words.say
    match part.part:
        case "negative":
            return say("{number} negative mentions, older ones counting less", number=words.number(value, 1))
        case "positive":
            return say("{number} positive mentions, older ones counting less", number=words.number(value, 1))
        case "tickets":
            weight = words.number(value, 1)
            weighs = say("open tickets weigh {number}, one each and one more a week", number=weight)
            return weighs if value else say("no open ticket")
        case "answer":
            return say("{length} to an answer, at the median", length=_hours(value, words))
        case "survey":
            return say("surveys answered {percent}%", percent=words.number(value * 100))
        case "renewal":
            return say("renewal {percent}% near", percent=words.number(value * 100))
        case "silence":
            return words.count(
                "{number} day since a contact that was no complaint",
                "{number} days since a contact that was no complaint",
                round(value),
            )


def _cost(part: Contribution, words: Language) -> str:
    better = words.say("{percent}% of customers fare no better", percent=words.number(part.no_better * 100))
    return f"\u2212{words.number(part.lost)}  {part_words(part, words)} ({better})"


def _hours(hours: float, words: Language) -> str:
    if hours < 1.5:
        return words.count("{number} minute", "{number} minutes", round(hours * 60))
    return words.count("{number} hour", "{number} hours", round(hours))


def _who(customer: Customer) -> str:
    name = cut(one_line(customer.name or customer.id), _LONGEST_NAME)
    tier = cut(one_line(customer.tier), 30)
    return f"{name} ({tier})" if tier else name
