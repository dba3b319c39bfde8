"""Puts the HTTP server together with what it serves, for as long as listener runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from listener.configuration.tables import WebSettings
from listener.engine.contract import Engine
from listener.store import Store
from listener.web.application import Room, application
from listener.web.ingest import Ingest
from listener.web.interactions import InteractionIntake
from listener.web.server import serving
from sources.abilities import Receiving
from sources.contract import Source


@asynccontextmanager
async def web_server(
    settings: WebSettings,
    *,
    store: Store,
    engine: Engine,
    sources: Mapping[str, Source],
    clock: Callable[[], datetime],
    rooms: Sequence[Room] = (),
) -> AsyncIterator[asyncio.Task[None]]:
    """Serves until the end of the block; gives the task, which ends by itself only if the server breaks off.

    Raises OSError where the address cannot be taken.
    """
    told = {name: source for name, source in sources.items() if isinstance(source, Receiving)}
    secret = settings.secret.get_secret_value() if settings.secret else ""
    ingest = Ingest(store=store, engine=engine, sources=told, clock=clock, secret=secret)
    interactions = InteractionIntake(store=store, secret=secret, clock=clock) if secret else None
    async with serving(application(store, ingest, interactions, rooms), settings.bind) as work:
        yield work
