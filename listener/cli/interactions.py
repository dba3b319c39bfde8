"""Commands on what passed between customers and us elsewhere."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from listener.cli.options import DEFAULT_CONFIG, ConfigFile, opened, to_tell, wrong_use

interactions_app = typer.Typer(help="Bring calls, chats, mails, orders and surveys in.", rich_markup_mode=None)


def add_to(app: typer.Typer) -> None:
    app.add_typer(interactions_app, name="interactions")


@interactions_app.callback()
def interactions() -> None:
    """Bring in what passed between customers and you elsewhere."""


@interactions_app.command("import")
def import_interactions(
    file: Path,
    config: ConfigFile = DEFAULT_CONFIG,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask: bring them in.")] = False,
) -> None:
    """Bring interactions in from CSV or JSON Lines; first it is told what that would change, and asked."""
    from alerts.wording import counted
    from listener.app import wall_clock
    from listener.interaction_round import bring_in
    from listener.terminal import safe

    if not file.is_file():
        raise wrong_use(f"{file} is not a file that can be read")
    with opened(config) as (_, store):
        if not yes:
            dry = bring_in(store, file, wall_clock(), dry=True)
            would = dry.brought
            typer.echo(
                safe(
                    f"{file.name}: {would.added} would be added, {would.changed} changed, {would.unchanged} are known; "
                    f"{dry.bad} of {dry.rows} rows cannot be used."
                )
            )
            if not (would.added or would.changed):
                raise typer.Exit(1 if dry.bad else 0)
            if not sys.stdin.isatty():
                raise to_tell("Nothing was changed: add --yes to bring them in.")
            if not typer.confirm("Bring them in?"):
                raise to_tell("Nothing was changed.")
        done = bring_in(store, file, wall_clock(), dry=False, tell=yes)
    kept = done.brought
    typer.echo(
        f"{kept.added} added, {kept.changed} changed, {kept.unchanged} as before, {counted(done.bad, 'row')} not used."
    )
    raise typer.Exit(1 if done.bad else 0)
