"""What every channel promises, and the one way a delivery fails.

A channel tries once; whether and when to try again is decided elsewhere. A message reaches it already
rendered within its limits.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Literal, Protocol, runtime_checkable

from msgspec import Struct


class Limits(Struct, frozen=True, kw_only=True):
    """How much one message of a channel can carry, in characters; `pictures`: whether PNGs travel inside."""

    title: int
    text: int
    pictures: bool = False


class Picture(Struct, frozen=True, kw_only=True):
    """A PNG that travels inside a message; `alt` says what it shows."""

    name: str
    alt: str
    png: bytes


class Message(Struct, frozen=True, kw_only=True):
    """Something to tell: an alert, a digest, a report. Kept in the outbox until it is told.

    `key` is stable: a receiver that knows keys (a mail's Message-ID) can recognise a repeat. `title` is one line,
    `text` is the whole in plain words. `html` stands beside it for channels that show it; `blocks` is the
    channel's own structured form (Slack's Block Kit), made by the renderer, empty where the channel has none.
    """

    key: str
    kind: Literal["alert", "digest", "report", "test"]
    title: str
    text: str
    html: str = ""
    blocks: Sequence[dict[str, Any]] = ()
    pictures: Sequence[Picture] = ()
    headers: dict[str, str] = {}


class Receipt(Struct, frozen=True, kw_only=True):
    """What the channel says it did; `id` is its own name for the message, where it gives one."""

    id: str = ""
    detail: str = ""


@runtime_checkable
class AlertChannel(Protocol):
    """One configured channel."""

    name: str
    kind: str
    limits: Limits

    async def send(self, message: Message) -> Receipt:
        """Tells once, within its own time limit. Raises only DeliveryFailed."""
        ...

    async def close(self) -> None:
        """Frees connections. Safe to call twice."""
        ...


class DeliveryFailed(Exception):
    """The message was not told, as far as we know. The text holds no secret.

    permanent: trying again cannot help until a person acts. ambiguous: the receiver may have got it (the
    connection broke after the message was sent), so another try may repeat it.
    """

    def __init__(
        self, message: str, *, permanent: bool = False, retry_after: timedelta | None = None, ambiguous: bool = False
    ) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.retry_after = retry_after
        self.ambiguous = ambiguous
