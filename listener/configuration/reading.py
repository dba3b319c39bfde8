"""Reads table after table of the configuration into settings; a mistake stops nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from alerts import registry as channel_registry
from alerts.desks import registry as desk_registry
from alerts.desks.settings import HelpDeskSettings
from alerts.replies.settings import ReplySettings
from alerts.settings import ChannelSettings
from listener.configuration.alerting import (
    AlertingSettings,
    AlertingTables,
    CampaignSettings,
    RouteSettings,
    SpikeSettings,
    wrong_alerting,
)
from listener.configuration.checks import (
    all_of,
    archived_too_long,
    cannot_work,
    named_as_channel,
    open_to_others,
    repeated_directory,
    repeated_names,
    silent_rules,
    told_in_vain,
    unknown_names,
    unreadable_file,
    wrong_condition,
    wrong_query,
)
from listener.configuration.desk import DeskSettings, SlaSettings, wrong_desk
from listener.configuration.desks import taken_desk_names, unknown_desk, wrong_survey
from listener.configuration.digests import DigestSettings, NamedDigestSettings, wrong_digests
from listener.configuration.handling import pressed_in_vain
from listener.configuration.mistakes import Mistake, Place, meant, one_of, place_words, shown
from listener.configuration.oncall import EscalationSettings, ScheduleSettings, wrong_escalations, wrong_schedules
from listener.configuration.people import CalendarSettings, PersonSettings, TeamSettings, wrong_names
from listener.configuration.replies import AnswersSettings, read_replies, taken_names
from listener.configuration.rule_tests import RuleTestSettings, wrong_test_names
from listener.configuration.secrets import Expanded
from listener.configuration.settings import Table
from listener.configuration.survey import SurveySettings
from listener.configuration.tables import (
    FILE,
    BrandSettings,
    CustomerHealthSettings,
    CustomersSettings,
    ListenerSettings,
    OperatorSettings,
    RuleSettings,
    WebSettings,
)
from listener.directories import registry as directories
from listener.directories.settings import DirectorySettings
from sources import registry as source_registry
from sources.settings import SourceSettings, Strict

S = TypeVar("S", bound=Strict)

_ONE = (
    "listener",
    "reading",
    "customer_health",
    "desk",
    "alerting",
    "spikes",
    "digest",
    "operator",
    "web",
    "survey",
    "answers",
)
_MANY = (
    *("brands", "sources", "customers", "calendars", "people", "teams", "sla", "channels", "rules", "rule_tests"),
    *("routes", "campaigns", "desks", "replies", "digests", "schedules", "escalations"),
)
_TABLE = re.compile(r"(\w+)(?:\[(\d+)\])?")
_CREDENTIALS_IN = frozenset(
    {
        ("sources",), ("channels",), ("desks",), ("replies",), ("listener", "database"), ("web", "secret"),
        ("reading", "key"),
    }
)  # fmt: skip


def _opens_directory(place: Place) -> bool:
    """Whether a value is a credential of a customer directory; the path of a file is none."""
    return place[:1] == ("customers",) and place[-1] in ("token", "email", "client_id", "client_secret", "base_url")


class Reading:
    """What was read so far. `read` fills it; settings are whole only where `mistakes` stays empty."""

    def __init__(self, expanded: Expanded, folder: Path, *, lenient: bool) -> None:
        self._expanded = expanded
        self._within = expanded.by_table()
        self._folder = folder
        self.mistakes: list[Mistake] = list(expanded.mistakes)
        self.notes: list[Mistake] = []
        self.literal_secrets = False
        self.listener: ListenerSettings | None = None
        self.operator: OperatorSettings | None = None
        self.digest: DigestSettings | None = None
        self.digests: list[NamedDigestSettings] = []
        self.web: WebSettings | None = None
        self.reading: Strict | None = None
        self.customer_health: CustomerHealthSettings | None = None
        self.brands: list[BrandSettings] = []
        self.sources: list[SourceSettings] = []
        self.customers: list[CustomersSettings] = []
        self.directories: list[DirectorySettings] = []
        self.channels: list[ChannelSettings] = []
        self.desks: list[HelpDeskSettings] = []
        self.survey: SurveySettings | None = None
        self.rules: list[RuleSettings] = []
        self.calendars: list[CalendarSettings] = []
        self.people: list[PersonSettings] = []
        self.teams: list[TeamSettings] = []
        self.rule_tests: list[RuleTestSettings] = []
        self.desk: DeskSettings | None = None
        self.slas: list[SlaSettings] = []
        self.replies: list[ReplySettings] = []
        self.answers: AnswersSettings | None = None
        self.alerting = AlertingTables()
        self.schedules: list[ScheduleSettings] = []
        self.escalations: list[EscalationSettings] = []
        self.database_missing: Mistake | None = None
        self._take_missing(lenient)

    def read(self) -> None:
        """Reads every table, then what they say of each other."""
        self._unknown_tables()
        brands, sources, customers = self._many("brands"), self._many("sources"), self._many("customers")
        channels, rules = self._many("channels"), self._many("rules")
        self.listener = self._read(self._one("listener") or self._table(("listener",), {}), ListenerSettings)
        self._read_reading()
        self.brands = self._read_all(brands, BrandSettings)
        self.sources = self._of_kinds(sources, source_registry.kinds, source_registry.settings_class)
        self._read_customers(customers, channels)
        self.channels = self._of_kinds(channels, channel_registry.kinds, channel_registry.settings_class)
        outside, survey = self._many("desks"), self._one("survey")
        self.desks = self._of_kinds(outside, desk_registry.kinds, desk_registry.settings_class)
        self.survey = self._read(survey, SurveySettings) if survey else None
        self.rules = self._read_all(rules, RuleSettings)
        calendars, people, teams = self._many("calendars"), self._many("people"), self._many("teams")
        self.calendars = self._read_all(calendars, CalendarSettings)
        self.people = self._read_all(people, PersonSettings)
        self.teams = self._read_all(teams, TeamSettings)
        self._read_rule_tests(brands, rules)
        desk, slas = self._one("desk"), self._many("sla")
        self.desk = self._read(desk, DeskSettings) if desk else DeskSettings()
        self.slas = self._read_all(slas, SlaSettings)
        self._read_replies((*channels, *customers, *outside))
        self._read_alerting(brands, channels, calendars)
        digests = self._many("digests")
        self.digests = self._read_all(digests, NamedDigestSettings)
        self._read_oncall(brands, rules, calendars, people, teams, channels)
        digest, operator, web = self._one("digest"), self._one("operator"), self._one("web")
        health = self._one("customer_health")
        self.customer_health = self._read(health, CustomerHealthSettings) if health else CustomerHealthSettings()
        self.web = self._read(web, WebSettings) if web else None
        self.digest = self._read(digest, DigestSettings) if digest else None
        self.operator = self._read(operator, OperatorSettings) if operator else OperatorSettings()
        if not brands and "brands" not in self._expanded.tables:
            self.mistakes.append(Mistake("brands", "is missing: write at least one [[brands]] with a name and a query"))
        self.mistakes += all_of(
            *(
                repeated_names(tables)
                for tables in (brands, sources, channels, rules, calendars, people, teams, slas, digests)
            ),
            repeated_names(outside),
            taken_desk_names(outside, channels, self.directories),
            *(unknown_desk(rule, outside) for rule in rules),
            wrong_desk(desk, slas, brands, teams, calendars, channels),
            wrong_digests(digests, brands, channels, teams),
            wrong_names(calendars, people, teams, channels),
            *(wrong_query(brand) for brand in brands),
            *(wrong_condition(rule) for rule in rules),
            *(unknown_names(rule, "brands", brands, "[[brands]]") for rule in rules),
            *(
                unknown_names(one, "notify", channels, "[[channels]]")
                for one in (*rules, health, digest, operator)
                if one
            ),
        )
        if survey:
            self.mistakes += wrong_survey(survey, self.survey, channels, web, self.web)
        if len(self.sources) == len(sources):
            told = list(zip(sources, self.sources, strict=True))
            self.mistakes += all_of(told_in_vain(told, web), archived_too_long(told, self.listener))
        if len(self.channels) == len(channels):
            self.mistakes += pressed_in_vain(list(zip(channels, self.channels, strict=True)), web)
        if web and self.web:
            self.notes += open_to_others(web, self.web)
        if len(self.rules) == len(rules) and not self.alerting.routes:
            self.notes += silent_rules(list(zip(rules, self.rules, strict=True)))
        self.mistakes.sort(key=self._order)

    def _read_oncall(
        self,
        brands: list[Table],
        rules: list[Table],
        calendars: list[Table],
        people: list[Table],
        teams: list[Table],
        channels: list[Table],
    ) -> None:
        """Who is on call, and who is told of what nobody takes up."""
        schedules, escalations = self._many("schedules"), self._many("escalations")
        self.schedules = self._read_all(schedules, ScheduleSettings)
        self.escalations = self._read_all(escalations, EscalationSettings)
        callable_by = {"[[schedules]]": schedules, "[[people]]": people, "[[teams]]": teams, "[[channels]]": channels}
        self.mistakes += all_of(
            repeated_names(schedules),
            repeated_names(escalations),
            wrong_schedules(schedules, people),
            wrong_escalations(escalations, brands=brands, rules=rules, calendars=calendars, callable_by=callable_by),
        )

    def _read_reading(self) -> None:
        """What reads sentiment, where the configuration says anything of it."""
        table = self._one("reading")
        if table is None:
            return
        from listener import analyzers  # entry points are looked through, which takes a while

        table.raw.setdefault("analyzer", "built-in")
        found = self._of_kinds([table], analyzers.names, analyzers.settings_class, "analyzer")
        self.reading = found[0] if found else None
        if self.reading is not None:
            self.mistakes += cannot_work(table, self.reading)

    def _read_rule_tests(self, brands: list[Table], rules: list[Table]) -> None:
        tests = self._many("rule_tests")
        self.rule_tests = self._read_all(tests, RuleTestSettings)
        self.mistakes += all_of(repeated_names(tests), wrong_test_names(tests, brands, rules))

    def _read_replies(self, others: Sequence[Table]) -> None:
        """The accounts by which people answer; each needs a name that nothing else has which is told something."""
        replies, answers = self._many("replies"), self._one("answers")
        self.replies = read_replies(replies, self._of_kinds)
        self.answers = self._read(answers, AnswersSettings) if answers else None
        self.mistakes += all_of(repeated_names(replies), taken_names(replies, others))

    def _read_alerting(self, brands: list[Table], channels: list[Table], calendars: list[Table]) -> None:
        table, routes, campaigns = self._one("alerting"), self._many("routes"), self._many("campaigns")
        spikes = self._one("spikes")
        self.alerting = AlertingTables(
            alerting=(self._read(table, AlertingSettings) if table else None) or AlertingSettings(),
            routes=tuple(self._read_all(routes, RouteSettings)),
            campaigns=tuple(self._read_all(campaigns, CampaignSettings)),
            spikes=self._read(spikes, SpikeSettings) if spikes else None,
        )
        self.mistakes += all_of(
            repeated_names(routes),
            repeated_names(campaigns),
            wrong_alerting(routes, campaigns, channels, brands, calendars, spikes),
        )

    def _read_customers(self, tables: list[Table], channels: list[Table]) -> None:
        """Files say who the customers are, and so do the directories of services."""
        for table in tables:
            is_file = table.raw.get("kind", FILE) == FILE
            settings = self._read(table, CustomersSettings) if is_file else self._directory(table)
            if isinstance(settings, DirectorySettings):
                self.mistakes += repeated_directory(table, settings, self.directories)
                self.mistakes += named_as_channel(table, settings, channels)
                self.directories.append(settings)
            elif settings is not None:
                self.customers.append(settings)
                self.mistakes += unreadable_file(table, settings)

    def _directory(self, table: Table) -> CustomersSettings | DirectorySettings | None:
        def settings_class(kind: str) -> type[CustomersSettings] | type[DirectorySettings]:
            return CustomersSettings if kind == FILE else directories.settings_class(kind)

        return next(iter(self._of_kinds([table], lambda: (FILE, *directories.kinds()), settings_class)), None)

    def _take_missing(self, lenient: bool) -> None:
        for place, missing in self._expanded.missing.items():
            credential = place[:1] in _CREDENTIALS_IN or place[:2] in _CREDENTIALS_IN or _opens_directory(place)
            if not (lenient and credential):
                self.mistakes.append(missing.mistake)
                continue
            self.notes.append(missing.mistake)
            if place == ("listener", "database"):
                self.database_missing = missing.mistake

    def _order(self, mistake: Mistake) -> tuple[int, int]:
        """Mistakes are told in the order of the file, so that it can be mended from top to bottom."""
        found = _TABLE.match(mistake.place)
        tables = list(self._expanded.tables)
        if found is None or found[1] not in tables:
            return -1, 0
        return tables.index(found[1]), int(found[2] or 0)

    def _unknown_tables(self) -> None:
        for key in self._expanded.tables:
            if key not in _ONE and key not in _MANY:
                near = meant(key, (*_ONE, *_MANY))
                hint = f"did you mean {near!r}?" if near else f"must be one of: {', '.join((*_ONE, *_MANY))}"
                self.mistakes.append(Mistake(place_words((key,)), f"unknown key, {hint}"))

    def _table(self, place: Place, raw: dict[str, Any]) -> Table:
        return Table(place, raw, self._within.get(place), self._folder)

    def _one(self, name: str) -> Table | None:
        raw = self._expanded.tables.get(name)
        if raw is None:
            return None
        if isinstance(raw, dict):
            return self._table((name,), raw)
        self.mistakes.append(Mistake(name, f"must be one table, written [{name}]"))
        return None

    def _many(self, name: str) -> list[Table]:
        raw = self._expanded.tables.get(name, [])
        if not isinstance(raw, list):
            self.mistakes.append(Mistake(name, f"must be written with two brackets: [[{name}]]"))
            return []
        tables = []
        for number, one in enumerate(raw):
            if isinstance(one, dict):
                tables.append(self._table((name, number), one))
            else:
                self.mistakes.append(Mistake(place_words((name, number)), f"must be a table, written [[{name}]]"))
        return tables

    def _read(self, table: Table, model: type[S]) -> S | None:
        settings, mistakes = table.settings(model)
        self.mistakes += mistakes
        if settings is None:
            # a credential for which no stand-in will do cannot be left out after all
            self.mistakes += [
                one.mistake for one in table.missing.values() if not mistakes and one.mistake in self.notes
            ]
        elif table.literal_secrets(settings):
            self.literal_secrets = True
        return settings

    def _read_all(self, tables: list[Table], model: type[S]) -> list[S]:
        return [settings for table in tables if (settings := self._read(table, model)) is not None]

    def _of_kinds(
        self,
        tables: list[Table],
        kinds: Callable[[], tuple[str, ...]],
        settings_class: Callable[[str], type[S]],
        key: str = "kind",
    ) -> list[S]:
        found = []
        known = kinds() if tables else ()
        for table in tables:
            kind = self._kind(table, known, key)
            if kind is None:
                continue
            try:
                model = settings_class(kind)
            except Exception as error:  # noqa: BLE001 — what a package raises when it is imported is beyond us
                why = f"{type(error).__name__}: {error}"[:200]
                says = f"is {shown(kind)}, and the package that brings it cannot be used ({why})"
                self.mistakes.append(table.mistake((key,), says))
                continue
            settings = self._read(table, model)
            if settings is not None:
                found.append(settings)
        return found

    def _kind(self, table: Table, kinds: tuple[str, ...], key: str) -> str | None:
        """Gives the kind to read a table by. One nearly right is told, and the rest is read by what was meant."""
        kind = table.raw.get(key)
        if (key,) in table.missing:
            self.mistakes += [one.mistake for one in table.missing.values() if one.mistake in self.notes]
            return None
        if isinstance(kind, str) and kind in kinds:
            return kind
        if isinstance(kind, str):
            says = one_of(kinds, None if table.hides((key,)) else kind)
        else:
            said = "is missing" if kind is None else f"is {shown(kind)}"
            says = f"{said}, must be one of: {', '.join(kinds)}"
        self.mistakes.append(table.mistake((key,), says))
        near = meant(kind, kinds) if isinstance(kind, str) else ""
        if near:
            table.raw[key] = near
        return near or None
