"""The one door to a mail server: IMAP4rev1 (RFC 3501) over a connection with limits, that changes nothing there."""

from __future__ import annotations

import contextlib
import functools
import imaplib
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, BinaryIO, cast

from msgspec import Struct

from sources.contract import SourceBusy, SourceError, SourceRefused, SourceUnavailable
from sources.imap_fetched import Fetched, fetched
from sources.imap_words import in_quotes, said_code

MOST_BYTES = 64 * 1024 * 1024
MOST_LINES = 300_000
"""Of one connection: a server may send for ever, and every line takes more memory than it is long."""


class MailServer(Struct, frozen=True, kw_only=True):
    """Where a mailbox lies, and who asks. The secrets are in no message of this module."""

    host: str
    port: int
    tls: str  # "tls", "starttls" or "none"
    username: str
    password: str = ""
    token: str = ""  # an OAuth 2.0 access token


class Folder(Struct, frozen=True, kw_only=True):
    """How the server numbers a folder; `uid_next` is None where it does not tell."""

    uid_validity: int
    uid_next: int | None


class MailConnection:
    """One signed-in connection to one folder, opened for reading alone (EXAMINE). Blocking: for a thread.

    Every method raises only SourceError's kinds. `break_off` may be called from another thread: whatever waits ends.
    """

    def __init__(self, server: MailServer, addresses: Sequence[str], timeout: float) -> None:
        """`addresses` are the host's, checked a moment ago; `timeout` counts seconds for all that is asked."""
        self._server = server
        self._addresses = addresses
        self._deadline = time.monotonic() + timeout
        self._line: _Line | None = None
        self._broken_off = False

    def examine(self, folder: str) -> Folder:
        """Signs in and opens the folder for reading alone."""
        try:
            line = _Line(self._server, self._addresses, self._deadline, self._take)
            _sign_in(line, self._server, self._shown)
            status, said = line.select(in_quotes(folder), readonly=True)
            if status != "OK":
                raise _folder_refused(self._shown, folder, said)  # noqa: TRY301 - passes through below as it is
            return Folder(
                uid_validity=_number(line.response("UIDVALIDITY")) or 0, uid_next=_number(line.response("UIDNEXT"))
            )
        except Exception as error:  # noqa: BLE001 - imaplib trusts servers, and fails in many ways where one is odd
            raise self._error(error) from None

    def uids(self, *criteria: str) -> list[int]:
        """Gives the numbers of the mails that meet the criteria of UID SEARCH, ascending, each once."""
        data = self._ask("SEARCH", *criteria)
        if not all(isinstance(part, bytes) for part in data):  # a literal, which no answer to a search has
            raise SourceUnavailable(f"{self._shown} answers a search with something else than numbers")
        found = {int(word) for part in data for word in part.split() if word.isdigit() and len(word) <= 10}
        return sorted(found)

    def mails(self, uids: Sequence[int], most_bytes: int) -> dict[int, Fetched]:
        """Gives the mails, of each `most_bytes` at the most, unmarked as they are (BODY.PEEK). Some may be missing."""
        asked = f"(UID RFC822.SIZE INTERNALDATE BODY.PEEK[]<0.{most_bytes}>)"
        data = self._ask("FETCH", ",".join(map(str, uids)), asked, accept=("OK", "NO"))
        found = {mail.uid: mail for mail in fetched(data)}
        return {uid: found[uid] for uid in uids if uid in found}

    def close(self) -> None:
        """Signs out, as far as the server lets us. Safe to call twice."""
        line, self._line = self._line, None
        if line is not None:
            try:
                line.logout()
            except Exception:  # noqa: BLE001 - what was to be read is read
                line.cut()

    def break_off(self) -> None:
        """Ends whatever waits for the server."""
        self._broken_off = True
        if self._line is not None:
            self._line.cut()

    def _ask(self, command: str, *words: str, accept: Sequence[str] = ("OK",)) -> list[Any]:
        assert self._line is not None, "examine comes first"
        try:
            status, data = self._line.uid(command, *words)
            if status not in accept:
                raise SourceUnavailable(f"{self._shown} answers {status} to {command}")  # noqa: TRY301 - as above
            if status == "NO":  # what was shown all the same
                _, data = self._line.response(command)
            return [part for part in data if part is not None]
        except Exception as error:  # noqa: BLE001 - as above
            raise self._error(error) from None

    def _take(self, line: _Line) -> None:
        """Keeps the line from its first moment on: even a greeting may have to be broken off."""
        self._line = line
        if self._broken_off:
            line.cut()

    @property
    def _shown(self) -> str:
        return f"the mail server {self._server.host}"

    def _error(self, error: Exception) -> SourceError:
        if isinstance(error, SourceError):
            return error
        if self._broken_off or isinstance(error, TimeoutError):
            return SourceUnavailable(f"{self._shown} did not answer in time")
        if isinstance(error, ssl.SSLCertVerificationError):
            return SourceUnavailable(f"{self._shown} has no valid certificate: {error.verify_message[:100]!a}")
        if isinstance(error, ssl.SSLError):
            return SourceUnavailable(f"{self._shown} could not be spoken to in TLS: is `tls` right for its port?")
        if isinstance(error, OSError):
            return SourceUnavailable(f"{self._shown} cannot be reached ({error.strerror or type(error).__name__})")
        if isinstance(error, _TooMuch):
            return SourceUnavailable(f"{self._shown} sent more than it was asked for")
        return SourceUnavailable(f"{self._shown} broke off, or answered something that is not IMAP")


