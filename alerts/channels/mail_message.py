"""Makes the MIME message of a mail; no header of it can be broken by what it is made of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from email.errors import NonASCIILocalPartDefect
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime

from alerts.contract import Message
from alerts.escape import one_line, readable
from alerts.rendering.mail import PICTURE_HOST, digest

MAIL_POLICY = SMTP.clone(cte_type="7bit")
"""Seven bits travel everywhere, whatever the servers on the way can do."""

UTF8_POLICY = SMTPUTF8.clone(cte_type="7bit")
"""For addresses beyond ASCII (RFC 6531)."""

_FROM_RENDERER = ("List-Id", "References", "Importance")
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?", re.IGNORECASE)


def compose(message: Message, sender: str, to: Sequence[str], now: datetime) -> EmailMessage:
    """Gives the mail for `message`: text, HTML beside it where there is some, and its pictures inside.

    The Message-ID depends only on the message's key and the sender's host, so a repeat is known as one. It says
    that a machine wrote it (RFC 3834), so that no absence note answers. Raises ValueError for a bad address.
    """
    mail = EmailMessage(policy=MAIL_POLICY)
    author = address(sender)
    mail["From"] = author
    mail["To"] = tuple(address(receiver) for receiver in to)
    mail["Subject"] = header_line(message.title)
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{digest(message.key)}@{id_host(author.domain)}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    for name in _FROM_RENDERER:
        if value := header_line(message.headers.get(name, "")):
            mail[name] = value
            if name == "References":
                mail["In-Reply-To"] = value
    mail.set_content(readable(message.text) + "\n")
    if message.html:
        mail.add_alternative(message.html, subtype="html")
        _put_pictures_in(mail, message)
    return mail


def address(text: str) -> Address:
    """Reads one address with or without a name: `Listener <listener@example.org>`. Raises ValueError."""
    refusal = ValueError("must be one mail address such as 'Listener <listener@example.org>'")
    if one_line(text) != text.strip():
        raise refusal
    try:
        header = MAIL_POLICY.header_factory("to", text)
        found = header.addresses
        if len(found) != 1 or any(not isinstance(defect, NonASCIILocalPartDefect) for defect in header.defects):
            raise refusal
        host = found[0].domain.encode("idna").decode("ascii")
        if not found[0].username or not _HOST.fullmatch(host):
            raise refusal
        return Address(found[0].display_name, found[0].username, host)
    except (ValueError, IndexError, AttributeError):
        raise refusal from None


def header_line(text: str) -> str:
    """Gives text as one line in which nothing is an encoded word (RFC 2047, section 2).

    The library decodes encoded words in what it is given, and a line end in one would begin another header.
    """
    return one_line(text).replace("=?", "=\u2060?")


def _put_pictures_in(mail: EmailMessage, message: Message) -> None:
    html = mail.get_body(("html",))
    assert html is not None
    for picture in message.pictures:
        html.add_related(
            picture.png,
            "image",
            "png",
            cid=f"<{picture.name}@{PICTURE_HOST}>",
            filename=picture.name,
            disposition="inline",
        )


def id_host(host: str) -> str:
    """The host of a Message-ID. A long one would fold the header, and programs that compare ids would see another."""
    return host if len(host) <= 30 else f"{digest(host)[:12]}.listener.localhost"
