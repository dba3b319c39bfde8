"""Commands on what people said of mentions: list it, bring it in, take it back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from listener.cli.options import DEFAULT_CONFIG, ConfigFile, Json, Limit, Who, named, opened, to_tell, wrong_use

marks_app = typer.Typer(help="List what people said of mentions; bring labels in.", rich_markup_mode=None)


def add_to(app: typer.Typer) -> None:
    app.add_typer(marks_app, name="marks")


@marks_app.callback(invoke_without_command=True)
def marks(
    context: typer.Context,
    config: ConfigFile = DEFAULT_CONFIG,
    json: Json = False,
    limit: Limit = 50,
    brand: Annotated[str, typer.Option(help="Only this brand.")] = "",
) -> None:
    """List the marks, the newest first: who said what of which mention, and what had been read in it."""
    if context.invoked_subcommand is not None:
        return
    from alerts.wording import counted
    from listener import shapes
    from listener.cli.output import console, json_array, table, when
    from listener.store.marks import gone, list_marks
    from listener.terminal import cut

    with opened(config) as (loaded, store), store.read() as tx:
        found, went = list_marks(tx, limit=limit, brand=brand), gone(tx)
    if json:
        json_array(map(shapes.mark, found))
        return
    table(
        ["mention", "when", "mark", "read", "by", "brand", "what"],
        (
            (
                "-" if one.mention is None else one.mention,
                when(one.at, loaded.timezone),
                one.mark if one.counts else f"({one.mark})",
                one.said or "-",
                cut(one.by, 20) or "-",
                cut(one.brand, 24),
                cut(one.text, 200),
            )
            for one in found
        ),
        "Nothing is marked yet: `listener mentions mark ID negative`, or `listener marks import FILE`.",
        wide=("what",),
    )
    if went:
        console().print(f"{counted(went, 'mark')} more went with the posts that they were about.")


@marks_app.command("rules")
def marks_of_rules(
    config: ConfigFile = DEFAULT_CONFIG,
    json: Json = False,
    limit: Limit = 50,
    days: Annotated[int, typer.Option(min=1, max=3_650, help="Of the alerts made in so many days.")] = 30,
) -> None:
    """Count per rule what people marked of its alerts, and say which rules are noisy."""
    from datetime import timedelta

    from listener import shapes
    from listener.app import wall_clock
    from listener.cli.output import json_array, table
    from listener.ruling.rule_marks import rule_marks
    from listener.terminal import cut

    with opened(config) as (loaded, store), store.read() as tx:
        found = rule_marks(tx, loaded, wall_clock(), timedelta(days=days))[:limit]
    if json:
        json_array({**shapes.row(one), "precision": one.precision, "noisy": one.noisy} for one in found)
        return
    table(
        ["rule", "told", "good", "wrong sentiment", "wrong customer", "noise", "right"],
        (
            (
                f"{cut(one.rule, 40)}{' (noisy)' if one.noisy else ''}",
                one.told,
                one.good,
                one.wrong_sentiment,
                one.wrong_customer,
                one.noise,
                "-"
                if one.precision is None
                else f"{one.precision.share:.0%} ({one.precision.low:.0%} to {one.precision.high:.0%})",
            )
            for one in found
        ),
        "No rule: nothing will be told.",
        wide=("rule",),
    )


@marks_app.command("import")
def import_marks(file: Path, config: ConfigFile = DEFAULT_CONFIG, by: Who = "") -> None:
    """Bring labels in from a CSV file: mention or text, label, and brand. The same file again replaces them."""
    from alerts.wording import counted
    from listener.app import wall_clock
    from listener.marks_file import bring_in
    from listener.terminal import safe

    if not file.is_file():
        raise wrong_use(f"{file} is not a file that can be read")
    with opened(config) as (loaded, store), store.write() as tx:
        brands = [one.name for one in loaded.brands]
        brought = bring_in(tx, file, brands, named(by), wall_clock())
    for mistake in brought.mistakes:
        typer.echo(safe(mistake), err=True)
    told = f"{counted(brought.mentions, 'mention')} and {counted(brought.texts, 'text')} are marked"
    told += f", in the place of {counted(brought.replaced, 'mark')}" if brought.replaced else ""
    typer.echo(f"{told}; {counted(brought.empty, 'row')} had no label." if brought.empty else f"{told}.")
    raise typer.Exit(1 if brought.mistakes else 0)


@marks_app.command("forget")
def forget_marks(file: Path, config: ConfigFile = DEFAULT_CONFIG, by: Who = "") -> None:
    """Take back all marks that a file brought; it need not be there any more."""
    from alerts.wording import counted
    from listener.app import wall_clock
    from listener.store.marks import take_back_file

    with opened(config) as (_, store), store.write() as tx:
        taken = take_back_file(tx, str(file.resolve()), wall_clock(), named(by))
    if not taken:
        raise to_tell(f"no mark came from {file.resolve()}; `listener marks --json` tells where each came from")
    typer.echo(f"{counted(taken, 'mark')} from {file.name} {'is' if taken == 1 else 'are'} taken back.")
