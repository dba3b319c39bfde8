"""A Jetstream server on this machine: both protocols, cursors by number and by time, and whatever can go wrong."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve
from websockets.typing import Subprotocol

Told = dict[str, Any]
NEWER = "/xrpc/network.bsky.jetstream.subscribeEvents"
POSTS = "app.bsky.feed.post"
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SECOND = 1_000_000


def ticks(time: datetime) -> int:
    return int(time.timestamp()) * SECOND + time.microsecond


@dataclass
class Mishap:
    """What befalls one connection after `after` frames: the line breaks, the stream ends with an error frame, or
    ends in good order; or `frames` come in between. status: the wish is answered with a page instead."""

    after: int = 0
    breaks: bool = False
    ends: bool = False
    error: str = ""
    frames: list[str | bytes] = field(default_factory=list)
    status: int = 0
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


class JetstreamService:
    """Keeps events in their order, witnessed `skew` late. `floor`: below this number events are let go of.

    `live`: an identity event marks the live end of each connection, as on a network that never sleeps.
    """

    def __init__(self, first: int = 1) -> None:
        self._lock = threading.Lock()
        self.live = True
        self.renew(first)
        self._server: Server = serve(
            self._serve,
            "127.0.0.1",
            0,
            process_request=self._check,
            compression=None,
            subprotocols=[Subprotocol("xrpc.v1.json")],
            select_subprotocol=lambda _connection, offered: offered[0] if offered else None,
        )
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def renew(self, first: int = 1) -> None:
        """Begins anew, as another server would."""
        self.now = ticks(NOW)
        self.skew = 0
        self.events: list[Told] = []
        self.log: list[Told] = []
        self.first = self.floor = first
        self.mishaps: list[Mishap] = []
        self.asked: list[tuple[str, dict[str, list[str]]]] = []
        self._failing: Mishap | None = None

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self._server.socket.getsockname()[1]}"

    def start(self) -> Self:
        self._thread.start()
        return self

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join(5)

    def fail(self, status: int, *, body: str = "", retry_after: int | None = None) -> None:
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        self._failing = Mishap(status=status, body=body.encode("utf-8", "replace"), headers=headers)

    def mend(self) -> None:
        self._failing = None

    def happens(self, **told: Any) -> int:
        """One event, witnessed now unless `time` says otherwise; gives its number."""
        with self._lock:
            number = self.first + len(self.events)
            event = {"kind": "identity", "did": "did:plc:nobody", "time": self.now - self.skew, **told, "seq": number}
            self.events.append(event)
            self.log.append(event)
            return number

    def posts(self, name: str | int, operation: str = "create", text: str = "acme", **record: Any) -> int:
        """Somebody posts, changes or deletes; `name` is the record's key."""
        told: Told = {"kind": "commit", "operation": operation, "rkey": str(name), "did": f"did:plc:user{name}"}
        told["time"] = self.now - self.skew - SECOND
        if operation != "delete":
            created = datetime.fromtimestamp(self.now // SECOND, UTC).isoformat()
            told["record"] = {"$type": POSTS, "text": f"{text} {name}", "createdAt": created, **record}
        return self.happens(**told)

    def add(self, number: int, at: int, **_: Any) -> None:
        """A post of the contract suite, at a second."""
        self.posts(number, **{})
        self.events[-1]["time"] = at * SECOND
        self.events[-1]["record"]["createdAt"] = datetime.fromtimestamp(at, UTC).isoformat()

    def standing(self) -> dict[str, str]:
        """What is there now: the text of each post that was not deleted."""
        found: dict[str, str] = {}
        for event in self.events:
            if event["kind"] == "commit" and event["operation"] == "delete":
                found.pop(event["rkey"], None)
            elif event["kind"] == "commit":
                found[event["rkey"]] = event["record"]["text"]
        return found

    def _check(self, connection: ServerConnection, request: Request) -> Response | None:
        split = urlsplit(request.path)
        query = parse_qs(split.query)
        self.asked.append((split.path, query))
        mishap = self._failing or (self.mishaps[0] if self.mishaps and self.mishaps[0].status else None)
        if mishap is not None:
            if mishap is not self._failing:
                self.mishaps.pop(0)
            return _page(mishap.status, mishap.body, mishap.headers)
        cursor = int(query.get("cursor", ["0"])[0])
        if split.path == NEWER and 0 < cursor < self.floor:
            return _refused("CursorTooOld", f"the floor is {self.floor}")
        if split.path == NEWER and ("wantedCollections" in query or query.get("collections") != [POSTS]):
            return _refused("InvalidRequest", "these are not parameters of this protocol")
        if split.path not in (NEWER, "/subscribe"):
            return _page(404, b"not here", {})
        return None

    def _serve(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        split = urlsplit(connection.request.path)
        newer = split.path == NEWER
        asked = parse_qs(split.query).get("cursor")
        mishap = self.mishaps.pop(0) if self.mishaps else Mishap(after=10**9)
        try:
            place, notice = self._place(int(asked[0])) if asked else (len(self.events), "")
            if notice and newer:
                connection.send(_message({"$type": "network.bsky.jetstream.subscribeEvents#info", "name": notice}))
            if self.live:
                self.happens()
            self._give(connection, place, newer, mishap)
        except (ConnectionClosed, OSError):
            pass

    def _give(self, connection: ServerConnection, place: int, newer: bool, mishap: Mishap) -> None:
        sent = 0
        while True:
            for event in self._known()[place:]:
                if sent == mishap.after:
                    for frame in mishap.frames:
                        connection.send(frame)
                    if mishap.error:
                        connection.send(json.dumps({"$type": "error", "error": mishap.error, "message": "so it is"}))
                    if mishap.error or mishap.ends:
                        connection.close()
                        return
                    if mishap.breaks:
                        connection.socket.close()
                        return
                place += 1
                if event["time"] <= self.now:
                    connection.send(_newer(event) if newer else _older(event))
                    sent += 1
            try:
                connection.recv(timeout=0.005)
            except TimeoutError:
                continue

    def _known(self) -> list[Told]:
        with self._lock:
            return [event for event in self.events if event["time"] <= self.now]

    def _place(self, cursor: int) -> tuple[int, str]:
        """The place of a cursor among what is known, and what the service says about it."""
        known = self._known()
        if cursor < 10**15:
            if known and cursor > known[-1]["seq"] + 1:
                return len(known), "FutureCursor"
            return next((n for n, event in enumerate(known) if event["seq"] >= cursor), len(known)), ""
        place = next((n for n, event in enumerate(known) if event["time"] >= cursor), len(known))
        kept = next((n for n, event in enumerate(known) if event["seq"] >= self.floor), len(known))
        return max(place, kept), "OutdatedCursor" if place < kept else ""


def _newer(event: Told) -> str:
    told = {key: event[key] for key in ("seq", "did", "operation", "rkey", "record", "account") if key in event}
    moment = datetime.fromtimestamp(event["time"] // SECOND, UTC).replace(microsecond=event["time"] % SECOND)
    time = moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    told |= {"$type": f"network.bsky.jetstream.subscribeEvents#{event['kind']}", "time": time, "witnessedAt": time}
    if event["kind"] == "commit":
        told |= {"collection": event.get("collection", POSTS), "rev": "3l", "cid": "bafy"}
    return _message(told)


def _older(event: Told) -> str:
    told = {"did": event["did"], "time_us": event["time"], "kind": event["kind"]}
    if "account" in event:
        told["account"] = event["account"]
    if event["kind"] == "commit":
        told["commit"] = {key: event[key] for key in ("operation", "rkey", "record") if key in event}
        told["commit"] |= {"collection": event.get("collection", POSTS), "rev": "3l"}
    return json.dumps(told)


def _message(payload: Told) -> str:
    return json.dumps({"$type": "message", "payload": payload})


def _refused(error: str, message: str) -> Response:
    body = json.dumps({"error": error, "message": message}).encode()
    return _page(400, body, {"Content-Type": "application/json"})


def _page(status: int, body: bytes, headers: dict[str, str]) -> Response:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Odd"
    told = {"Connection": "close", **headers}
    if status not in (204, 304):
        told["Content-Length"] = str(len(body))
    return Response(status, phrase, Headers(told), body if status not in (204, 304) else b"")
