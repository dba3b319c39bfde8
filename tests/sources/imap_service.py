"""A mail server on this machine that speaks the part of IMAP4rev1 (RFC 3501) that reading a mailbox takes."""

from __future__ import annotations

import base64
import re
import shlex
import socketserver
import ssl
import threading
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Self

USER, PASSWORD, TOKEN = "support@acme.example", 'p"ss w\\rd', "ya29.t0ken"


@dataclass
class Letter:
    """A mail in a folder."""

    uid: int
    raw: bytes
    received_at: datetime
    flags: set[str] = field(default_factory=set)


@dataclass
class Mailbox:
    """A folder, as the server numbers it."""

    uid_validity: int = 7
    uid_next: int = 1
    letters: list[Letter] = field(default_factory=list)

    def add(self, raw: bytes, received_at: datetime, uid: int | None = None) -> Letter:
        letter = Letter(max(self.uid_next, uid or 0), raw, received_at)
        self.uid_next = letter.uid + 1
        self.letters.append(letter)
        return letter

    def renumber(self) -> None:
        """What a server does that lost its index."""
        self.uid_validity += 1
        for number, letter in enumerate(self.letters, 1):
            letter.uid = number
        self.uid_next = len(self.letters) + 1


class ImapService:
    """Folders behind a login. `scripted` answers a command otherwise; `said` remembers what was asked."""

    def __init__(self, tls: ssl.SSLContext | None = None, starttls: ssl.SSLContext | None = None) -> None:
        self.tls, self.starttls = tls, starttls
        self.renew()
        self._server = _Server(("127.0.0.1", 0), _Session)
        self._server.service = self
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def renew(self) -> None:
        self.folders: dict[str, Mailbox] = {"INBOX": Mailbox()}
        self.said: list[str] = []
        self.scripted: dict[str, bytes] = {}
        self.greeting = b"* OK [CAPABILITY IMAP4rev1] ready\r\n"
        self.hidden: set[int] = set()
        self.keeps_uid_next_quiet = False
        self.quotes_bodies = False

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def inbox(self) -> Mailbox:
        return self.folders["INBOX"]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    block_on_close = False
    service: ImapService


