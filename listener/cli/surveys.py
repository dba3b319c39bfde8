"""Commands on surveys: who was asked what, what they answered, who would be asked now."""

from __future__ import annotations

from typing import Annotated

import typer

from listener.cli.options import DEFAULT_CONFIG, ConfigFile, Json, Limit, opened, to_tell

surveys_app = typer.Typer(help="List the surveys after tickets, and what was answered.", rich_markup_mode=None)


def add_to(app: typer.Typer) -> None:
    app.add_typer(surveys_app, name="surveys")


@surveys_app.callback(invoke_without_command=True)
def surveys(context: typer.Context, config: ConfigFile = DEFAULT_CONFIG, json: Json = False, limit: Limit = 50) -> None:
    """List who was asked after a ticket was settled, and what they answered."""
    if context.invoked_subcommand is None:
        list_(config, json, limit)


@surveys_app.command("list")
def list_(config: ConfigFile = DEFAULT_CONFIG, json: Json = False, limit: Limit = 50) -> None:
    """List the surveys, the newest first: who is asked, what they answered, why somebody was not asked."""
    from listener import shapes
    from listener.cli.output import json_array, table, when
    from listener.store.surveys import list_surveys
    from listener.terminal import cut

    with opened(config) as (loaded, store), store.read() as tx:
        found = list_surveys(tx, limit=limit)
    if json:
        json_array(map(shapes.row, found))
        return
    table(
        ["number", "ticket", "customer", "state", "asked", "answer", "comment"],
        (
            (
                one.number,
                one.ticket,
                cut(one.customer, 30),
                one.state,
                when(one.sent_at or one.ask_at, loaded.timezone),
                "-" if one.score is None else f"{one.kind} {one.score}",
                cut(one.comment or one.why, 300),
            )
            for one in found
        ),
        "No survey yet. [survey] in the configuration asks customers whose ticket was settled.",
        wide=("comment",),
    )


@surveys_app.command("figures")
def figures(
    config: ConfigFile = DEFAULT_CONFIG,
    json: Json = False,
    weeks: Annotated[int, typer.Option(min=1, max=520, help="How many weeks back.")] = 12,
) -> None:
    """Show week by week how many were asked and answered, and what the answers come to."""
    from listener.app import wall_clock
    from listener.cli.output import json_array, table
    from listener.store.surveys import surveys_since
    from listener.surveys.figures import since_weeks, weekly

    with opened(config) as (loaded, store), store.read() as tx:
        rows = weekly(surveys_since(tx, since_weeks(wall_clock(), weeks, loaded.timezone)), loaded.timezone)
    if json:
        json_array({**one} for one in rows)
        return
    table(
        ["week", "kind", "asked", "answered", "came to"],
        (
            (one["week"], one["kind"], one["asked"], one["answered"], _told(one["kind"], one["satisfaction"]))
            for one in rows
        ),
        "Nobody was asked in this time.",
    )


@surveys_app.command("send")
def send(
    config: ConfigFile = DEFAULT_CONFIG,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell who would be asked.")] = False,
) -> None:
    """Queue the questions that are due now; `listener run` does so every minute, and sends them."""
    from listener.app import wall_clock
    from listener.surveys.asking import Surveys
    from listener.terminal import safe

    with opened(config) as (loaded, store):
        if loaded.survey is None:
            raise to_tell("there is no [survey] in the configuration: nobody is asked")
        asking = Surveys(loaded, store=store, clock=wall_clock)
        if not dry_run:
            queued = asking.queue()
            typer.echo(f"{queued} question{'' if queued == 1 else 's'} queued.")
            return
        with store.read() as tx:
            due = asking.due(tx)
    for settled, why_not in due:
        typer.echo(safe(f"{settled.ticket} {settled.customer}: {why_not or 'would be asked'}"))
    if not due:
        typer.echo("No settled ticket calls for a survey.")


def _told(kind: object, value: object) -> str:
    if not isinstance(value, float):
        return "-"
    return f"{value:.0f} % satisfied" if kind == "csat" else f"NPS {value:+.0f}"
