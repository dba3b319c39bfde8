"""Commands on the help desks outside: which there are, what was opened there, how it stands."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from listener.cli.options import DEFAULT_CONFIG, ConfigFile, Json, Limit, opened, to_tell, wrong_use

desks_app = typer.Typer(help="List the help desks and what was opened there; ask how it stands.", rich_markup_mode=None)


def add_to(app: typer.Typer) -> None:
    app.add_typer(desks_app, name="desks")


@desks_app.callback(invoke_without_command=True)
def desks(context: typer.Context, config: ConfigFile = DEFAULT_CONFIG, json: Json = False) -> None:
    """List the configured desks: what is open there, and what waits to be told."""
    if context.invoked_subcommand is not None:
        return
    from listener import shapes
    from listener.cli.output import json_array, table
    from listener.store import desk_tickets, outbox_counts

    with opened(config) as (loaded, store), store.read() as tx:
        counts, stats = desk_tickets.count_tickets(tx), outbox_counts.stats(tx)
        rows = [shapes.desk(one, counts.get(one.name, {}), stats.of(one.name)) for one in loaded.desks]
    if json:
        json_array(rows)
        return
    table(
        ["name", "kind", "open", "closed", "gone", "waiting", "given up"],
        (tuple(row[key] for key in ("name", "kind", "open", "closed", "gone", "waiting", "dead")) for row in rows),
        "No desk is configured. Write [[desks]] with a kind, a name and what opens it, and name it as a rule's ticket.",
    )


@desks_app.command("tickets")
def tickets(
    config: ConfigFile = DEFAULT_CONFIG,
    json: Json = False,
    limit: Limit = 50,
    desk: Annotated[str, typer.Option(help="Only those of this desk.")] = "",
    status: Annotated[Literal["open", "closed", "gone", "all"], typer.Option(help="Which ones.")] = "open",
) -> None:
    """List the tickets at desks outside, those that changed last first."""
    from listener import shapes
    from listener.cli.output import json_array, table, when
    from listener.store import desk_tickets
    from listener.terminal import cut

    with opened(config) as (loaded, store), store.read() as tx:
        found = desk_tickets.list_tickets(tx, desk=desk, state="" if status == "all" else status, limit=limit)
    if json:
        json_array(map(shapes.desk_ticket, found))
        return
    table(
        ["ticket", "desk", "alert", "status", "opened", "looked at", "page"],
        (
            (
                cut(one.shown, 40) or "-",
                one.desk,
                one.alert_id,
                cut(one.said or one.state, 40),
                when(one.opened_at, loaded.timezone),
                when(one.looked_at, loaded.timezone),
                cut(one.url, 200),
            )
            for one in found
        ),
        "No ticket at a desk outside." if status == "all" else f"No {status} ticket at a desk outside.",
        wide=("page",),
    )


@desks_app.command("look")
def look(
    config: ConfigFile = DEFAULT_CONFIG,
    desk: Annotated[str, typer.Option(help="Only this desk.")] = "",
) -> None:
    """Ask the desks now how their tickets stand. Exit code 1 if one does not tell."""
    import asyncio

    from listener.cli.options import load
    from listener.help_desks.looking import look_now
    from listener.store import Store
    from listener.terminal import safe

    loaded = load(config, secrets=True)
    if desk and desk not in {one.name for one in loaded.desks}:
        raise wrong_use(f"there is no desk {desk!r}; `listener desks` lists them")
    store = Store.open(loaded.database_url)
    try:
        changed, failed = asyncio.run(look_now(loaded, store, [desk] if desk else []))
    finally:
        store.close()
    typer.echo(f"{changed} ticket{'' if changed == 1 else 's'} changed.")
    if failed:
        raise to_tell(safe("\n".join(f"{name}: {why}" for name, why in failed.items())))


@desks_app.command("test")
def test(name: str, config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Ask a desk for a ticket that is not there, and say what came of it. Opens nothing."""
    import asyncio

    from alerts.contract import DeliveryFailed
    from listener.cli.options import load
    from listener.help_desks.looking import ask_for_nothing
    from listener.terminal import safe

    loaded = load(config, secrets=True)
    settings = next((one for one in loaded.desks if one.name == name), None)
    if settings is None:
        known = ", ".join(one.name for one in loaded.desks) or "none"
        raise wrong_use(f"there is no desk {name!r}; configured: {known}")
    try:
        asyncio.run(ask_for_nothing(settings))
    except DeliveryFailed as error:
        raise to_tell(safe(f"'{name}' cannot be asked: {error}")) from None
    typer.echo(f"'{name}' answers. Whether it lets tickets be opened, the first one shows.")
