"""Commands on what is kept: digest, export, recheck, purge."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from listener.cli.options import DEFAULT_CONFIG, ConfigFile, Json, load, opened, to_tell, unwritable, wrong_use

LONGEST_DIGEST = timedelta(days=3650)
_MOST_SHARED = 20
"""Addresses and handles that are told one by one."""


def add_to(app: typer.Typer) -> None:
    app.command()(digest)
    app.command()(export)
    app.command()(recheck)
    app.command()(purge)


def digest(
    name: Annotated[str, typer.Argument(help="Which of [[digests]]; else that of [digest].")] = "",
    config: ConfigFile = DEFAULT_CONFIG,
    show: Annotated[bool, typer.Option("--print", help="Print it here (the default).")] = False,
    send: Annotated[bool, typer.Option("--send", help="Send it now to the digest's channels.")] = False,
    html: Annotated[Path | None, typer.Option(help="Also write it as a page with its pictures.")] = None,
    last: Annotated[str, typer.Option(help='The period, ending now: "24h", "7d"; else the digest\'s own.')] = "",
) -> None:
    """Tell what changed and why: counts against the period before, sentiment, stories, topics, authors, by brand."""
    from listener.digests.preview import LeftToRun, NoSuchDigest, chosen_plan, make_digest, send_digest, shown_plan
    from listener.terminal import safe

    length = _period(last)
    loaded = load(config, secrets=send)
    try:
        plan = chosen_plan(loaded, name) if send else shown_plan(loaded, name)
    except NoSuchDigest as error:
        raise wrong_use(str(error)) from None
    message, page = make_digest(loaded, plan, length)
    if html is not None:
        try:
            html.write_text(page, "utf-8")
        except OSError as error:
            raise unwritable(html, error) from None
        typer.echo(f"Wrote {html}", err=True)
    if send:
        channels = ", ".join(plan.channels)
        try:
            failures = send_digest(loaded, plan, length)
        except LeftToRun:
            typer.echo(f"Queued for {channels}: the listener that is at work here sends it now.")
        else:
            for failure in failures:
                typer.echo(safe(failure), err=True)
            if failures:
                raise to_tell("What failed stays in the outbox; `listener run` or `listener poll` tries it again.")
            typer.echo(f"Sent to {channels}.")
    if show or not (send or html):
        typer.echo(safe(message.text))


def _period(last: str) -> timedelta | None:
    from listener.cli.times import since_time

    if not last:
        return None
    since = since_time(last)
    if since is None:
        raise wrong_use('--last must be a length of time such as "24h" or "7d"')
    length = datetime.now(UTC) - since
    if length > LONGEST_DIGEST:
        raise wrong_use(f"--last can be at most {LONGEST_DIGEST.days}d")
    return timedelta(seconds=round(length.total_seconds()))


def export(
    config: ConfigFile = DEFAULT_CONFIG,
    form: Annotated[str, typer.Option("--format", help="jsonl or csv.")] = "jsonl",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="A file; standard output if not told.")] = None,
    brand: Annotated[str, typer.Option(help="Only this brand.")] = "",
    since: Annotated[str, typer.Option(help='Only since: "24h", "7d", or a date.')] = "",
) -> None:
    """Write all mentions as JSON Lines or CSV, as far as their services' terms allow; in CSV no cell is a formula."""
    from listener.cli.times import since_time
    from listener.exports import write_csv, write_jsonl
    from listener.terminal import safe

    writers = {"jsonl": write_jsonl, "csv": write_csv}
    if form not in writers:
        raise wrong_use(f"--format is {form!r}, must be one of: jsonl, csv")
    with opened(config) as (loaded, store):
        kinds = {settings.name: settings.kind for settings in loaded.sources}
        if output is None:
            done = writers[form](store, sys.stdout.buffer, kinds, brand, since_time(since))
        else:
            try:
                with output.open("wb") as file:
                    done = writers[form](store, file, kinds, brand, since_time(since))
            except OSError as error:
                raise unwritable(output, error) from None
    typer.echo(f"{done.written} mention{'' if done.written == 1 else 's'} written.", err=True)
    for kind, count in done.ids_alone.items():
        typer.echo(safe(f"{count} of {kind} as ids and links alone: its terms let no more be handed on."), err=True)
    for kind, count in done.left_out.items():
        typer.echo(safe(f"{count} of {kind} left out: its terms forbid to hand them on."), err=True)


def recheck(
    config: ConfigFile = DEFAULT_CONFIG,
    source: Annotated[list[str] | None, typer.Option("--source", help="Only this source; may be repeated.")] = None,
    json: Json = False,
) -> None:
    """Look at all kept posts again, now: wipe what was deleted upstream, read anew what was edited."""
    import asyncio

    from listener.recheck import recheck_round

    loaded = load(config, secrets=True)
    names = [settings.name for settings in loaded.sources]
    for name in source or ():
        if name not in names:
            raise wrong_use(f"no source is named {name!r}; configured: {', '.join(names) or 'none'}")
    raise typer.Exit(asyncio.run(recheck_round(loaded, source or (), json)))


def purge(
    config: ConfigFile = DEFAULT_CONFIG,
    author: Annotated[
        str, typer.Option(help='Erase one author everywhere: "mastodon:jane@host", "bluesky:did:plc:...".')
    ] = "",
    customer: Annotated[
        str, typer.Option(help="Erase one customer everywhere, by their id: the directory, the links, what they wrote.")
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase what is older than the retention or its archive, all of one author, or all of one customer."""
    from msgspec.structs import replace

    from listener.archiving import Archiving
    from listener.store import purge as eraser
    from listener.store.erasing_customers import erase_customer, shared_identities
    from listener.terminal import safe

    loaded = load(config)
    source, _, who = author.partition(":")
    if author and not (source and who):
        raise wrong_use(f'--author is {author!r}, must be a source and a name: "mastodon:jane@host"')
    if author and customer:
        raise wrong_use("--author and --customer cannot stand together")
    what = f"all that is older than {loaded.listener.retention.days} days, and what no archive keeps any more"
    if author:
        what = f"everything by {who} on {source}"
    if customer:
        what = f"the customer {customer} and everything they wrote"
    if not yes and not typer.confirm(f"Erase {what} for good?"):
        raise to_tell("Nothing was erased.")
    with opened(config) as (_, store):
        now = datetime.now(UTC)
        with store.write() as tx:
            shared = shared_identities(tx, customer) if customer else []
            if customer:
                purged = erase_customer(tx, customer, now)
            elif author:
                purged = eraser.erase_author(tx, source, who, now)
            else:
                purged = eraser.purge_older(tx, now - loaded.listener.retention)
        if purged is not None and not (author or customer):
            purged = replace(purged, archived=Archiving.of(loaded.sources).prune(store, now))
    if purged is None:
        raise to_tell(f"nothing is known of a customer {customer!r}")
    typer.echo(f"Erased: {purged}")
    if shared:
        told = ", ".join(map(str, shared[:_MOST_SHARED]))
        more = f" and {len(shared) - _MOST_SHARED} more" if len(shared) > _MOST_SHARED else ""
        typer.echo(safe(f"Kept, since other customers have them too: {told}{more}"))
