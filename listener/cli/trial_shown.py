"""How it looks in a terminal what a query would have found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, tzinfo

from alerts.wording import counted
from listener.cli.output import console, table, when
from listener.terminal import cut
from listener.trial import Example, Part, Trial

_WIDTH = 32
_MOST_DAYS = 31


def show_trial(trial: Trial, timezone: tzinfo) -> None:
    """Prints the days with a bar each, then the sources, then examples."""
    screen = console()
    found = f"{counted(trial.found, 'post')} of {trial.posts:,} would have been found"
    if not trial.found:
        screen.print(f"{found}.", style="bold")
        return
    of_these = f", {trial.archived:,} of them archived" if trial.archived else ""
    screen.print(f"{found}{of_these}; mood {_mood(trial.mood)}.", style="bold")
    days = list(trial.days.items())
    earlier, shown = days[:-_MOST_DAYS], days[-_MOST_DAYS:]
    _table("day", shown, {day: day.isoformat() for day, _ in shown})
    if earlier:
        screen.print(f"and {sum(part.posts for _, part in earlier):,} on {counted(len(earlier), 'day')} before these")
    screen.print()
    _table("source", list(trial.sources.items()), {name: cut(name, 40) for name in trial.sources})
    screen.print()
    if trial.examples:
        _examples(trial.examples, timezone)
    screen.print("Mood is the mean of VADER's scores, from -1 to 1; it means little for other languages than English.")


def _examples(examples: Sequence[Example], timezone: tzinfo) -> None:
    table(
        ["at", "score", "who", "what"],
        (
            (
                when(one.at, timezone),
                _mood(one.score),
                cut(one.post.author.handle or one.post.author.name, 24),
                cut(one.post.title or one.post.text, 200),
            )
            for one in examples
        ),
        "",
        wide=("what",),
    )


def _table(name: str, parts: Sequence[tuple[date | str, Part]], names: Mapping[date | str, str]) -> None:
    most = max(part.posts for _, part in parts)
    table(
        [name, "posts", "mood", ""],
        ((names[key], f"{part.posts:,}", _mood(part.mood), _bar(part.posts, most)) for key, part in parts),
        "",
    )


def _mood(score: float | None) -> str:
    return "unknown" if score is None else f"{score:+.2f}"


def _bar(posts: int, most: int) -> str:
    return "█" * max(1, round(_WIDTH * posts / most))
