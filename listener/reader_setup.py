"""What the readers of posts go by, kept encoded until it changes: brands, rules, customers, topics, correction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import msgspec

from listener.config import Config
from listener.customers import Stamp, read_directory, stamp
from listener.store import Store, corrections, topics
from listener.store import customers as directory
from rules.directory import Customer


class ReaderSetup:
    """`encoded` is a rules.analysis.Setup as JSON; the same object until something in it changes."""

    def __init__(self, config: Config, store: Store, clock: Callable[[], datetime]) -> None:
        self._config = config
        self._store = store
        self._clock = clock
        self._customers: tuple[Customer, ...] = ()
        self._topics: Mapping[str, Sequence[str]] = {}
        self._correction: int | None = None
        self._files: Stamp | None = None
        self.encoded = b""

    def renew(self) -> None:
        """Reads the customer files again where they have changed, and takes in what the store has beside them."""
        seen = stamp(self._config)
        if seen != self._files:
            with self._store.write() as tx:
                customers = read_directory(tx, self._config, self._clock())
            self._files = seen
        else:
            with self._store.read() as tx:
                customers = directory.all_customers(tx)  # `listener customers import` may have brought some
        with self._store.read() as tx:
            current = topics.current_terms(tx)
            in_use = corrections.in_use(tx)
            known = customers == self._customers and current == self._topics and in_use == self._correction
            if self.encoded and known:
                return
            correction = corrections.current(tx)
        self._customers, self._topics, self._correction = customers, current, in_use
        self.encoded = msgspec.json.encode(self._config.setup(customers, current, correction))
