"""The tree of commands; what each does is imported when it is called, so that --help answers at once."""

from __future__ import annotations

import os
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from listener.cli import (
    collect,
    customers_import,
    desks,
    feeds,
    interactions,
    keep,
    links,
    look,
    marks,
    oncall,
    outbox,
    question,
    rules,
    setup,
    silences,
    surveys,
    topics,
    train,
    web,
    work,
)


class Commands(TyperGroup):
    """The commands, whose output may be cut off by its reader."""

    def invoke(self, ctx: Any) -> Any:
        """Runs the command; a reader of its output (head, less) that has left is no error: that is its right."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit from None


app = typer.Typer(
    name="listener",
    cls=Commands,
    help="Hears every mention of your brand and tells the right person about the one that matters.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)


@app.callback(invoke_without_command=True)
def root(
    version: bool = typer.Option(False, "--version", help="Print the version and leave.", is_eager=True),
) -> None:
    if version:
        from importlib.metadata import version as installed

        typer.echo(f"listener {installed('listener')}")
        raise typer.Exit


for room in (
    setup,
    feeds,
    collect,
    look,
    silences,
    outbox,
    oncall,
    marks,
    train,
    topics,
    work,
    desks,
    surveys,
    interactions,
    customers_import,
    links,
    question,
    rules,
    web,
    keep,
):
    room.add_to(app)
