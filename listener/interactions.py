"""Takes interactions in: whose they are, what customers feel in them, and into the store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from threading import Lock

from listener.store import Tx, corrections
from listener.store import customers as directory
from listener.store.interactions import Brought, Owned, put_interactions, would_put
from rules.interaction import Interaction
from rules.interaction_owner import Owners
from rules.interaction_reading import read_interactions
from rules.sentiment.analyzers import BUILT_IN
from rules.sentiment.contract import Analyzer
from rules.sentiment.corrected import CorrectedReader
from rules.sentiment.correction import learned_on
from rules.sentiment.reader import SentimentReader


class Interactions:
    """Takes interactions in; usable from several threads. The directory is kept until it changes."""

    def __init__(self) -> None:
        self._reader = SentimentReader()
        self._renewing = Lock()
        self._version: str | None = None
        self._owners = Owners(())

    def owned(self, tx: Tx, some: Sequence[Interaction]) -> list[Owned | ValueError]:
        """Each interaction with the customer whose it is, or why it is nobody's, in their order."""
        owners = self._current(tx)
        found: list[Owned | ValueError] = []
        for one in some:
            try:
                found.append(Owned(one, owners.owner(one)))
            except ValueError as error:
                found.append(error)
        return found

    def put(self, tx: Tx, owned: Sequence[Owned], now: datetime) -> Brought:
        """Reads what customers said in them, and keeps them."""
        felt = read_interactions([one.interaction for one in owned], self._analyzer(tx))
        whole = [Owned(one.interaction, one.customer, its) for one, its in zip(owned, felt, strict=True)]
        return put_interactions(tx, whole, now)

    def would_put(self, tx: Tx, owned: Sequence[Owned]) -> Brought:
        """What `put` would come to; nothing is written, and nothing read."""
        return would_put(tx, owned)

    def _current(self, tx: Tx) -> Owners:
        with self._renewing:
            version = directory.customers_version(tx)
            if version != self._version:
                self._owners, self._version = Owners(directory.all_customers(tx)), version
            return self._owners

    def _analyzer(self, tx: Tx) -> Analyzer:
        correction = learned_on(corrections.current(tx), BUILT_IN)
        return self._reader if correction is None else CorrectedReader(self._reader, correction)
