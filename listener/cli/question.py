"""Commands that answer what a query would find."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from listener.cli.options import DEFAULT_CONFIG, ConfigFile, Json, Limit, load, wrong_use

if TYPE_CHECKING:
    from listener.config import Config

_MINUTES = 60
_BARS = 12

query_app = typer.Typer(
    help="List the brands' queries, explain one, test it on a text or try it on what is there.", rich_markup_mode=None
)

Text = Annotated[str, typer.Option("--text", help="The text of a post.")]
Title = Annotated[str, typer.Option("--title", help="The title of a post.")]


def add_to(app: typer.Typer) -> None:
    app.add_typer(query_app, name="query")


@query_app.callback(invoke_without_command=True)
def queries(context: typer.Context, config: ConfigFile = DEFAULT_CONFIG, json: Json = False, limit: Limit = 50) -> None:
    """List the brands, what is searched for them, and the new mentions of the last hour."""
    if context.invoked_subcommand is not None:
        return
    from listener.cli.output import json_array, table
    from listener.cli.sparks import sparkline, summed

    loaded = load(config)
    brands = loaded.brands[:limit]
    lately = _lately(loaded)
    if json:
        json_array(
            {
                "brand": brand.name,
                "query": brand.query,
                "own": list(brand.own),
                "last_hour": None if lately is None else lately.get(brand.name, [0] * _MINUTES),
            }
            for brand in brands
        )
        return
    counts = {} if lately is None else {brand.name: lately.get(brand.name, [0] * _MINUTES) for brand in brands}
    table(
        ["brand", "last hour", "", "query"],
        (
            (
                brand.name,
                sum(counts[brand.name]) if brand.name in counts else "",
                sparkline(summed(counts[brand.name], _BARS)) if brand.name in counts else "",
                brand.query,
            )
            for brand in brands
        ),
        "No brand.",
        wide=("query",),
    )


def _lately(config: Config) -> dict[str, list[int]] | None:
    """New mentions by brand in each of the last minutes; None where there is no database yet, or it cannot be read."""
    from datetime import UTC, datetime

    from listener.store import Store, StoreUnavailable, heard

    try:
        store = Store.open(config.database_url, migrate=False, create=False)
        with closing(store), store.read() as tx:
            return heard.lately(tx, datetime.now(UTC), _MINUTES)
    except StoreUnavailable:
        return None


@query_app.command("explain")
def explain_query(query: str, config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Say in plain words what a query (or a brand's, by name) finds, and what each source will be asked."""
    from listener.explanation import explain_plans
    from listener.terminal import safe
    from sources.query import QueryError, explain, lint, parse

    loaded = load(config) if config.exists() or config != DEFAULT_CONFIG else None
    named = {brand.name: brand.query for brand in loaded.brands} if loaded else {}
    text = named.get(query, query)
    try:
        parsed = parse(text)
    except QueryError as error:
        raise wrong_use(safe(error.pointing())) from None
    typer.echo(safe(explain(parsed)))
    for warning in lint(parsed):
        typer.echo(safe(f"Note: {warning}"))
    if loaded is not None and loaded.sources:
        typer.echo(safe("\n" + explain_plans(parsed, loaded)))


@query_app.command("plan")
def plan_query(
    brand: Annotated[str, typer.Argument(help="A brand; all of them together if not told.")] = "",
    query: Annotated[str, typer.Option("--query", help="A query instead of a brand's own.")] = "",
    config: ConfigFile = DEFAULT_CONFIG,
    json: Json = False,
) -> None:
    """Say what listening will ask of each source, in requests and money a day. Exit 1 if a budget will not do."""
    from listener.cli.output import json_array
    from listener.plan_words import plan_lines, plan_shape
    from listener.query_plan import heard_a_day, plan_sources
    from listener.terminal import safe
    from sources.query import QueryError, parse

    loaded = load(config)
    named = {one.name: one.query for one in loaded.brands}
    if brand and query:
        raise wrong_use("name a brand, or give a --query: not both")
    if brand and brand not in named:
        raise wrong_use(f"no brand is named {brand!r}; configured: {', '.join(named)}")
    texts = [query] if query else [named[brand]] if brand else list(named.values())
    try:
        parsed = [parse(text) for text in texts]
    except QueryError as error:
        raise wrong_use(safe(error.pointing())) from None
    plans = plan_sources(loaded, parsed, heard_a_day(loaded))
    if json:
        json_array(map(plan_shape, plans))
    else:
        typer.echo("\n".join(safe(line) for line in plan_lines(plans)))
    raise typer.Exit(1 if any(one.over_budget for one in plans) else 0)


@query_app.command("backfill")
def backfill_query(brand: str, config: ConfigFile = DEFAULT_CONFIG, json: Json = False) -> None:
    """Look for a brand's query in the posts that are kept or archived already. Nobody is told of what it finds."""
    from listener.backfill_round import backfill_round

    loaded = load(config)
    names = [one.name for one in loaded.brands]
    if brand not in names:
        raise wrong_use(f"no brand is named {brand!r}; configured: {', '.join(names)}")
    backfill_round(loaded, brand, json)


@query_app.command("try")
def try_query(
    query: str,
    config: ConfigFile = DEFAULT_CONFIG,
    json: Json = False,
    days: Annotated[int, typer.Option("--days", min=0, max=36_500, help="Only the last days; 0 is all.")] = 0,
    limit: Annotated[int, typer.Option("--limit", "-n", min=0, max=1_000, help="At most so many examples.")] = 5,
) -> None:
    """Show what a query (or a brand's, by name) would have found in all that is kept or archived. Keeps nothing."""
    from listener.terminal import safe
    from listener.trial_round import trial_round
    from sources.query import QueryError, parse

    loaded = load(config)
    try:
        parsed = parse({one.name: one.query for one in loaded.brands}.get(query, query))
    except QueryError as error:
        raise wrong_use(safe(error.pointing())) from None
    trial_round(loaded, parsed, days, limit, json)


@query_app.command("test")
def test_query(
    query: str,
    text: Text = "",
    title: Title = "",
    config: ConfigFile = DEFAULT_CONFIG,
    author: Annotated[str, typer.Option(help="The author's handle.")] = "",
    url: Annotated[str, typer.Option(help="The post's address.")] = "",
    lang: Annotated[str, typer.Option(help="The post's language.")] = "",
) -> None:
    """Say whether a query (or a brand's, by name) matches a text, and why. Exit 1 if it does not."""
    from listener.explanation import explain_match
    from listener.terminal import safe
    from sources.query import QueryError

    named = {}
    if config.exists() or config != DEFAULT_CONFIG:
        named = {brand.name: brand.query for brand in load(config).brands}
    try:
        matched, words = explain_match(named.get(query, query), text, title, author, url, lang)
    except QueryError as error:
        raise wrong_use(safe(error.pointing())) from None
    typer.echo(safe(words))
    raise typer.Exit(0 if matched else 1)
