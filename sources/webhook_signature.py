"""Proves who sent a request: HMAC-SHA256 with a shared secret over its time and its body."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta

from sources.abilities import RequestRefused

TIMESTAMP = "x-listener-timestamp"
SIGNATURE = "x-listener-signature"
WINDOW = timedelta(minutes=5)
"""How far a request's time may be from ours, either way: what was overheard cannot be sent again later."""

_SCHEME = "sha256="


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """HMAC-SHA256 (RFC 2104) over the timestamp, a full stop, and the body as sent: "sha256=" and 64 hex digits."""
    return _SCHEME + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def check_signature(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
    """Raises RequestRefused: 401 where a request is not signed at all, 403 where its signature does not hold."""
    timestamp, claimed = headers.get(TIMESTAMP, ""), headers.get(SIGNATURE, "")
    if not timestamp or not claimed:
        raise RequestRefused("the request is not signed: send X-Listener-Timestamp and X-Listener-Signature", 401)
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise RequestRefused("X-Listener-Timestamp must be the whole seconds since 1970, such as 1795334400", 401)
    # The signature comes first: only a sender that knows the secret learns how our clocks differ.
    if not hmac.compare_digest(signature(secret, timestamp, body).encode(), claimed.strip().lower().encode()):
        raise RequestRefused(
            "the signature does not hold: it is 'sha256=' and the HMAC-SHA256, in hex, with this source's secret over "
            "X-Listener-Timestamp, a full stop, and the body byte by byte",
            403,
        )
    late = now.timestamp() - int(timestamp)
    if abs(late) > WINDOW.total_seconds():
        way = "behind" if late > 0 else "ahead of"
        raise RequestRefused(
            f"X-Listener-Timestamp is {abs(late):.0f} s {way} our clock, and may differ by 300 s: set the clock, or "
            "sign the request anew",
            403,
        )
