"""Why a ticket is so pressing and whose it is, in the language of whoever reads it."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.calendar import Calendar, read_hours
from alerts.language import ENGLISH, language
from alerts.people import Person
from alerts.tickets.needs import Experts, why_expert
from alerts.tickets.priority import Reach, priority_of
from alerts.tickets.routing import Need, route
from alerts.tickets.why_words import priority_words, routing_words
from rules.customer_standing import CustomerStanding
from rules.reading import CustomerMatch

BENGALI = language("bn")
OFFICE = Calendar(hours=read_hours({"mon-fri": "09:00-17:00"}))
MONDAY, SATURDAY = datetime(2026, 3, 2, 10, tzinfo=UTC), datetime(2026, 3, 7, 10, tzinfo=UTC)
MITA = Person(name="Mita", languages=("bn",), skills=("legal",), calendar=OFFICE, most_tickets=5)
BEN = Person(name="Ben", email="ben@example.org", skills=("safety",), calendar=OFFICE)

NEEDS = [
    Need(language="bn", skills={"legal": "it is about legal"}),
    Need(language="de", owner="Ben"),
    Need(skills={"legal": "it is about legal", "safety": why_expert(Experts(), 3, (), {})}),
    Need(skills={"fraud": why_expert(Experts(tags=("vip",)), 1, ("vip",), {})}),
    Need(skills={"legal": why_expert(Experts(fields=("role=dev",)), 1, (), {"role": "dev"})}),
]


def _left(told: str, names: str) -> list[str]:
    """The English words that are left; `names` are what has to stay."""
    return [word for word in re.findall("[a-z]{2,}", told, re.IGNORECASE) if word not in names.split()]


@pytest.mark.parametrize("need", NEEDS)
@pytest.mark.parametrize("now", [MONDAY, SATURDAY])
@pytest.mark.parametrize("load", [{}, {"Mita": 5, "Ben": 1}])
def test_every_reason_of_a_choice_is_said_in_the_language(need: Need, now: datetime, load: dict[str, int]) -> None:
    routed = route(need, [MITA, BEN], load, now)
    why = f"{routed.why}; next: {', '.join(routed.runners_up)}" if routed.runners_up else routed.why
    told = routing_words(why, BENGALI)
    assert _left(told, "legal safety fraud vip role dev Mita Ben UTC") == []
    assert routing_words(why, ENGLISH) == why


def test_every_part_of_a_priority_is_said_in_the_language() -> None:
    customer = CustomerMatch(id="c1", tier="Platinum", confidence=1.0, evidence=())
    ranked = priority_of(
        "critical", customer, CustomerStanding(health=12.0), Reach(followers=120_000, sources=3, reposts=99)
    )
    told = priority_words(ranked.why, BENGALI)
    assert _left(told, "Platinum") == [] and "১,২০,০০০" in told
    assert _left(priority_words("chosen by Ben", BENGALI), "Ben") == []


@given(st.text(alphabet="<>{}@ x;,()\n0১", max_size=80))
def test_what_the_desk_did_not_say_stays_as_it_was_written(text: str) -> None:
    assert (priority_words(text, BENGALI), routing_words(text, BENGALI)) == (text, text)
