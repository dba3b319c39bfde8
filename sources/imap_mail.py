"""From a mail to a post."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from email.utils import getaddresses, parsedate_to_datetime

from sources.mail_parts import Mail, read_mail
from sources.mail_quotes import own_words
from sources.post import Author, Post, storable_post

LONGEST_ID = 500  # a longer Message-ID is a mistake; RFC 5322 lets a line have 998

MESSAGE = "message"
WITH_ATTACHMENTS = "message with attachments"
AUTOMATIC = "automatic message"

_ID = re.compile(r"<([^<>\s]{1,500})>")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")
_ROBOTS = ("mailer-daemon@", "mail-daemon@", "mailerdaemon@")


def post_of_mail(raw: bytes, received_at: datetime | None, account: str, now: datetime) -> Post:
    """Gives the post for a mail of `account`, whatever its bytes are; nothing is raised.

    Its text is what the author wrote: quotations and the signature are left out. A mail without a Message-ID is known
    by a digest of its bytes. A mail has no address on the web.
    """
    mail = read_mail(raw)
    headers = mail.headers
    name, address = author_of(headers.get("from", "") or headers.get("sender", ""))
    post = Post(
        source="imap",
        instance=account,
        external_id=external_id_of(headers, raw),
        title=headers.get("subject", ""),
        text=own_words(mail.body.text),
        published_at=_date_of(headers.get("date", "")) or received_at,
        lang=_language_of(headers.get("content-language", "")),
        author=Author(id=address, handle=address, name=name, email=address),
        in_reply_to=in_reply_to_of(headers),
        kind=_kind_of(mail),
    )
    return storable_post(post, now)


def is_automatic(headers: dict[str, str]) -> bool:
    """Whether a machine wrote the mail to answer another one: a bounce, a receipt, a note that somebody is away.

    By RFC 3834 (Auto-Submitted, the null return path) and RFC 3462 (multipart/report), and by what was used before.
    A mail that a machine sent of its own accord (auto-generated) is none: the form of a web site sends such.
    """
    submitted = headers.get("auto-submitted", "").lower()
    if submitted.startswith(("auto-replied", "auto-notified")):
        return True
    if headers.get("content-type", "").lower().lstrip().startswith("multipart/report"):
        return True
    if headers.get("precedence", "").lower().strip() in ("auto_reply", "auto-reply"):
        return True
    if any(headers.get(name) for name in ("x-autoreply", "x-autorespond", "x-failed-recipients")):
        return True
    if headers.get("return-path", "").replace(" ", "") == "<>":
        return True
    return author_of(headers.get("from", ""))[1].startswith(_ROBOTS)


def author_of(header: str) -> tuple[str, str]:
    """Gives the name and the e-mail address (lower case) of the first author that a From header tells, "" for none."""
    try:
        for name, address in getaddresses([header[:2_000]]):
            if "@" in address and not re.search(r"[\s<>,;]", address):
                return " ".join(name.split()), address.lower()
    except Exception:  # noqa: BLE001 - the standard library's parser has many ways to fail at what is no address
        return "", ""
    found = re.search(r"[^\s<>\"'(),;:@]{1,64}@[^\s<>\"'(),;:@]{1,255}", header[:2_000])
    return ("", found[0].lower()) if found else (" ".join(header[:200].split()), "")


def external_id_of(headers: dict[str, str], raw: bytes) -> str:
    """Gives the Message-ID without its brackets, else a digest of the mail."""
    told = headers.get("message-id", "").strip()
    found = _ID.search(told)
    bare = found[1] if found else told.strip("<> ")
    if bare and len(bare) <= LONGEST_ID:
        return bare
    return "sha256:" + hashlib.sha256(raw).hexdigest()


def in_reply_to_of(headers: dict[str, str]) -> str:
    """Gives the Message-ID of the mail that this one answers, "" where it tells none (RFC 5322, 3.6.4)."""
    answered = _ID.findall(headers.get("in-reply-to", ""))
    above = _ID.findall(headers.get("references", ""))
    return answered[0] if answered else above[-1] if above else ""


def _kind_of(mail: Mail) -> str:
    if is_automatic(mail.headers):
        return AUTOMATIC
    return WITH_ATTACHMENTS if mail.body.attachments else MESSAGE


def _date_of(told: str) -> datetime | None:
    try:
        read = parsedate_to_datetime(told[:200])
        return (read.replace(tzinfo=UTC) if read.tzinfo is None else read).astimezone(UTC)
    except Exception:  # noqa: BLE001 - as above
        return None


def _language_of(told: str) -> str:
    found = _LANGUAGE.match(told.strip())
    return found[0] if found else ""
