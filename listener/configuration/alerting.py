"""The settings of alerting: how alerts are grouped, where routes lead, when talk is planned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Struct
from pydantic import Field, model_validator

from alerts.pipeline.candidate import Timing
from listener.configuration.checks import NOT_SHOWN, unknown_names
from listener.configuration.mistakes import Mistake, pointing
from listener.configuration.settings import Table
from rules.reading import Severity
from sources.settings import Duration, Name, Strict

if TYPE_CHECKING:
    from alerts.pipeline.campaign import Campaign
    from alerts.pipeline.route import RouteRule, Routing

Label = Literal["story", "brand", "rule", "severity", "source", "customer", "owner"]
Labels = Annotated[tuple[Label, ...], Field(min_length=1, max_length=7)]
Wait = Annotated[Duration, Field(ge=timedelta(0), le=timedelta(days=1))]
Interval = Annotated[Duration, Field(ge=timedelta(seconds=10), le=timedelta(days=7))]
Batch = Literal["immediate", "15m", "1h", "1d"]
Match = Annotated[str, Field(max_length=4_000)]

_BATCHES: dict[str, timedelta | None] = {
    "immediate": None,
    "15m": timedelta(minutes=15),
    "1h": timedelta(hours=1),
    "1d": timedelta(days=1),
}


class AlertingSettings(Strict):
    """`[alerting]`: how alerts are told where no route says otherwise."""

    group_by: Labels = ("story",)
    group_wait: Wait = timedelta(0)
    group_interval: Interval | None = None  # None: as the channel can be changed or not
    repeat_interval: Interval | None = None  # None: never

    @property
    def timing(self) -> Timing:
        return Timing(
            group_by=tuple(dict.fromkeys(self.group_by)),
            wait=self.group_wait,
            interval=self.group_interval,
            repeat=self.repeat_interval,
        )


class RouteSettings(Strict):
    """`[[routes]]`: where alerts go that its condition matches; the first that matches wins."""

    name: Name
    match: Match = ""  # "": every alert
    notify: tuple[str, ...] = ()
    goes_on: Annotated[bool, Field(alias="continue")] = False
    group_by: Labels | None = None
    group_wait: Wait | None = None
    group_interval: Interval | None = None
    repeat_interval: Interval | None = None
    batch: Batch = "immediate"

    def rule(self, usual: Timing) -> RouteRule:
        """The route, ready to ask; `usual` stands where it says nothing."""
        from alerts.pipeline.route import RouteRule
        from rules.alert_match import AlertMatch

        timing = Timing(
            group_by=usual.group_by if self.group_by is None else tuple(dict.fromkeys(self.group_by)),
            wait=usual.wait if self.group_wait is None else self.group_wait,
            interval=usual.interval if self.group_interval is None else self.group_interval,
            repeat=usual.repeat if self.repeat_interval is None else self.repeat_interval,
            batch=_BATCHES[self.batch],
        )
        match = AlertMatch(self.match or "true")
        return RouteRule(name=self.name, match=match, notify=self.notify, timing=timing, goes_on=self.goes_on)


class CampaignSettings(Strict):
    """`[[campaigns]]`: a time in which more talk than usual is planned."""

    name: Name
    start: datetime
    end: datetime
    brands: tuple[str, ...] = ()
    match: Match = ""  # "": spikes, and what is positive

    @model_validator(mode="after")
    def _ends_later(self) -> CampaignSettings:
        if _aware(self.end, UTC) <= _aware(self.start, UTC):
            raise ValueError("has an end that is not later than its start")
        return self

    def campaign(self, timezone: tzinfo) -> Campaign:
        """The window; moments without an offset are of `timezone`."""
        from alerts.pipeline.campaign import Campaign
        from rules.alert_match import AlertMatch

        return Campaign(
            name=self.name,
            starts_at=_aware(self.start, timezone),
            ends_at=_aware(self.end, timezone),
            brands=self.brands,
            match=AlertMatch(self.match) if self.match else None,
        )


class SpikeSettings(Strict):
    """`[spikes]`: who is told that much more is said of a brand than usual, and what counts as that."""

    notify: tuple[str, ...] = ()
    severity: Severity = "high"
    least: Annotated[int, Field(ge=3, le=1_000_000)] = 10
    times: Annotated[float, Field(ge=1.5, le=1_000)] = 3.0


class AlertingTables(Struct, frozen=True, kw_only=True):
    """All that a configuration says of alerting."""

    alerting: AlertingSettings = AlertingSettings()
    routes: tuple[RouteSettings, ...] = ()
    campaigns: tuple[CampaignSettings, ...] = ()
    spikes: SpikeSettings | None = None

    def routing(self) -> Routing:
        """The routes in their order. Raises RuleError for a condition that cannot be used."""
        from alerts.pipeline.route import Routing

        usual = self.alerting.timing
        return Routing(usual=usual, routes=tuple(one.rule(usual) for one in self.routes))


def wrong_match(table: Table) -> Iterator[Mistake]:
    """Every mistake in a condition about alerts, with a caret below the column."""
    from rules.alert_match import AlertMatch
    from rules.rule import RuleError

    text = table.text("match")
    if not text:
        return
    try:
        AlertMatch(text)
    except RuleError as error:
        if table.hides(("match",)):
            says = f"cannot be read at line {error.line}, column {error.column}; {NOT_SHOWN}"
            yield table.mistake(("match",), says)
            return
        for one in error.mistakes:
            where = f"line {one.line}, column {one.column}" if "\n" in text else f"column {one.column}"
            yield table.mistake(("match",), f"{where}: {one.message}", pointing(text, one.line, one.column))


def wrong_alerting(
    routes: Sequence[Table],
    campaigns: Sequence[Table],
    channels: Sequence[Table],
    brands: Sequence[Table],
    calendars: Sequence[Table],
    spikes: Table | None,
) -> Iterator[Mistake]:
    """Names that nothing has, and conditions that cannot be read."""
    for route in routes:
        yield from wrong_match(route)
        yield from unknown_names(route, "notify", channels, "[[channels]]")
    for campaign in campaigns:
        yield from wrong_match(campaign)
        yield from unknown_names(campaign, "brands", brands, "[[brands]]")
    if spikes is not None:
        yield from unknown_names(spikes, "notify", channels, "[[channels]]")
    for channel in channels:
        yield from unknown_names(channel, "calendar", calendars, "[[calendars]]")


def _aware(moment: datetime, zone: tzinfo) -> datetime:
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)).astimezone(UTC)
