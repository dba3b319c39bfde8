"""How lists leave the program: one JSON array, or a table for people."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from listener import shapes
from listener.terminal import safe

GAP = 2
NARROWEST = 24
INDENT = 4


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
    """Prints a table. `wide` columns wrap in the room that is left, or stand below their row where there is too little.

    `empty` is said when there is no row.
    """
    screen = console()
    words = [[safe(str(cell)) for cell in row] for row in rows]
    if not words:
        screen.print(empty)
        return
    widths = {
        number: max(map(cell_len, (column, *(row[number] for row in words)))) for number, column in enumerate(columns)
    }
    if sum(widths.values()) + GAP * (len(columns) - 1) <= screen.width and not any(
        "\n" in cell or "\t" in cell for row in words for cell in row
    ):
        _in_lines(screen, columns, words, list(widths.values()))
        return
    cells = [[Text(cell) for cell in row] for row in words]
    widths = {number: width for number, width in widths.items() if columns[number] not in wide}
    room = screen.width - sum(widths.values()) - GAP * (len(columns) - 1)
    if wide and room < len(wide) * (NARROWEST + GAP):
        _stacked(screen, columns, cells, widths)
        return
    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        if column in wide:
            drawn.add_column(column, overflow="fold", ratio=1)
        else:
            drawn.add_column(column, overflow="ellipsis", no_wrap=True)
    for row in cells:
        drawn.add_row(*row)
    screen.print(drawn)


def _in_lines(screen: Console, columns: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int]) -> None:
    """A line a row, where all fit: the rows of a thousand sources are laid out in no time."""
    screen.print(Text(_line(columns, widths), style="bold"))
    screen.out("\n".join(_line(row, widths) for row in rows), highlight=False)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell + " " * (width - cell_len(cell)) for cell, width in zip(cells, widths, strict=True))
    return (" " * GAP).join(padded).rstrip()


def _stacked(
    screen: Console, columns: Sequence[str], cells: Sequence[Sequence[Text]], widths: Mapping[int, int]
) -> None:
    """Each row's short cells on a line, its long ones indented below."""
    for number, row in enumerate(cells):
        line = Table(box=None, pad_edge=False, header_style="bold", show_header=number == 0)
        for column, width in widths.items():
            line.add_column(columns[column], overflow="ellipsis", no_wrap=True, width=width)
        line.add_row(*(row[column] for column in widths))
        screen.print(line)
        for column, cell in enumerate(row):
            if column not in widths and cell:
                screen.print(Padding(cell, (0, 0, 0, INDENT)))


def kept_back(counts: Mapping[str, int]) -> str:
    """The sentence on alerts that stages keep back, by their state."""
    told = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
    return f"Kept back for now: {told}; `listener alerts explain` tells of each why."


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
