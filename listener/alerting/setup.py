"""What the configuration says of alerting, made ready to decide by."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, timedelta, tzinfo

from msgspec import Struct

from alerts.calendar import ALWAYS
from alerts.contract import AlertChannel
from alerts.pipeline.campaign import Campaign
from alerts.pipeline.route import Routing
from alerts.pipeline.stages import OfChannel
from listener.config import Config

EDITS_EVERY = timedelta(minutes=5)
"""How long a group keeps still on a channel whose messages can be changed, which wakes nobody."""

FOLLOWS_UP_EVERY = timedelta(hours=1)
"""The same on a channel that can only be told more."""

_UNKNOWN = OfChannel(interval=FOLLOWS_UP_EVERY)


class AlertingSetup(Struct, frozen=True, kw_only=True):
    """All that alerts are told by, but for what stands in the database."""

    routing: Routing = Routing()
    channels: Mapping[str, OfChannel] = {}
    edits: frozenset[str] = frozenset()  # channels whose messages can be changed
    cooldowns: Mapping[str, timedelta] = {}
    campaigns: tuple[Campaign, ...] = ()
    timezone: tzinfo = UTC

    def channel(self, name: str) -> OfChannel:
        """What a channel asks for, also one that is no longer configured."""
        return self.channels.get(name, _UNKNOWN)

    def interval(self, channel: str, route: str) -> timedelta:
        """How long a group keeps still on a channel after it was told by a route."""
        own = self.routing.timing(route).interval
        return self.channel(channel).interval if own is None else own


def alerting_setup(config: Config, channels: Mapping[str, AlertChannel]) -> AlertingSetup:
    """Makes it of a configuration and its opened channels. Raises RuleError for a condition that cannot be used."""
    edits = frozenset(name for name, channel in channels.items() if channel.can_edit)
    calendars = config.calendars()
    return AlertingSetup(
        routing=config.alerting.routing(),
        channels={
            one.name: OfChannel(
                interval=EDITS_EVERY if one.name in edits else FOLLOWS_UP_EVERY,
                calendar=calendars.get(one.calendar, ALWAYS),
                urgent=one.quiet_severity,
                most_an_hour=one.most_an_hour,
            )
            for one in config.channels
        },
        edits=edits,
        cooldowns={rule.name: rule.cooldown for rule in config.rules if rule.cooldown is not None},
        campaigns=tuple(one.campaign(config.timezone) for one in config.alerting.campaigns),
        timezone=config.timezone,
    )
