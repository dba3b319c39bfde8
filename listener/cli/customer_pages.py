"""Commands on one customer: the page, its notes, its tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from listener.cli.options import DEFAULT_CONFIG, ConfigFile, Json, Limit, Who, named, opened, to_tell, wrong_use

if TYPE_CHECKING:
    from rules.timeline import Entry

Customer = Annotated[str, typer.Argument(help="The customer's id in the directory.", show_default=False)]
Remove = Annotated[bool, typer.Option("--remove", help="Take them away instead.")]

_UNKNOWN = "no customer has the id {!r}; `listener customers --search NAME` finds it"


def add_to(customers: typer.Typer) -> None:
    customers.command("show")(show)
    customers.command("company")(company)
    customers.command("note")(note)
    customers.command("tag")(tag)


def show(customer: Customer, config: ConfigFile = DEFAULT_CONFIG, json: Json = False, limit: Limit = 50) -> None:
    """Show one customer: how they are doing, and everything from every channel in order."""
    from listener import shapes
    from listener.app import wall_clock
    from listener.cli.output import json_array
    from listener.cli.timeline_shown import show_customer, show_standing, show_timeline
    from listener.store.customer_health import history
    from listener.store.customer_standing import standing_of
    from listener.store.customers import get_customer, mentions_of_customer
    from listener.store.notes import tags_of
    from listener.store.timeline import timeline

    now = wall_clock()
    with opened(config) as (loaded, store), store.read() as tx:
        known = get_customer(tx, customer)
        if known is None:
            raise to_tell(_UNKNOWN.format(customer))
        standing = standing_of(tx, customer, now)
        days = [one.health.score for one in history(tx, customer, 28)]
        tags = tags_of(tx, [customer]).get(customer, [])
        entries = timeline(tx, [customer], limit)
        written = mentions_of_customer(tx, customer, limit) if json else []
    if json:
        page = shapes.customer_page(known, standing, tags, entries, written)
        json_array([page])
        return
    show_customer(known)
    show_standing(standing, days, tags, loaded.timezone)
    show_timeline(entries, now, loaded.timezone)


def company(
    name: Annotated[str, typer.Argument(help="The company, as the directory writes it.", show_default=False)],
    config: ConfigFile = DEFAULT_CONFIG,
    json: Json = False,
    limit: Limit = 50,
) -> None:
    """Show one company: its customers with how they are doing, and everything of all of them in order."""
    from alerts.wording import counted
    from listener import shapes
    from listener.app import wall_clock
    from listener.cli.gauges import gauge
    from listener.cli.output import json_array, table
    from listener.cli.timeline_shown import show_timeline
    from listener.store.customer_contacts import RECENT, complaints
    from listener.store.customer_standing import standings
    from listener.store.customers import customers_of_company
    from listener.store.notes import tags_of
    from listener.store.timeline import timeline
    from listener.terminal import cut, safe

    now = wall_clock()
    with opened(config) as (loaded, store), store.read() as tx:
        theirs = customers_of_company(tx, name)
        if not theirs:
            raise to_tell(f"no customer is of the company {name!r}; `listener customers --search NAME` finds it")
        ids = [one.id for one in theirs]
        tags = tags_of(tx, ids)
        stand = standings(tx, ids, complaints(tx, ids, now - RECENT, now))
        entries = timeline(tx, ids, limit)
    if json:
        by_customer: dict[str, list[Entry]] = {}
        for entry in entries:
            by_customer.setdefault(entry.customer, []).append(entry)
        json_array(
            shapes.customer_page(one, stand[one.id], tags.get(one.id, ()), by_customer.get(one.id, ()))
            for one in theirs
        )
        return
    typer.echo(safe(f"{theirs[0].company}: {counted(len(theirs), 'customer')}"))
    table(
        ["id", "name", "tier", "owner", "health", "complaints", "tags"],
        (
            (
                one.id,
                cut(one.name, 40),
                one.tier,
                cut(one.owner, 24),
                "-" if (score := stand[one.id].health) is None else f"{gauge(score / 100)} {score:3.0f}",
                stand[one.id].recent_complaints or "",
                cut(", ".join(stand[one.id].tags), 60),
            )
            for one in theirs
        ),
        "",
    )
    show_timeline(entries, now, loaded.timezone, {one.id: one.name or one.id for one in theirs})


def note(
    customer: Customer,
    text: Annotated[str, typer.Argument(help="What to write down; with --remove, the note's number.")],
    config: ConfigFile = DEFAULT_CONFIG,
    by: Who = "",
    remove: Remove = False,
) -> None:
    """Write a note down about a customer, or take one away."""
    from listener.app import wall_clock
    from listener.store.customers import get_customer
    from listener.store.notes import LONGEST_NOTE, add_note, remove_note

    if not text.strip() or len(text) > LONGEST_NOTE:
        raise wrong_use(f"a note needs some words, {LONGEST_NOTE} characters at most")
    if remove and not (text.isascii() and text.isdigit() and len(text) < 18):
        raise wrong_use(f"{text!r} is not the number of a note; `listener customers show {customer}` tells them")
    with opened(config) as (_, store), store.write() as tx:
        if get_customer(tx, customer) is None:
            raise to_tell(_UNKNOWN.format(customer))
        if remove:
            gone = remove_note(tx, customer, int(text))
        else:
            number = add_note(tx, customer, text.strip(), named(by), wall_clock())
    if remove and not gone:
        raise to_tell(f"{customer} has no note {text}; `listener customers show {customer}` tells them")
    typer.echo(f"Note {text} is removed." if remove else f"Note {number} is kept.")


def tag(
    customer: Customer,
    tags: Annotated[list[str], typer.Argument(help="One tag or several.", show_default=False)],
    config: ConfigFile = DEFAULT_CONFIG,
    by: Who = "",
    remove: Remove = False,
) -> None:
    """Tag a customer, or take tags away; rules ask for them: "vip" in customer.tags."""
    from listener.app import wall_clock
    from listener.store.customers import get_customer
    from listener.store.notes import add_tags, remove_tags, tag_of, tags_of
    from listener.terminal import safe

    words = []
    for word in tags:
        try:
            words.append(tag_of(word))
        except ValueError as error:
            raise wrong_use(f"a tag {error}: {word[:80]!r}") from None
    with opened(config) as (_, store), store.write() as tx:
        if get_customer(tx, customer) is None:
            raise to_tell(_UNKNOWN.format(customer))
        if remove:
            remove_tags(tx, customer, words)
        else:
            add_tags(tx, customer, words, named(by), wall_clock())
        now_there = [one.tag for one in tags_of(tx, [customer]).get(customer, [])]
    typer.echo(safe(f"{customer} is tagged {', '.join(now_there)}." if now_there else f"{customer} has no tag."))
