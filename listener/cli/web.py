"""Commands for the HTTP server: where posts are taken, and links for those who send them."""

from __future__ import annotations

from typing import Annotated

import typer

from listener.cli.options import DEFAULT_CONFIG, ConfigFile, Json, Limit, load, to_tell, wrong_use

web_app = typer.Typer(help="List the addresses that take posts, or make a link to one.", rich_markup_mode=None)


def add_to(app: typer.Typer) -> None:
    app.add_typer(web_app, name="web")


@web_app.callback(invoke_without_command=True)
def addresses(
    context: typer.Context, config: ConfigFile = DEFAULT_CONFIG, json: Json = False, limit: Limit = 50
) -> None:
    """List the addresses that take posts while `listener run` runs."""
    if context.invoked_subcommand is not None:
        return
    from listener.cli.output import json_array, table
    from listener.web.address import ingest_url
    from sources.settings import InboundSourceSettings

    loaded = load(config)
    found = [
        {
            "source": settings.name,
            "kind": settings.kind,
            "url": ingest_url(loaded.web.address, settings.name),
            "signed_requests": settings.proves_senders,
            "links": loaded.web.secret is not None,
        }
        for settings in loaded.sources
        if loaded.web is not None and isinstance(settings, InboundSourceSettings)
    ][:limit]
    if json:
        json_array(found)
        return
    told = {(True, True): "signed requests, links", (True, False): "signed requests", (False, True): "links"}
    table(
        ["source", "takes", "at"],
        (
            (one["source"], told.get((bool(one["signed_requests"]), bool(one["links"])), "-"), one["url"])
            for one in found
        ),
        "No source is told of posts.",
        wide=("at",),
    )


@web_app.command("link")
def link(
    name: Annotated[str, typer.Argument(help="The source to which it brings posts.")],
    config: ConfigFile = DEFAULT_CONFIG,
    days: Annotated[int, typer.Option(min=1, max=3_660, help="For how long it holds.")] = 365,
) -> None:
    """Make a link by which a sender that cannot sign brings posts to a source. Whoever has it can send."""
    from datetime import timedelta

    from listener.app import wall_clock
    from listener.terminal import safe
    from listener.web.address import ingest_url
    from listener.web.links import INGEST_LINK, signed_until
    from sources.settings import InboundSourceSettings

    loaded = load(config, secrets=True)
    told = [settings.name for settings in loaded.sources if isinstance(settings, InboundSourceSettings)]
    if name not in told:
        raise wrong_use(f"no source of the name {name!r} is told of posts; configured: {', '.join(told) or 'none'}")
    if loaded.web is None or loaded.web.secret is None:
        raise to_tell("links are signed with [web] secret, and there is none: openssl rand -hex 32 makes one")
    until = wall_clock() + timedelta(days=days)
    token = signed_until(loaded.web.secret.get_secret_value(), INGEST_LINK, name, until)
    typer.echo(safe(f"{ingest_url(loaded.web.address, name)}?link={token}"))
    typer.echo(f"It holds until {until.astimezone(loaded.timezone):%Y-%m-%d %H:%M}.", err=True)
