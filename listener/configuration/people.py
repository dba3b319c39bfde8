"""The settings of people: when they work, what they know, and in which teams."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from datetime import date
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, field_validator, model_validator

from alerts.calendar import ALWAYS, MOST_HOLIDAYS, Calendar, read_hours
from alerts.people import Person, Team
from listener.configuration.checks import unknown_names
from listener.configuration.mistakes import Mistake
from listener.configuration.settings import Table
from listener.configuration.times import timezone_of
from sources.settings import Name, Strict

Word = Annotated[str, Field(min_length=1, max_length=80)]
LanguageTag = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]


class CalendarSettings(Strict):
    """`[[calendars]]`: hours of work, and days on which nobody works."""

    name: Name
    timezone: Annotated[ZoneInfo | None, BeforeValidator(timezone_of)] = None  # None: that of [listener]
    hours: Annotated[dict[str, str], Field(min_length=1)]
    holidays: Annotated[tuple[date, ...], Field(max_length=MOST_HOLIDAYS)] = ()
    country: Annotated[str, Field(pattern=r"^([A-Z]{2})?$")] = ""
    region: Annotated[str, Field(max_length=10)] = ""

    @field_validator("hours")
    @classmethod
    def _readable(cls, hours: dict[str, str]) -> dict[str, str]:
        read_hours(hours)  # raises ValueError with a sentence
        return hours

    @model_validator(mode="after")
    def _known_country(self) -> CalendarSettings:
        if self.region and not self.country:
            raise ValueError("has a region and no country: name the country, such as 'DE'")
        if self.country:
            _public_holidays(self.country, self.region)
        return self

    def calendar(self, usual: ZoneInfo) -> Calendar:
        """The calendar; `usual` is the time zone of those that name none."""
        days: Container[date] = frozenset(self.holidays)
        if self.country:
            days = _public_holidays(self.country, self.region, self.holidays)
        return Calendar(name=self.name, timezone=self.timezone or usual, hours=read_hours(self.hours), holidays=days)


class PersonSettings(Strict):
    """`[[people]]`: somebody who can be told, asked, and given a ticket."""

    name: Name
    email: Annotated[str, Field(max_length=254, pattern=r"^([^\s@<>,;]+@[^\s@<>,;]+)?$")] = ""
    slack: Annotated[str, Field(pattern=r"^([UW][A-Z0-9]{2,20})?$")] = ""
    channels: tuple[str, ...] = ()
    languages: tuple[LanguageTag, ...] = ()
    skills: tuple[Word, ...] = ()
    calendar: str = ""
    manager: str = ""
    most_tickets: Annotated[int, Field(ge=0, le=10_000)] = 0

    def person(self, calendars: Mapping[str, Calendar]) -> Person:
        return Person(
            name=self.name,
            email=self.email,
            slack=self.slack,
            channels=self.channels,
            languages=self.languages,
            skills=self.skills,
            calendar=calendars.get(self.calendar, ALWAYS),
            manager=self.manager,
            most_tickets=self.most_tickets,
        )


class TeamSettings(Strict):
    """`[[teams]]`: people who work together."""

    name: Name
    people: Annotated[tuple[str, ...], Field(min_length=1)]
    channels: tuple[str, ...] = ()
    language: LanguageTag | None = None
    calendar: str = ""

    def team(self, calendars: Mapping[str, Calendar]) -> Team:
        return Team(
            name=self.name,
            people=self.people,
            channels=self.channels,
            language=self.language or "",
            calendar=calendars.get(self.calendar, ALWAYS),
        )


def wrong_names(
    calendars: Sequence[Table], people: Sequence[Table], teams: Sequence[Table], channels: Sequence[Table]
) -> Iterator[Mistake]:
    """Names in people and teams that nothing has."""
    for table in people:
        yield from unknown_names(table, "channels", channels, "[[channels]]")
        yield from unknown_names(table, "calendar", calendars, "[[calendars]]")
        yield from unknown_names(table, "manager", people, "[[people]]")
    for table in teams:
        yield from unknown_names(table, "people", people, "[[people]]")
        yield from unknown_names(table, "channels", channels, "[[channels]]")
        yield from unknown_names(table, "calendar", calendars, "[[calendars]]")


def _public_holidays(country: str, region: str, more: Sequence[date] = ()) -> Container[date]:
    """The public holidays of a country, and `more` days. Raises ValueError for a country that is not known."""
    import holidays  # a tenth of a second, and only calendars that name a country need it

    try:
        days = holidays.country_holidays(country, subdiv=region or None)
    except NotImplementedError:
        where = f"{region!r} in {country!r}" if region else f"{country!r}"
        raise ValueError(f"has no known holidays for {where}: list them in `holidays` instead") from None
    for day in more:
        days[day] = "closed"
    return days
