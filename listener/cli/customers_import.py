"""The command that brings customers in: it shows what would change before it changes anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from listener.cli.options import DEFAULT_CONFIG, ConfigFile, opened, to_tell, wrong_use
from listener.cli.work import customers_app

if TYPE_CHECKING:
    from listener.store.customer_changes import Changes
    from rules.customers_csv import CustomersFile

MOST_SHOWN = 20
"""Lines of each kind that are shown one by one."""


def add_to(app: typer.Typer) -> None:
    """Nothing more: the command hangs on `customers`."""


@customers_app.command("import")
def import_customers(
    file: Path,
    config: ConfigFile = DEFAULT_CONFIG,
    yes: Annotated[bool, typer.Option("--yes", help="Do it, and do not ask.")] = False,
) -> None:
    """Show what a CSV file of customers would change, then ask; --yes does it at once. Bad rows are told by line."""
    from listener.app import wall_clock
    from listener.customers import directory_of, read_file
    from listener.store.customer_changes import plan_changes
    from listener.store.customers import replace_customers
    from listener.terminal import safe

    if not file.is_file():
        raise wrong_use(f"{file} is not a file that can be read")
    with opened(config) as (_, store):
        with _progress(file.name) as told:
            try:
                read = read_file(file, told)
            except OSError as error:
                raise to_tell(f"{file} cannot be read: {error.strerror or error}") from None
        if not read.readable:
            raise to_tell(safe("; ".join([*read.mistakes, "nothing was changed"])))
        with store.read() as tx:
            changes = plan_changes(tx, read.customers, directory_of(file))
        for line in _plan_lines(read, changes):
            typer.echo(safe(line))
        for mistake in read.mistakes:
            typer.echo(safe(mistake), err=True)
        if not changes.nothing and _wanted(yes):
            with store.write() as tx:
                done = replace_customers(tx, read.customers, directory_of(file), wall_clock())
            typer.echo(
                f"Done: {done.added} added, {done.changed} changed, {done.removed} removed, {done.unchanged} as before."
            )
    raise typer.Exit(1 if read.mistakes or changes.conflicts else 0)


def _wanted(yes: bool) -> bool:
    import sys

    if yes:
        return True
    if not sys.stdin.isatty():
        typer.echo("Nothing was changed: this was a dry run. With --yes it is done.")
        return False
    if typer.confirm("Do this?"):
        return True
    typer.echo("Nothing was changed.")
    return False


def _plan_lines(read: CustomersFile, changes: Changes) -> Iterator[str]:
    from alerts.wording import counted
    from listener.terminal import cut

    def told(sign: str, lines: Sequence[str]) -> Iterator[str]:
        yield from (f"  {sign} {cut(line, 200)}" for line in lines[:MOST_SHOWN])
        if len(lines) > MOST_SHOWN:
            yield f"  {sign} … and {len(lines) - MOST_SHOWN:,} more"

    yield (
        f"{counted(len(changes.added), 'customer')} to add, {len(changes.changed):,} to change, "
        f"{len(changes.removed):,} to remove, {changes.unchanged:,} as before."
    )
    yield from told("+", [f"{one.id} {one.name}".strip() for one in changes.added])
    yield from told("~", [f"{one.customer.id} {one.customer.name}: {', '.join(one.fields)}" for one in changes.changed])
    yield from told("-", [f"{one.id} {one.name}".strip() for one in changes.removed])
    if changes.erased:
        yield f"{counted(changes.erased, 'customer')} of the file asked to be forgotten and will not come back."
    if read.fields:
        yield f"Custom fields: {', '.join(f'customer.fields.{name}' for name in read.fields)}"
    yield from read.notes
    if changes.conflicts:
        yield f"{counted(len(changes.conflicts), 'conflict')}:"
        yield from told("!", changes.conflicts)


@contextmanager
def _progress(name: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal, on standard error, so that what is printed stays as it is documented."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    from listener.terminal import cut

    screen = Console(stderr=True, highlight=False, markup=False, emoji=False)
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn(),
        console=screen, transient=True, disable=not screen.is_terminal,
    )  # fmt: skip
    with bar:
        task = bar.add_task(cut(name, 40), total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
