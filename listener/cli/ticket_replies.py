"""Commands by which a person answers from a ticket, and finds a prepared answer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from listener.cli.options import (
    DEFAULT_CONFIG,
    ConfigFile,
    Json,
    Number,
    Who,
    load,
    named,
    opened,
    to_tell,
    wrong_use,
)

if TYPE_CHECKING:
    from alerts.replies.contract import Replying
    from listener.config import Config
    from listener.replies import Draft
    from listener.store import Store, Tx
    from listener.store.tickets import Ticket

MOST_BYTES = 400_000


def add_to(tickets: typer.Typer) -> None:
    tickets.command("reply")(reply)
    tickets.command("suggest")(suggest)


def reply(
    number: Number,
    config: ConfigFile = DEFAULT_CONFIG,
    text: Annotated[str, typer.Option("--text", help="What to answer.")] = "",
    file: Annotated[Path | None, typer.Option("--file", help="A file with what to answer; - reads it here.")] = None,
    answer: Annotated[str, typer.Option("--answer", help="A prepared answer: `tickets suggest` names them.")] = "",
    short: Annotated[bool, typer.Option("--short", help="Of a prepared answer only its title and link.")] = False,
    account: Annotated[str, typer.Option("--as", help="By which account of [[replies]].")] = "",
    mention: Annotated[int, typer.Option("--mention", min=0, help="Which mention of the ticket; the newest.")] = 0,
    send: Annotated[bool, typer.Option("--send", help="Send it, after a question.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    by: Who = "",
    json: Json = False,
) -> None:
    """Show what an answer would look like, and with --send put it on its way: under the post, by your account.

    Exit 1 where it does not fit, or nothing can be answered.
    """
    loaded = load(config)
    words = _words(loaded, text, file, answer, short)
    with opened(config) as (loaded, store):
        with store.read() as tx:
            ticket = _ticket(tx, number)
            written = _draft(loaded, ticket, words, account, mention)
        if not json:
            _show(number, written)
        if not written.length.fits:
            most = f"{written.account.name!r} takes {written.length.most:,} {written.length.counted}"
            hint = "; --short writes title and link alone" if answer and not short else ""
            raise to_tell(f"It is too long: {most}, this has {written.length.count:,}{hint}.")
        sure = send and (yes or json or typer.confirm(f"Send this by {written.account.name!r}?"))
        queued = _queue(store, ticket, written, named(by)) if sure else False
    _tell(number, written, json=json, sure=sure, queued=queued, asked=send)


def suggest(number: Number, config: ConfigFile = DEFAULT_CONFIG, json: Json = False) -> None:
    """Find the prepared answers that fit what a ticket is about, and say by which words. Nothing is sent."""
    from listener.answers import read_folder
    from listener.cli.output import json_array
    from listener.cli.suggestions_shown import show_suggested, suggested_row

    with opened(config) as (loaded, store), store.read() as tx:
        ticket = _ticket(tx, number)
    if loaded.answers is None:
        raise to_tell("there is no folder of answers: write [answers] with a folder (docs/answering.md)")
    prepared = read_folder(loaded.answers)
    for mistake in prepared.mistakes:
        typer.echo(mistake, err=True)
    newest = next((one for one in ticket.mentions if not one.own), None)
    found = prepared.fitting(newest) if newest is not None else []
    if json:
        json_array(map(suggested_row, found))
    else:
        show_suggested(number, found, len(prepared.answers))


def offer(config: Config, ticket: Ticket) -> None:
    """Names the prepared answers that fit a ticket, below what is shown of it; nothing where there are none."""
    from listener.answers import read_folder
    from listener.terminal import one_line

    newest = next((one for one in ticket.mentions if not one.own), None)
    if config.answers is None or newest is None or not ticket.is_unsolved:
        return
    found = read_folder(config.answers).fitting(newest)
    for one in found:
        because = ", ".join(f"'{word}'" for word in one.because)
        link = f" {one.answer.link}" if one.answer.link else ""
        typer.echo(one_line(f"Suggested answer {one.answer.name}: {one.answer.title}{link} (because of {because})"))


def _words(config: Config, text: str, file: Path | None, answer: str, short: bool) -> str:
    """What is to be answered, from the one place that was named."""
    if sum(map(bool, (text, file, answer))) != 1:
        raise wrong_use("say what to answer by one of --text, --file and --answer")
    if short and not answer:
        raise wrong_use("--short is for a prepared --answer")
    if answer:
        return _prepared(config, answer, short)
    words = text if file is None else _read(file)
    if not words.strip():
        raise wrong_use("there is nothing in it to answer")
    return words


def _prepared(config: Config, name: str, short: bool) -> str:
    from listener.answers import read_folder

    prepared = read_folder(config.answers)
    found = prepared.named(name)
    if found is None:
        known = ", ".join(one.name for one in prepared.answers[:20]) or "none"
        raise wrong_use(f"no prepared answer is named {name!r}; in the folder of [answers]: {known}")
    return found.short if short else found.whole


def _read(file: Path) -> str:
    import sys

    try:
        with sys.stdin.buffer if str(file) == "-" else file.open("rb") as opened_file:
            content = opened_file.read(MOST_BYTES + 1)
    except OSError as error:
        raise wrong_use(f"{file} cannot be read: {error.strerror or error}") from None
    if len(content) > MOST_BYTES:
        raise wrong_use(f"{file} is longer than any answer may be")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise wrong_use(f"{file} is not written in UTF-8") from None


def _ticket(tx: Tx, number: int) -> Ticket:
    from listener.store.tickets import get_ticket

    ticket = get_ticket(tx, number)
    if ticket is None:
        raise to_tell(f"there is no ticket #{number}; `listener tickets --status all` lists them")
    if ticket.merged_into is not None:
        raise to_tell(f"ticket #{number} was merged: it goes on as #{ticket.merged_into}")
    return ticket


def _draft(config: Config, ticket: Ticket, words: str, account: str, mention: int) -> Draft:
    from listener.replies import CannotAnswer, draft
    from listener.terminal import safe
    from sources.post import MAX_TEXT, storable

    try:
        return draft(open_accounts(config), ticket, storable(words, MAX_TEXT), account, mention)
    except CannotAnswer as error:
        raise to_tell(safe(str(error))) from None


def open_accounts(config: Config) -> Sequence[Replying]:
    """The accounts, opened; that asks nobody anything."""
    return [settings.open() for settings in config.replies]


def _show(number: int, written: Draft) -> None:
    from listener.terminal import cut, one_line, safe

    by, length = written.account, written.length
    typer.echo(one_line(f"Answer of ticket #{number} by '{by.name}' ({by.kind}), mention {written.mention.id}:"))
    typer.echo(one_line(f"  {by.under(written.mention.post)}"))
    post = written.mention.post
    typer.echo(f"  to: {cut(post.title or post.text, 200)}")
    typer.echo(f"  {length.count:,} of {length.most:,} {length.counted}\n")
    typer.echo(safe(written.text))
    typer.echo("")


def _queue(store: Store, ticket: Ticket, written: Draft, by: str) -> bool:
    from listener.app import wall_clock
    from listener.replies import queue_reply

    with store.write() as tx:
        return queue_reply(tx, ticket, written, by, wall_clock())


def _tell(number: int, written: Draft, *, json: bool, sure: bool, queued: bool, asked: bool) -> None:
    from listener.cli.output import json_array

    length = written.length
    if json:
        json_array(
            [
                {
                    "ticket": number,
                    "mention": written.mention.id,
                    "account": written.account.name,
                    "kind": written.account.kind,
                    "under": written.account.under(written.mention.post),
                    "text": written.text,
                    "length": length.count,
                    "most": length.most,
                    "counted": length.counted,
                    "queued": queued,
                }
            ]
        )
    elif queued:
        typer.echo("It is on its way: `listener run` sends it within a second, `listener poll` with its next round.")
    elif sure:
        typer.echo("Nothing is sent: this account has answered the mention in these very words before.")
    elif asked:
        typer.echo("Nothing is sent.")
    else:
        typer.echo("Nothing is sent yet: --send sends it.")
    raise typer.Exit(1 if sure and not queued else 0)
