"""Commands that bring posts in: poll, run, analyze, import."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from listener.cli.options import DEFAULT_CONFIG, MOST, ConfigFile, Json, load, opened, to_tell, wrong_use

LONGEST_TYPED = 1_000_000  # bytes of a text on standard input


def add_to(app: typer.Typer) -> None:
    app.command()(poll)
    app.command()(run)
    app.command()(analyze)
    app.command("import")(import_posts)


def poll(
    config: ConfigFile = DEFAULT_CONFIG,
    source: Annotated[list[str] | None, typer.Option("--source", help="Only this source; may be repeated.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be kept and told; write nothing.")
    ] = False,
    json: Json = False,
) -> None:
    """Ask every source once, now: read what came, keep the mentions, tell what is due."""
    import asyncio

    from sources.settings import InboundSourceSettings

    loaded = load(config, secrets=True)
    names = [settings.name for settings in loaded.sources]
    for name in source or ():
        if name not in names:
            raise wrong_use(f"no source is named {name!r}; configured: {', '.join(names) or 'none'}")
    for settings in loaded.sources:
        if isinstance(settings, InboundSourceSettings) and settings.name in (source or ()):
            raise wrong_use(f"{settings.name!r} is told of posts and cannot be asked: `listener run` takes them")
    if dry_run:
        from listener.preview import preview_round

        raise typer.Exit(asyncio.run(preview_round(loaded, source or names, json)))
    from listener.rounds import poll_round

    raise typer.Exit(asyncio.run(poll_round(loaded, source or (), json)))


def run(config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Listen by the clock until told to stop (Ctrl-C, SIGTERM). A clean stop loses nothing."""
    import asyncio

    from listener import logs
    from listener.app import working
    from listener.running import stop_on_signals
    from listener.terminal import safe
    from listener.web.address import ingest_url
    from sources.settings import InboundSourceSettings

    loaded = load(config, secrets=True)
    logs.set_up()

    async def work() -> None:
        stop = asyncio.Event()
        stop_on_signals(stop)
        async with working(loaded) as app:
            typer.echo(
                f"Listening for {', '.join(brand.name for brand in loaded.brands)} on {len(loaded.sources)} sources. "
                "Ctrl-C stops.",
                err=True,
            )
            for settings in loaded.sources:
                if isinstance(settings, InboundSourceSettings) and loaded.web is not None:
                    where = ingest_url(loaded.web.address, settings.name)
                    typer.echo(safe(f"Posts for '{settings.name}' are taken at {where}"), err=True)
            await app.run(stop)
        typer.echo("Stopped; nothing was left half done.", err=True)

    asyncio.run(work())


def analyze(
    text: Annotated[str, typer.Argument(help="With --explain: the text to read; standard input if not told.")] = "",
    config: ConfigFile = DEFAULT_CONFIG,
    every: Annotated[bool, typer.Option("--all", help="Read every post, also where no brand matches.")] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Show a person what is read in a text, and why.")] = False,
    mention: Annotated[
        int | None, typer.Option("--mention", min=0, max=MOST, help="With --explain: a kept mention by its number.")
    ] = None,
    brand: Annotated[str, typer.Option(help="With --explain: the brand it is about, whether its query matches.")] = "",
    title: Annotated[str, typer.Option(help="With --explain: the title of the text.")] = "",
    lang: Annotated[str, typer.Option(help="With --explain: the language that its source claims.")] = "",
    author: Annotated[str, typer.Option(help='With --explain: the author as "mastodon:jane@host".')] = "",
) -> None:
    """Read posts (JSON Lines) from standard input, write one reading per mention to standard output. No database.

    With --explain it reads one text (or a kept mention), and shows each part of the reading with what led to it.
    """
    if explain:
        _explain(text, config, mention, brand, title, lang, author)
        return
    if text or mention is not None or brand or title or lang or author:
        raise wrong_use("a text, --mention, --brand, --title, --lang and --author go with --explain")
    from listener.stream import analyze_stream

    raise typer.Exit(analyze_stream(load(config), every=every))


def _explain(text: str, config: Path, mention: int | None, brand: str, title: str, lang: str, author: str) -> None:
    from listener.explaining import show_mention, show_text

    if mention is not None:
        if text or brand or title or lang or author:
            raise wrong_use("--mention names what is read: no text, --brand, --title, --lang or --author beside it")
        with opened(config) as (loaded, store), store.read() as tx:
            if not show_mention(tx, loaded, mention):
                raise to_tell(f"there is no mention {mention}; `listener mentions` lists them")
        return
    loaded = load(config)
    brands = [one.name for one in loaded.brands]
    if brand and brand not in brands:
        raise wrong_use(f"no brand is named {brand!r}; configured: {', '.join(brands)}")
    if not (text or title):
        text = sys.stdin.buffer.read(LONGEST_TYPED).decode("utf-8", "replace")
    show_text(loaded, text, title, lang, author, brand)


def import_posts(
    file: Annotated[Path, typer.Argument(help="JSON Lines or CSV of posts, also gzipped.")],
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Bring posts from a file into the store, where they are read like any other."""
    import asyncio

    from listener.importing import import_round

    if not file.is_file():
        raise wrong_use(f"{file} is not a file that can be read")
    raise typer.Exit(asyncio.run(import_round(load(config), file)))
