"""How lists leave the program: one JSON array, or a table for people."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, tzinfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from listener import shapes
from listener.terminal import safe


class Screen(Console):
    """A terminal, or a pipe whose reader may leave: that is told like everywhere else, and not by an exit code."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def console() -> Console:
    return Screen(highlight=False, markup=False, emoji=False, soft_wrap=False)


def json_array(rows: Iterable[shapes.Shape]) -> None:
    """Writes one JSON array, a line an element, as it comes."""
    out = sys.stdout.buffer
    out.write(b"[")
    separator = b"\n"
    for row in rows:
        out.write(separator + shapes.encode(row))
        separator = b",\n"
    out.write(b"\n]\n" if separator != b"\n" else b"]\n")
    out.flush()


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], empty: str, wide: Sequence[str] = ()) -> None:
    """Prints a table; `wide` columns wrap and take the room that is left. `empty` is said when there is no row."""
    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        if column in wide:
            drawn.add_column(column, overflow="fold", ratio=1, min_width=24)
        else:
            drawn.add_column(column, overflow="ellipsis", no_wrap=True)
    count = 0
    for row in rows:
        drawn.add_row(*(Text(safe(str(cell))) for cell in row))
        count += 1
    if count:
        console().print(drawn)
    else:
        console().print(empty)


def span(length: timedelta) -> str:
    """A length of time in its greatest unit: 12 s, 3 min, 5 h, 2 d."""
    seconds = max(0, round(length.total_seconds()))
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def when(time: datetime | None, timezone: tzinfo) -> str:
    """A time as people read it, in their zone."""
    return time.astimezone(timezone).strftime("%Y-%m-%d %H:%M") if time is not None else "-"
