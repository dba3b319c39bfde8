"""Commands on who is which customer: look at what evidence cannot decide, link, refuse, take back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from listener.cli.options import DEFAULT_CONFIG, ConfigFile, Json, Limit, Who, named, opened, to_tell, wrong_use
from listener.cli.work import customers_app

if TYPE_CHECKING:
    from collections.abc import Sequence

    from listener.config import Config
    from listener.store import Tx
    from listener.store.links import Link
    from rules.authors import AuthorKey

AuthorWords = Annotated[
    str, typer.Argument(metavar="AUTHOR", help='A source and a handle or id: "mastodon:jane@host".', show_default=False)
]
CustomerId = Annotated[str, typer.Argument(metavar="CUSTOMER", help="The customer's id.", show_default=False)]


def add_to(app: typer.Typer) -> None:
    """Nothing more: the commands hang on `customers`."""


@customers_app.command("review")
def review(config: ConfigFile = DEFAULT_CONFIG, json: Json = False, limit: Limit = 50) -> None:
    """List the authors who may be customers and of whom a person must say so, the most probable first."""
    from listener.store.links import count_to_review, list_links

    with opened(config) as (loaded, store), store.read() as tx:
        found, waiting = list_links(tx, state="review", limit=limit), count_to_review(tx)
    _show(loaded, found, json, "Nobody waits to be looked at.")
    if found and not json:
        more = f"{waiting - len(found):,} more wait. " if waiting > len(found) else ""
        typer.echo(f"\n{more}listener customers link AUTHOR CUSTOMER, or: listener customers refuse AUTHOR CUSTOMER")


@customers_app.command("links")
def links(
    config: ConfigFile = DEFAULT_CONFIG,
    json: Json = False,
    limit: Limit = 50,
    customer: Annotated[str, typer.Option(help="Only those of the customer with this id.")] = "",
    state: Annotated[Literal["linked", "review", "refused"] | None, typer.Option(help="Only these.")] = None,
) -> None:
    """List which authors were found or said to be which customers, by whom and on what evidence."""
    from listener.store.links import list_links

    with opened(config) as (loaded, store), store.read() as tx:
        found = list_links(tx, state=state or "", customer=customer, limit=limit)
    _show(loaded, found, json, "No author is linked to a customer but by the addresses and handles of the directory.")


@customers_app.command("directories")
def directories(config: ConfigFile = DEFAULT_CONFIG, json: Json = False) -> None:
    """List the services whose customers are read: how far, when again, what is wrong. Exit 1 if one fails."""
    from listener import shapes
    from listener.cli.output import json_array, table, when
    from listener.store.directory_states import list_states
    from listener.terminal import cut

    with opened(config) as (loaded, store), store.read() as tx:
        found = list_states(tx)
    if json:
        json_array(map(shapes.directory, found))
    else:
        table(
            ["name", "state", "last read", "next", "trouble"],
            (
                (
                    cut(one.name, 40),
                    one.state,
                    when(one.read_at, loaded.timezone),
                    "-" if one.refused else when(one.next_at, loaded.timezone),
                    cut(one.error, 300),
                )
                for one in found
            ),
            "No service is read. Files are read by themselves: listener customers",
            wide=("trouble",),
        )
    raise typer.Exit(1 if any(one.failures for one in found) else 0)


@customers_app.command("link")
def link(
    author: AuthorWords, customer: CustomerId, config: ConfigFile = DEFAULT_CONFIG, by: Who = "", json: Json = False
) -> None:
    """Say that an author is a customer: for all they wrote and will write, whatever the evidence says."""
    _decide(author, customer, "linked", config, named(by), json)


@customers_app.command("refuse")
def refuse(
    author: AuthorWords, customer: CustomerId, config: ConfigFile = DEFAULT_CONFIG, by: Who = "", json: Json = False
) -> None:
    """Say that an author is not that customer: for all they wrote and will write, whatever the evidence says."""
    _decide(author, customer, "refused", config, named(by), json)


@customers_app.command("unlink")
def unlink(
    author: AuthorWords, customer: CustomerId, config: ConfigFile = DEFAULT_CONFIG, by: Who = "", json: Json = False
) -> None:
    """Undo: take back what a person said of an author and a customer; a link that no person made is refused."""
    from listener.app import wall_clock
    from listener.store.links import MATCHER, counts_as, decide, get_link, take_back

    with opened(config) as (loaded, store), store.write() as tx:
        key = _author(tx, author)
        known = get_link(tx, key, customer)
        if known is not None and known.made_by != MATCHER and known.state in ("linked", "refused"):
            changed = take_back(tx, key, customer, named(by), wall_clock()) or 0
            told = f"What {known.made_by or 'a person'} said is taken back"
        elif counts_as(tx, key, customer) or (known is not None and known.state == "linked"):
            changed = decide(tx, key, customer, "refused", named(by), wall_clock())
            told = f"The link is undone, and {key} is not taken for {customer} again"
        else:
            raise to_tell(f"{key} is not linked to {customer}; `listener customers links` lists who is")
        now = get_link(tx, key, customer)
    _told(loaded, now, told, changed, json)


def _decide(
    author: str, customer: str, state: Literal["linked", "refused"], config: ConfigFile, by: str, json: bool
) -> None:
    from listener.app import wall_clock
    from listener.store.customers import get_customer
    from listener.store.links import decide, get_link

    with opened(config) as (loaded, store), store.write() as tx:
        key = _author(tx, author)
        if get_customer(tx, customer) is None:
            raise to_tell(f"no customer has the id {customer!r}; `listener customers --search NAME` finds it")
        if state == "linked" and not _may_match(loaded, key.source):
            raise to_tell(
                f"authors on {key.source} cannot be tied to customers: its terms forbid it, or ask for "
                "identity_matching = true at a source of that kind"
            )
        if state == "linked" and _is_a_name_alone(tx, key):
            raise to_tell(
                f"{key.source} tells nothing of {key.value!r} but a name, which anybody may bear: it links nobody"
            )
        changed = decide(tx, key, customer, state, by, wall_clock())
        now = get_link(tx, key, customer)
    said = "is" if state == "linked" else "is not"
    _told(loaded, now, f"{key} {said} {customer} from now on", changed, json)


def _author(tx: Tx, words: str) -> AuthorKey:
    from listener.store.link_keys import find_author

    source, _, who = words.partition(":")
    if not (source and who.strip()):
        raise wrong_use(f'{words!r} must be a source and a handle or id: "mastodon:jane@host"')
    return find_author(tx, source.strip(), who.strip())


def _is_a_name_alone(tx: Tx, key: AuthorKey) -> bool:
    """Whether the author is known by nothing but a display name, as in most feeds."""
    from listener.store.link_keys import newest_author

    newest = newest_author(tx, key)
    return newest is not None and not newest.handle and not newest.id


def _may_match(config: Config, kind: str) -> bool:
    from rules.recognition import MayMatch

    return MayMatch(opted_in=frozenset(one.kind for one in config.sources if one.identity_matching)).allows(kind)


def _told(config: Config, link: Link | None, said: str, changed: int, json: bool) -> None:
    from alerts.wording import counted
    from listener.terminal import safe

    if json:
        _show(config, [link] if link is not None else [], json, "")
        return
    also = f"; {counted(changed, 'kept mention')} changed with it" if changed else ""
    typer.echo(safe(f"{said}{also}."))


def _show(config: Config, found: Sequence[Link], json: bool, empty: str) -> None:
    from listener import shapes
    from listener.cli.output import json_array, table, when
    from listener.terminal import cut

    if json:
        json_array(map(shapes.link, found))
        return
    table(
        ["author", "shown as", "customer", "name", "state", "sure", "by", "when", "why"],
        (
            (
                cut(one.author, 60),
                cut(one.shown, 24),
                cut(one.customer, 24),
                cut(one.name, 30),
                one.state if not one.ended_at else f"{one.state} (ended by {cut(one.ended_by, 20) or 'a person'})",
                "-" if one.probability is None else f"{one.probability:.1%}",
                cut(one.made_by, 20) or "-",
                when(one.made_at, config.timezone),
                cut("; ".join(one.evidence), 300),
            )
            for one in found
        ),
        empty,
        wide=("shown as", "name", "why"),
    )
