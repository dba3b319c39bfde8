"""Commands about feeds: list them, find a site's, import a list, write the address of a service's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from listener.cli.options import DEFAULT_CONFIG, ConfigFile, Json, Limit, load, opened, to_tell, wrong_use

if TYPE_CHECKING:
    from listener.feed_tables import Added, NewFeed
    from sources.feed_presets import Preset

feeds_app = typer.Typer(help="List the feeds; find, import or write more.", rich_markup_mode=None)

Add = Annotated[bool, typer.Option("--add", help="Add them to the configuration; without it they are only printed.")]


def add_to(app: typer.Typer) -> None:
    app.add_typer(feeds_app, name="feeds")


@feeds_app.callback(invoke_without_command=True)
def feeds(
    context: typer.Context, config: ConfigFile = DEFAULT_CONFIG, json: Json = False, limit: Limit = 1_000
) -> None:
    """List the feeds that are configured, and how they fare."""
    if context.invoked_subcommand is not None:
        return
    from listener.cli.output import json_array, table, when
    from listener.store import sources as states
    from listener.terminal import cut
    from sources.feed import FeedSettings
    from sources.feed_services import shown_feed

    with opened(config) as (loaded, store), store.read() as tx:
        known = {state.name: state for state in states.list_sources(tx, active_only=True)}
    rows: list[dict[str, Any]] = []
    for settings in loaded.sources:
        if isinstance(settings, FeedSettings) and len(rows) < limit:
            state = known.get(settings.name)
            rows.append(
                {
                    "name": settings.name,
                    "address": shown_feed(settings.url),
                    "posts_seen": state.posts_seen if state else 0,
                    "last_success_at": state.last_success_at if state else None,
                    "trouble": state.last_error if state and state.failing_since else "",
                }
            )
    if json:
        json_array(rows)
        return
    table(
        ["name", "posts", "read", "address", "trouble"],
        (
            (
                cut(str(row["name"]), 40),
                row["posts_seen"],
                when(row["last_success_at"], loaded.timezone),
                cut(str(row["address"]), 200),
                cut(str(row["trouble"]), 300),
            )
            for row in rows
        ),
        "No feed is configured. Find one: listener feeds find ADDRESS",
        wide=("address", "trouble"),
    )


@feeds_app.command("find")
def find(
    address: Annotated[str, typer.Argument(help="A page of the site, such as example.org.")],
    config: ConfigFile = DEFAULT_CONFIG,
    json: Json = False,
    add: Add = False,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="Also ask addresses on private networks.")
    ] = False,
) -> None:
    """Find the feeds that a site offers, ready to be pasted."""
    import asyncio

    from listener.app import wall_clock
    from listener.cli.output import json_array
    from listener.feed_finding import find as ask
    from listener.feed_tables import NewFeed
    from listener.terminal import safe
    from sources.contract import SourceError

    try:
        found = asyncio.run(ask(address, wall_clock(), allow_private=allow_private))
    except SourceError as error:
        raise to_tell(safe(str(error).replace("set allow_private = true", "add --allow-private"))) from None
    if not found:
        raise to_tell(safe(f"no feed of {address} was found"))
    if json:
        json_array({"url": one.url, "title": one.title, "entries": one.entries} for one in found)
        return
    told = [
        NewFeed(
            name=one.title,
            url=one.url,
            allow_private=allow_private,
            comment=f"{one.entries} entr{'y' if one.entries == 1 else 'ies'} now",
        )
        for one in found
    ]
    _print_or_add(told, config, add, needs_config=False)


@feeds_app.command("import")
def import_list(
    file: Annotated[Path, typer.Argument(help="A list of feeds as readers export it (OPML).")],
    config: ConfigFile = DEFAULT_CONFIG,
    add: Add = False,
) -> None:
    """Bring in the feeds of a reader (OPML): printed first, added to the configuration with --add."""
    from listener.feed_tables import NewFeed
    from listener.terminal import safe
    from sources.opml import MOST_BYTES, NoOpml, read_opml

    try:
        with file.open("rb") as opened_file:
            subscriptions, notes = read_opml(opened_file.read(MOST_BYTES + 1))
    except OSError as error:
        raise wrong_use(f"{file} cannot be read: {error.strerror or error}") from None
    except NoOpml as error:
        raise wrong_use(safe(f"{file} is no list of feeds: {error}")) from None
    for note in notes:
        typer.echo(safe(f"{file}: {note}."), err=True)
    if not subscriptions:
        raise to_tell(f"{file} holds no feed")
    told = [NewFeed(name=one.title, url=one.url, comment=" / ".join(one.folders)) for one in subscriptions]
    _print_or_add(told, config, add)


@feeds_app.command("preset")
def preset(
    service: Annotated[str, typer.Argument(help="Which one; without it they are listed.")] = "",
    value: Annotated[str, typer.Argument(help="What to search for: words, a tag, a channel, a repository.")] = "",
    config: ConfigFile = DEFAULT_CONFIG,
    brand: Annotated[str, typer.Option(help="Search for this brand's query (google-news, bing-news).")] = "",
    language: Annotated[str, typer.Option(help="Of the articles (google-news, bing-news): en.")] = "",
    country: Annotated[str, typer.Option(help="Of the readers (google-news, bing-news): US.")] = "",
    host: Annotated[str, typer.Option(help="Which server or site (mastodon-tag, stackexchange-tag).")] = "",
    add: Add = False,
) -> None:
    """Write the address of a service's feed: news searches, channels, tags, repositories."""
    from listener.cli.output import table
    from listener.feed_tables import NewFeed
    from listener.terminal import safe
    from sources.feed_presets import PRESETS, WrongParameter
    from sources.feed_services import service_of

    if not service:
        table(["preset", "what it writes"], PRESETS, "")
        return
    if service not in dict(PRESETS):
        raise wrong_use(f"there is no preset {service!r}; there are: {', '.join(name for name, _ in PRESETS)}")
    try:
        made = _made(service, value, config, brand, (language, country), host)
    except WrongParameter as error:
        raise wrong_use(safe(f"{service}: {error}")) from None
    known = service_of(made.url)
    notice = known.notice if known is not None else ""
    if notice:
        typer.echo(safe(notice), err=True)
    told = NewFeed(name=made.name, url=made.url, every=made.every, comment=notice)
    _print_or_add([told], config, add, needs_config=False)


