"""Commands for the people who answer: tickets, customers."""

from __future__ import annotations

from typing import Annotated

import typer

from listener.cli import customer_health, customer_pages, tickets
from listener.cli.options import DEFAULT_CONFIG, ConfigFile, Json, Limit, opened

MOST_NAMED = 20
"""Identities that a list names."""

customers_app = typer.Typer(help="List the customers, import, show and link them.", rich_markup_mode=None)


def add_to(app: typer.Typer) -> None:
    tickets.add_to(app)
    customer_pages.add_to(customers_app)
    customer_health.add_to(customers_app)
    app.add_typer(customers_app, name="customers")


@customers_app.callback(invoke_without_command=True)
def customers(
    context: typer.Context,
    config: ConfigFile = DEFAULT_CONFIG,
    json: Json = False,
    limit: Limit = 50,
    search: Annotated[str, typer.Option(help="Only those whose name, company, id or identity has this.")] = "",
) -> None:
    """List the known customers."""
    if context.invoked_subcommand is not None:
        return
    from listener import shapes
    from listener.cli.output import json_array, table
    from listener.store.customers import list_customers
    from listener.terminal import cut

    with opened(config) as (_, store), store.read() as tx:
        found = list_customers(tx, search=search, limit=limit)
    if json:
        json_array(map(shapes.customer, found))
        return
    table(
        ["id", "name", "tier", "owner", "company", "known by"],
        (
            (
                one.id,
                cut(one.name, 40),
                one.tier,
                cut(one.owner, 24),
                cut(one.company, 30),
                cut(", ".join(map(str, one.identities[:MOST_NAMED])), 160),
            )
            for one in found
        ),
        "No customer is known. Name a CSV file under [[customers]], or: listener customers import FILE",
        wide=("known by",),
    )
