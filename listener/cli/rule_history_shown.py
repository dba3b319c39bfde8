"""How what a rule would have told looks in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from rich.text import Text

from alerts.wording import counted
from listener.cli.output import console, table, when
from listener.cli.sparks import sparkline
from listener.ruling.backtest import Backtest
from listener.ruling.tuning import Tuned
from listener.terminal import cut, one_line, safe
from rules.share import Share

_MOST_BARS = 120
_BAR = 24


def show_backtest(found: Backtest, timezone: tzinfo) -> None:
    """Prints the figures, a bar a day, and the worst alerts with their links."""
    screen = console()
    screen.print(Text(one_line(found.rule), style="bold"), soft_wrap=True)
    screen.print(Text(f"when = {safe(found.when)}", style="dim"), soft_wrap=True)
    since = when(found.since, timezone)
    screen.print(
        f"would have told {_times(found.told)} ({found.alerts:,} after grouping, {found.a_week:.1f} a week), "
        f"by {counted(found.mentions, 'mention')} since {since}",
        soft_wrap=True,
    )
    if found.compared is not None:
        told, alerts = found.compared
        screen.print(f"as it is configured: {_times(told)} ({alerts:,} after grouping)", soft_wrap=True)
    if any(found.days):
        screen.print(Text(f"{sparkline(_bars(found.days))}  most in a day: {max(found.days)}"))
    for why, count in sorted(found.held.items()):
        screen.print(f"held: {count:,} {why}", soft_wrap=True)
    screen.print(_precision(found), soft_wrap=True)
    if found.alerts > len(found.alerts_shown):
        screen.print(f"The worst {len(found.alerts_shown):,} of {found.alerts:,}; --limit shows more:")
    rows = [
        (
            one.mention,
            when(one.at, timezone),
            one.mentions,
            one.verdict or "-",
            cut(one.text, 200),
            "\n".join(filter(None, (one_line(one.reason), one.url))),
        )
        for one in found.alerts_shown
    ]
    table(["mention", "when", "posts", "marked", "what", "why"], rows, "", wide=("what", "why")) if rows else None


def show_tuned(found: Tuned, timezone: tzinfo) -> None:
    """Prints a row a threshold, and the condition with the chosen one."""
    screen = console()
    screen.print(Text(one_line(f"{found.rule}: {found.name} {found.sign} …"), style="bold"), soft_wrap=True)
    since = when(found.since, timezone)
    screen.print(f"Alerts a week, one a story, by {counted(found.mentions, 'mention')} since {since}:")
    most = max(row.a_week for row in found.rows)
    table(
        ["threshold", "a week", "right", ""],
        (
            (
                f"{_number(row.threshold)}{_notes(row.own, row.chosen)}",
                f"{row.a_week:.1f}",
                "-" if row.precision is None else _part(row.precision),
                "█" * max(1, round(_BAR * row.a_week / most)) if row.a_week else "",
            )
            for row in found.rows
        ),
        "",
    )
    chosen = next(row for row in found.rows if row.chosen)
    if not found.reached:
        screen.print(f"No threshold gives {found.wanted:g} a week or fewer: the fewest is {chosen.a_week:.1f}.")
    screen.print(f"The condition with {chosen.a_week:.1f} alerts a week; write it into the configuration:")
    screen.print(Text(f"when = {safe(found.when)}"), soft_wrap=True)


def _precision(found: Backtest) -> str:
    if found.precision is None:
        return "None of these alerts is marked: `listener mentions mark` says which were right, and which noise."
    others = ", ".join(f"{count} {what}" for what, count in found.marked.items() if count and what != "good")
    return (
        f"right: {_part(found.precision)} of those that people marked"
        f" ({found.precision.right} of {found.precision.of}{f'; {others}' if others else ''})"
    )


def _part(of: Share) -> str:
    return f"{of.share:.0%} ({of.low:.0%} to {of.high:.0%})"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def _bars(days: Sequence[int]) -> Sequence[int]:
    """The counts of days, several a bar where there are more than fit a line."""
    each = -(-len(days) // _MOST_BARS)
    return [sum(days[start : start + each]) for start in range(0, len(days), each)]


def _number(threshold: float) -> str:
    return f"{threshold:,.0f}" if abs(threshold) >= 10 and threshold == round(threshold) else f"{threshold:.2f}"


def _notes(own: bool, chosen: bool) -> str:
    said = [*(["the rule"] if own else []), *(["chosen"] if chosen else [])]
    return f" ({', '.join(said)})" if said else ""
