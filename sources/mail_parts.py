"""From the bytes of a mail to its headers and its text, within bounds (RFC 5322, RFC 2045 to 2047)."""

from __future__ import annotations

import base64
import binascii
import email.message
import email.policy
import quopri
import re
from collections.abc import Iterator
from email.header import decode_header
from email.parser import BytesHeaderParser

from msgspec import Struct

from sources.mail_quotes import html_without_quotes, unquoted
from sources.markup import text_from_html

MOST_DEPTH = 8
MOST_PARTS = 200
MOST_HEADER = 8_000  # characters of one header that are looked at: parsers of the standard library take squares of time
MOST_HEAD = 128 * 1024

_HEAD_ENDS = re.compile(rb"\r?\n[ \t]*\r?\n|\A\r?\n")
_NOT_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class MailText(Struct, frozen=True, kw_only=True):
    """What a reader sees of a mail's body, and how many parts are not text of its own."""

    text: str = ""
    attachments: int = 0


class Mail(Struct, frozen=True, kw_only=True):
    """A mail taken apart; the names of headers are in lower case, and each has its first value."""

    headers: dict[str, str]
    body: MailText


class _Part(Struct, frozen=True, kw_only=True):
    media: str
    raw: bytes
    encoding: str
    charset: str
    named: bool  # it has a file's name, or says that it is an attachment


def read_mail(raw: bytes) -> Mail:
    """Takes a mail apart, whatever it is: what cannot be read is left out, and nothing is raised.

    Takes time proportional to the length: nested parts are followed MOST_DEPTH deep, MOST_PARTS in all.
    """
    headers, body = _head_and_body(raw)
    leaves = [leaf for _, leaf in zip(range(MOST_PARTS), _leaves(headers, body, 0), strict=False)]
    shown = [leaf for leaf in leaves if leaf.media.startswith("text/") and not leaf.named]
    texts = [text for leaf in shown if (text := _text(leaf))]
    return Mail(
        headers={name: _decoded(value) for name, value in reversed(headers)},
        body=MailText(text="\n\n".join(texts), attachments=len(leaves) - len(shown)),
    )


def _head_and_body(raw: bytes) -> tuple[list[tuple[str, str]], bytes]:
    end = _HEAD_ENDS.search(raw[:MOST_HEAD])
    head, body = (raw[:MOST_HEAD], b"") if end is None else (raw[: end.start()], raw[end.end() :])
    try:
        told = BytesHeaderParser(policy=email.policy.compat32).parsebytes(head + b"\n\n")
        found = [(name.lower(), value[:MOST_HEADER]) for name, value in told.raw_items()]
    except Exception:  # noqa: BLE001 - the standard library's parser has many ways to fail at what is no mail
        return [], body
    return found, body


def _leaves(headers: list[tuple[str, str]], body: bytes, depth: int) -> Iterator[_Part]:
    """Gives the parts that hold something, of alternatives the one in plain text."""
    told = _content(headers)
    media = _media(told)
    if not media.startswith("multipart/"):
        yield _Part(
            media=media,
            raw=body,
            encoding=str(told.get("content-transfer-encoding", "")).partition(";")[0].strip().lower(),
            charset=_param(told, "charset"),
            named=_is_named(told),
        )
        return
    boundary = _param(told, "boundary")
    inner = _split(body, boundary) if depth < MOST_DEPTH else []
    if not inner:
        if depth < MOST_DEPTH:  # a boundary that nowhere stands: what there is may be text all the same
            yield _Part(media="text/plain", raw=body, encoding="", charset="", named=False)
        return
    branches = [_leaves(*_head_and_body(part), depth + 1) for part in inner[:MOST_PARTS]]
    if media == "multipart/alternative":
        yield from _one_of([list(branch) for branch in branches])
        return
    for branch in branches:
        yield from branch


def _one_of(branches: list[list[_Part]]) -> Iterator[_Part]:
    """Gives the first alternative with something in plain text, else the last with text of any kind, else all."""
    for wanted in ("text/plain", "text/html", "text/"):
        for branch in branches:
            if any(leaf.media.startswith(wanted) and not leaf.named and _text(leaf) for leaf in branch):
                yield from branch
                return
    for branch in branches:
        yield from branch


