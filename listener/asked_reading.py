"""Lets a model elsewhere read the sentiment of mentions, within a day's money, and never holds anything up for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from listener.endpoint import Endpoint, EndpointTrouble
from listener.endpoint_words import MOST_CHARACTERS, Question
from listener.store import Store, reading_costs
from listener.store.keeping import to_be_kept
from rules.analysis import Read
from rules.masking import masked
from rules.reading import Sentiment
from rules.sentiment.analyzers import stood_in
from rules.text import READ_CHARACTERS, readable

MOST_SECONDS = 90.0
"""After so long no further request is begun for a batch: what is left of it is read by the built-in reader."""

_NO_REST = timedelta(0)


class Asked(Struct, frozen=True):
    """What came of asking: the readings, and why some were left to the built-in reader ("" where none was)."""

    feelings: dict[Question, Sentiment]
    trouble: str


class AskedReading:
    """Asks one endpoint. After a failure that is left alone for a while, so that no batch waits for it again."""

    def __init__(self, endpoint: Endpoint, store: Store, clock: Callable[[], datetime]) -> None:
        self._endpoint = endpoint
        self._settings = endpoint.settings
        self._store = store
        self._clock = clock
        self._rests_until = datetime.min.replace(tzinfo=UTC)
        self._trouble = ""

    async def read(self, reads: Sequence[Read]) -> list[Read] | None:
        """Gives the reads with the model's sentiment where it could be had, None where nothing changes.

        Asked is only about what will be kept: not again about a post that is known and unchanged, and not about one
        whose author was erased. Where it could not be had, the built-in reading stays and says why. Raises
        StoreUnavailable.
        """
        wanted = [read for read in reads if self._is_asked(read)]
        if not wanted:
            return None
        with self._store.read() as tx:
            kept = {id(read) for read in to_be_kept(tx, wanted)}
        questions = {at: _question(read) for at, read in enumerate(reads) if id(read) in kept}
        questions = {at: one for at, one in questions.items() if one.text.strip()}
        if not questions:
            return None
        asked = await self._ask(list(dict.fromkeys(questions.values())))
        left = [at for at, one in questions.items() if one not in asked.feelings]
        if left:
            with self._store.write() as tx:
                reading_costs.count_left(tx, self._today(), len(left), asked.trouble)
        changed = list(reads)
        for at, question in questions.items():
            own = reads[at].reading.sentiment
            why = f"read by the built-in reader: {asked.trouble}"
            felt = asked.feelings.get(question) or stood_in(own, why)
            changed[at] = replace(reads[at], reading=replace(reads[at].reading, sentiment=felt))
        return changed

    async def close(self) -> None:
        await self._endpoint.close()

    def _is_asked(self, read: Read) -> bool:
        if read.reading.brand is None or read.own:
            return False
        return self._settings.asks == "every" or read.reading.sentiment.label in (None, "unsure")

    async def _ask(self, questions: Sequence[Question]) -> Asked:
        feelings: dict[Question, Sentiment] = {}
        begun = time.monotonic()
        trouble = self._trouble if self._clock() < self._rests_until else ""
        for start in range(0, len(questions), self._settings.together):
            if trouble:
                break
            if time.monotonic() - begun > MOST_SECONDS:
                trouble = f"{self._settings.model} takes too long for so many posts"
                break
            try:
                feelings |= await self._one(questions[start : start + self._settings.together])
            except EndpointTrouble as error:
                trouble = self._trouble = str(error)[:300]
                self._rests_until = self._clock() + error.rest
        return Asked(feelings, trouble or f"{self._settings.model} gave no answer for it")

    async def _one(self, questions: Sequence[Question]) -> dict[Question, Sentiment]:
        """One request, its money set aside before and settled after. What was set aside and not settled stays spent."""
        day, most = self._today(), self._endpoint.most(questions)
        with self._store.write() as tx:
            held = reading_costs.reserve(tx, day, most, self._settings.most_per_day)
        if not held:
            raise EndpointTrouble(self._over_limit(), _NO_REST, free=True)
        try:
            told = await self._endpoint.ask(questions)
        except EndpointTrouble as error:
            tokens = (0, 0) if error.free else error.tokens
            if tokens is not None:
                self._settle(day, most, 0, tokens)
            raise
        self._settle(day, most, len(told.feelings), (told.read_tokens, told.written_tokens))
        return told.feelings

    def _settle(self, day: str, most: Decimal, posts: int, tokens: tuple[int, int]) -> None:
        with self._store.write() as tx:
            reading_costs.settle(tx, day, most, self._settings.cost(*tokens), posts, *tokens)

    def _over_limit(self) -> str:
        return (
            f"the {self._settings.most_per_day:f} US dollars a day for {self._settings.model} "
            "(reading.most_per_day) do not cover another request"
        )

    def _today(self) -> str:
        return reading_costs.day_of(self._clock())


def _question(read: Read) -> Question:
    author = read.post.author
    spans = [span.text for span in read.reading.spans]
    names = [author.name, author.handle, author.handle.partition("@")[0]]
    text = readable(read.post)
    if len(text) == READ_CHARACTERS:
        text = text.rpartition(" ")[0] or text  # half an address would not be known for one
    text = masked(text, names, spans)
    return Question(read.reading.brand or "", text[:MOST_CHARACTERS])
