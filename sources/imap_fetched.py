"""Mails as a server gives them in answer to FETCH (RFC 3501, 7.4.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

_RECORD = re.compile(rb"\d{1,20} \(")
_UID = re.compile(rb"[( ]UID (\d{1,10})(?!\d)")
_SIZE = re.compile(rb"[( ]RFC822\.SIZE (\d{1,15})(?!\d)")
_RECEIVED = re.compile(rb'[( ]INTERNALDATE "([^"]{1,40})"')
_BODY_NEXT = re.compile(rb"BODY\[\](?:<\d{1,10}>)? \{\d{1,10}\+?\}$")
_BODY_QUOTED = re.compile(rb'BODY\[\](?:<\d{1,10}>)? "((?:[^"\\]|\\.)*)"')


class Fetched(Struct, frozen=True, kw_only=True):
    """One mail as the server gives it: its beginning, and how long all of it is (0: not told)."""

    uid: int
    size: int
    received_at: datetime | None
    raw: bytes


def fetched(data: Sequence[Any]) -> Iterator[Fetched]:
    """Reads FETCH responses as imaplib gives them: pairs of a line that ends in a literal and that literal, or lines.

    What a mail says is in the literal alone, so that no mail can pass for an answer of the server.
    """
    records: list[tuple[list[bytes], bytes | None]] = []
    for part in data:
        line, literal = part if isinstance(part, tuple) else (part, None)
        if _RECORD.match(line):
            records.append(([], None))
        if not records:
            continue
        lines, body = records[-1]
        if literal is not None and _BODY_NEXT.search(line):
            body = literal
        records[-1] = ([*lines, line], body)
    for lines, literal in records:
        said = b" ".join(lines)
        uid = _UID.search(said)
        quoted = _BODY_QUOTED.search(said)
        body = literal if literal is not None or quoted is None else re.sub(rb"\\(.)", rb"\1", quoted[1])
        if uid is None or body is None:
            continue
        size, received = _SIZE.search(said), _RECEIVED.search(said)
        yield Fetched(
            uid=int(uid[1]),
            size=int(size[1]) if size else 0,
            received_at=_received_at(received[1].decode("ascii", "replace")) if received else None,
            raw=body,
        )


def _received_at(told: str) -> datetime | None:
    """Reads a date-time of RFC 3501 (9): `17-Jul-1996 02:44:25 -0700`, the day maybe led by a space."""
    try:
        return datetime.strptime(told.strip(), "%d-%b-%Y %H:%M:%S %z").astimezone(UTC)
    except (ValueError, OverflowError):
        return None
