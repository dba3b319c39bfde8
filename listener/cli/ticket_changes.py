"""Commands on tickets that change them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from listener.cli.options import DEFAULT_CONFIG, MOST, ConfigFile, Number, Who, named, opened, to_tell, wrong_use

if TYPE_CHECKING:
    from listener.desk.changes import Hands
    from listener.store.ticket_events import TicketEvent

Person = Annotated[str, typer.Argument(help="A person's name or address; you, if not told.")]
Note = Annotated[str, typer.Option(help="Why, or what settled it.")]
Severity = Annotated[Literal["low", "medium", "high", "critical"], typer.Option(help="How bad it is.")]


def add_to(tickets: typer.Typer) -> None:
    for command in (assign, note, status, close, reopen, priority, watch, swarm, link, tag, merge):
        tickets.command(command.__name__)(command)
    tickets.command("open")(open_one)


@contextmanager
def hands(config: Path, by: str) -> Iterator[Hands]:
    """One person at the desk; what cannot be done is told, with exit code 1."""
    from listener.app import wall_clock
    from listener.desk.changes import Hands, Refused
    from listener.desk.rules import desk_rules

    with opened(config) as (loaded, store):
        try:
            with store.write() as tx:
                yield Hands(tx, desk_rules(loaded), by=by, via="cli", now=wall_clock())
        except Refused as error:
            raise to_tell(str(error)) from None


def assign(
    number: Number,
    who: Person = "",
    config: ConfigFile = DEFAULT_CONFIG,
    auto: Annotated[bool, typer.Option("--auto", help="Whom the desk would choose, other than who has it.")] = False,
    by: Who = "",
) -> None:
    """Give a ticket to a person; they are told."""
    if auto and who:
        raise wrong_use("name a person or say --auto, not both")
    by = named(by)
    with hands(config, by) as desk:
        events = desk.assign_by_skill(number) if auto else desk.assign(number, who or by)
    given = next((event for event in events if event.what == "assigned"), None)
    if given is None:
        _tell(f"Ticket #{number} is theirs already.")
    else:
        _tell(f"Ticket #{number} is {given.detail}'s.{f' Why: {given.reason}.' if given.reason else ''}")


def note(
    number: Number,
    text: Annotated[str, typer.Argument(help="What to write down. @NAME tells somebody.", show_default=False)],
    config: ConfigFile = DEFAULT_CONFIG,
    by: Who = "",
) -> None:
    """Write an internal note on a ticket. Whom it names as @NAME is told, and watches the ticket."""
    from alerts.tickets.hearing import named_in
    from listener.cli.options import load

    with hands(config, named(by)) as desk:
        events = desk.note(number, text)
    said = next((event.detail for event in events if event.what == "note"), "")
    _tell(f"Noted on ticket #{number}." + (f" Told: {said}." if said else ""))
    unknown = named_in(text, load(config).people).unknown
    if unknown:
        words = ", ".join(f"@{word}" for word in unknown)
        _tell(f"{words} is nobody under [[people]], or more than one: they were not told.")


def status(
    number: Number,
    to: Annotated[Literal["open", "pending", "solved", "closed"], typer.Argument(show_default=False)],
    config: ConfigFile = DEFAULT_CONFIG,
    note: Note = "",
    by: Who = "",
) -> None:
    """Move a ticket to a status: pending waits for the customer and stops the clocks, solved is closed later."""
    _settle(number, to, note, config, by)


def close(number: Number, config: ConfigFile = DEFAULT_CONFIG, note: Note = "", by: Who = "") -> None:
    """Close a ticket."""
    _settle(number, "closed", note, config, by)


def reopen(number: Number, config: ConfigFile = DEFAULT_CONFIG, note: Note = "", by: Who = "") -> None:
    """Open a ticket again that was solved or closed."""
    with hands(config, named(by)) as desk:
        events = desk.reopen(number, note)
    _tell(f"Ticket #{number} is open again." if events else f"Ticket #{number} was not settled.")


def priority(
    number: Number,
    to: Annotated[Literal["low", "normal", "high", "urgent", "computed"], typer.Argument(show_default=False)],
    config: ConfigFile = DEFAULT_CONFIG,
    by: Who = "",
) -> None:
    """Choose a ticket's priority, which outranks the computed one; computed gives that its place back."""
    with hands(config, named(by)) as desk:
        events = desk.set_priority(number, None if to == "computed" else to)
    changed = next((event for event in events if event.what == "priority"), None)
    if changed is None:
        _tell("It was so already.")
    else:
        _tell(f"Ticket #{number} is {changed.detail}{f': {changed.reason}' if changed.reason else ''}.")


