"""A mail server that keeps what it gets."""

from __future__ import annotations

import email.policy
from datetime import datetime
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any, Self

from aiosmtpd.controller import Controller
from msgspec import Struct

from listener.demo.loopback import Clock


class Mail(Struct, frozen=True):
    """A mail as it came in: for whom, and its bytes."""

    at: datetime
    receivers: tuple[str, ...]
    content: bytes

    def read(self) -> EmailMessage:
        """The mail, parsed."""
        return BytesParser(_class=EmailMessage, policy=email.policy.default).parsebytes(self.content)

    @property
    def subject(self) -> str:
        return str(self.read()["Subject"] or "")

    def part(self, kind: str) -> str:
        """The text of the first part of that type ("text/plain", "text/html"), "" where there is none."""
        for part in self.read().walk():
            if part.get_content_type() == kind and isinstance(part, EmailMessage):
                return str(part.get_content())
        return ""


class MailSink:
    """Takes mail on 127.0.0.1, on a port that the system chooses, until closed.

    `refuse` makes it answer the content of a mail otherwise, "451 Try again later" for example; "" takes it again.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._mails: list[Mail] = []
        self._refusal = ""
        self._controller = _AnyPort(self, hostname="127.0.0.1", port=0)
        self._running = False

    @property
    def port(self) -> int:
        return int(self._controller.port)

    @property
    def mails(self) -> tuple[Mail, ...]:
        """What has come in, in its order."""
        return tuple(self._mails)

    def refuse(self, answer: str) -> None:
        self._refusal = answer

    def start(self) -> Self:
        """Begins to answer. Safe to call twice."""
        if not self._running:
            self._controller.start()
            self._running = True
        return self

    def close(self) -> None:
        """Stops answering. Safe to call twice."""
        if self._running:
            self._controller.stop()
            self._running = False

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 — aiosmtpd's name for it
        if self._refusal:
            return self._refusal
        content = envelope.content if isinstance(envelope.content, bytes) else envelope.content.encode()
        self._mails.append(Mail(self._clock(), tuple(envelope.rcpt_tos), content))
        return "250 OK"

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()


class _AnyPort(Controller):
    """Takes the port that the system chose; aiosmtpd would look for its own server on port 0."""

    def _trigger_server(self) -> None:
        server: Any = self.server
        self.port = server.sockets[0].getsockname()[1]
        trigger: Any = super()._trigger_server
        trigger()
