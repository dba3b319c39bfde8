"""What every directory of customers promises.

The services' own clients are not used: each brings its own HTTP, waits and tries again by itself, and takes an address
from the configuration unguarded. What is asked here is one question a page, through the one guarded way out.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

from msgspec import Struct

from rules.directory import Customer


class DirectoryPage(Struct, frozen=True, kw_only=True):
    """What one question brought. `cursor` covers these customers: both are kept in one transaction, or neither.

    `gone`: the ids of customers whom the service has no longer. `more`: there is more to ask for at once. `mistakes`:
    what of the customers could not be read, a sentence each.
    """

    customers: tuple[Customer, ...] = ()
    gone: tuple[str, ...] = ()
    cursor: str = ""
    more: bool = False
    mistakes: tuple[str, ...] = ()


class CustomerDirectory(Protocol):
    """A service's list of customers, read in the order in which they were changed.

    It may repeat and must not skip: whoever reads goes on from the cursor that was kept last. Each call asks once,
    within its own time limit, and neither waits nor writes. Raises only sources.contract.SourceError.
    """

    name: str
    pages_at_once: int
    """Pages to ask for in one turn, within what the service allows a minute."""

    async def fetch(self, cursor: str, now: datetime) -> DirectoryPage:
        """Reads on from `cursor`, "" for the beginning."""
        ...

    async def close(self) -> None: ...


OVERLAP = timedelta(minutes=5)
"""How far a new reading goes back: services show a change some time after the moment that they give it."""