def watch(
    number: Number,
    who: Person = "",
    config: ConfigFile = DEFAULT_CONFIG,
    stop: Annotated[bool, typer.Option("--stop", help="No longer.")] = False,
    by: Who = "",
) -> None:
    """Be told of what happens to a ticket, or have somebody told."""
    by = named(by)
    with hands(config, by) as desk:
        name = desk.named(who or by)
        events = desk.watch(number, name, stop=stop)
    if not events:
        _tell(f"{name} is not on ticket #{number}." if stop else f"{name} is on ticket #{number} already.")
    else:
        _tell(f"{name} is {'no longer told' if stop else 'told'} of ticket #{number}.")


def swarm(number: Number, who: Person = "", config: ConfigFile = DEFAULT_CONFIG, by: Who = "") -> None:
    """Join a ticket to help whoever has it; it stays theirs."""
    by = named(by)
    with hands(config, by) as desk:
        name = desk.named(who or by)
        events = desk.swarm(number, name)
    _tell(f"{name} helps with ticket #{number}." if events else f"{name} helps already.")


def link(
    number: Number,
    mentions: Annotated[list[int] | None, typer.Argument(min=1, max=MOST, help="Ids of mentions.")] = None,
    config: ConfigFile = DEFAULT_CONFIG,
    customer: Annotated[str, typer.Option(help="The id of the customer it is about.")] = "",
    by: Who = "",
) -> None:
    """Hang mentions on a ticket, or say which customer it is about."""
    if not mentions and not customer:
        raise wrong_use("name mentions by their ids, or a customer: listener tickets link 7 123 --customer c1")
    with hands(config, named(by)) as desk:
        events = desk.link(number, mentions or [], customer)
    linked = [event.detail for event in events if event.what == "linked"]
    _tell(f"Ticket #{number} has {', '.join(linked)} now." if linked else "It had all of these already.")


def tag(
    number: Number,
    tags: Annotated[list[str], typer.Argument(help="Words.", show_default=False)],
    config: ConfigFile = DEFAULT_CONFIG,
    remove: Annotated[bool, typer.Option("--remove", help="Take them away instead.")] = False,
    by: Who = "",
) -> None:
    """Tag a ticket."""
    with hands(config, named(by)) as desk:
        events = desk.tag(number, tags, remove=remove)
    changed = next((event.detail for event in events if event.what in ("tagged", "untagged")), "")
    done = "no longer has" if remove else "has"
    _tell(f"Ticket #{number} {done} the tags: {changed}." if changed else "Nothing changed.")


def merge(
    number: Number,
    into: Annotated[int, typer.Option(min=1, max=MOST, help="The ticket that goes on.")],
    config: ConfigFile = DEFAULT_CONFIG,
    by: Who = "",
) -> None:
    """Close a ticket and let another go on in its place, with its posts, tags and people."""
    with hands(config, named(by)) as desk:
        desk.merge(number, into)
    _tell(f"Ticket #{number} goes on as #{into}.")


def open_one(
    config: ConfigFile = DEFAULT_CONFIG,
    mention: Annotated[int | None, typer.Option(min=1, max=MOST, help="The id of the mention it is about.")] = None,
    title: Annotated[str, typer.Option(help="What it is about; the post's own words if not told.")] = "",
    brand: Annotated[str, typer.Option(help="Its brand; needed without a mention where there are several.")] = "",
    customer: Annotated[str, typer.Option(help="The id of the customer it is about.")] = "",
    severity: Severity = "medium",
    by: Who = "",
) -> None:
    """Open a ticket by hand: on a mention, or on what was heard elsewhere."""
    from listener.cli.options import load

    if mention is None and not title:
        raise wrong_use("name a mention or say what it is about: listener tickets open --title WORDS")
    brands = [one.name for one in load(config).brands]
    if brand and brand not in brands:
        raise wrong_use(f"no brand is called {brand!r}; there are: {', '.join(brands)}")
    if mention is None and not brand and len(brands) > 1:
        raise wrong_use(f"say --brand, one of: {', '.join(brands)}")
    with hands(config, named(by)) as desk:
        events = desk.open(title=title, brand=brand or brands[0], severity=severity, mention=mention, customer=customer)
    _tell(f"Ticket #{events[0].ticket} is open.{_whose(events)}")


def _whose(events: list[TicketEvent]) -> str:
    given = next((event for event in events if event.what == "assigned"), None)
    return f" It is {given.detail}'s: {given.reason}." if given else " Nobody has it yet."


def _settle(number: int, to: Literal["open", "pending", "solved", "closed"], note: str, config: Path, by: str) -> None:
    with hands(config, named(by)) as desk:
        events = desk.set_status(number, to, note)
    if not events:
        raise to_tell(f"ticket #{number} is {to} already")
    _tell(f"Ticket #{number} is {to}.")


def _tell(words: str) -> None:
    from listener.terminal import one_line

    typer.echo(one_line(words))
