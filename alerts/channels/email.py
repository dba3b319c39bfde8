"""Tells people by mail, over SMTP."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from alerts.channels.email_conversation import MailServer, is_loopback
from alerts.channels.mail_handover import hand_over
from alerts.channels.mail_message import address, compose
from alerts.contract import Limits, Message, Receipt
from alerts.rendering.mail import LIMITS
from alerts.settings import ChannelSettings


def _checked(value: str) -> str:
    address(value)
    return value


MailAddress = Annotated[str, Field(max_length=500), AfterValidator(_checked)]


class EmailSettings(ChannelSettings):
    """How to reach the mail server, and whom to write to."""

    kind: Literal["email"] = "email"
    host: Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[^\s/@\x00-\x20]+$")]
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    tls: Literal["starttls", "tls", "none"] = "starttls"
    sender: Annotated[MailAddress, Field(alias="from")]
    to: Annotated[tuple[MailAddress, ...], Field(min_length=1, max_length=100)]
    username: Annotated[str, Field(max_length=320)] = ""
    password: SecretStr | None = None
    ca_file: Path | None = None

    @model_validator(mode="after")
    def _whole_credentials(self) -> Self:
        if bool(self.username) != (self.password is not None):
            raise ValueError("needs username and password together, or neither")
        if self.password is not None and self.tls == "none" and not is_loopback(self.host):
            raise ValueError('has tls = "none", which would send the password readable: use "starttls" or "tls"')
        return self

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
        refused = await hand_over(_server(settings), mail)
        return Receipt(id=str(mail["Message-ID"]), detail="; ".join(refused))

    async def close(self) -> None:
        """Frees nothing: each mail has a connection of its own, closed after it. Safe to call twice."""


def _server(settings: EmailSettings) -> MailServer:
    return MailServer(
        host=settings.host,
        port=settings.port,
        tls=settings.tls,
        username=settings.username,
        password=settings.password.get_secret_value() if settings.password is not None else "",
        ca_file=settings.ca_file,
        timeout=settings.timeout,
    )
