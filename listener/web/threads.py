"""Runs what waits for the database beside the event loop, a few at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

AT_ONCE = 4
"""Fewer than the connections that the store's pool holds for a server, so that polls and deliveries find one too."""

P = ParamSpec("P")
R = TypeVar("R")


class Threads:
    """Room for AT_ONCE calls; one more waits for its turn without holding the loop up."""

    def __init__(self) -> None:
        self._room = asyncio.Semaphore(AT_ONCE)

    async def run(self, call: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """What the call gives. It goes on to its end even where the caller is cancelled."""
        async with self._room:
            return await asyncio.to_thread(call, *args, **kwargs)
