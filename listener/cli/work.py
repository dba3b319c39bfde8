"""Commands for the people who answer: tickets, customers."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from listener.cli import customer_health, customer_pages
from listener.cli.options import DEFAULT_CONFIG, ConfigFile, Json, Limit, Number, opened, to_tell

MOST_NAMED = 20
"""Identities that a list names."""

tickets_app = typer.Typer(help="List the tickets; show, assign or close one.", rich_markup_mode=None)
customers_app = typer.Typer(help="List the customers, import, show and link them.", rich_markup_mode=None)


def add_to(app: typer.Typer) -> None:
    app.add_typer(tickets_app, name="tickets")
    customer_pages.add_to(customers_app)
    customer_health.add_to(customers_app)
    app.add_typer(customers_app, name="customers")


@tickets_app.callback(invoke_without_command=True)
def tickets(
    context: typer.Context,
    config: ConfigFile = DEFAULT_CONFIG,
    json: Json = False,
    limit: Limit = 50,
    status: Annotated[Literal["open", "closed", "all"], typer.Option(help="Which ones.")] = "open",
    assignee: Annotated[str, typer.Option(help="Only those of this person.")] = "",
) -> None:
    """List the tickets, open ones unless told otherwise."""
    if context.invoked_subcommand is not None:
        return
    from listener import shapes
    from listener.cli.output import json_array, table, when
    from listener.store.tickets import list_tickets
    from listener.terminal import cut

    with opened(config) as (loaded, store), store.read() as tx:
        found = list_tickets(tx, status="" if status == "all" else status, assignee=assignee, limit=limit)
    if json:
        json_array(map(shapes.ticket, found))
        return
    table(
        ["number", "opened", "severity", "status", "assignee", "customer", "what", "why"],
        (
            (
                f"#{one.number}",
                when(one.opened_at, loaded.timezone),
                one.severity,
                one.status,
                cut(one.assignee, 20) or "-",
                cut(one.customer, 24) or "-",
                cut(one.title, 120),
                cut(one.reason, 160),
            )
            for one in found
        ),
        "No ticket." if status == "all" else f"No {status} ticket.",
        wide=("what", "why"),
    )


@tickets_app.command("show")
def show_ticket(number: Number, config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Show one ticket: why it was opened, and every post that hangs on it."""
    from listener.cli.output import when
    from listener.handing_on import attribution
    from listener.store.tickets import get_ticket
    from listener.terminal import cut, safe

    with opened(config) as (loaded, store), store.read() as tx:
        ticket = get_ticket(tx, number)
    if ticket is None:
        raise to_tell(f"there is no ticket #{number}; `listener tickets --status all` lists them")
    line = ticket.line
    assigned = f", {line.assignee}'s" if line.assignee else ", nobody's yet"
    typer.echo(safe(f"#{line.number} {cut(line.title, 200)}"))
    typer.echo(safe(f"  {line.severity}, {line.status}{assigned}, opened {when(line.opened_at, loaded.timezone)}"))
    typer.echo(safe(f"  customer: {line.customer or 'nobody we know'}"))
    typer.echo(safe(f"  because: {cut(line.reason, 1_000)}"))
    if ticket.note:
        typer.echo(safe(f"  note: {cut(ticket.note, 1_000)}"))
    for one in ticket.mentions:
        time = when(one.post.published_at or one.first_seen_at, loaded.timezone)
        words = attribution(one)
        typer.echo(safe(f"\n  {time}  {one.post.url or one.post.key}{f' · {words}' if words else ''}"))
        typer.echo(safe(f"  {cut(one.post.title or one.post.text, 600)}"))


@tickets_app.command("assign")
def assign(number: Number, who: str, config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Give a ticket to a person."""
    from listener.app import wall_clock
    from listener.store import tickets as desk

    with opened(config) as (_, store), store.write() as tx:
        known = desk.assign(tx, number, who, wall_clock())
    if not known:
        raise to_tell(f"there is no open ticket #{number}; `listener tickets` lists them")
    typer.echo(f"Ticket #{number} is {who}'s.")


@tickets_app.command("close")
def close(
    number: Number,
    config: ConfigFile = DEFAULT_CONFIG,
    note: Annotated[str, typer.Option(help="What settled it.")] = "",
) -> None:
    """Close a ticket."""
    from listener.app import wall_clock
    from listener.store import tickets as desk

    with opened(config) as (_, store), store.write() as tx:
        known = desk.close(tx, number, note, wall_clock())
    if not known:
        raise to_tell(f"there is no open ticket #{number}; `listener tickets` lists them")
    typer.echo(f"Ticket #{number} is closed.")


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
