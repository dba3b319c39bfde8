"""Mailboxes: what people write to a team, read by IMAP without a mark."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AliasChoices, BeforeValidator, Field, SecretStr, model_validator

from sources.address_guard import PrivateAddress, UnknownHost, resolve_public
from sources.contract import Cursor, Page, Plan, SourceRefused, SourceUnavailable
from sources.imap_connection import MailConnection, MailServer
from sources.imap_folder import TAKING_APART, Taste, read_folder
from sources.query.branches import branches
from sources.query.tree import Query
from sources.search_asks import meant_for
from sources.settings import Duration, NetworkSourceSettings

MOST_TOKEN = 64 * 1024
TIMEOUT = timedelta(seconds=60)
_ABORTED = timedelta(seconds=2)


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


FolderName = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]


class ImapSettings(NetworkSourceSettings):
    """Settings of `kind = "imap"`. One of `password`, `token` and `token_file` is needed.

    `token` is an OAuth 2.0 access token; `token_file` a file that holds one, which is read at each sign-in, so that a
    program beside listener can renew it.
    """

    kind: Literal["imap"]
    every: Annotated[Duration, Field(ge=timedelta(seconds=30), le=timedelta(days=30))] = timedelta(minutes=5)
    host: Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[A-Za-z0-9._:-]+$")]
    port: Annotated[int, Field(ge=1, le=65_535)] | None = None
    tls: Literal["tls", "starttls", "none"] = "tls"
    username: Annotated[str, Field(min_length=1, max_length=300, pattern=r"^[^\x00-\x1f\x7f]+$")]
    password: SecretStr | None = None
    token: SecretStr | None = None
    token_file: Path | None = None
    folders: Annotated[
        tuple[FolderName, ...],
        BeforeValidator(_listed),
        Field(min_length=1, max_length=50, validation_alias=AliasChoices("folders", "folder")),
    ] = ("INBOX",)
    automatic: bool = False  # whether bounces and automatic replies are read, too
    backfill: Annotated[Duration, Field(ge=timedelta(0), le=timedelta(days=3650))] = timedelta(days=7)

    @model_validator(mode="after")
    def _can_sign_in(self) -> Self:
        secrets = [self.password, self.token]
        if sum(one is not None for one in (*secrets, self.token_file)) != 1:
            raise ValueError("needs exactly one of password, token and token_file")
        for secret in secrets:
            told = "x" if secret is None else secret.get_secret_value()
            if not told or any(character in told for character in "\x00\r\n\x01"):
                raise ValueError("has an empty password or token, or one with a line break in it")
        return self

    def open(self) -> Imap:
        return Imap(self)


class Imap:
    """Reads folders in the order of the server's numbers; see `Source` for the promises."""

    kind = "imap"
    searchable = True

    def __init__(self, settings: ImapSettings) -> None:
        self.name = settings.name
        self._settings = settings
        self._folders = tuple(dict.fromkeys(settings.folders))
        self._timeout = TIMEOUT.total_seconds()
        user, host = settings.username.lower(), settings.host.lower()
        self._account = user if "@" in user else f"{user}@{host}"
        self.credential = f"imap:{user}@{host}"

    def plan(self, query: Query) -> Plan:
        """One ask per folder, whatever the query: every mail is read once, and matched here."""
        wanted = meant_for(branches(query).branches, self.kind, self.name)
        return Plan(asks=self._folders if wanted else (), coverage="superset")

    async def fetch(self, ask: str, cursor: Cursor | None, now: datetime) -> Page:
        """Reads the next mails of one folder: one connection. See `Source.fetch`."""
        settings = self._settings
        server = MailServer(
            host=settings.host,
            port=settings.port or (993 if settings.tls == "tls" else 143),
            tls=settings.tls,
            username=settings.username,
            password=settings.password.get_secret_value() if settings.password is not None else "",
            token=_token_of(settings),
        )
        began = time.monotonic()
        addresses = await self._addresses(server)
        connection = MailConnection(server, addresses, self._timeout - (time.monotonic() - began))
        taste = Taste(account=self._account, backfill=settings.backfill, automatic=settings.automatic)
        return await self._in_a_thread(lambda: read_folder(connection, ask, cursor, now, taste), connection)

    async def close(self) -> None:
        """Nothing is held between two steps."""

    async def _addresses(self, server: MailServer) -> Sequence[str]:
        shown = f"the mail server {server.host}"
        try:
            async with asyncio.timeout(self._timeout):
                return await resolve_public(server.host, server.port, self._settings.allow_private)
        except PrivateAddress as error:
            raise SourceRefused(
                f"{shown} {error}: set allow_private = true if this address is meant", "settings"
            ) from None
        except UnknownHost as error:
            raise SourceUnavailable(f"{shown}: the host cannot be found ({error})") from None
        except TimeoutError:
            raise SourceUnavailable(f"{shown}: its address was not found within {self._timeout:g} s") from None

    async def _in_a_thread(self, read: Callable[[], Page], connection: MailConnection) -> Page:
        """Waits for a thread no longer than the source's own time; whatever it then waits for is broken off."""
        reading = asyncio.ensure_future(asyncio.to_thread(read))
        try:
            await asyncio.wait({reading}, timeout=self._timeout)
            if not reading.done():
                connection.break_off()  # what is here may still be taken apart
                await asyncio.wait({reading}, timeout=TAKING_APART.total_seconds())
        finally:
            if not reading.done():
                connection.break_off()
                await asyncio.wait({reading}, timeout=_ABORTED.total_seconds())
        if not reading.done():
            raise SourceUnavailable(f"the mail server {self._settings.host} did not answer within {self._timeout:g} s")
        return reading.result()


def _token_of(settings: ImapSettings) -> str:
    """Gives the access token, fresh from its file where it lies in one. Raises SourceRefused where there is none."""
    if settings.token_file is None:
        return settings.token.get_secret_value() if settings.token is not None else ""
    try:
        with settings.token_file.open("rb") as file:
            token = file.read(MOST_TOKEN).decode("ascii").strip()
    except (OSError, ValueError):
        token = ""
    if not token or any(character in token for character in "\x00\r\n\x01"):
        raise SourceRefused(f"{settings.token_file.name!a} in `token_file` holds no access token", "credentials")
    return token
