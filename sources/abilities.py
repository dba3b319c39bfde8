"""What some sources can do beyond being read: stream, be told, fill a gap, look at kept posts again, tell their price.

A source has an ability if it has the methods; the application looks with `isinstance`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Protocol, runtime_checkable

from sources.contract import Cursor, Gap, Page
from sources.post import Post, PostKey
from sources.query.tree import Query


@runtime_checkable
class Streaming(Protocol):
    """A source that is told of posts while its connection is open."""

    def streams(self, queries: Sequence[Query]) -> Sequence[str]:
        """The asks to read as streams while listener runs. One that is also an ask of `plan` is not polled then."""
        ...

    def read(self, ask: str, cursor: Cursor | None, clock: Callable[[], datetime]) -> AsyncIterator[Page]:
        """Gives pages as posts come in, each with the cursor that covers it, until the connection ends.

        The caller keeps the pages in their order, none without those before it, and calls again with the last cursor
        kept. While it is busy with a page it takes no other: nothing may be dropped meanwhile. An empty page says
        that the connection lives; one from time to time is enough. What a stream could not go back to is a gap of
        its first page. Raises SourceError's kinds; an end without one is the service's wish to be asked again.
        """
        ...


@runtime_checkable
class Filling(Protocol):
    """A source that can read a stretch of time which it, or a stream of the same service, had to leave out."""

    async def fill(self, ask: str, gap: Gap, cursor: Cursor | None, now: datetime) -> Page:
        """Reads on in the gap: one bounded step; `cursor` is the one that the step before gave, None at first.

        Where `more` is False the stretch is read, but for the page's own gaps. Raises SourceError's kinds.
        """
        ...


@runtime_checkable
class Rechecking(Protocol):
    """A source that can look at posts again that it once gave."""

    recheck_at_once: int

    async def recheck(self, keys: Sequence[PostKey], now: datetime) -> Page:
        """Looks at up to `recheck_at_once` posts: `posts` are those that are there, as they are now, `changes` those
        that are not. A key in neither could not be told, and stays as it is. Raises SourceError's kinds.
        """
        ...


@runtime_checkable
class StandingIn(Protocol):
    """A source that fills gaps, and looks at posts again, for others of its service that cannot do so themselves."""

    fills: tuple[str, ...]
    """The kinds of those others. Their gap is read once for each ask of this source's own plan."""


@runtime_checkable
class RecheckingByLink(Protocol):
    """A source like `Rechecking` whose service does not find every post by its key: it needs the post's link too."""

    recheck_at_once: int

    async def recheck_by_link(self, links: Mapping[PostKey, str], now: datetime) -> Page:
        """Looks at up to `recheck_at_once` posts, as `Rechecking.recheck` does, given the link of each."""
        ...


@runtime_checkable
class Charging(Protocol):
    """A source whose service takes money. It is asked nothing that could pass its budget."""

    budget: Decimal
    """US dollars in a calendar month (UTC)."""

    def most_usd(self, ask: str, cursor: Cursor | None) -> Decimal:
        """What the next fetch of the ask costs at the most, in US dollars. `Page.usd` then tells what it cost."""
        ...

    def most_usd_again(self, count: int) -> Decimal:
        """What looking at `count` kept posts again (`Rechecking`) costs at the most, in US dollars."""
        ...


class RequestRefused(Exception):
    """A request that came in of which nothing may be kept. The message is for its sender, and holds no secret.

    status: the HTTP status that says what to do about it (RFC 9110).
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


@runtime_checkable
class Receiving(Protocol):
    """A source that is told of posts by requests that come in. It is never asked: `fetch` gives an empty page."""

    def receive(
        self, headers: Mapping[str, str], body: bytes, now: datetime, *, proved: bool = False
    ) -> Sequence[Post | ValueError]:
        """The posts that a request brings, in its order, each unreadable one as the error that says why. Pure.

        `headers`: by their names in lower case. `proved`: the sender came by a link that listener signed for this
        source. Raises RequestRefused where a sender proves nothing, or the request as a whole cannot be read.
        """
        ...
