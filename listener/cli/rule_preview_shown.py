"""How a rule's thresholds look in a terminal."""

from __future__ import annotations

from datetime import tzinfo

from alerts.wording import counted
from listener.cli.output import console, table, when
from listener.ruling.rule_preview import RulePreview
from listener.terminal import safe

_WIDTH = 24

_TOLD = {
    "in use": "corrected: with the correction that is in use.",
    "not in use": "corrected: with what your marks teach; `listener train --use` switches it on.",
    "none": "",
}


def show_preview(found: RulePreview, timezone: tzinfo) -> None:
    """Prints a row a threshold, with a bar for what it gives now."""
    screen = console()
    screen.print(safe(f"{found.rule}: {found.score} {found.sign} …"), style="bold")
    since = when(found.since, timezone)
    screen.print(f"Alerts a week, one a story, by {counted(found.mentions, 'mention')} since {since}:")
    corrected = found.correction != "none"
    counts = [row.corrected if found.correction == "in use" and row.corrected else row.shipped for row in found.rows]
    most = max(counts, default=0.0)
    table(
        ["threshold", "as shipped", *(["corrected"] if corrected else []), ""],
        (
            (
                f"{row.threshold:+.2f}{' (the rule)' if row.own else ''}",
                f"{row.shipped:.1f}",
                *([f"{row.corrected or 0.0:.1f}"] if corrected else []),
                _bar(count, most),
            )
            for row, count in zip(found.rows, counts, strict=True)
        ),
        "",
    )
    if _TOLD[found.correction]:
        screen.print(_TOLD[found.correction])


def _bar(count: float, most: float) -> str:
    return "█" * max(1, round(_WIDTH * count / most)) if count and most else ""
