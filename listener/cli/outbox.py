"""Commands for the outbox: what waits to be told, what was given up, and telling it again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import typer

from listener.cli.options import DEFAULT_CONFIG, MOST, ConfigFile, Json, Limit, opened, to_tell, wrong_use
from listener.cli.setup import channels_app

outbox_app = typer.Typer(help="List what waits to be told and what was given up; tell it again.", rich_markup_mode=None)


def add_to(app: typer.Typer) -> None:
    app.add_typer(outbox_app, name="outbox")


@outbox_app.callback(invoke_without_command=True)
def outbox(
    context: typer.Context,
    config: ConfigFile = DEFAULT_CONFIG,
    json: Json = False,
    limit: Limit = 50,
    state: Annotated[
        Literal["due", "claimed", "sent", "dead"] | None,
        typer.Option(help="Only these; all that is not sent otherwise."),
    ] = None,
    channel: Annotated[str, typer.Option(help="Only this channel.")] = "",
) -> None:
    """List the messages that are not told, the newest first."""
    if context.invoked_subcommand is None:
        _list(config, json=json, limit=limit, states=(state,) if state else ("due", "claimed", "dead"), channel=channel)


@outbox_app.command("dead")
def dead(
    config: ConfigFile = DEFAULT_CONFIG,
    json: Json = False,
    limit: Limit = 50,
    channel: Annotated[str, typer.Option(help="Only this channel.")] = "",
) -> None:
    """List what was given up, each with the reason."""
    _list(config, json=json, limit=limit, states=("dead",), channel=channel)


@outbox_app.command("retry")
def retry(
    numbers: Annotated[
        list[int] | None, typer.Argument(min=0, max=MOST, help="Only these; all that was given up if not told.")
    ] = None,
    config: ConfigFile = DEFAULT_CONFIG,
    channel: Annotated[str, typer.Option(help="Only this channel.")] = "",
) -> None:
    """Queue again what was given up, once its cause is mended; `listener run` or `poll` tells it."""
    from listener.app import wall_clock
    from listener.store import outbox as kept

    with opened(config) as (_, store), store.write() as tx:
        count = kept.retry_dead(tx, channel or None, now=wall_clock(), numbers=numbers)
    typer.echo(f"{count} message{'' if count == 1 else 's'} will be told again.")


@channels_app.command("enable")
def enable(name: str, config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Tell on a channel again that had refused us, once that is mended."""
    from listener.app import wall_clock
    from listener.store import channel_states

    with opened(config) as (loaded, store):
        known = [place for place, _ in loaded.told_places]
        if name not in known:
            raise wrong_use(f"no channel is named {name!r}; configured: {', '.join(known) or 'none'}")
        with store.write() as tx:
            enabled = channel_states.enable_channel(tx, name, wall_clock())
    if not enabled:
        raise to_tell(f"'{name}' is not disabled; `listener channels` shows how each does")
    typer.echo(f"'{name}' is told again; what waited is sent by `listener run` or `listener poll`.")


def _list(config: ConfigFile, *, json: bool, limit: int, states: Sequence[str], channel: str) -> None:
    from listener import shapes
    from listener.cli.output import json_array, kept_back, table, when
    from listener.store import notices
    from listener.store import outbox as kept
    from listener.terminal import cut

    with opened(config) as (loaded, store), store.read() as tx:
        found = kept.list_in(tx, states, limit, channel)
        back = {} if channel or states == ("dead",) else notices.kept_back(tx)
    if json:
        json_array(map(shapes.delivery, found))
        return
    table(
        ["id", "channel", "kind", "severity", "state", "made", "next try", "tries", "last error"],
        (
            (
                one.id,
                cut(one.channel, 28),
                one.kind,
                one.severity,
                one.state,
                when(one.created_at, loaded.timezone),
                when(one.next_at, loaded.timezone) if one.state == "due" else "-",
                one.attempts,
                cut(one.last_error, 300) or "-",
            )
            for one in found
        ),
        "Nothing was given up." if states == ("dead",) else "Nothing is on its way.",
        wide=("last error",),
    )
    if back:
        typer.echo(kept_back(back))