def _split(body: bytes, boundary: str) -> list[bytes]:
    """Parts a body at its boundary, to its last mark or to its end (RFC 2046, 5.1.1)."""
    mark = boundary.encode("utf-8", "replace")
    if not mark:
        return []
    pieces = re.split(rb"(?:\A|\r?\n)--" + re.escape(mark) + rb"(--)?[ \t]*(?=\r?\n|\Z)", body)
    parts: list[bytes] = []
    for closing, piece in zip(pieces[1::2], pieces[2::2], strict=True):
        if closing:
            break
        # The line break that ends the mark also stands for an empty head.
        parts.append(piece.removeprefix(b"\r").removeprefix(b"\n"))
    return parts


def _content(headers: list[tuple[str, str]]) -> email.message.Message:
    told = email.message.Message()
    for name, value in headers:
        if name.startswith("content-") and name not in told:
            told[name] = value.replace("\r", " ").replace("\n", " ")
    return told


def _media(told: email.message.Message) -> str:
    try:
        return told.get_content_type()
    except Exception:  # noqa: BLE001 - as above
        return "text/plain"


def _param(told: email.message.Message, name: str) -> str:
    try:
        value = told.get_param(name, "")
        text = value[2] if isinstance(value, tuple) else str(value)
    except Exception:  # noqa: BLE001 - as above
        return ""
    return text.strip()[:200]


def _is_named(told: email.message.Message) -> bool:
    try:
        disposition = str(told.get("content-disposition", "")).lower().strip()
        return disposition.startswith("attachment") or bool(told.get_filename())
    except Exception:  # noqa: BLE001 - as above
        return True


def _text(leaf: _Part) -> str:
    """Gives a leaf as plain text: of HTML without its quoted blocks, but where they are all that it says."""
    text = in_words(_plain(leaf.raw, leaf.encoding), leaf.charset)
    text = _NOT_TEXT.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    if leaf.media != "text/html":
        return text.strip()
    own = text_from_html(html_without_quotes(text))
    return own if unquoted(own) else text_from_html(text)


def _plain(raw: bytes, encoding: str) -> bytes:
    """Undoes the transfer encoding as far as that goes: a mail may be cut in the middle."""
    try:
        if encoding == "base64":
            letters = re.sub(rb"[^A-Za-z0-9+/]", b"", raw.partition(b"=")[0])
            return base64.b64decode(letters[: len(letters) // 4 * 4] + _rest(letters))
        return quopri.decodestring(raw) if encoding == "quoted-printable" else raw
    except (binascii.Error, ValueError):
        return raw


def _rest(letters: bytes) -> bytes:
    over = letters[len(letters) // 4 * 4 :]
    return over + b"=" * (4 - len(over)) if len(over) > 1 else b""


def in_words(raw: bytes, charset: str) -> str:
    """Decodes text that says what its charset is, or lies about it: UTF-8 where it is that, else what was told."""
    charset = charset.lower()
    try:
        return raw.decode(charset if charset in _SEVEN_BIT else "utf-8-sig")
    except (UnicodeDecodeError, LookupError):
        text = raw.decode("utf-8", "replace")
    if text.count("\ufffd") * 4 <= sum(not letter.isascii() for letter in text):
        return text  # cut in the middle of a letter, or spoiled here and there
    for name in (charset, "cp1252"):
        try:
            decoded = raw.decode(name) if name else ""
        except (LookupError, UnicodeError, ValueError):
            continue
        if decoded and isinstance(decoded, str):
            return decoded
    return text if charset in ("utf-8", "utf8") else raw.decode("cp1252", "replace")


_SEVEN_BIT = frozenset(
    {"utf-7", "iso-2022-jp", "iso-2022-kr", "hz-gb-2312", "iso-2022-jp-2", "utf-16", "utf-16le", "utf-16be"}
)
"""Charsets whose bytes may be good UTF-8 and mean something else: these are believed."""


def _decoded(value: str) -> str:
    """Gives a header as text: encoded words decoded, folding undone; bytes beyond ASCII stand in it as surrogates."""
    text = in_words(value.encode("utf-8", "surrogateescape"), "") if not value.isascii() else value
    try:
        text = "".join(_word(piece, charset) for piece, charset in decode_header(text))
    except Exception:  # noqa: BLE001 - as above
        text = text.replace("\0", " ")
    return " ".join(_NOT_TEXT.sub(" ", text.encode("utf-8", "replace").decode()).split())


def _word(piece: str | bytes, charset: str | None) -> str:
    """What stands between encoded words comes as bytes too, in an encoding of the parser's own."""
    if isinstance(piece, str):
        return piece
    return piece.decode("raw-unicode-escape") if charset is None else in_words(piece, charset)
