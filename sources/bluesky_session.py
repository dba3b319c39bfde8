"""A login at Bluesky with an app password: one session, kept in memory and renewed as its tokens run out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct
from pydantic import SecretStr

from sources.contract import SourceBusy, SourceRefused, SourceUnavailable
from sources.http import Answer, HttpDoor
from sources.loose_json import text_of

BETWEEN_LOGINS = timedelta(minutes=10)
"""The least time between two logins: an account has 300 a day and 30 in 5 minutes (docs.bsky.app, rate limits)."""

_STALE = ("ExpiredToken", "InvalidToken", "AuthMissing", "AuthenticationRequired")
_TOKEN = re.compile(r"[!-~]{1,8192}")
_ERROR_NAME = re.compile(r"[A-Za-z]{1,40}")


class _Tokens(Struct, frozen=True):
    access: str
    refresh: str

    def __repr__(self) -> str:
        return "_Tokens(…)"


class BlueskySession:
    """Asks a PDS as an account (com.atproto.server.createSession and refreshSession). No message holds a secret.

    A token that has run out is renewed once and the question asked once more; no failure leads to a third try. A
    refusal is remembered until the next login may be tried, so that thirty searches are not thirty wrong passwords.
    """

    def __init__(self, door: HttpDoor, pds_url: str, handle: str, app_password: SecretStr) -> None:
        self._door = door
        self._url = pds_url.rstrip("/") + "/xrpc/"
        self._handle = handle
        self._app_password = app_password
        self._tokens: _Tokens | None = None
        self._next_login: datetime | None = None
        self._refusal = ""

    async def get(self, method: str, params: Mapping[str, str | int], now: datetime) -> Answer:
        """Asks a method; gives an answer of status 200, 400, 401 or 403. Raises SourceError's kinds."""
        tokens = self._tokens or await self._log_in(now)
        answer = await self._ask(method, params, tokens)
        if not _is_stale(answer):
            return answer
        tokens = await self._renewed(tokens, now)
        answer = await self._ask(method, params, tokens)
        if _is_stale(answer):
            self._tokens = None
            raise SourceUnavailable("Bluesky does not take the session that it gave a moment ago")
        return answer

    async def _ask(self, method: str, params: Mapping[str, str | int], tokens: _Tokens) -> Answer:
        headers = {"authorization": f"Bearer {tokens.access}"}
        return await self._door.get(self._url + method, params=params, headers=headers, accept=(200, 400, 401, 403))

    async def _renewed(self, tokens: _Tokens, now: datetime) -> _Tokens:
        """Renews the session by its refresh token, which lasts for weeks, or logs in where that has run out, too."""
        self._tokens = None
        answer = await self._door.post(
            self._url + "com.atproto.server.refreshSession",
            content=b"",
            headers={"authorization": f"Bearer {tokens.refresh}"},
            accept=(200, 400, 401),
        )
        if answer.status != 200:
            return await self._log_in(now)
        self._tokens = _tokens_of(answer)
        return self._tokens

    async def _log_in(self, now: datetime) -> _Tokens:
        if self._next_login is not None and now < self._next_login:
            if self._refusal:
                raise SourceRefused(self._refusal, "credentials")
            raise SourceBusy("Bluesky ended our session; the next login waits a little", self._next_login - now)
        told = {"identifier": self._handle, "password": self._app_password.get_secret_value()}
        answer = await self._door.post(
            self._url + "com.atproto.server.createSession",
            content=msgspec.json.encode(told),
            accept=(200, 400, 401, 403),
        )
        self._next_login = now + BETWEEN_LOGINS
        self._refusal = "" if answer.status == 200 else _refusal_of(answer)
        if self._refusal:
            raise SourceRefused(self._refusal, "credentials")
        self._tokens = _tokens_of(answer)
        return self._tokens


def error_name(answer: Answer) -> str:
    """Gives the name of the error that an answer tells ("ExpiredToken"), "" where it tells none."""
    if "json" not in answer.headers.get("content-type", ""):
        return ""
    told = answer.json()
    name = text_of(told, "error") if isinstance(told, Mapping) else ""
    return name if _ERROR_NAME.fullmatch(name) else ""


def _is_stale(answer: Answer) -> bool:
    return answer.status in (400, 401) and error_name(answer) in _STALE


def _tokens_of(answer: Answer) -> _Tokens:
    told: Any = answer.json()
    tokens = [text_of(told, name) for name in ("accessJwt", "refreshJwt")] if isinstance(told, Mapping) else [""]
    if not all(_TOKEN.fullmatch(token) for token in tokens):
        raise SourceUnavailable("Bluesky answered a login without a session")
    return _Tokens(*tokens)


def _refusal_of(answer: Answer) -> str:
    """The service's own words are left out: they may repeat what was sent."""
    name = error_name(answer)
    if name == "AuthFactorTokenRequired":
        return "Bluesky wants a code from an e-mail beside this password: make an app password, which needs none"
    if name == "AccountTakedown":
        return "Bluesky has taken this account down: name another handle and its app_password"
    return f"Bluesky does not take this handle and app_password ({answer.status} {name}".strip() + "): check both"
