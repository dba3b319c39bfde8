"""What is served at which address, and what every answer has in common."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from listener.store import Store, StoreUnavailable
from listener.store.upgrade import version
from listener.web.address import INGEST, INTERACTIONS
from listener.web.answer import Answer
from listener.web.body import read_body
from listener.web.ingest import Ingest
from listener.web.interactions import InteractionIntake
from listener.web.threads import Threads

log = logging.getLogger("listener.web")

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""On every answer: nothing here is a page that may be framed, sniffed, kept or referred from."""

WORDS = {404: "there is nothing at this address", 405: "this address takes another method"}


class Room(Protocol):
    """A part of the server with addresses of its own."""

    def routes(self, threads: Threads) -> Sequence[Route]:
        """What it serves where; what waits for the database runs in `threads`."""
        ...


def application(
    store: Store, ingest: Ingest, interactions: InteractionIntake | None = None, rooms: Sequence[Room] = ()
) -> Starlette:
    """The ASGI application; its database work runs in threads, and it answers in JSON where a room has no page.

    `interactions`: None where none are taken, since there is no secret to sign them with.
    """
    threads = Threads()

    async def alive(_: Request) -> JSONResponse:
        try:
            await threads.run(_ask, store)
        except StoreUnavailable:
            return in_json(Answer(503, {"status": "the database cannot be used"}, {"Retry-After": "30"}))
        return in_json(Answer(200, {"status": "ok"}))

    async def posts(request: Request) -> JSONResponse:
        name = request.path_params["name"]
        if not ingest.knows(name):
            return in_json(Answer(404, {"error": "no source of this name takes posts here"}))
        body = await read_body(request)
        if isinstance(body, Answer):
            return in_json(body)
        headers = {key.lower(): value for key, value in request.headers.items()}
        return in_json(await threads.run(ingest.answer, name, headers, body, request.query_params.get("link", "")))

    async def contacts(request: Request) -> JSONResponse:
        if interactions is None:
            return in_json(Answer(404, {"error": "interactions are taken where [web] has a secret to sign them with"}))
        body = await read_body(request)
        if isinstance(body, Answer):
            return in_json(body)
        headers = {key.lower(): value for key, value in request.headers.items()}
        return in_json(await threads.run(interactions.answer, headers, body))

    routes = [
        Route("/healthz", alive, methods=["GET"]),
        Route(INGEST + "{name:path}", posts, methods=["POST"]),
        Route(INTERACTIONS, contacts, methods=["POST"]),
        *(route for room in rooms for route in room.routes(threads)),
    ]
    handlers: dict[Any, Callable[[Request, Any], Awaitable[JSONResponse]]] = {
        HTTPException: _refused,
        ClientDisconnect: _gone,
        Exception: _failed,
    }
    serves = Starlette(routes=routes, exception_handlers=handlers)
    serves.router.redirect_slashes = False  # it would send people to whatever host their request names
    return serves


def _ask(store: Store) -> None:
    with store.read() as tx:
        version(tx)


def in_json(answer: Answer) -> JSONResponse:
    """An answer as it goes out, with what every answer has in common."""
    return JSONResponse(answer.content, answer.status, {**HEADERS, **answer.headers})


async def _refused(_: Request, error: HTTPException) -> JSONResponse:
    return in_json(
        Answer(error.status_code, {"error": WORDS.get(error.status_code, "refused")}, dict(error.headers or {}))
    )


async def _gone(_: Request, error: ClientDisconnect) -> JSONResponse:
    return in_json(Answer(400, {"error": "the connection ended within the request"}))  # nobody reads it


async def _failed(request: Request, error: Exception) -> JSONResponse:
    log.error("a request failed", extra={"path": request.url.path[:200]}, exc_info=error)
    return in_json(Answer(500, {"error": "this failed here; the log of listener has more"}))
