"""Commands for silences: what nobody is told of for a while, by whom, why and until when."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from typing import Annotated

import typer

from listener.cli.options import DEFAULT_CONFIG, ConfigFile, Json, Limit, Number, Who, named, opened, to_tell, wrong_use

silences_app = typer.Typer(help="List the silences; add or end one.", rich_markup_mode=None)


def add_to(app: typer.Typer) -> None:
    app.add_typer(silences_app, name="silences")


@silences_app.callback(invoke_without_command=True)
def silences(
    context: typer.Context,
    config: ConfigFile = DEFAULT_CONFIG,
    json: Json = False,
    limit: Limit = 50,
    active: Annotated[bool, typer.Option("--active", help="Only those that are planned or active.")] = False,
) -> None:
    """List the silences, the newest first, those that are over too."""
    if context.invoked_subcommand is not None:
        return
    from listener import shapes
    from listener.app import wall_clock
    from listener.cli.output import json_array, table, when
    from listener.store import silences as kept
    from listener.terminal import cut

    now = wall_clock()
    with opened(config) as (loaded, store), store.read() as tx:
        found = kept.list_silences(tx, limit, now=now if active else None)
        muted = kept.muted_by(tx)
    if json:
        json_array({**shapes.row(one), "state": one.state(now), "muted": muted.get(one.id, 0)} for one in found)
        return
    table(
        ["id", "state", "until", "by", "muted", "match", "reason"],
        (
            (
                one.id,
                one.state(now),
                when(one.ended_at or one.ends_at, loaded.timezone),
                cut(one.by, 24),
                muted.get(one.id, 0) or "-",
                cut(one.match, 200),
                cut(one.reason, 200),
            )
            for one in found
        ),
        "No silence." if not active else "No silence is planned or active.",
        wide=("match", "reason"),
    )


@silences_app.command("add")
def add(
    match: Annotated[str, typer.Option(help='What is silenced: rule == "angry" && brand == "Acme".')],
    reason: Annotated[str, typer.Option(help="Why; whoever misses an alert reads it.")],
    config: ConfigFile = DEFAULT_CONFIG,
    by: Who = "",
    until: Annotated[str, typer.Option(help='Until when: "2026-12-24 18:00", in the time zone of [listener].')] = "",
    length: Annotated[str, typer.Option("--for", help='For how long: "2h", "3d".')] = "",
    start: Annotated[str, typer.Option("--from", help="From when on; at once where nothing is said.")] = "",
) -> None:
    """Silence the alerts that a condition matches; they are listed, and nobody is told."""
    from listener.app import wall_clock
    from listener.cli.output import when
    from listener.store import silences as kept
    from rules.rule import RuleError

    now = wall_clock()
    if bool(until) == bool(length):
        raise wrong_use('say either --until, such as "2026-12-24 18:00", or --for, such as "2h"')
    with opened(config) as (loaded, store):
        starts = _moment(start, loaded.timezone) if start else now
        ends = _moment(until, loaded.timezone) if until else starts + _length(length)
        try:
            with store.write() as tx:
                made = kept.add(tx, match=match, reason=reason, by=named(by), starts_at=starts, ends_at=ends, now=now)
        except RuleError as error:
            raise wrong_use(f"the condition cannot be used:\n{error.pointing()}") from None
        except ValueError as error:
            raise wrong_use(f"{error}") from None
    typer.echo(f"Silence {made.id} holds until {when(made.ends_at, loaded.timezone)}.")


@silences_app.command("end")
def end(number: Number, config: ConfigFile = DEFAULT_CONFIG, by: Who = "") -> None:
    """End a silence now. What it muted stays listed; what comes from now on is told."""
    from listener.app import wall_clock
    from listener.store import silences as kept

    with opened(config) as (_, store), store.write() as tx:
        ended = kept.end(tx, number, named(by), wall_clock())
    if ended is None:
        raise to_tell(f"there is no silence {number} that is planned or active; `listener silences` lists them")
    typer.echo(f"Silence {number} is over.")


def _moment(written: str, timezone: tzinfo) -> datetime:
    try:
        moment = datetime.fromisoformat(written.strip())
    except ValueError:
        raise wrong_use(f'{written!r} is no moment: write one such as "2026-12-24 18:00"') from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=timezone)


def _length(written: str) -> timedelta:
    from sources.settings import parse_duration

    try:
        length = parse_duration(written)
    except ValueError as error:
        raise wrong_use(f"--for {error}") from None
    assert isinstance(length, timedelta)
    return length
