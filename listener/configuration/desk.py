"""The settings of the built-in desk: how tickets are ranked, given to people, and promised."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from alerts.tickets.priority import SEVERITY_WEIGHTS, TIERS, Priority, Weights
from alerts.tickets.routing import EXPERT
from listener.configuration.checks import unknown_names
from listener.configuration.mistakes import Mistake, one_of, shown
from listener.configuration.people import Word
from listener.configuration.settings import Table
from rules.reading import Severity
from sources.settings import Duration, Name, Strict

Weight = Annotated[float, Field(gt=0, le=1_000)]
Part = Literal["followers", "reposts", "sources"]
FieldValue = Annotated[str, Field(pattern=r"^[^=]+=[^=]+$", max_length=400)]

SKILLS = {"safety": "safety", "security": "security", "legal": "legal", "fraud": "security"}
"""The skill that a ticket of each intent needs, unless [desk] says otherwise."""


class DeskSettings(Strict):
    """`[desk]`: how tickets are ranked and given to people, and how long one that is settled can come back."""

    assign: bool = True
    team: str = ""
    teams: dict[str, str] = {}
    notify: tuple[str, ...] = ()
    calendar: str = ""
    reopen_within: Annotated[Duration, Field(ge=timedelta(0), le=timedelta(days=365))] = timedelta(days=14)
    close_after: Annotated[Duration, Field(ge=timedelta(hours=1), le=timedelta(days=365))] = timedelta(days=4)
    severities: dict[Severity, Weight] = {}
    tiers: dict[Word, Weight] = {}
    fields: dict[FieldValue, Weight] = {}
    health: Weight = 1.5
    health_below: Annotated[float, Field(ge=0, le=100)] = 40.0
    reach: dict[Part, Annotated[float, Field(ge=0, le=100)]] = {}
    skills: dict[Word, Word] = SKILLS
    expert_skill: Word = EXPERT
    expert_tags: tuple[Word, ...] = (EXPERT,)
    expert_fields: tuple[FieldValue, ...] = ()
    recontacts: Annotated[int, Field(ge=1, le=1_000)] = 3

    @field_validator("skills")
    @classmethod
    def _of_intents(cls, skills: dict[str, str]) -> dict[str, str]:
        from rules.intent import LABELS

        for intent in skills:
            if intent not in LABELS:
                raise ValueError(f"names the intent {intent[:40]!r}, must be one of: {', '.join(LABELS)}")
        return skills

    @property
    def weights(self) -> Weights:
        """What each part of a priority counts for; what is told here takes the place of what is shipped."""
        return Weights(
            severities={**SEVERITY_WEIGHTS, **self.severities},
            tiers={**TIERS, **{tier.casefold(): weight for tier, weight in self.tiers.items()}},
            fields=self.fields,
            health=self.health,
            health_below=self.health_below,
            **self.reach,
        )


class SlaSettings(Strict):
    """`[[sla]]`: what is promised for which tickets. The first that fits a ticket counts."""

    name: Name
    priorities: tuple[Priority, ...] = ()
    tiers: tuple[Word, ...] = ()
    brands: tuple[str, ...] = ()
    first_answer: Annotated[Duration, Field(ge=timedelta(minutes=1), le=timedelta(days=365))] | None = None
    resolution: Annotated[Duration, Field(ge=timedelta(minutes=1), le=timedelta(days=365))] | None = None
    warn_before: Annotated[Duration, Field(ge=timedelta(0), le=timedelta(days=30))] = timedelta(minutes=30)
    calendar: str = ""
    notify: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _promises_something(self) -> SlaSettings:
        if self.first_answer is None and self.resolution is None:
            raise ValueError("promises nothing: name a first_answer, a resolution, or both")
        return self


def wrong_desk(
    desk: Table | None,
    slas: Sequence[Table],
    brands: Sequence[Table],
    teams: Sequence[Table],
    calendars: Sequence[Table],
    channels: Sequence[Table],
) -> Iterator[Mistake]:
    """Names in the desk and its promises that nothing has."""
    for table in (*slas, *((desk,) if desk else ())):
        yield from unknown_names(table, "calendar", calendars, "[[calendars]]")
        yield from unknown_names(table, "notify", channels, "[[channels]]")
        yield from unknown_names(table, "brands", brands, "[[brands]]")
    if desk is None:
        return
    yield from unknown_names(desk, "team", teams, "[[teams]]")
    by_brand = desk.raw.get("teams")
    for brand, team in by_brand.items() if isinstance(by_brand, dict) else ():
        yield from _known(desk, ("teams", brand), str(brand), brands, "[[brands]]")
        if isinstance(team, str):
            yield from _known(desk, ("teams", brand), team, teams, "[[teams]]")


def _known(
    desk: Table, place: tuple[str | int, ...], name: str, among: Sequence[Table], what: str
) -> Iterator[Mistake]:
    names = [known for one in among if (known := one.text("name"))]
    if name.strip() in names or any(("name",) in one.missing for one in among):
        return
    if names:
        yield desk.mistake(place, one_of(names, None if desk.hides(place) else name.strip()))
    else:
        yield desk.mistake(place, f"is {shown(name)}, must be the name of one of {what}, and there is none")
