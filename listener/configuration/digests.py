"""The settings of digests: the daily one of `[digest]`, and those of teams."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import time
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, model_validator

from alerts.language import LANGUAGES
from alerts.people import Team
from alerts.settings import SpokenLanguage
from listener.configuration.checks import unknown_names
from listener.configuration.mistakes import Mistake
from listener.configuration.settings import Table
from listener.configuration.times import clock_time, timezone_of
from listener.digests.plan import Day, DigestPlan
from sources.settings import Name, Strict


class DigestSettings(Strict):
    """`[digest]`: the daily report, at which time of `listener.timezone` and for whom."""

    at: Annotated[time, BeforeValidator(clock_time)] = time(8)
    notify: Annotated[tuple[str, ...], Field(min_length=1)]

    def plan(self, timezone: ZoneInfo, brands: Sequence[str]) -> DigestPlan:
        return DigestPlan(name="", at=self.at, timezone=timezone, brands=tuple(brands), channels=self.notify)


class NamedDigestSettings(Strict):
    """`[[digests]]`: a report of a day or a week, for a team or for channels, in their time zone and language."""

    name: Name
    period: Literal["daily", "weekly"] = "daily"
    at: Annotated[time, BeforeValidator(clock_time)] = time(8)
    day: Day | None = None  # None: Monday, where it is weekly
    timezone: Annotated[ZoneInfo | None, BeforeValidator(timezone_of)] = None  # None: the team's, or the listener's
    language: SpokenLanguage = ""  # "": that of the team, or of each channel
    brands: tuple[str, ...] = ()  # (): all
    notify: tuple[str, ...] = ()
    team: str = ""

    @model_validator(mode="after")
    def _for_somebody(self) -> NamedDigestSettings:
        if not self.notify and not self.team:
            raise ValueError("names nobody: give it channels in `notify`, or a `team`")
        if self.day is not None and self.period == "daily":
            raise ValueError('has a `day` and is daily: leave `day` out, or set period = "weekly"')
        return self

    def plan(self, timezone: ZoneInfo, brands: Sequence[str], teams: Sequence[Team]) -> DigestPlan:
        """The plan; `timezone` and `brands` are those where none are told."""
        team = next((one for one in teams if one.name == self.team), None)
        if team is not None and isinstance(team.calendar.timezone, ZoneInfo):
            timezone = team.calendar.timezone  # one without working hours has none of its own
        spoken = team.language.partition("-")[0] if team else ""
        channels = dict.fromkeys((*self.notify, *(team.channels if team else ())))
        return DigestPlan(
            name=self.name,
            weekly=self.period == "weekly",
            at=self.at,
            day=self.day or "mon",
            timezone=self.timezone or timezone,
            language=self.language or (spoken if spoken in LANGUAGES else ""),
            brands=self.brands or tuple(brands),
            channels=tuple(channels),
        )


def wrong_digests(
    digests: Sequence[Table], brands: Sequence[Table], channels: Sequence[Table], teams: Sequence[Table]
) -> Iterator[Mistake]:
    """Names that nothing has, and teams that cannot be told."""
    reached = {table.text("name"): bool(table.raw.get("channels")) for table in teams}
    for table in digests:
        yield from unknown_names(table, "brands", brands, "[[brands]]")
        yield from unknown_names(table, "notify", channels, "[[channels]]")
        yield from unknown_names(table, "team", teams, "[[teams]]")
        if reached.get(table.text("team")) is False:
            yield table.mistake(("team",), "has no channels: give the team some, or name channels in `notify`")
