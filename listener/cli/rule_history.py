"""Commands that ask a rule of what is kept: what it would have told, and which threshold tells as much as is wanted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from listener.cli.options import DEFAULT_CONFIG, ConfigFile, Json, Limit, load, opened, wrong_use

if TYPE_CHECKING:
    from listener.config import Config
    from listener.ruling.replaying import Progress, Span
    from rules.rule import CompiledRule, Rule

MOST_DAYS = 3_650

Days = Annotated[int, typer.Option(min=1, max=MOST_DAYS, help="By the mentions of so many days, ending now.")]
AtOnce = Annotated[
    bool,
    typer.Option("--at-once", help="As if each post had been heard when it was published: for imported history."),
]


def add_to(rules_app: typer.Typer) -> None:
    rules_app.command("backtest")(backtest_rule)
    rules_app.command("tune")(tune_rule)


def backtest_rule(
    name: str,
    config: ConfigFile = DEFAULT_CONFIG,
    json: Json = False,
    limit: Limit = 20,
    days: Days = 30,
    when: Annotated[str, typer.Option("--when", help="Another condition instead of the rule's own.")] = "",
    at_once: AtOnce = False,
) -> None:
    """Show what a rule would have told of what is kept, the worst first, and how often people found it right."""
    from listener import shapes
    from listener.app import wall_clock
    from listener.cli.output import json_array
    from listener.cli.rule_history_shown import show_backtest
    from listener.ruling.backtest import Asked, backtest

    configured = _rule(load(config), name)
    asked_for = _compiled(configured, when or configured.when)
    with opened(config) as (loaded, store), store.read() as tx, looking() as progress:
        asked = Asked(
            rule=asked_for,
            configured=_compiled(configured, configured.when) if when else None,
            span=_span(wall_clock(), days, configured, at_once),
            max_age=loaded.listener.max_age,
            timezone=loaded.timezone,
            shown=limit,
        )
        found = backtest(tx, asked, progress)
    if json:
        json_array([shapes.row(found)])
    else:
        show_backtest(found, loaded.timezone)


def tune_rule(
    name: str,
    alerts_a_week: Annotated[
        float, typer.Option("--alerts-a-week", min=0, max=1_000_000, help="At most so many, one a story.")
    ],
    config: ConfigFile = DEFAULT_CONFIG,
    json: Json = False,
    days: Days = 30,
    by: Annotated[
        str, typer.Option("--by", help='Which threshold to move, where there are several: "author.followers".')
    ] = "",
    at_once: AtOnce = False,
) -> None:
    """Find the threshold at which a rule gives so many alerts a week. Nothing is changed: the condition is printed."""
    from listener import shapes
    from listener.app import wall_clock
    from listener.cli.output import json_array
    from listener.cli.rule_history_shown import show_tuned
    from listener.ruling.tuning import CannotTune, comparison_of, tune
    from listener.terminal import safe

    rule = _rule(load(config), name)
    try:
        of = comparison_of(rule.when, by)
        with opened(config) as (loaded, store), store.read() as tx, looking() as progress:
            span = _span(wall_clock(), days, rule, at_once)
            found = tune(tx, rule, of, alerts_a_week, span, loaded.listener.max_age, progress)
    except CannotTune as error:
        raise wrong_use(safe(f"rule {name!r} {error}")) from None
    if json:
        json_array([shapes.row(found)])
    else:
        show_tuned(found, loaded.timezone)


def _rule(config: Config, name: str) -> Rule:
    rules = config.rules_asked()
    found = next((one for one in rules if one.name == name), None)
    if found is None:
        raise wrong_use(f"no rule is named {name!r}; configured: {', '.join(one.name for one in rules) or 'none'}")
    return found


def _compiled(rule: Rule, when: str) -> CompiledRule:
    from msgspec.structs import replace

    from listener.terminal import safe
    from rules.rule import RuleError, compile_rule

    try:
        return compile_rule(replace(rule, when=when))
    except RuleError as error:
        raise wrong_use(safe(error.pointing())) from None


def _span(now: datetime, days: int, rule: Rule, at_once: bool) -> Span:
    from listener.ruling.replaying import Span

    return Span(since=now - timedelta(days=days), until=now, brands=rule.brands, at_once=at_once)


@contextmanager
def looking() -> Iterator[Progress]:
    """A bar on standard error while mentions go by, so that what is printed stays as it is documented."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    screen = Console(stderr=True, highlight=False, markup=False, emoji=False)
    columns = TextColumn("mentions"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=screen, transient=True) as bar:
        task = bar.add_task("mentions", total=None)

        def told(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield told
