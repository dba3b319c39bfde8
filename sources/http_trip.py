"""The way of one exchange through redirects: where to ask next, and what may be sent there."""

from __future__ import annotations

import httpx

from sources.contract import SourceRefused, SourceUnavailable
from sources.http_words import shown_url

MAX_REDIRECTS = 5

_PERMANENT = (301, 308)
_REDIRECT = (301, 302, 303, 307, 308)
_HARMLESS_ELSEWHERE = (
    "accept",
    "accept-encoding",
    "accept-language",
    "user-agent",
    "if-none-match",
    "if-modified-since",
)


class Trip:
    """Where one exchange stands on its way through redirects, and what it may carry from here on.

    content: what is sent to ask, None for a plain GET; only that follows redirects, where `follows` lets it.
    """

    def __init__(
        self, url: httpx.URL, headers: dict[str, str], shown: str, content: bytes | None = None, *, follows: bool = True
    ) -> None:
        if url.userinfo and "authorization" not in headers:
            auth = httpx.BasicAuth(url.username, url.password)
            headers["authorization"] = next(auth.auth_flow(httpx.Request("GET", url))).headers["authorization"]
        self.url = url.copy_with(userinfo=b"") if "@" in str(url) else url
        self.headers = headers
        self.content = content
        self._follows = follows and content is None
        self._shown = shown
        self._hops = 0
        self._only_permanent = True

    def shown(self) -> str:
        if not self._shown:
            return shown_url(self.url)
        return f"{self._shown} (redirected to {self.url.host})" if self._hops else self._shown

    def leads_on(self, response: httpx.Response) -> bool:
        return self._follows and response.status_code in _REDIRECT and "location" in response.headers

    def permanent_url(self) -> str:
        return str(self.url) if self._hops and self._only_permanent else ""

    def follow(self, response: httpx.Response) -> None:
        """Moves on to where `response` points. Raises SourceUnavailable and SourceRefused."""
        here = self.shown()
        self._hops += 1
        if self._hops > MAX_REDIRECTS:
            raise SourceUnavailable(f"{here} redirects more than {MAX_REDIRECTS} times")
        try:
            target = self.url.join(response.headers["location"]).copy_with(userinfo=b"", fragment=None)
            mistake = _mistake(target)
        except (httpx.InvalidURL, ValueError):
            raise SourceUnavailable(f"{here} redirects to something that is not an address") from None
        if mistake:
            raise SourceUnavailable(f"{here} redirects to an address that is not http or https")
        if not _same_owner(self.url, target):
            self.headers = {name: self.headers[name] for name in _HARMLESS_ELSEWHERE if name in self.headers}
        self._only_permanent = self._only_permanent and response.status_code in _PERMANENT
        self.url = target


def parse_url(url: str, shown: str = "") -> httpx.URL:
    """Reads a web address, which messages call `shown`. Raises SourceRefused ("settings") for any other text."""
    try:
        parsed = httpx.URL(url.strip())
        mistake = _mistake(parsed)
    except (httpx.InvalidURL, ValueError):
        raise SourceRefused(f"{shown or 'the address'} is not a web address", "settings") from None
    if mistake:
        raise SourceRefused(f"{shown or 'the address'} must begin with http:// or https:// and name a host", "settings")
    return parsed.copy_with(fragment=None) if "#" in url else parsed


def _mistake(url: httpx.URL) -> bool:
    """Whether `url` names no host or is neither http nor https. Raises ValueError for a host or port that cannot be.

    A host is decoded when it is asked for, which fails for an `xn--` that stands for no name (RFC 5891).
    """
    if url.port is not None and url.port > 65_535:
        raise ValueError("there is no such port")
    return url.scheme not in ("http", "https") or not url.host


def _same_owner(here: httpx.URL, there: httpx.URL) -> bool:
    """Whether credentials may travel on: the same origin, or its step up from http to https on the usual ports."""
    if (here.scheme, here.host, here.port) == (there.scheme, there.host, there.port):
        return True
    upgrade = (here.scheme, there.scheme) == ("http", "https") and here.port is None and there.port is None
    return upgrade and here.host == there.host
