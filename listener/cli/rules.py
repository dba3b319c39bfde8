"""Commands that answer when a rule would speak."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from listener.cli import rule_history
from listener.cli.options import DEFAULT_CONFIG, ConfigFile, Json, Limit, load, opened, to_tell, wrong_use
from listener.cli.question import Title

if TYPE_CHECKING:
    from listener.config import Config
    from listener.ruling.rule_marks import RuleMarks

MOST_DAYS = 365

rules_app = typer.Typer(help="List the rules; test, backtest and tune them.", rich_markup_mode=None)


def add_to(app: typer.Typer) -> None:
    rule_history.add_to(rules_app)
    app.add_typer(rules_app, name="rules")


@rules_app.callback(invoke_without_command=True)
def rules(context: typer.Context, config: ConfigFile = DEFAULT_CONFIG, json: Json = False, limit: Limit = 50) -> None:
    """List the rules, whom they tell, and how much of the last 30 days' alerts people marked as noise."""
    if context.invoked_subcommand is not None:
        return
    from listener.cli.output import json_array, table

    loaded = load(config)
    marks = _marks(loaded)
    rules = [(rule, marks.get(rule.name)) for rule in loaded.rules[:limit]]
    if json:
        json_array(
            {
                "name": rule.name,
                "severity": rule.severity,
                "when": rule.when,
                "brands": list(rule.brands),
                "notify": list(rule.notify),
                "ticket": rule.ticket,
                "told": of and of.told,
                "noise": of and of.noise,
                "noisy": of is not None and of.noisy,
            }
            for rule, of in rules
        )
        return
    table(
        ["name", "severity", "told", "noise", "when", "tells"],
        (
            (
                rule.name,
                rule.severity,
                "" if of is None else of.told,
                "" if of is None else f"{of.noise}{' (noisy)' if of.noisy else ''}",
                rule.when,
                ", ".join(rule.notify),
            )
            for rule, of in rules
        ),
        "No rule: nothing will be told.",
        wide=("when",),
    )


def _marks(config: Config) -> Mapping[str, RuleMarks]:
    """What was told and marked of each rule; nothing where no database is there yet, or it cannot be read."""
    from contextlib import closing

    from listener.app import wall_clock
    from listener.ruling.rule_marks import rule_marks
    from listener.store import Store, StoreUnavailable

    try:
        store = Store.open(config.database_url, migrate=False, create=False)
        with closing(store), store.read() as tx:
            return {one.rule: one for one in rule_marks(tx, config, wall_clock())}
    except StoreUnavailable:
        return {}


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
    from listener.ruling.rule_preview import NoScore, preview_rule
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
    name: Annotated[
        str, typer.Argument(help="A rule to ask of --text; or a test, or a rule whose tests to run. All if not told.")
    ] = "",
    text: Annotated[str, typer.Option("--text", help="The text of a post; without it [[rule_tests]] are run.")] = "",
    title: Title = "",
    config: ConfigFile = DEFAULT_CONFIG,
    json: Json = False,
    author: Annotated[
        str, typer.Option(help='The author as "mastodon:jane@host"; a known customer is recognised.')
    ] = "",
    brand: Annotated[str, typer.Option(help="The brand it is about; the rule's first one if not told.")] = "",
) -> None:
    """Run the tests of the configuration, or say whether a rule speaks for a text, and why. Exit 1 if not."""
    loaded = load(config)
    if not (text or title):
        if author or brand:
            raise wrong_use("--author and --brand belong to a --text: a test of the configuration tells its own")
        _run_tests(loaded, name, json)
        return
    if not name:
        raise wrong_use("name the rule to ask of the text: listener rules test NAME --text ...")
    _known_rule(loaded, name)
    _ask_text(loaded, name, text, title, author, brand)


def _run_tests(config: Config, name: str, json: bool) -> None:
    from listener import shapes
    from listener.analyzers import not_asked
    from listener.app import wall_clock
    from listener.cli.output import json_array
    from listener.cli.rule_tests_shown import show_tried
    from listener.ruling.rule_tests import run_rule_tests, tests_of

    tests = tests_of(config, name)
    if not tests and not name:
        raise to_tell("there is no test: write [[rule_tests]] into the configuration, or give a rule a --text")
    if not tests:
        if all(name != one.name for one in config.rules):
            known = ", ".join(one.name for one in config.rule_tests) or "none"
            raise wrong_use(f"no test and no rule is named {name!r}; tests: {known}")
        raise to_tell(f"no test expects {name!r}: write one into [[rule_tests]], or give the rule a --text")
    found = run_rule_tests(config, tests, wall_clock())
    if json:
        json_array({**shapes.row(one), "passed": one.passed} for one in found)
    else:
        show_tried(found)
    if note := not_asked(config.reading):
        typer.echo(note, err=True)
    raise typer.Exit(0 if all(one.passed for one in found) else 1)


def _ask_text(config: Config, name: str, text: str, title: str, author: str, brand: str) -> None:
    from listener.analyzers import not_asked
    from listener.explanation import explain_rule
    from listener.terminal import safe

    brands = [one.name for one in config.brands]
    if brand and brand not in brands:
        raise wrong_use(f"no brand is named {brand!r}; configured: {', '.join(brands)}")
    if ":" in author and not re.fullmatch(r"[a-z][a-z0-9_-]*:.+", author):
        raise wrong_use(f'--author is {author!r}, must be a source and a name: "mastodon:jane@host"')
    spoke, words = explain_rule(config, name, text, title, author, brand)
    typer.echo(safe(words))
    if note := not_asked(config.reading):
        typer.echo(note, err=True)
    raise typer.Exit(0 if spoke else 1)


def _known_rule(config: Config, name: str) -> None:
    """Raises where no rule has that name."""
    names = [rule.name for rule in config.rules]
    if name not in names:
        raise wrong_use(f"no rule is named {name!r}; configured: {', '.join(names) or 'none'}")
