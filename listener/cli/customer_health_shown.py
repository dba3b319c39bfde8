"""Healths for people: a gauge each, and what one is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo

from alerts.health_fall import part_words
from listener.cli.gauges import gauge
from listener.cli.output import console, table, when
from listener.cli.sparks import sparkline
from listener.store.customer_health import Counted
from listener.terminal import cut, safe
from rules.directory import Customer

_EMPTY = "No health has been counted yet: `listener run` counts once an hour, from what known customers wrote and said."
_LEAST_LOST = 0.5


def show_all(
    found: Sequence[Counted], known: Mapping[str, Customer | None], days: Mapping[str, Sequence[Counted]]
) -> None:
    """Prints a line a customer: the gauge, its trend, its last days, and what costs most."""
    table(
        ["id", "name", "tier", "owner", "health", "trend", "28 days", "costs most"],
        (
            (
                one.customer,
                cut(whose.name, 30) if (whose := known[one.customer]) else "",
                whose.tier if whose else "",
                cut(whose.owner, 20) if whose else "",
                f"{gauge(one.health.score / 100)} {one.health.score:3.0f}",
                trend_words(one.health.trend),
                _days(days[one.customer]),
                cut(_costs(one), 160),
            )
            for one in found
        ),
        _EMPTY,
        wide=("owner", "costs most"),  # below the row on a narrow terminal, which must not cost the id or the score
    )


def show_one(one: Counted, whose: Customer | None, days: Sequence[Counted], timezone: tzinfo) -> None:
    """Prints a customer's health with every part: where they stand in it, what it counts for, what it costs."""
    screen = console()
    name = f"{whose.name} ({one.customer})" if whose and whose.name else one.customer
    screen.print(safe(f"{name}, counted {when(one.counted_at, timezone)}"), style="bold")
    trend = f"  {words} against its week" if (words := trend_words(one.health.trend)) else ""
    screen.print(safe(f"{gauge(one.health.score / 100, 20)} {one.health.score:.0f} of 100{trend}  {_days(days)}"))
    table(
        ["part", "", "fare no better", "counts for", "costs", "what it is"],
        (
            (
                part.part,
                gauge(part.no_better),
                f"{part.no_better:.0%}",
                f"{part.weight:.0%}",
                f"{-part.lost:.1f}" if part.lost >= 0.05 else "",
                part_words(part),
            )
            for part in one.health.parts
        ),
        "",
        wide=("what it is",),
    )
    if one.health.missing:
        screen.print(f"Not known, so the others count for more: {', '.join(one.health.missing)}")


def trend_words(trend: float | None) -> str:
    """Gives "▼ 12", "▲ 3", "" for no change or none known."""
    points = round(trend or 0.0)
    return f"{'▲' if points > 0 else '▼'} {abs(points)}" if points else ""


def _days(days: Sequence[Counted]) -> str:
    return sparkline([max(1, round(one.health.score)) for one in days])


def _costs(one: Counted) -> str:
    return ", ".join(f"{part.part} {-part.lost:.0f}" for part in one.health.parts[:3] if part.lost >= _LEAST_LOST)
