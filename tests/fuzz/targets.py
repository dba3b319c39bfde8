"""What is fuzzed: everything that reads bytes from outside, called as the product calls it."""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import Callable
from typing import Any

from answers import AGAIN, ANSWERS, NOW, Finding, check_error, check_page, look_again, read_answer
from streams import read_events, read_frames, read_mail, read_mailbox, read_messages

from sources.contract import Page, SourceError
from sources.http import Answer, HttpDoor
from sources.post import Post, storable_post

SLOW = 2.0
"""CPU seconds that no input of the fuzzer's size may take."""


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
                check_error(error)
                continue
            check_page(Page(posts=[one for one in read if isinstance(one, Post)]))
            for one in read:
                if isinstance(one, ValueError):
                    check_error(one)


def read_signature(data: bytes) -> None:
    """A signed request, and a signed link, of somebody who knows no secret: none of them holds."""
    from listener.web.links import INGEST_LINK, holds
    from sources.abilities import RequestRefused
    from sources.webhook_signature import SIGNATURE, TIMESTAMP, check_signature

    token, _, body = data.partition(b"\n")
    text = token.decode("latin-1")
    timestamp, _, claimed = text.partition(".")
    if holds("secret", INGEST_LINK, "reviews", text, NOW):
        raise Finding("a link holds that was never signed")
    try:
        check_signature("secret", {TIMESTAMP: timestamp, SIGNATURE: claimed}, body, NOW)
    except RequestRefused as error:
        check_error(error)
    else:
        raise Finding("a signature holds that was never made")


def read_opml(data: bytes) -> None:
    from sources import opml

    try:
        subscriptions, notes = opml.read_opml(data)
    except opml.NoOpml as error:
        check_error(error)
        return
    for text in (*notes, *(part for one in subscriptions for part in (one.url, one.title, *one.folders))):
        text.encode()


def read_site(data: bytes) -> None:
    """A page of a site whose feeds are sought; every address of the site answers with the same page."""
    from sources.feed_discovery import feed_behind, find_feeds

    header, _, body = data.partition(b"\n\n")
    headers = {"content-type": "text/html", "link": header.decode("latin-1")}
    asked: list[str] = []

    class Site(HttpDoor):
        async def get(self, url: str, **_: Any) -> Answer:
            asked.append(url)
            return Answer(status=200, url=url, headers=headers, body=body)

    async def seek() -> None:
        door = Site()
        start = "https://blog.example/about"
        try:
            for found in await find_feeds(start, door, NOW):
                f"{found.url} {found.title}".encode()
            await feed_behind(await door.get(start), start, door, NOW)
        except SourceError as error:
            check_error(error)
        finally:
            await door.close()

    asyncio.run(seek())
    if not all(url.startswith(("http://", "https://")) for url in asked):
        raise Finding(f"asked for something that is no web address: {asked!r}")


def read_http(data: bytes) -> None:
    import server  # takes the web server with it, which the other targets can spare

    server.read_http(data)


def read_customers(data: bytes) -> None:
    from rules.customers_csv import parse_customers_csv

    parse_customers_csv(data, "customers.csv")


def read_interactions(data: bytes) -> None:
    """What a telephone system or a shop tells of customers, as JSON and as a table."""
    from rules.interaction import FIELDS, interaction
    from sources.csv_rows import CsvRows
    from sources.jsonl import read_json
    from sources.text_lines import text_lines

    told: list[Any] = []
    try:
        told.append(read_json(data))
    except ValueError as error:
        check_error(error)
    lines = text_lines(io.BytesIO(data))
    told += [cells for _, cells in CsvRows(next(lines, ""), FIELDS).read(lines, 2)]
    for one in told:
        try:
            if isinstance(one, dict):
                interaction(one, NOW)
        except ValueError as error:
            str(error).encode()


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
    **{f"answer-{name}": (lambda body, name=name: read_answer(name, body)) for name in ANSWERS},
    **{f"again-{name}": (lambda body, name=name: look_again(name, body)) for name in AGAIN},
    "events": read_events,
    "frames": read_frames,
    "history": read_messages,
    "mail": read_mail,
    "mailbox": read_mailbox,
    "opml": read_opml,
    "query": read_query,
    "request": read_request,
    "server": read_http,
    "signature": read_signature,
    "site": read_site,
    "rows": read_row,
    "customers": read_customers,
    "interactions": read_interactions,
    "text": read_text,
}


def run(name: str, data: bytes) -> None:
    """Calls a target. Raises whatever it lets through, and Finding where it takes too long."""
    began = time.process_time()
    TARGETS[name](data)
    took = time.process_time() - began
    if took > SLOW:
        raise Finding(f"{len(data)} bytes took {took:.1f} s")
