"""Answers a mail by mail, in its conversation."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Literal

from alerts.channels.mail_handover import hand_over
from alerts.channels.mail_message import MAIL_POLICY, address, header_line, id_host
from alerts.channels.mail_settings import MailServerSettings
from alerts.contract import Receipt
from alerts.escape import readable
from alerts.rendering.mail import digest
from alerts.replies.contract import Length, Reply
from alerts.replies.settings import ReplySettings
from sources.post import Post

MOST_CHARACTERS = 100_000
_MESSAGE_ID = re.compile(r"[!-;=?-~]{1,300}@[!-;=?-~]{1,190}")
_AGAIN = re.compile(r"(?:re|aw|sv|antw)\s*:", re.IGNORECASE)
_AUTOMATIC = "automatic message"


class EmailReplySettings(MailServerSettings, ReplySettings):
    """How to reach the mail server, and in whose name to write: an address that somebody reads."""

    kind: Literal["email"] = "email"

    def open(self) -> EmailReplies:
        return EmailReplies(self)


class EmailReplies:
    """See `Replying`. The Message-ID is made from the answer's key, so that a mail program knows a repeat as one."""

    kind = "email"

    def __init__(self, settings: EmailReplySettings, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.name = settings.name
        self._settings = settings
        self._clock = clock

    def refuses(self, post: Post) -> str:
        if post.source not in ("imap", "email"):
            return "answers mails only"
        if post.kind == _AUTOMATIC:
            return "does not answer what a machine wrote"
        try:
            address(post.author.email)
        except ValueError:
            return "has no e-mail address of the author"
        return ""

    def written(self, post: Post, text: str) -> str:
        return readable(text).strip()

    def length(self, post: Post, text: str) -> Length:
        return Length(len(text), MOST_CHARACTERS, "characters")

    def under(self, post: Post) -> str:
        return f"to {post.author.email}, in the conversation \u201c{_subject(post)}\u201d"

    async def reply(self, reply: Reply) -> Receipt:
        mail = compose_reply(reply, self._settings.sender, self._clock())
        await hand_over(self._settings.server(self._settings.timeout), mail)
        return Receipt(id=str(mail["Message-ID"]), detail=f"to {reply.post.author.email}")

    async def close(self) -> None:
        """Frees nothing: each mail has a connection of its own."""


def compose_reply(reply: Reply, sender: str, now: datetime) -> EmailMessage:
    """The answering mail: in the conversation by In-Reply-To and References (RFC 5322, 3.6.4), plain text alone."""
    post = reply.post
    author = address(sender)
    mail = EmailMessage(policy=MAIL_POLICY)
    mail["From"] = author
    mail["To"] = address(post.author.email)
    mail["Subject"] = header_line(_subject(post))
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{digest(reply.key)}@{id_host(author.domain)}>"
    if _MESSAGE_ID.fullmatch(post.external_id):
        mail["In-Reply-To"] = f"<{post.external_id}>"
        above = [one for one in (post.in_reply_to, post.external_id) if _MESSAGE_ID.fullmatch(one)]
        mail["References"] = " ".join(f"<{one}>" for one in above)
    mail.set_content(reply.text + "\n")
    return mail


def _subject(post: Post) -> str:
    title = " ".join(post.title.split())[:200]
    return title if _AGAIN.match(title) else f"Re: {title}".strip()
