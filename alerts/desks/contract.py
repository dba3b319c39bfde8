"""What every help desk outside promises: a ticket is found by its marker before it is opened, and added to later.

A desk tries once; whether and when to try again is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal, Protocol, runtime_checkable

from msgspec import Struct

from alerts.contract import DeliveryFailed
from rules.reading import Severity

State = Literal["open", "closed", "gone"]
"""gone: the desk knows it no longer, or takes nothing for it any more."""


class NewTicket(Struct, frozen=True, kw_only=True):
    """What a ticket is opened with.

    `marker` is one word of ASCII letters and digits that no other ticket has: by it the ticket is known again. `title`
    is one line; `text` plain words from outside, which the desk must show as such; `link` leads to the post, "" where
    there is none. `requester`: the address of the customer, "" where nobody is to be named.
    """

    marker: str
    title: str
    text: str
    link: str
    severity: Severity
    requester: str = ""


class Addition(Struct, frozen=True, kw_only=True):
    """What is added to a ticket, as a note that the desk's own people see; `marker` as that of a ticket."""

    marker: str
    text: str
    links: Sequence[str] = ()


class DeskStatus(Struct, frozen=True):
    """How a ticket stands: for us, and in the desk's own word."""

    state: State
    said: str


class DeskTicket(Struct, frozen=True, kw_only=True):
    """A ticket of the desk. `id`: as its API calls it; `shown`: as people do; `url`: its page, "" where unknown."""

    id: str
    shown: str
    url: str
    status: DeskStatus


class TicketGone(DeliveryFailed):
    """The desk takes nothing more for this ticket: it was deleted, or closed for ever."""

    def __init__(self, message: str) -> None:
        super().__init__(message, gone=True)


@runtime_checkable
class TicketDesk(Protocol):
    """One configured desk. Each call tries once, within its own time limit, and raises only DeliveryFailed."""

    name: str
    kind: str
    longest_title: int
    longest_text: int
    settles: timedelta
    """How long the desk may take to find what it has: before that, "not found" is no answer."""
    most_asked: int
    """Tickets whose status is asked in one turn."""

    async def find(self, marker: str, since: datetime) -> Sequence[DeskTicket]:
        """The tickets with this marker, the oldest first; those of before `since` need not be looked through."""
        ...

    async def open(self, ticket: NewTicket) -> DeskTicket:
        """Opens a ticket."""
        ...

    async def append(self, ticket: str, addition: Addition) -> None:
        """Adds to the ticket of this id. Raises TicketGone."""
        ...

    async def holds(self, ticket: str, marker: str, since: datetime) -> bool:
        """Whether an addition with this marker, made since then, stands in the ticket. Raises TicketGone."""
        ...

    async def status(self, tickets: Sequence[str]) -> Mapping[str, DeskStatus]:
        """How these tickets stand, at most `most_asked`; one that is left out was not told."""
        ...

    async def close(self) -> None:
        """Frees connections. Safe to call twice."""
        ...
