"""The command that shows how customers are doing."""

from __future__ import annotations

from typing import Annotated

import typer

from listener.cli.options import DEFAULT_CONFIG, ConfigFile, Json, Limit, opened, to_tell


def add_to(customers: typer.Typer) -> None:
    customers.command("health")(health)


def health(
    customer: Annotated[str, typer.Argument(help="One customer's id; all if not told.", show_default=False)] = "",
    config: ConfigFile = DEFAULT_CONFIG,
    json: Json = False,
    limit: Limit = 50,
) -> None:
    """Show how customers are doing, 0 to 100, the worst first; of one customer, what their health is made of."""
    from listener import shapes
    from listener.cli.customer_health_shown import show_all, show_one
    from listener.cli.output import json_array
    from listener.store.customer_health import history, worst
    from listener.store.customers import get_customer

    with opened(config) as (loaded, store), store.read() as tx:
        found = history(tx, customer, 1) if customer else worst(tx, limit)
        known = {one.customer: get_customer(tx, one.customer) for one in found}
        days = {one.customer: history(tx, one.customer, 28) for one in found}
    if customer and not found:
        raise to_tell(f"no health of {customer!r} has been counted; `listener run` counts once an hour")
    if json:
        json_array(shapes.health(one, days[one.customer]) for one in found)
    elif customer:
        show_one(found[0], known[customer], days[customer], loaded.timezone)
    else:
        show_all(found, known, days)