def _made(service: str, value: str, config: Path, brand: str, where: tuple[str, str], host: str) -> Preset:
    from sources import feed_presets as presets

    if service in ("google-news", "bing-news"):
        if brand:
            value = _brands_search(config, brand, value)
        write = presets.google_news if service == "google-news" else presets.bing_news
        if host:
            raise presets.WrongParameter("--host is for mastodon-tag and stackexchange-tag")
        return write(value, where[0] or "en", where[1] or "US")
    if brand or any(where):
        raise presets.WrongParameter("--brand, --language and --country are for google-news and bing-news")
    if not value:
        raise presets.WrongParameter(f"say what for: {dict(presets.PRESETS)[service]}")
    if service in ("mastodon-tag", "stackexchange-tag"):
        tagged = presets.mastodon_tag if service == "mastodon-tag" else presets.stackexchange_tag
        return tagged(value, host) if host else tagged(value)
    if host:
        raise presets.WrongParameter("--host is for mastodon-tag and stackexchange-tag")
    return {
        "google-alerts": presets.google_alerts,
        "youtube-channel": presets.youtube_channel,
        "github-releases": presets.github_releases,
        "github-discussions": presets.github_discussions,
    }[service](value)


def _brands_search(config: Path, brand: str, value: str) -> str:
    from listener.terminal import safe
    from sources.feed_presets import WrongParameter, news_search
    from sources.query import parse

    if value:
        raise WrongParameter("give words to search for, or --brand, not both")
    brands = {one.name.casefold(): one for one in load(config).brands}
    if brand.casefold() not in brands:
        raise wrong_use(f"no brand is named {brand!r}; configured: {', '.join(one.name for one in brands.values())}")
    search, notes = news_search(parse(brands[brand.casefold()].query))
    for note in notes:
        typer.echo(safe(f"{note}."), err=True)
    return search


def _print_or_add(feeds: list[NewFeed], config: Path, add: bool, *, needs_config: bool = True) -> None:
    from listener.feed_tables import NotAdded, sources_of, to_add
    from listener.feed_tables import add as add_tables
    from listener.terminal import safe

    try:
        configured = sources_of(config) if add or needs_config or config.exists() else []
        added: Added = to_add(feeds, configured)
        if add and added.feeds:
            add_tables(config, added)
    except NotAdded as error:
        raise to_tell(safe(str(error))) from None
    if not add:
        for line in added.text.splitlines():
            typer.echo(safe(line))
    count = len(added.feeds)
    done = f"added to {config}" if add else f"to add; with --add they go into {config}"
    known = f", {len(added.known)} configured already" if added.known else ""
    typer.echo(safe(f"{count} feed{'' if count == 1 else 's'} {done}{known}."), err=True)
    if add and count:
        typer.echo(f"Next: listener check --config {config}    (then: listener poll)", err=True)
