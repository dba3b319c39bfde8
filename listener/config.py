"""The configuration: `config.toml`, typed, with every mistake told at once."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import time
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

from alerts.calendar import ALWAYS, Calendar
from alerts.desks.settings import HelpDeskSettings
from alerts.escalation import Escalation, Roster
from alerts.language import Language, language
from alerts.oncall import Schedule
from alerts.people import Person, Team
from alerts.replies.settings import ReplySettings
from alerts.settings import ChannelSettings
from listener.configuration.alerting import AlertingTables
from listener.configuration.desk import DeskSettings, SlaSettings
from listener.configuration.digests import DigestSettings, NamedDigestSettings
from listener.configuration.file import Unreadable, others_may_read, read_tables
from listener.configuration.mistakes import ConfigError, Mistake
from listener.configuration.oncall import EscalationSettings, ScheduleSettings
from listener.configuration.people import CalendarSettings, PersonSettings, TeamSettings
from listener.configuration.reading import Reading
from listener.configuration.replies import AnswersSettings
from listener.configuration.rule_tests import RuleTestSettings
from listener.configuration.secrets import expand
from listener.configuration.survey import SURVEY_CHANNEL, SurveySettings
from listener.configuration.tables import (
    SQLITE,
    BrandSettings,
    CustomerHealthSettings,
    CustomersSettings,
    ListenerSettings,
    OperatorSettings,
    RuleSettings,
    WebSettings,
)
from listener.digests.plan import DigestPlan
from listener.directories.settings import DirectorySettings
from rules.directory import Customer
from sources.settings import SourceSettings, Strict

if TYPE_CHECKING:
    from alerts.policy import Route
    from rules.analysis import Setup
    from rules.recognition import Decision
    from rules.rule import Rule
    from rules.sentiment.analyzers import AnalyzerChoice
    from rules.sentiment.correction import Correction

__all__ = ["Config", "ConfigError", "Mistake", "load"]

PURGE_AT = time(3, 30)
"""Local time of the nightly purge: quiet, and an hour that clock changes leave alone."""


class Config(Struct, frozen=True, kw_only=True, repr_omit_defaults=True):
    """A configuration without mistakes. Paths are absolute; `noted` is what is allowed and worth a word."""

    path: Path
    listener: ListenerSettings
    brands: tuple[BrandSettings, ...]
    sources: tuple[SourceSettings, ...] = ()
    customers: tuple[CustomersSettings, ...] = ()
    directories: tuple[DirectorySettings, ...] = ()
    channels: tuple[ChannelSettings, ...] = ()
    desks: tuple[HelpDeskSettings, ...] = ()
    rules: tuple[RuleSettings, ...] = ()
    rule_tests: tuple[RuleTestSettings, ...] = ()
    replies: tuple[ReplySettings, ...] = ()
    answers: AnswersSettings | None = None
    alerting: AlertingTables = AlertingTables()
    digest: DigestSettings | None = None
    digest_settings: tuple[NamedDigestSettings, ...] = ()
    operator: OperatorSettings = OperatorSettings()
    reading: Strict | None = None  # what reads sentiment; None: the built-in reader
    web: WebSettings | None = None
    survey: SurveySettings | None = None
    customer_health: CustomerHealthSettings = CustomerHealthSettings()
    calendar_settings: tuple[CalendarSettings, ...] = ()
    person_settings: tuple[PersonSettings, ...] = ()
    team_settings: tuple[TeamSettings, ...] = ()
    desk: DeskSettings = DeskSettings()
    slas: tuple[SlaSettings, ...] = ()
    schedule_settings: tuple[ScheduleSettings, ...] = ()
    escalation_settings: tuple[EscalationSettings, ...] = ()
    noted: tuple[Mistake, ...] = ()
    database_missing: Mistake | None = None

    def __repr__(self) -> str:
        """Names the file only: settings of packages we do not know may hold secrets."""
        return f"Config({str(self.path)!r})"

    @property
    def timezone(self) -> ZoneInfo:
        return self.listener.timezone

    def language_of(self, channel: str) -> Language:
        """In which language a channel is told; a name that is none gets that of [listener]."""
        own = next((one.language for one in self.channels if one.name == channel), "")
        return language(own or self.listener.language)

    def calendar(self, name: str) -> Calendar:
        """The calendar of a name; one that is not configured, such as "", is open day and night."""
        return self.calendars().get(name, ALWAYS)

    def calendars(self) -> Mapping[str, Calendar]:
        return {one.name: one.calendar(self.timezone) for one in self.calendar_settings}

    @property
    def people(self) -> tuple[Person, ...]:
        calendars = self.calendars()
        return tuple(one.person(calendars) for one in self.person_settings)

    @property
    def teams(self) -> tuple[Team, ...]:
        calendars = self.calendars()
        return tuple(one.team(calendars) for one in self.team_settings)

    @property
    def digests(self) -> tuple[DigestPlan, ...]:
        """All digests, that of [digest] first."""
        brands, teams = [brand.name for brand in self.brands], self.teams
        first = [self.digest.plan(self.timezone, brands)] if self.digest else []
        return (*first, *(one.plan(self.timezone, brands, teams) for one in self.digest_settings))

    @property
    def escalations(self) -> tuple[Escalation, ...]:
        """Who is told of alerts that nobody takes up, the first policy that is for an alert first."""
        calendars = self.calendars()
        return tuple(one.escalation(calendars) for one in self.escalation_settings)

    @property
    def schedules(self) -> tuple[Schedule, ...]:
        """Who is on call in turns."""
        return tuple(one.schedule(self.timezone) for one in self.schedule_settings)

    @property
    def roster(self) -> Roster:
        """Whom the names in escalations stand for."""
        return Roster(
            schedules={one.name: one for one in self.schedules},
            people={one.name: one for one in self.people},
            teams={one.name: one for one in self.teams},
            channels=tuple(one.name for one in self.channels),
        )

    @property
    def writing_back(self) -> tuple[DirectorySettings, ...]:
        """The directories whose contacts get notes."""
        return tuple(one for one in self.directories if one.write_back != "off")

    @property
    def told_places(self) -> tuple[tuple[str, str], ...]:
        """All that waiting messages go to, each by name and kind: channels, CRMs, desks, accounts, the survey."""
        return (
            *((one.name, one.kind) for one in self.channels),
            *((one.name, one.kind) for one in self.writing_back),
            *((one.name, one.kind) for one in self.desks),
            *((one.name, one.kind) for one in self.replies),
            *([(SURVEY_CHANNEL, SURVEY_CHANNEL)] if self.survey else []),
        )

    @property
    def purge_at(self) -> time:
        return PURGE_AT

    @property
    def database_url(self) -> str:
        """The database's address, an SQLite file with its whole path. Raises ConfigError where a part is not here."""
        if self.database_missing is not None:
            raise ConfigError([self.database_missing], self.path)
        url = self.listener.database.get_secret_value()
        scheme, _, rest = url.partition("://")
        if scheme not in SQLITE:
            return url
        folder = self.path.absolute().parent
        if "?" in str(folder):
            says = "cannot lie below a folder whose name holds '?': rename it, or move the configuration"
            raise ConfigError([Mistake("listener.database", says)], self.path)
        return f"{scheme}:///{folder / rest[1:]}"

    @property
    def warnings(self) -> tuple[Mistake, ...]:
        """What does not keep the configuration from working; reads the customer files."""
        kinds = (
            Mistake(f"{table}.{settings.name}", warning)
            for table, of_all in (("sources", self.sources), ("channels", self.channels))
            for settings in of_all
            for warning in settings.warnings()
        )
        return (*self.noted, *kinds, *self._customer_mistakes(), *self._answer_mistakes())

    def routes(self) -> Mapping[str, Route]:
        """Where each rule leads, by the rule's name."""
        from alerts.policy import Route

        return {rule.name: Route(severity=rule.severity, notify=rule.notify, ticket=rule.ticket) for rule in self.rules}

    def rules_asked(self) -> tuple[Rule, ...]:
        """The rules as mentions are judged by them."""
        from rules.rule import Rule

        return tuple(Rule(rule.name, rule.when, rule.severity, rule.brands) for rule in self.rules)

    def setup(
        self,
        customers: Sequence[Customer],
        topics: Mapping[str, Sequence[str]] = {},
        correction: Correction | None = None,
        decisions: Sequence[Decision] = (),
    ) -> Setup:
        """All that reading a post needs, for worker processes too; it holds no secret. `topics`: by brand.

        A `correction` that was learned on top of another reader than the configured one is left out.
        """
        from rules.analysis import BrandSetup, BrandTerms, Setup
        from rules.sentiment.correction import learned_on

        analyzer = self._analyzer()
        return Setup(
            brands=tuple(BrandSetup(brand.name, brand.query, brand.own) for brand in self.brands),
            rules=self.rules_asked(),
            customers=tuple(customers),
            unmatched_seen_by=tuple(one.name for one in self.sources if not one.matches_identities),
            opted_in=tuple(sorted({one.kind for one in self.sources if one.identity_matching})),
            topics=tuple(BrandTerms(brand, tuple(terms)) for brand, terms in topics.items() if terms),
            correction=learned_on(correction, analyzer.reader),
            analyzer=analyzer,
            decisions=tuple(decisions),
        )

    def _analyzer(self) -> AnalyzerChoice:
        from listener.analyzers import choice

        return choice(self.reading)

    def _answer_mistakes(self) -> list[Mistake]:
        from listener.answers import read_folder

        return [Mistake("answers.folder", said) for said in read_folder(self.answers).mistakes]

    def _customer_mistakes(self) -> list[Mistake]:
        from rules.customers_csv import parse_customers_csv

        told = []
        for number, settings in enumerate(self.customers):
            try:
                content = settings.path.read_bytes()
            except OSError:
                continue  # it was there a moment ago, when the configuration was read
            read = parse_customers_csv(content, settings.path.name)
            told += [Mistake(f"customers[{number}].path", said) for said in (*read.mistakes, *read.notes)]
        return told


