"""What may be told of an exchange: words without a query string, a header or anything else that could be a secret."""

from __future__ import annotations

import re
import ssl

import httpx

from sources.contract import SourceError, SourceRefused, SourceUnavailable

_TOKEN_LIKE = re.compile(r"""[\w\-+/=.%~]{20,}|(?=[^\d\s]*\d)[\w\-+=%~]{10,}|(?<=[&=])[^\s&<>"']+|(?<!<)\?[^\s<>"']+""")


def shown_url(url: httpx.URL) -> str:
    """Gives the part of an address that may be told: scheme, host and path, never what could hold a secret."""
    host = f"[{url.host}]" if ":" in url.host else url.host
    port = f":{url.port}" if url.port else ""
    path = url.raw_path.partition(b"?")[0].decode("ascii", "replace")
    return f"{url.scheme}://{host}{port}{path[:200]}"


def first_words(body: bytes) -> str:
    """Gives the beginning of an unexpected body for a message: one escaped line, without what looks like a token."""
    text = " ".join(body[:400].decode("utf-8", "replace").split())
    text = _TOKEN_LIKE.sub("…", text)[:80]
    return ascii(text).replace("\\u2026", "…") if text else "nothing at all"


def shown_bytes(count: int) -> str:
    """Gives a size in words: "10 MiB"."""
    for unit, size in (("MiB", 1024 * 1024), ("KiB", 1024)):
        if count >= size:
            return f"{count / size:g} {unit}" if count % size == 0 else f"{count / size:.1f} {unit}"
    return f"{count} bytes"


def unavailable(shown: str, error: Exception) -> SourceError:
    """Tells a transport's error in our words; its own words may hold a header's value, so they are not kept."""
    if isinstance(error, httpx.ConnectTimeout):
        return SourceUnavailable(f"{shown} does not take the connection")
    if isinstance(error, httpx.TimeoutException):
        return SourceUnavailable(f"{shown} did not answer in time")
    if tls := tls_words(error):
        return SourceUnavailable(f"{shown}: no safe connection ({tls})")
    if isinstance(error, httpx.ConnectError):
        return SourceUnavailable(f"{shown} cannot be reached")
    if isinstance(error, httpx.LocalProtocolError):
        return SourceRefused(f"{shown} cannot be asked: a header has a character that no header may have", "settings")
    if isinstance(error, httpx.RemoteProtocolError):
        return SourceUnavailable(f"{shown} broke off, or answered something that is not HTTP")
    return SourceUnavailable(f"{shown}: the connection broke")


def tls_words(error: BaseException) -> str:
    """Gives what TLS did not like, "" where TLS was not the matter."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return cause.verify_message
        if isinstance(cause, ssl.SSLError):
            return (cause.reason or "TLS failed").replace("_", " ").lower()
        cause = cause.__cause__ or cause.__context__
    return ""
