"""What is fuzzed: everything that reads bytes from outside, called as the product calls it."""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec

from sources.contract import EVERYTHING, Page, SourceError
from sources.http import Answer, HttpDoor
from sources.post import Post, storable_post
from sources.registry import settings_class

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SLOW = 2.0
"""CPU seconds that no input of the fuzzer's size may take."""

ANSWERS: dict[str, tuple[dict[str, Any], str, str]] = {
    "appstore": ({"app": 1234567890, "countries": ["us"]}, "us", "application/json"),
    "bluesky": ({"pace": "0s"}, "acme", "application/json"),
    "discourse": ({"base_url": "https://forum.example"}, EVERYTHING, "application/json"),
    "feed": ({"url": "https://blog.example/feed"}, EVERYTHING, "application/xml"),
    "gdelt": ({"pace": "0s"}, "acme", "application/json"),
    "github": ({}, "is:issue acme", "application/json"),
    "hackernews": ({}, "acme", "application/json"),
    "lemmy": ({"instances": ["home.example"]}, "home.example/posts/acme", "application/json"),
    "mastodon": ({"instances": ["home.example"], "tags": ["acme"]}, "home.example/acme", "application/json"),
    "stackexchange": ({}, "stackoverflow/acme", "application/json"),
}
"""For each kind that asks over HTTP: its settings, an ask, and the media type of its answers."""


class Finding(AssertionError):
    """Something that no input may bring about."""


def read_answer(kind: str, body: bytes) -> Page | None:
    """One fetch of the kind with `body` as the answer to whatever it asks, and the next one with the cursor it gave."""
    settings, ask, media_type = ANSWERS[kind]
    source = settings_class(kind).model_validate({"kind": kind, "name": "fuzzed", **settings}).open()

    async def answer(_: HttpDoor, url: str, **__: Any) -> Answer:
        return Answer(status=200, url=url, headers={"content-type": media_type}, body=body)

    async def twice() -> Page | None:
        page = None
        try:
            page = await source.fetch(ask, None, NOW)
            await source.fetch(ask, page.cursor, NOW)
        except SourceError as error:
            if not str(error).isprintable():
                raise Finding(f"an error that cannot be shown: {str(error)!r}") from error
        finally:
            await source.close()
        return page

    get, HttpDoor.get = HttpDoor.get, answer  # type: ignore[method-assign,assignment]
    try:
        page = asyncio.run(twice())
    finally:
        HttpDoor.get = get  # type: ignore[method-assign]
    if page is not None:
        check_page(page)
    return page


def check_page(page: Page) -> None:
    """Whatever was read can be kept."""
    posts = list(page.posts)
    if msgspec.json.decode(msgspec.json.encode(posts), type=list[Post]) != posts:
        raise Finding("posts change on their way through the inbox")
    for post in posts:
        if storable_post(post, NOW) != post or not post.external_id:
            raise Finding(f"a post that cannot be stored as it is: {post!r}")
    page.cursor.encode()


def read_query(data: bytes) -> None:
    from sources.query import QueryError, explain, lint, parse
    from sources.query.branches import branches

    text = data.decode("utf-8", "replace")
    try:
        query = parse(text)
    except QueryError as error:
        str(error)
        return
    explain(query)
    lint(query)
    branches(query)


def read_row(data: bytes) -> None:
    """One line of JSON, and the same bytes as a table."""
    from sources.csv_posts import posts_from_csv
    from sources.jsonl import decode_post

    for read in (lambda: check_page(Page(posts=[decode_post(data, NOW)])), lambda: _read_table(posts_from_csv, data)):
        try:
            read()
        except ValueError as error:
            str(error).encode()


def _read_table(posts_from_csv: Callable[..., Any], data: bytes) -> None:
    for _, read in posts_from_csv(io.BytesIO(data), NOW):
        if isinstance(read, Post):
            check_page(Page(posts=[read]))


def read_request(data: bytes) -> None:
    """The body of a request to a webhook, as JSON and as lines, in our shape and in one of others."""
    from sources.abilities import RequestRefused
    from sources.webhook import LINES, WebhookSettings

    others = {
        "items": "data.reviews",
        "fields": {"text": "body", "author.handle": "user.login", "engagement.likes": "0"},
    }
    for settings in ({}, others):
        source = WebhookSettings.model_validate({"kind": "webhook", "name": "fuzzed", **settings}).open()
        for media_type in ("application/json", LINES[0]):
            try:
                read = source.receive({"content-type": media_type}, data, NOW, proved=True)
            except RequestRefused as error:
                if not str(error).isprintable():
                    raise Finding(f"an error that cannot be shown: {str(error)!r}") from error
                continue
            check_page(Page(posts=[one for one in read if isinstance(one, Post)]))
            if any(not str(one).isprintable() for one in read if isinstance(one, ValueError)):
                raise Finding("an error that cannot be shown")


def read_customers(data: bytes) -> None:
    from rules.customers_csv import parse_customers_csv

    parse_customers_csv(data, "customers.csv")


def read_text(data: bytes) -> None:
    """What a post goes through once it is read: markup, language, sentiment, urgency, intent, story."""
    from rules.intent import read_intents
    from rules.language import identify_language
    from rules.story import fingerprint
    from rules.text import readable
    from rules.urgency import read_urgency

    text = data.decode("utf-8", "replace")
    post = storable_post(Post(source="feed", instance="x", external_id="1", title=text[:80], text=text), NOW)
    plain = readable(post)
    lang = identify_language(plain)
    read_urgency(plain, lang, read_intents(plain, lang))
    fingerprint(post.title, post.text)


TARGETS: dict[str, Callable[[bytes], object]] = {
    **{f"answer-{kind}": (lambda body, kind=kind: read_answer(kind, body)) for kind in ANSWERS},
    "query": read_query,
    "request": read_request,
    "rows": read_row,
    "customers": read_customers,
    "text": read_text,
}


def run(name: str, data: bytes) -> None:
    """Calls a target. Raises whatever it lets through, and Finding where it takes too long."""
    began = time.process_time()
    TARGETS[name](data)
    took = time.process_time() - began
    if took > SLOW:
        raise Finding(f"{len(data)} bytes took {took:.1f} s")
