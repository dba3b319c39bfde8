"""Brings a file of interactions in, or says what that would come to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path

from msgspec import Struct
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from listener.cli.output import console
from listener.interaction_file import InteractionFile, Row
from listener.interactions import Interactions
from listener.store import Store
from listener.store.interactions import Brought, Owned
from listener.terminal import safe
from rules.interaction import Interaction

BATCH = 500
"""Rows of one transaction: after a kill the same file goes on from there, since what is kept is kept once."""


class Round(Struct, frozen=True, kw_only=True):
    """What reading a file came to; `bad`: rows that could not be used, each of which was told by its line."""

    rows: int
    bad: int
    brought: Brought


def bring_in(store: Store, path: Path, now: datetime, *, dry: bool, tell: bool = True) -> Round:
    """Reads a file by batches and keeps them; `dry`: only tells, and writes nothing. Raises OSError.

    `tell`: whether what is wrong with a row is printed, by its line.
    """
    interactions = Interactions()
    brought, rows, bad = Brought(), 0, 0
    with _progress() as progress, InteractionFile(path) as file:
        bar = progress.add_task(path.name, total=file.size)
        for batch in _batches(file.rows(now)):
            good, mistakes = _sorted_out(store, interactions, batch)
            for line, why in mistakes if tell else ():
                progress.console.print(safe(f"{path.name} line {line}: {why}"), soft_wrap=True)
            brought += _put(store, interactions, good, now, dry=dry)
            rows, bad = rows + len(batch), bad + len(mistakes)
            progress.update(bar, completed=file.position())
    return Round(rows=rows, bad=bad, brought=brought)


def _sorted_out(
    store: Store, interactions: Interactions, batch: list[Row]
) -> tuple[list[Owned], list[tuple[int, str]]]:
    """The rows that are some customer's, and what is wrong with the others, by line."""
    read = [(line, one) for line, one in batch if isinstance(one, Interaction)]
    mistakes = [(line, str(one)) for line, one in batch if isinstance(one, ValueError)]
    good: list[Owned] = []
    with store.read() as tx:
        for (line, _), owned in zip(read, interactions.owned(tx, [one for _, one in read]), strict=True):
            if isinstance(owned, ValueError):
                mistakes.append((line, str(owned)))
            else:
                good.append(owned)
    return good, sorted(mistakes)


def _put(store: Store, interactions: Interactions, good: list[Owned], now: datetime, *, dry: bool) -> Brought:
    if dry:
        with store.read() as tx:
            return interactions.would_put(tx, good)
    with store.write() as tx:
        return interactions.put(tx, good, now)


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while batch := list(islice(rows, BATCH)):
        yield batch


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"), TimeRemainingColumn(),
        console=console(), transient=True,
    )  # fmt: skip
