"""The command that shows what the mentions talk about."""

from __future__ import annotations

from typing import Annotated

import typer

from listener.cli.options import DEFAULT_CONFIG, ConfigFile, Json, Limit, load, opened, wrong_use

MOST_DAYS = 365


def add_to(app: typer.Typer) -> None:
    app.command()(topics)


def topics(
    config: ConfigFile = DEFAULT_CONFIG,
    json: Json = False,
    limit: Limit = 10,
    brand: Annotated[str, typer.Option(help="Only this brand.")] = "",
    days: Annotated[int, typer.Option(min=1, max=MOST_DAYS, help="The period: so many days, ending now.")] = 7,
) -> None:
    """List what the mentions of each brand talk about more than before, and what they talk of less."""
    from datetime import timedelta

    from listener import shapes
    from listener.app import wall_clock
    from listener.cli.output import json_array
    from listener.cli.topics_shown import show_topics
    from listener.store.topics import count_topics, examples_of

    names = [one.name for one in load(config).brands]
    if brand and brand not in names:
        raise wrong_use(f"no brand is named {brand!r}; configured: {', '.join(names)}")
    until = wall_clock()
    since = until - timedelta(days=days)
    found = []
    with opened(config) as (loaded, store):
        for name in [brand] if brand else names:
            with store.read() as tx:
                counted = count_topics(tx, name, since, until, narrow=True)
                found.append((counted, examples_of(tx, counted)))
    if json:
        json_array(shapes.topic(of, one) for of, _ in found for one in (*of.rising[:limit], *of.fallen[:limit]))
        return
    for counted, examples in found:
        show_topics(counted, examples, limit, loaded.timezone)
