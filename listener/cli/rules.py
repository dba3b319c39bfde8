"""Commands that answer when a rule would speak."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from listener.cli.options import DEFAULT_CONFIG, ConfigFile, Json, Limit, load, opened, wrong_use
from listener.cli.question import Text, Title

if TYPE_CHECKING:
    from listener.config import Config

MOST_DAYS = 365

rules_app = typer.Typer(help="List the rules, preview or test one.", rich_markup_mode=None)


def add_to(app: typer.Typer) -> None:
    app.add_typer(rules_app, name="rules")


@rules_app.callback(invoke_without_command=True)
def rules(context: typer.Context, config: ConfigFile = DEFAULT_CONFIG, json: Json = False, limit: Limit = 50) -> None:
    """List the rules and whom they tell."""
    if context.invoked_subcommand is not None:
        return
    from listener.cli.output import json_array, table

    found = [
        {
            "name": rule.name,
            "severity": rule.severity,
            "when": rule.when,
            "brands": list(rule.brands),
            "notify": list(rule.notify),
            "ticket": rule.ticket,
        }
        for rule in load(config).rules[:limit]
    ]
    if json:
        json_array(found)
        return
    table(
        ["name", "severity", "when", "tells"],
        ((one["name"], one["severity"], one["when"], ", ".join(one["notify"])) for one in found),
        "No rule: nothing will be told.",
        wide=("when",),
    )


@rules_app.command("preview")
def preview_of_rule(
    name: str,
    config: ConfigFile = DEFAULT_CONFIG,
    json: Json = False,
    days: Annotated[int, typer.Option(min=1, max=MOST_DAYS, help="By the mentions of so many days, ending now.")] = 28,
) -> None:
    """Show how many alerts a week a rule gives at other thresholds of its score, and after your team's marks."""
    from datetime import timedelta

    from listener import shapes
    from listener.app import wall_clock
    from listener.cli.output import json_array
    from listener.cli.rule_preview_shown import show_preview
    from listener.rule_preview import NoScore, preview_rule
    from listener.terminal import safe

    _known_rule(load(config), name)
    with opened(config) as (loaded, store), store.read() as tx:
        try:
            found = preview_rule(tx, loaded, name, wall_clock(), timedelta(days=days))
        except NoScore as error:
            raise wrong_use(safe(str(error))) from None
    if json:
        json_array([shapes.row(found)])
        return
    show_preview(found, loaded.timezone)


@rules_app.command("test")
def test_rule(
    name: str,
    text: Text,
    title: Title = "",
    config: ConfigFile = DEFAULT_CONFIG,
    author: Annotated[
        str, typer.Option(help='The author as "mastodon:jane@host"; a known customer is recognised.')
    ] = "",
    brand: Annotated[str, typer.Option(help="The brand it is about; the rule's first one if not told.")] = "",
) -> None:
    """Say whether a rule speaks for a text, and why. Exit 1 if it does not."""
    from listener.analyzers import not_asked
    from listener.explanation import explain_rule
    from listener.terminal import safe

    loaded = load(config)
    _known_rule(loaded, name)
    brands = [one.name for one in loaded.brands]
    if brand and brand not in brands:
        raise wrong_use(f"no brand is named {brand!r}; configured: {', '.join(brands)}")
    if ":" in author and not re.fullmatch(r"[a-z][a-z0-9_-]*:.+", author):
        raise wrong_use(f'--author is {author!r}, must be a source and a name: "mastodon:jane@host"')
    spoke, words = explain_rule(loaded, name, text, title, author, brand)
    typer.echo(safe(words))
    if note := not_asked(loaded.reading):
        typer.echo(note, err=True)
    raise typer.Exit(0 if spoke else 1)


def _known_rule(config: Config, name: str) -> None:
    """Raises where no rule has that name."""
    names = [rule.name for rule in config.rules]
    if name not in names:
        raise wrong_use(f"no rule is named {name!r}; configured: {', '.join(names) or 'none'}")
