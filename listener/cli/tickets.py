"""Commands on tickets that look: the list, one whole, and the figures of the desk."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from listener.cli import ticket_changes, ticket_replies
from listener.cli.options import DEFAULT_CONFIG, ConfigFile, Json, Limit, Number, opened, to_tell

tickets_app = typer.Typer(help="List the tickets; show one, work on it, see how the desk does.", rich_markup_mode=None)

Wanted = Annotated[
    Literal["unsolved", "new", "open", "pending", "solved", "closed", "all"], typer.Option(help="Which ones.")
]
Assignee = Annotated[str, typer.Option(help="Only those of this person.")]
Team = Annotated[str, typer.Option(help="Only those of the people of this team.")]
Customer = Annotated[str, typer.Option(help="Only those of the customer with this id.")]
Tag = Annotated[str, typer.Option(help="Only those with this tag.")]


def add_to(app: typer.Typer) -> None:
    tickets_app.callback(invoke_without_command=True)(tickets)
    tickets_app.command("list")(list_them)
    tickets_app.command("show")(show)
    tickets_app.command("figures")(figures)
    ticket_changes.add_to(tickets_app)
    ticket_replies.add_to(tickets_app)
    app.add_typer(tickets_app, name="tickets")


def tickets(
    context: typer.Context,
    config: ConfigFile = DEFAULT_CONFIG,
    json: Json = False,
    limit: Limit = 50,
    status: Wanted = "unsolved",
    assignee: Assignee = "",
    team: Team = "",
    customer: Customer = "",
    tag: Tag = "",
) -> None:
    """List the tickets, unsolved ones unless told otherwise."""
    if context.invoked_subcommand is None:
        list_them(config, json, limit, status, assignee, team, customer, tag)


def list_them(
    config: ConfigFile = DEFAULT_CONFIG,
    json: Json = False,
    limit: Limit = 50,
    status: Wanted = "unsolved",
    assignee: Assignee = "",
    team: Team = "",
    customer: Customer = "",
    tag: Tag = "",
) -> None:
    """List the tickets, the most pressing first: whose, what is promised, what it is about."""
    from listener import shapes
    from listener.app import wall_clock
    from listener.cli.output import json_array
    from listener.cli.tickets_shown import show_list
    from listener.store.tickets import list_tickets

    with opened(config) as (loaded, store), store.read() as tx:
        found = list_tickets(
            tx,
            status="" if status == "all" else status,
            assignee=assignee,
            assignees=_of_team(loaded.teams, team) if team else (),
            customer=customer,
            tag=tag.casefold(),
            limit=limit,
        )
    if json:
        json_array(map(shapes.ticket, found))
        return
    show_list(found, wall_clock(), "No ticket." if status == "all" else f"No {status} ticket.")


def show(number: Number, config: ConfigFile = DEFAULT_CONFIG, json: Json = False) -> None:
    """Show one ticket: why it was opened, what is promised, who is on it, its history, and every post on it."""
    from listener import shapes
    from listener.app import wall_clock
    from listener.cli.output import json_array
    from listener.cli.tickets_shown import show_ticket
    from listener.store.ticket_events import history
    from listener.store.ticket_people import people_on
    from listener.store.tickets import get_ticket

    with opened(config) as (loaded, store), store.read() as tx:
        ticket = get_ticket(tx, number)
        if ticket is None:
            raise to_tell(f"there is no ticket #{number}; `listener tickets --status all` lists them")
        people, events = people_on(tx, number), history(tx, number)
    if json:
        json_array([shapes.ticket_page(ticket, people, events)])
        return
    show_ticket(ticket, people, events, wall_clock(), loaded.timezone)
    ticket_replies.offer(loaded, ticket)


def figures(
    config: ConfigFile = DEFAULT_CONFIG,
    json: Json = False,
    weeks: Annotated[int, typer.Option(min=1, max=520, help="How many weeks back, the running one among them.")] = 8,
    team: Annotated[str, typer.Option(help="Only the tickets of the people of this team.")] = "",
    brand: Annotated[str, typer.Option(help="Only the tickets of this brand.")] = "",
) -> None:
    """Show how the desk does, week by week: solved at once, time to answer, tickets that came back, backlog."""
    from alerts.tickets.figures import figures as count
    from alerts.tickets.figures import weeks_until
    from listener import shapes
    from listener.app import wall_clock
    from listener.cli.output import json_array
    from listener.cli.tickets_shown import show_figures
    from listener.desk.rules import desk_rules
    from listener.store.ticket_figures import worked_since

    with opened(config) as (loaded, store), store.read() as tx:
        rules = desk_rules(loaded)
        spans = weeks_until(wall_clock(), weeks, loaded.timezone)
        people = _of_team(loaded.teams, team) if team else None
        found = count(worked_since(tx, spans[0][0], rules.calendar_of, people, brand), spans)
    if json:
        json_array(map(shapes.row, found))
        return
    show_figures(found, loaded.timezone)


def _of_team(teams: object, name: str) -> tuple[str, ...]:
    """The people of a team, by name. Raises typer.Exit where there is no such team."""
    from alerts.people import Team as Known

    known = [one for one in teams if isinstance(one, Known)] if isinstance(teams, tuple) else []
    for one in known:
        if one.name == name:
            return one.people
    names = ", ".join(one.name for one in known) or "none"
    raise to_tell(f"no team is called {name!r}; under [[teams]] there are: {names}")
