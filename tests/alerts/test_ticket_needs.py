"""Which skills a ticket asks for, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from alerts.tickets.needs import Experts, skills_needed
from rules.reading import Intent
from tests.alerts.conftest import mention

EXPERTS = Experts(skill="expert", tags=("vip",), fields=("Role=Developer",), recontacts=3)


def needed(
    intents: Mapping[str, float] = {},
    contacts: int = 1,
    tags: Sequence[str] = (),
    role: str = "",
    experts: Experts = EXPERTS,
) -> dict[str, str]:
    intent = tuple(Intent(label=label, score=score) for label, score in intents.items())
    written = [mention(intent=intent), mention(intent=(Intent(label="praise", score=1.0),))]
    by_intent = {"legal": "law", "fraud": "security", "security": "security"}
    return skills_needed(written, by_intent, experts, contacts=contacts, tags=tags, fields={"role": role})


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, {}),
        ({"intents": {"legal": 0.5}}, {"law": "it is about legal"}),
        ({"intents": {"legal": 0.49}}, {}),
        ({"intents": {"fraud": 0.9, "security": 0.9}}, {"security": "it is about fraud"}),
        ({"contacts": 3}, {"expert": "they came 3 times with it"}),
        ({"contacts": 2, "tags": ["vip"]}, {"expert": "tagged vip"}),
        ({"role": " developer "}, {"expert": "customer with role=developer"}),
        ({"contacts": 9, "tags": ["vip"], "experts": Experts()}, {}),
    ],
)
def test_a_ticket_asks_for_skills_by_what_it_is_about_and_by_who_wrote_it(
    asked: dict[str, object], found: dict[str, str]
) -> None:
    assert needed(**asked) == found  # type: ignore[arg-type]
