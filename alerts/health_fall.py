"""The alert that a customer's health has fallen within a week."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from msgspec import Struct

from alerts.contacts import contact_lines, standing_words
from alerts.contract import Message
from alerts.escape import one_line, readable
from alerts.excerpt import cut
from alerts.template import fill
from alerts.wording import counted
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


def render_fall(key: str, fall: HealthFall, timezone: tzinfo) -> Message:
    """Gives the message that tells of a fall: the same for every channel."""
    who = _who(fall.customer)
    title = cut(f"Health of {who} fell to {fall.end:.0f} of 100, from {fall.start:.0f} within a week", _LONGEST_TITLE)
    owner = cut(one_line(fall.customer.owner), _LONGEST_NAME)
    standing = standing_words(fall.standing, complains=False)
    costs = [_cost(part) for part in fall.health.parts[:_MOST_PARTS] if part.lost >= _LEAST_LOST]
    contacts = contact_lines(fall.contacts, timezone)
    paragraphs = [
        f"{who}{f' is looked after by {owner}' if owner else ' is looked after by nobody yet'}.",
        f"Now: {standing}." if standing else "",
        "\n".join(("What costs most:", *costs)) if costs else "",
        "\n".join(("Last contacts:", *contacts)) if contacts else "",
        f"All of it: listener customers show '{one_line(fall.customer.id)}'",
    ]
    text = readable("\n\n".join(filter(None, paragraphs)))
    html = fill("report.html.j2", title=title, paragraphs=text.split("\n\n"))
    headers = {"List-Id": "listener customers <customers.listener.localhost>", "Importance": "high"}
    return Message(key=key, kind="alert", title=title, text=text, html=html, headers=headers)


def part_words(part: Contribution) -> str:
    """What a part of a health says, in words: "2.4 negative mentions, older ones counting less"."""
    value = part.value
    return {
        "negative": f"{value:.1f} negative mentions, older ones counting less",
        "positive": f"{value:.1f} positive mentions, older ones counting less",
        "tickets": f"open tickets weigh {value:.1f}, one each and one more a week" if value else "no open ticket",
        "answer": f"{_hours(value)} to an answer, at the median",
        "survey": f"surveys answered {value:.0%}",
        "renewal": f"renewal {value:.0%} near",
        "silence": f"{counted(round(value), 'day')} since a contact that was no complaint",
    }[part.part]


def _cost(part: Contribution) -> str:
    return f"\u2212{part.lost:.0f}  {part_words(part)} ({part.no_better:.0%} of customers fare no better)"


def _hours(hours: float) -> str:
    return counted(round(hours * 60), "minute") if hours < 1.5 else counted(round(hours), "hour")


def _who(customer: Customer) -> str:
    name = cut(one_line(customer.name or customer.id), _LONGEST_NAME)
    tier = cut(one_line(customer.tier), 30)
    return f"{name} ({tier})" if tier else name
