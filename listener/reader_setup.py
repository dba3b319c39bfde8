"""What the readers of posts go by, kept encoded until it changes: brands, rules, customers, what was learned."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import msgspec

from listener.config import Config
from listener.customers import Stamp, read_directory, stamp
from listener.store import Store, Tx, corrections, links, topics
from listener.store import customers as directory
from rules.analysis import Setup
from rules.directory import Customer
from rules.recognition import Decision


def current_setup(tx: Tx, config: Config) -> Setup:
    """All that a post is read by at this moment, for whoever reads once."""
    return config.setup(
        directory.all_customers(tx), topics.current_terms(tx), corrections.current(tx), links.decisions(tx)
    )


class ReaderSetup:
    """`encoded` is a rules.analysis.Setup as JSON; the same object until something in it changes."""

    def __init__(self, config: Config, store: Store, clock: Callable[[], datetime]) -> None:
        self._config = config
        self._store = store
        self._clock = clock
        self._customers: tuple[Customer, ...] = ()
        self._topics: Mapping[str, Sequence[str]] = {}
        self._correction: int | None = None
        self._decisions: tuple[Decision, ...] = ()
        self._files: Stamp | None = None
        self._version: str | None = None  # of the directory that `_customers` is
        self.encoded = b""

    def renew(self) -> None:
        """Reads the customer files again where they have changed, and takes in what the store has beside them."""
        version, customers = self._newest_customers()
        with self._store.read() as tx:
            current, in_use, said = topics.current_terms(tx), corrections.in_use(tx), links.decisions(tx)
            known = (self._customers, self._topics, self._correction, self._decisions)
            if self.encoded and known == (customers, current, in_use, said):
                self._version = version
                return
            correction = corrections.current(tx)
        self._customers, self._topics, self._correction, self._decisions = customers, current, in_use, said
        self._version = version
        self.encoded = msgspec.json.encode(self._config.setup(customers, current, correction, said))

    def _newest_customers(self) -> tuple[str, tuple[Customer, ...]]:
        """The directory's version, and all customers: the same object while nobody has changed one.

        It is asked once a minute, and to read 50,000 customers takes a second of a core.
        """
        seen = stamp(self._config)
        if seen != self._files:
            with self._store.write() as tx:
                customers = read_directory(tx, self._config, self._clock())
                version = directory.customers_version(tx)
            self._files = seen
            return version, customers
        with self._store.read() as tx:  # `listener customers import` or a CRM may have brought some
            version = directory.customers_version(tx)  # first, so that what comes in between is read the next time
            return version, self._customers if version == self._version else directory.all_customers(tx)
