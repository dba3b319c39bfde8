"""Chooses the channels of an alert: ordered routes, then what its rules name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from alerts.alert import AlertIntent, ReadMention
from alerts.pipeline.candidate import Routed, Timing
from alerts.pipeline.decision import Decision, on
from alerts.pipeline.matching import holds
from rules.alert_match import AlertMatch


class RouteRule(Struct, frozen=True, kw_only=True):
    """One of the ordered routes. `goes_on`: those after it are asked too."""

    name: str
    match: AlertMatch
    notify: tuple[str, ...]
    timing: Timing
    goes_on: bool = False


class Routing(Struct, frozen=True, kw_only=True):
    """All routes in their order; `usual` is the timing where a channel is named by a rule alone."""

    usual: Timing = Timing()
    routes: tuple[RouteRule, ...] = ()

    def choose(self, intent: AlertIntent, mention: ReadMention, now: datetime) -> list[Routed]:
        """The channels for a mention that somebody should be told of, each once, by the first route that names it.

        A route without channels takes the mention to none.
        """
        found: dict[str, Routed] = {}
        matched = self._matching(intent, mention, now)
        for number, route in matched:
            why = f"route '{route.name}' ({_nth(number)} in order) matches"
            for channel in route.notify:
                found.setdefault(channel, Routed(channel=channel, route=route.name, timing=route.timing, why=why))
        if not matched:
            names = ", ".join(f"'{rule.name}'" for rule in intent.rules)
            why = f"named by {'rule' if len(intent.rules) == 1 else 'rules'} {names}"
            why += "; no route matches" if self.routes else ""
            for channel in intent.channels:
                found.setdefault(channel, Routed(channel=channel, route="", timing=self.usual, why=why))
        return list(found.values())

    def timing(self, route: str) -> Timing:
        """The timing of a route, also of one that is no longer configured."""
        return next((one.timing for one in self.routes if one.name == route), self.usual)

    def _matching(self, intent: AlertIntent, mention: ReadMention, now: datetime) -> Sequence[tuple[int, RouteRule]]:
        names = tuple(rule.name for rule in intent.rules)
        found = []
        for number, route in enumerate(self.routes, 1):
            if holds(route.match, mention, names, intent.severity, now):
                found.append((number, route))
                if not route.goes_on:
                    break
        return found


def by_route(routed: Routed) -> Decision:
    """How the alert came to this channel."""
    return on("route", routed.why)


def _nth(number: int) -> str:
    if 10 < number % 100 < 14:
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"
