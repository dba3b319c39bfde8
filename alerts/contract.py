"""What every channel promises, and the one way a delivery fails.

A channel tries once; whether and when to try again is decided elsewhere. A message reaches it already
rendered within its limits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Literal, Protocol, runtime_checkable

from msgspec import Struct


class Rate(Struct, frozen=True, kw_only=True):
    """How many messages a receiver takes in how much time, edits among them."""

    messages: int
    window: timedelta


class Limits(Struct, frozen=True, kw_only=True):
    """How much one message of a channel can carry, in characters, and how often one may come.

    `pictures`: PNGs travel inside. `buttons`: what people press on a message comes back to us. `rate` is what the
    receiver documents, None where it documents nothing: then it asks for patience itself.
    """

    title: int
    text: int
    pictures: bool = False
    buttons: bool = False
    rate: Rate | None = None


class Picture(Struct, frozen=True, kw_only=True):
    """A PNG that travels inside a message; `alt` says what it shows."""

    name: str
    alt: str
    png: bytes


class Action(Struct, frozen=True, kw_only=True):
    """What a person can do about an alert from a message: by a button, or where there are none by a link.

    `name` is one of alerts.handling.ACTIONS. With a `url`, following it leads there; a channel whose limits say
    `buttons` sends `name` and `alert` back instead.
    """

    name: str
    label: str
    alert: int
    url: str = ""


class Message(Struct, frozen=True, kw_only=True):
    """Something to tell: an alert, several of them, a digest, a report. Kept in the outbox until it is told.

    `key` is stable: a receiver that knows keys (a mail's Message-ID) can recognise a repeat. `title` is one line,
    `text` is the whole in plain words. `html` stands beside it for channels that show it; `blocks` is the form of the
    channel's own kind (Slack's Block Kit, Discord's embeds, ...), made by the renderer, empty where there is none.
    `links` are web addresses of what is told of. `state` says in one line what people have done about it. `under` is
    the receipt's id of an earlier message that this one follows up: channels with threads put it there. `shows` says
    for how many mentions each alert in it stands, {alert: mentions}; channels send it nowhere. `language` is the tag of
    the language that it is written in: what a channel adds of its own is in that one too.
    """

    key: str
    kind: Literal["alert", "summary", "digest", "report", "test"]
    title: str
    text: str
    html: str = ""
    blocks: Sequence[dict[str, Any]] = ()
    pictures: Sequence[Picture] = ()
    headers: dict[str, str] = {}
    links: Sequence[str] = ()
    actions: Sequence[Action] = ()
    state: str = ""
    under: str = ""
    shows: Mapping[int, int] = {}
    language: str = "en"


class Receipt(Struct, frozen=True, kw_only=True):
    """What the channel says it did; `id` is its own name for the message, where it gives one: needed for edits."""

    id: str = ""
    detail: str = ""


@runtime_checkable
class AlertChannel(Protocol):
    """One configured channel. Where `can_edit` is true it is an EditingChannel too."""

    name: str
    kind: str
    can_edit: bool

    @property
    def limits(self) -> Limits:
        """How much one message can carry, and how often one may come; always the same."""
        ...

    async def send(self, message: Message) -> Receipt:
        """Tells once, within its own time limit. Raises only DeliveryFailed."""
        ...

    async def close(self) -> None:
        """Frees connections. Safe to call twice."""
        ...


@runtime_checkable
class EditingChannel(AlertChannel, Protocol):
    """A channel that can change what it has told, without a sound."""

    async def edit(self, receipt: Receipt, message: Message) -> Receipt:
        """Puts `message` in the place of the one that `receipt` is for, once, within its own time limit.

        Repeating an edit is harmless. Raises only DeliveryFailed: `gone` where that message is not there any more.
        """
        ...


class DeliveryFailed(Exception):
    """The message was not told, as far as we know. The text holds no secret.

    permanent: trying again cannot help until a person acts. ambiguous: the receiver may have got it (the
    connection broke after the message was sent), so another try may repeat it. disables: every further message on
    the channel would fail alike (a withdrawn token, a removed webhook). gone: there is nothing left to edit, so it
    must be told anew. Both of these are permanent.
    """

    def __init__(
        self,
        message: str,
        *,
        permanent: bool = False,
        retry_after: timedelta | None = None,
        ambiguous: bool = False,
        disables: bool = False,
        gone: bool = False,
    ) -> None:
        super().__init__(message)
        self.permanent = permanent or disables or gone
        self.retry_after = retry_after
        self.ambiguous = ambiguous
        self.disables = disables
        self.gone = gone
