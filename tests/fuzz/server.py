"""Requests to the server of [web], whatever they hold: the head as its HTTP library gives it, and the body."""

from __future__ import annotations

import asyncio
import json
from functools import cache
from typing import Any
from unittest.mock import patch
from urllib.parse import unquote

from answers import NOW, Finding

from listener.store import StoreUnavailable
from listener.web import ingest, threads
from listener.web.application import application
from sources.webhook import WebhookSettings

SECRET = "a secret of thirty-two characters"


def read_http(data: bytes) -> int:
    """The first line is the address, then come headers, an empty line and the body. Gives the status of the answer."""
    head, _, body = data.partition(b"\n\n")
    target, *lines = head.split(b"\n")
    path, _, query = target.partition(b"?")
    headers = [(name.strip().lower(), value.strip()) for name, found, value in (one.partition(b":") for one in lines)]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": unquote(path.decode("ascii", "replace")),
        "raw_path": path,
        "query_string": query,
        "headers": headers,
        "client": ("203.0.113.5", 50_000),
        "server": ("127.0.0.1", 8_000),
    }
    sent: list[dict[str, Any]] = []
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        return waiting.pop() if waiting else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    with patch.object(threads.Threads, "run", _at_once), patch.object(ingest.log, "disabled", True):
        asyncio.run(_application()(scope, receive, send))
    status: int = sent[0]["status"]
    if status == 500:
        raise Finding("a request failed")
    json.loads(b"".join(message.get("body", b"") for message in sent))
    return status


async def _at_once(_: object, call: Any, *words: Any) -> Any:
    return call(*words)


@cache
def _application() -> Any:
    """The application with two sources, on a database that cannot be used at present: what is read is answered 503."""

    class NoStore:
        def write(self) -> Any:
            raise StoreUnavailable("no database")

    signed = WebhookSettings.model_validate({"kind": "webhook", "name": "shop", "secret": SECRET}).open()
    by_link = WebhookSettings.model_validate({"kind": "webhook", "name": "survey"}).open()
    taking: Any = ingest.Ingest(
        store=NoStore(),  # type: ignore[arg-type]
        engine=None,  # type: ignore[arg-type]
        sources={"shop": signed, "survey": by_link},
        clock=lambda: NOW,
        secret=SECRET,
    )
    pace: Any = taking._pace
    for one in pace.values():
        one.wait_seconds = lambda _: 0
    return application(NoStore(), taking)  # type: ignore[arg-type]