class _Session(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True
    timeout = 20

    def handle(self) -> None:
        service: ImapService = self.server.service  # type: ignore[attr-defined]
        self.service = service
        self.folder: Mailbox | None = None
        self.writes = False
        self.known: list[Letter] = []
        try:
            if service.tls is not None:
                self._wrap(service.tls)
            self.wfile.write(service.greeting)
            while line := self.rfile.readline():
                tag, _, command = line.decode("utf-8", "replace").strip().partition(" ")
                service.said.append(command)
                if not self._obey(tag, command):
                    return
        except (OSError, ValueError):
            return

    def _wrap(self, context: ssl.SSLContext) -> None:
        self.connection = context.wrap_socket(self.request, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", 0)

    def _say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())

    def _obey(self, tag: str, command: str) -> bool:
        name, _, rest = command.partition(" ")
        key = f"UID {rest.partition(' ')[0]}".upper() if name.upper() == "UID" else name.upper()
        if key in self.service.scripted:
            self.wfile.write(self.service.scripted[key].replace(b"TAG", tag.encode()))
            return self.service.scripted[key] != b""
        method = getattr(self, "_" + key.replace(" ", "_").lower(), None)
        if method is None:
            self._say(f"{tag} BAD unknown command")
            return True
        return method(tag, rest) is not False

    def _capability(self, tag: str, _: str) -> None:
        offered = "STARTTLS LOGINDISABLED" if self.service.starttls is not None else "AUTH=PLAIN AUTH=XOAUTH2"
        self._say(f"* CAPABILITY IMAP4rev1 {offered}", f"{tag} OK done")

    def _starttls(self, tag: str, _: str) -> None:
        assert self.service.starttls is not None
        self._say(f"{tag} OK begin")
        self._wrap(self.service.starttls)
        self.service.starttls = None

    def _login(self, tag: str, rest: str) -> None:
        self._in(tag, shlex.split(rest) == [USER, PASSWORD])

    def _authenticate(self, tag: str, mechanism: str) -> None:
        self.wfile.write(b"+ \r\n")
        told = base64.b64decode(self.rfile.readline()).decode()
        if mechanism == "PLAIN":
            self._in(tag, told == f"\0{USER}\0{PASSWORD}")
            return
        right = told == f"user={USER}\x01auth=Bearer {TOKEN}\x01\x01"
        if not right:
            self.wfile.write(b"+ " + base64.b64encode(b'{"status":"400"}') + b"\r\n")
            self.rfile.readline()
        self._in(tag, right)

    def _in(self, tag: str, right: bool) -> None:
        self._say(f"{tag} OK in" if right else f"{tag} NO [AUTHENTICATIONFAILED] wrong: {PASSWORD} {TOKEN}")

    def _select(self, tag: str, rest: str) -> None:
        self._open(tag, rest, writes=True)

    def _examine(self, tag: str, rest: str) -> None:
        self._open(tag, rest, writes=False)

    def _open(self, tag: str, rest: str, writes: bool) -> None:
        found = self.service.folders.get(rest.strip('"'))
        if found is None:
            self._say(f"{tag} NO [NONEXISTENT] no such folder")
            return
        self.folder, self.writes = found, writes
        self.known = list(found.letters)
        uid_next = [] if self.service.keeps_uid_next_quiet else [f"* OK [UIDNEXT {found.uid_next}] next"]
        self._say(
            f"* {len(self.known)} EXISTS",
            f"* OK [UIDVALIDITY {found.uid_validity}] ok",
            *uid_next,
            f"{tag} OK [{'READ-WRITE' if writes else 'READ-ONLY'}] open",
        )

    def _uid_search(self, tag: str, rest: str) -> None:
        words = rest.split()[1:]
        found = list(self.known)
        while words:
            word = words.pop(0).upper()
            if word == "UID":
                wanted = self._set(words.pop(0))
                found = [letter for letter in found if letter.uid in wanted]
            elif word == "SINCE":
                day = datetime.strptime(words.pop(0), "%d-%b-%Y").date()
                found = [letter for letter in found if _day(letter) >= day]
            elif word != "ALL":
                self._say(f"{tag} BAD search")
                return
        self._say("* SEARCH" + "".join(f" {letter.uid}" for letter in reversed(found)), f"{tag} OK done")

    def _set(self, told: str) -> set[int]:
        """A set of numbers; `*` is the highest there is, and a range may be given from either end."""
        uids = {letter.uid for letter in self.known}
        if told.replace(",", "").isdigit():
            return uids & set(map(int, told.split(",")))
        wanted: set[int] = set()
        for part in told.split(","):
            ends = [max(uids, default=0) if end == "*" else int(end) for end in part.split(":")]
            wanted |= {uid for uid in uids if min(ends) <= uid <= max(ends)}
        return wanted

    def _uid_fetch(self, tag: str, rest: str) -> None:
        assert self.folder is not None
        _, told, what = rest.split(" ", 2)
        asked = re.search(r"BODY(\.PEEK)?\[\](?:<0\.(\d+)>)?", what)
        wanted = self._set(told) - self.service.hidden
        there = set(map(id, self.folder.letters))
        shown: list[bytes] = []
        for number, letter in enumerate(self.known, 1):
            if letter.uid not in wanted or id(letter) not in there:
                continue
            if asked and not asked[1] and self.writes:
                letter.flags.add("\\Seen")
            body = letter.raw[: int(asked[2])] if asked and asked[2] else letter.raw
            said = f"* {number} FETCH (UID {letter.uid}"
            said += f" RFC822.SIZE {len(letter.raw)}"
            said += f' INTERNALDATE "{letter.received_at.astimezone(UTC):%d-%b-%Y %H:%M:%S +0000}" BODY[]<0> '
            if self.service.quotes_bodies and b"\n" not in body:
                quoted = body.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
                shown.append(said.encode() + b'"' + quoted + b'")\r\n')
            else:
                shown.append(said.encode() + b"{%d}\r\n" % len(body) + body + b")\r\n")
        self.wfile.write(b"".join(shown))
        refused = self._set(told) & self.service.hidden
        self._say(f"{tag} NO some could not be shown" if refused else f"{tag} OK done")

    def _logout(self, tag: str, _: str) -> bool:
        self._say("* BYE", f"{tag} OK bye")
        return False


def _day(letter: Letter) -> date:
    return letter.received_at.astimezone(UTC).date()
