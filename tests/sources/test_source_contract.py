"""What every kind of source promises, asked of each kind alike.

A new kind adds its world here: how to open it on a service that plays along, what to ask, and how the service
fails. The services are the demo's, which keep the rules of the real ones and show more as their clock moves on.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import pytest
from appstore_service import APP, AppStoreService
from discourse_service import DiscourseService
from gdelt_service import GdeltService
from github_service import GitHubService
from imap_service import PASSWORD, USER, ImapService
from jetstream_service import JetstreamService
from lemmy_service import LemmyService
from pydantic import ValidationError
from reddit_service import RedditService
from stackexchange_service import StackExchangeService
from telegram_service import NAME, SETTINGS, TelegramService
from x_service import XService
from youtube_service import KEY, YouTubeService

from listener.demo.loopback import LoopbackServer
from listener.demo.network import DemoNetwork
from sources.contract import EVERYTHING, Page, Source, SourceError
from sources.http import HttpDoor
from sources.library_door import LibraryDoor
from sources.post import Post, storable_post
from sources.query import parse
from sources.registry import kinds, settings_class
from sources.settings import InboundSourceSettings, NetworkSourceSettings
from sources.websocket import WebSocketDoor

END = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
START = END - timedelta(days=3)
STEP = timedelta(hours=9)


Server = LoopbackServer | ImapService | JetstreamService | TelegramService


class World:
    """One kind of source on a service of this machine. `now` is the service's time, and the source's."""

    def __init__(self, kind: str, settings: dict[str, Any], ask: str, server: Server | None) -> None:
        self.kind = kind
        self.gives = {"bluesky-jetstream": "bluesky"}.get(kind, kind)  # two ways to the posts of one service
        self.settings = settings
        self.ask = ask
        self.server = server
        self.now = START
        self.on_move: Callable[[datetime], None] = lambda now: None

    def open(self, **more: Any) -> Source:
        on_network = self.server is not None and issubclass(settings_class(self.kind), NetworkSourceSettings)
        private = {"allow_private": True} if on_network else {}
        settings = {"kind": self.kind, "name": "one"} | private | self.settings | more
        source = settings_class(self.kind)(**settings).open()
        assert isinstance(source, Source)
        return source

    def open_at(self, url: str) -> Source:
        """Opens the source on another address, with little patience."""
        place = next(name for name in ("base_url", "base_urls", "url") if name in self.settings)
        source = self.open(**{place: url if place != "base_urls" else [url.replace("http", "ws", 1)]})
        for part in vars(source).values():
            if isinstance(part, HttpDoor | LibraryDoor | WebSocketDoor):
                part._timeout = 0.4
        return source

    def move(self) -> bool:
        self.now = min(self.now + STEP, END)
        self.on_move(self.now)
        return self.now < END


def feed_world(network: DemoNetwork) -> World:
    slug = next(site.slug for site in network.scenario.sites if site.slug in network.scenario.press)
    return World("feed", {"url": network.feeds.feed_url(slug)}, EVERYTHING, network.feeds)


def hackernews_world(network: DemoNetwork) -> World:
    return World("hackernews", {"base_url": network.hackernews.base_url}, "acme", network.hackernews)


def mastodon_world(network: DemoNetwork) -> World:
    instance = network.scenario.instances[0]
    settings = {"base_url": network.mastodon.base_url, "instances": [instance], "tags": ["acme"]}
    return World("mastodon", settings, f"{instance}/acme", network.mastodon)


def bluesky_world(network: DemoNetwork) -> World:
    return World("bluesky", {"base_url": network.bluesky.url, "pace": "0s"}, "acme", network.bluesky)


class Forum(Protocol):
    """A service of this machine with a clock of its own, to which posts can be added."""

    now: int

    def add(self, number: int, at: int, **told: Any) -> Any: ...


def hourly(world: World, forum: Forum) -> World:
    """A post every hour; the forum's clock goes with the world's."""
    for number in range(1, 73):
        forum.add(number, int(START.timestamp()) + number * 3_600 - 1_800)

    def move(now: datetime) -> None:
        forum.now = int(now.timestamp())

    move(START + STEP)
    world.now = START + STEP
    world.on_move = move
    return world


def jetstream_world(_: Path) -> World:
    service = JetstreamService().start()
    world = World("bluesky-jetstream", {"base_urls": [service.url], "backfill": "36h"}, EVERYTHING, service)
    coming = [(number, int(START.timestamp()) + number * 3_600 - 1_800) for number in range(1, 73)]

    def move(now: datetime) -> None:
        while coming and coming[0][1] <= now.timestamp():  # its events are counted as they happen
            service.add(*coming.pop(0))
        service.now = int(now.timestamp()) * 1_000_000

    move(START + STEP)
    world.now = START + STEP
    world.on_move = move
    return world


def stackexchange_world(_: Path) -> World:
    service = StackExchangeService().start()
    return hourly(World("stackexchange", {"base_url": service.base_url}, "stackoverflow/acme", service), service)


def github_world(_: Path) -> World:
    service = GitHubService().start()
    return hourly(World("github", {"base_url": service.url}, "is:issue acme", service), service)


def lemmy_world(_: Path) -> World:
    service = LemmyService().start()
    settings = {"base_url": service.base_url, "instances": ["home.example"]}
    return hourly(World("lemmy", settings, "home.example/posts/acme", service), service)


def discourse_world(_: Path) -> World:
    service = DiscourseService().start()
    return hourly(World("discourse", {"base_url": service.url}, EVERYTHING, service), service)


def youtube_world(_: Path) -> World:
    service = YouTubeService().start()
    return hourly(World("youtube", {"base_url": service.url, "key": KEY}, "acme", service), service)


def file_world(folder: Path) -> World:
    """A log that grows in the middle of a line, and files that are dropped beside it."""
    world = World("file", {"path": folder}, EVERYTHING, None)
    growing = b"".join(json.dumps({"external_id": str(n), "text": "acme" * n}).encode() + b"\n" for n in range(60))

    def move(now: datetime) -> None:
        part = (now - START) / (END - START)
        (folder / "growing.jsonl").write_bytes(growing[: int(len(growing) * part)])
        dropped = "external_id,text\n" + "".join(f"{now:%d%H}-{n},acme\n" for n in range(5))
        (folder / f"{now:%d%H}.csv.gz").write_bytes(gzip.compress(dropped.encode()))

    move(START)
    world.on_move = move
    return world


def appstore_world(_: Path) -> World:
    """Reviews as they come in, and older ones than Apple shows."""
    service = AppStoreService().start()
    world = World("appstore", {"base_url": service.url, "app": APP, "countries": ["us"]}, "us", service)
    return on_its_own_clock(world, service)


def imap_world(_: Path) -> World:
    """Mails that come in while others lie there, older than the first reading goes back."""
    service = ImapService()
    settings = {"host": "127.0.0.1", "port": service.port, "tls": "none", "username": USER, "password": PASSWORD}
    world = World("imap", settings | {"allow_private": True}, "INBOX", service)

    def move(now: datetime) -> None:
        while (at := START + timedelta(hours=len(service.inbox.letters))) <= now:
            number = len(service.inbox.letters)
            service.inbox.add(f"Message-ID: <{number}@x>\r\nSubject: No. {number}\r\n\r\nacme\r\n".encode(), at)

    service.inbox.add(b"Message-ID: <old@x>\r\n\r\nacme\r\n", START - timedelta(days=40))
    move(START + STEP)
    world.now = START + STEP
    world.on_move = move
    return world


def gdelt_world(_: Path) -> World:
    service = GdeltService().start()
    world = World("gdelt", {"base_url": service.base_url, "pace": "0s"}, "acme", service)
    return on_its_own_clock(world, service)


def on_its_own_clock(world: World, service: AppStoreService | GdeltService) -> World:
    """Something every hour; the service's clock goes with the world's."""
    for number in range(1, 72):
        service.add(number, int(START.timestamp()) + number * 3_600 - 1_800)
    service.add(0, int(START.timestamp()) - 60)

    def move(now: datetime) -> None:
        service.now = int(now.timestamp())

    move(START)
    world.on_move = move
    return world


def reddit_world(_: Path) -> World:
    service = RedditService().start()
    app = {"client_id": "app", "client_secret": "secret", "user_agent": "linux:app:v1 (by /u/acme)"}
    return hourly(World("reddit", {"base_url": service.url} | app, "search all (acme)", service), service)


def telegram_world(_: Path) -> World:
    service = TelegramService().start()
    return hourly(World("telegram", SETTINGS, NAME, service), service)


def x_world(_: Path) -> World:
    service = XService().start()
    settings = {"base_url": service.url, "bearer_token": "token", "monthly_budget_usd": "100"}
    return hourly(World("x", settings, "search acme", service), service)


ON_THE_DEMO = {
    "bluesky": bluesky_world,
    "feed": feed_world,
    "hackernews": hackernews_world,
    "mastodon": mastodon_world,
}
"""Kinds whose service is the demo's; the others' are started alone."""

ELSEWHERE = {
    "appstore": appstore_world,
    "bluesky-jetstream": jetstream_world,
    "discourse": discourse_world,
    "file": file_world,
    "gdelt": gdelt_world,
    "github": github_world,
    "imap": imap_world,
    "lemmy": lemmy_world,
    "reddit": reddit_world,
    "stackexchange": stackexchange_world,
    "telegram": telegram_world,
    "x": x_world,
    "youtube": youtube_world,
}
WORLDS = ON_THE_DEMO.keys() | ELSEWHERE.keys()
TOLD_BY_OTHERS = {"webhook"}
"""Kinds that ask nobody and have no cursor, so none of these promises is theirs: what they promise instead, that
nothing they acknowledge is lost, is tested where requests come in (test_webhook.py, test_web_server.py)."""

ON_THE_WEB = sorted(WORLDS - {"file", "imap", "telegram"})
"""Those that ask over HTTP; the others fail in ways of their own (test_imap.py, test_telegram.py)."""


@pytest.fixture
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    if request.param in ON_THE_DEMO:
        worlds: list[World] = []
        with DemoNetwork(lambda: worlds[0].now if worlds else START, END) as network:
            worlds.append(ON_THE_DEMO[request.param](network))
            yield worlds[0]
        return
    world = ELSEWHERE[request.param](tmp_path)
    yield world
    if world.server is not None:
        world.server.close()


of_every_kind = pytest.mark.parametrize("world", sorted(WORLDS), indirect=True)
of_every_kind_on_the_web = pytest.mark.parametrize("world", ON_THE_WEB, indirect=True)


def fetch(source: Source, world: World, cursor: str | None) -> Page:
    return asyncio.run(source.fetch(world.ask, cursor, world.now))


def drained(source: Source, world: World, cursor: str | None = None) -> tuple[list[Post], str | None]:
    posts: list[Post] = []
    for _ in range(100):
        page = fetch(source, world, cursor)
        posts += page.posts
        cursor = page.cursor
        if not page.more:
            return posts, cursor
    raise AssertionError("the source asks to be called again for ever")


def keys(posts: list[Post]) -> set[str]:
    return {str(post.key) for post in posts}


def test_every_built_in_kind_stands_in_this_suite() -> None:
    assert set(kinds()) == WORLDS | TOLD_BY_OTHERS
    for kind in kinds():
        assert issubclass(settings_class(kind), InboundSourceSettings) == (kind in TOLD_BY_OTHERS)


@of_every_kind
def test_a_page_and_its_posts_are_frozen_and_storable(world: World) -> None:
    page = fetch(world.open(), world, None)
    assert page.posts
    for post in page.posts:
        assert storable_post(post, world.now) == post
        assert post.source == world.gives
        assert post.external_id
    with pytest.raises(AttributeError):
        page.more = True
    with pytest.raises(AttributeError):
        page.posts[0].text = ""


@of_every_kind
def test_a_series_of_polls_skips_nothing_that_one_reading_shows(world: World) -> None:
    source, cursor, seen = world.open(), None, set()
    while True:
        posts, cursor = drained(source, world, cursor)
        seen |= keys(posts)
        if world.now == END:
            break
        world.move()
    at_once = keys(drained(world.open(), world)[0])
    assert at_once
    assert not at_once - seen


@of_every_kind
def test_nothing_new_means_no_posts_and_no_more(world: World) -> None:
    source = world.open()
    _, cursor = drained(source, world)
    posts, again = drained(source, world, cursor)
    assert not posts
    assert drained(source, world, again)[0] == []


@of_every_kind
def test_a_cursor_goes_on_in_another_process(world: World) -> None:
    _, cursor = drained(world.open(), world)
    assert isinstance(cursor, str)
    assert cursor.encode().decode() == cursor
    world.move()
    fresh = drained(world.open(), world, cursor)[0]
    assert keys(fresh) == keys(drained(world.open(), world, cursor)[0])
    assert len(fresh) < len(drained(world.open(), world)[0])


@of_every_kind
def test_a_crash_before_the_commit_repeats_the_page_and_skips_nothing(world: World) -> None:
    cursor: str | None = None
    seen: set[str] = set()
    while True:
        lost = fetch(world.open(), world, cursor)  # the process dies here: neither posts nor cursor are kept
        page = fetch(world.open(), world, cursor)
        assert list(page.posts) == list(lost.posts)
        seen |= keys(list(page.posts))
        cursor = page.cursor
        if not page.more and not world.move():
            break
    seen |= keys(drained(world.open(), world, cursor)[0])
    assert not keys(drained(world.open(), world)[0]) - seen


@of_every_kind
def test_a_cursor_that_cannot_be_read_begins_anew_or_is_a_source_error(world: World) -> None:
    first = keys(drained(world.open(), world)[0])
    for cursor in ("", "oops", "{}", "[]", '{"version": -1}', "null", "\ufffd"):
        with contextlib.suppress(SourceError):
            assert keys(drained(world.open(), world, cursor)[0]) == first


@of_every_kind_on_the_web
@pytest.mark.parametrize("status", [200, 204, 301, 304, 400, 401, 402, 403, 404, 410, 418, 429, 500, 502, 503])
def test_a_service_that_fails_is_a_source_error_and_the_cursor_still_counts(world: World, status: int) -> None:
    source = world.open()
    _, cursor = drained(source, world)
    assert world.server is not None
    for body in ("", "<!doctype html><title>Just a moment</title>", '{"hits": 5}', "[{}]", "\x00\x01", "null", '"x"'):
        world.server.fail(status, body=body, retry_after=7 if status in (429, 503) else None)
        world.move()
        try:
            page = fetch(source, world, cursor)
        except SourceError as error:
            assert str(error)
            assert "\n" not in str(error)
        else:
            assert not page.posts
        world.server.mend()
    assert keys(drained(source, world, cursor)[0]) == keys(drained(world.open(), world, cursor)[0])


@of_every_kind_on_the_web
def test_a_service_that_says_nothing_is_left_within_the_sources_own_time(world: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        source = world.open_at(f"http://127.0.0.1:{silent.getsockname()[1]}/x")
        loop_time = asyncio.run(_timed(source, world))
    assert loop_time < 5
    with pytest.raises(SourceError):
        fetch(world.open_at("http://127.0.0.1:1/x"), world, None)


async def _timed(source: Source, world: World) -> float:
    loop = asyncio.get_running_loop()
    started = loop.time()
    with pytest.raises(SourceError):
        await source.fetch(world.ask, None, world.now)
    await source.close()
    return loop.time() - started


@of_every_kind_on_the_web
def test_an_address_on_a_private_network_is_refused_unless_allowed(world: World) -> None:
    with pytest.raises(SourceError, match="allow_private = true"):
        fetch(world.open(allow_private=False), world, None)


@of_every_kind
def test_a_source_can_be_closed_twice_and_unused(world: World) -> None:
    async def close() -> None:
        source = world.open()
        await source.close()
        await source.close()

    asyncio.run(close())


@of_every_kind
def test_a_plan_says_what_will_be_asked(world: World) -> None:
    source = world.open()
    plan = source.plan(parse('acme OR "acme rockets" NOT coyote'))
    assert plan.asks
    assert plan.coverage in ("exact", "superset", "partial")
    assert source.searchable or tuple(plan.asks) == (EVERYTHING,)
    assert source.kind == world.kind
    assert source.name == "one"
    assert source.credential


@of_every_kind
def test_a_credential_is_named_without_a_secret(world: World) -> None:
    """Its name stands in the database and in logs; a proxy's address may hold a password."""
    if "base_url" in world.settings:
        secret = world.settings["base_url"].replace("://", "://user:hunter2@", 1)
        assert "hunter2" not in world.open(base_url=secret).credential


@of_every_kind
def test_settings_take_no_key_that_they_do_not_know(world: World) -> None:
    with pytest.raises(ValidationError):
        world.open(evry="5m")
    with pytest.raises(ValidationError):
        world.open(kind="other")