def load(
    path: Path | str,
    secrets: Literal["required", "optional"] = "required",
    environment: Mapping[str, str] | None = None,
) -> Config:
    """Reads a configuration. Raises ConfigError with every mistake, and nothing else.

    optional: where a variable or file of secrets that a source, a channel or the database needs is not there, that is a
    warning and a stand-in takes its place: such a Config shows and checks, and must not fetch or send. Only
    `database_url` refuses then, so that no other database is opened by accident.
    """
    path = Path(path)
    try:
        tables = read_tables(path)
    except Unreadable as error:
        raise ConfigError([error.mistake], path) from None
    expanded = expand(tables, path.absolute().parent, os.environ if environment is None else environment)
    reading = Reading(expanded, path.absolute().parent, lenient=secrets == "optional")
    reading.read()
    if reading.mistakes:
        raise ConfigError(reading.mistakes, path)
    if reading.literal_secrets and others_may_read(path):
        reading.notes.append(
            Mistake("", f"everybody on this machine may read it, and it holds secrets: chmod 600 {path.name}")
        )
    assert reading.listener is not None and reading.operator is not None and reading.customer_health is not None
    assert reading.desk is not None
    return Config(
        path=path,
        listener=reading.listener,
        brands=tuple(reading.brands),
        sources=tuple(reading.sources),
        customers=tuple(reading.customers),
        directories=tuple(reading.directories),
        channels=tuple(reading.channels),
        desks=tuple(reading.desks),
        rules=tuple(reading.rules),
        rule_tests=tuple(reading.rule_tests),
        replies=tuple(reading.replies),
        answers=reading.answers,
        alerting=reading.alerting,
        digest=reading.digest,
        digest_settings=tuple(reading.digests),
        operator=reading.operator,
        reading=reading.reading,
        web=reading.web,
        survey=reading.survey,
        customer_health=reading.customer_health,
        calendar_settings=tuple(reading.calendars),
        person_settings=tuple(reading.people),
        team_settings=tuple(reading.teams),
        desk=reading.desk,
        slas=tuple(reading.slas),
        schedule_settings=tuple(reading.schedules),
        escalation_settings=tuple(reading.escalations),
        noted=tuple(reading.notes),
        database_missing=reading.database_missing,
    )