class _TooMuch(Exception):
    """The server sends more than one connection may bring."""


class _Line(imaplib.IMAP4):
    """The protocol on a socket of ours; the methods below are the ones that imaplib lets be replaced."""

    def __init__(
        self, server: MailServer, addresses: Sequence[str], deadline: float, opened: Callable[[_Line], None]
    ) -> None:
        self._mail_server = server
        self._addresses = addresses
        self._opened = opened
        self._deadline = deadline
        self._bytes_left = MOST_BYTES
        self._lines_left = MOST_LINES
        super().__init__(server.host, server.port)
        if server.tls == "starttls":
            self._begin_tls()

    def open(self, host: str = "", port: int = 0, timeout: float | None = None) -> None:
        """Connects to one of the checked addresses, in the host's name."""
        self.host, self.port = host, port
        self.sock = _connected(self._addresses, port, self._deadline)
        safe = self._mail_server.tls == "tls"
        if safe:
            self.sock = _tls().wrap_socket(self.sock, server_hostname=host, do_handshake_on_connect=False)
        self._reading: BinaryIO = self.sock.makefile("rb")
        self._opened(self)
        if safe:
            cast("ssl.SSLSocket", self.sock).do_handshake()

    def read(self, size: int) -> bytes:
        """Reads what the server announced, where it is not too much."""
        self._count(size, 0)
        return self._reading.read(size)

    def readline(self) -> bytes:
        """Reads a line, however long: the numbers of a folder's mails all stand in one."""
        line = self._reading.readline(self._bytes_left + 1)
        self._count(len(line), 1)
        return line

    def shutdown(self) -> None:
        self._reading.close()
        self.cut()

    def cut(self) -> None:
        """Closes the connection without a word; whoever waits for it ends."""
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(OSError):
            self.sock.close()

    def _begin_tls(self) -> None:
        """What came before TLS does not count: neither answers nor what was read ahead (RFC 3501, 6.2.1)."""
        if "STARTTLS" not in self.capabilities or self.xatom("STARTTLS")[0] != "OK":
            shown = f"the mail server {self._mail_server.host}"
            raise SourceRefused(f'{shown} offers no STARTTLS on port {self.port}: try tls = "tls"', "settings")
        self.sock = _tls().wrap_socket(self.sock, server_hostname=self.host)
        self._reading = self.sock.makefile("rb")
        self.untagged_responses = {}
        _, told = self.capability()
        self.capabilities = tuple(str(told[-1] or b"", "ascii", "replace").upper().split())

    def _count(self, size: int, lines: int) -> None:
        self._bytes_left -= size
        self._lines_left -= lines
        if self._bytes_left < 0 or self._lines_left < 0:
            raise _TooMuch
        self.sock.settimeout(max(self._deadline - time.monotonic(), 0.001))


def _connected(addresses: Sequence[str], port: int, deadline: float) -> socket.socket:
    for address in addresses[:4]:
        try:
            left = max(deadline - time.monotonic(), 0.001)
            connected = socket.create_connection((address, port), timeout=min(10.0, left))
        except OSError:
            if address == addresses[:4][-1]:
                raise
        else:
            connected.settimeout(max(deadline - time.monotonic(), 0.001))
            return connected
    raise OSError("no address")


@functools.cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _sign_in(line: _Line, server: MailServer, shown: str) -> None:
    """LOGIN, or AUTHENTICATE where a secret is no ASCII, or is a token (XOAUTH2, developers.google.com/gmail/imap)."""
    try:
        if server.token:
            told = f"user={server.username}\x01auth=Bearer {server.token}\x01\x01"
            # Refused tokens are answered by a challenge that wants an empty line, and then by the refusal itself.
            answers = iter([told.encode()])
            line.authenticate("XOAUTH2", lambda _: next(answers, b""))
        elif (server.username + server.password).isascii() and "LOGINDISABLED" not in line.capabilities:
            line.login(server.username, server.password)
        else:
            told = f"\0{server.username}\0{server.password}"
            line.authenticate("PLAIN", lambda _: told.encode())
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        code = said_code(str(error))
        if code in ("UNAVAILABLE", "INUSE", "SERVERBUG", "LIMIT", "CONTACTADMIN"):
            raise SourceBusy(f"{shown} lets nobody in for now ({code})") from None
        if "too many" in str(error).lower():
            raise SourceBusy(f"{shown} has too many connections of this user") from None
        what = "token" if server.token else "password"
        raise SourceRefused(f"{shown} does not let us in: check the user name and the {what}", "credentials") from None


def _folder_refused(shown: str, folder: str, said: Iterable[Any]) -> SourceError:
    words = b" ".join(part for part in said if isinstance(part, bytes)).decode("ascii", "replace")
    code = said_code(words)
    if code in ("NOPERM", "AUTHORIZATIONFAILED"):
        return SourceRefused(f"{shown} does not let this user read the folder {folder!a}", "credentials")
    gone = ("exist", "not found", "unknown", "no such", "invalid mailbox")
    if code in ("NONEXISTENT", "TRYCREATE", "CANNOT") or any(word in words.lower() for word in gone):
        return SourceRefused(f"{shown} has no folder {folder!a}: check the names in `folders`", "settings")
    return SourceUnavailable(f"{shown} does not open the folder {folder!a} now")


def _number(response: Any) -> int | None:
    """The number in what imaplib's `response` gives, None where there is none."""
    _, told = response
    last = told[-1] if told else None
    return int(last) if isinstance(last, bytes) and last.isdigit() and len(last) <= 10 else None
