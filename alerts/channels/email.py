"""Tells people by mail, over SMTP."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import Field

from alerts.channels.mail_handover import hand_over
from alerts.channels.mail_message import compose
from alerts.channels.mail_settings import MailAddress, MailServerSettings
from alerts.contract import Limits, Message, Receipt
from alerts.rendering.mail import LIMITS
from alerts.settings import ChannelSettings


class EmailSettings(MailServerSettings, ChannelSettings):
    """How to reach the mail server, and whom to write to."""

    kind: Literal["email"] = "email"
    to: Annotated[tuple[MailAddress, ...], Field(min_length=1, max_length=100)]

    def open(self) -> EmailChannel:
        """Gives the channel; nothing is connected yet."""
        return EmailChannel(self)


class EmailChannel:
    """One list of people behind one mail server."""

    kind = "email"
    limits: Limits = LIMITS
    can_edit = False

    def __init__(self, settings: EmailSettings, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.name = settings.name
        self._settings = settings
        self._clock = clock

    async def send(self, message: Message) -> Receipt:
        """Hands the mail to the server once. Raises only DeliveryFailed; the receipt's id is the Message-ID.

        Where the server refuses some of the receivers, the others get the mail and the receipt says who did not.
        """
        settings = self._settings
        mail = compose(message, settings.sender, settings.to, self._clock())
        refused = await hand_over(settings.server(settings.timeout), mail)
        return Receipt(id=str(mail["Message-ID"]), detail="; ".join(refused))

    async def close(self) -> None:
        """Frees nothing: each mail has a connection of its own, closed after it. Safe to call twice."""
