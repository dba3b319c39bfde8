"""Links that carry a permission of their own: for one purpose and one thing, until a time, signed with [web] secret."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from datetime import datetime

INGEST_LINK = "ingest"
"""The purpose of links by which posts are sent to a source."""

_TOKEN = re.compile(r"(\d{1,12})\.([A-Za-z0-9_-]{43})")


def signed_until(secret: str, purpose: str, subject: str, until: datetime) -> str:
    """A token for a link: the second at which it ends, and HMAC-SHA256 (RFC 2104) in base64url (RFC 4648)."""
    ends = str(int(until.timestamp()))
    return f"{ends}.{_proof(secret, purpose, subject, ends)}"


def holds(secret: str, purpose: str, subject: str, token: str, now: datetime) -> bool:
    """Whether a token was made with this secret for just this purpose and subject, and has not ended."""
    found = _TOKEN.fullmatch(token)
    if found is None:
        return False
    proof = _proof(secret, purpose, subject, found[1])
    return hmac.compare_digest(proof, found[2]) and now.timestamp() < int(found[1])


def _proof(secret: str, purpose: str, subject: str, ends: str) -> str:
    # Lengths first: no other purpose and subject can run together to the same text.
    said = f"listener link {len(purpose)}:{purpose}{len(subject)}:{subject}{ends}"
    made = hmac.new(secret.encode(), said.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made).decode().rstrip("=")
