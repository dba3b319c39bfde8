"""Slack's Socket Mode against a server of this machine that greets, tells, breaks off, hangs and talks nonsense."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any

import pytest
from websockets.sync.server import serve

import listener.handling.slack_sockets as slack_sockets
from alerts.channels.slack_press import Press
from alerts.channels.slack_socket import SlackSocket, read_frame
from listener.handling.slack_sockets import SlackSockets
from listener.store import StoreUnavailable

HELLO = json.dumps({"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A1"}})
Talk = Callable[[Any], None]


def envelope(number: int, action: str = "ack", **more: Any) -> str:
    payload = {
        "type": "block_actions",
        "user": {"id": "U1", "username": "ann"},
        "actions": [{"action_id": f"alert:{action}", "value": str(number)}],
    }
    told = {"envelope_id": f"e{number}", "type": "interactive", "accepts_response_payload": False, "payload": payload}
    return json.dumps({**told, **more})


class Slack:
    """Answers apps.connections.open and holds the conversations it was told, one a connection; then it only greets."""

    def __init__(self, stack: ExitStack) -> None:
        self.talks: list[Talk] = []
        self.refusals: list[tuple[int, dict[str, Any], dict[str, str]]] = []
        self.opened = 0
        self.tokens: list[str] = []
        self.acknowledged: list[str] = []
        self._over = threading.Event()
        sockets = stack.enter_context(serve(self._converse, "127.0.0.1", 0))
        address = f"ws://127.0.0.1:{sockets.socket.getsockname()[1]}/link/?ticket=secret-ticket&app_id=1"
        api = ThreadingHTTPServer(("127.0.0.1", 0), self._api(address))
        for server, serving in ((sockets, sockets.serve_forever), (api, lambda: api.serve_forever(0.01))):
            thread = threading.Thread(target=serving)
            thread.start()
            stack.callback(thread.join)
            stack.callback(server.shutdown)
        stack.callback(api.server_close)
        stack.callback(self._over.set)
        self.url = f"http://127.0.0.1:{api.server_port}"

    def _api(self, address: str) -> type[BaseHTTPRequestHandler]:
        slack = self

        class Api(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["content-length"]))
                slack.opened += 1
                slack.tokens.append(self.headers["authorization"])
                found = slack.refusals.pop(0) if slack.refusals else (200, {"ok": True, "url": address}, {})
                status, content, headers = found
                body = json.dumps(content).encode()
                self.send_response(status)
                for name, value in {**headers, "content-length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        return Api

    def _converse(self, connection: Any) -> None:
        talk = self.talks.pop(0) if self.talks else self.greet
        talk(connection)

    def greet(self, connection: Any) -> None:
        connection.send(HELLO)
        self.listen(connection)

    def listen(self, connection: Any, until: Callable[[], object] = lambda: False) -> None:
        """Notes what is acknowledged until the test ends, or `until` holds."""
        from websockets.exceptions import ConnectionClosed

        while not self._over.is_set() and not until():
            try:
                self.acknowledged.append(json.loads(connection.recv(timeout=0.02))["envelope_id"])
            except TimeoutError:
                continue
            except ConnectionClosed:
                return


class Told:
    """Stands for the store: notes what is pressed, or fails as told."""

    def __init__(self) -> None:
        self.presses: list[tuple[int, str, str]] = []
        self.known: list[str] = []
        self.fails = 0

    def do(self, presses: Sequence[Press], known_by: str) -> int:
        if self.fails:
            self.fails -= 1
            raise StoreUnavailable("the disk is full")
        self.known.append(known_by)
        self.presses += [(one.alert, one.action, one.user) for one in presses]
        return len(presses)


@pytest.fixture
def slack() -> Iterator[Slack]:
    with ExitStack() as stack:
        yield Slack(stack)


class QuickClock:
    """A clock on which a minute passes in the twinkling of an eye, so that patience is short."""

    def __init__(self) -> None:
        self._began = datetime(2026, 11, 29, 9, tzinfo=UTC)
        self.looks = 0

    def __call__(self) -> datetime:
        self.looks += 1
        return self._began + timedelta(seconds=10 * self.looks)


def stay(slack: Slack, told: Told, holds: Callable[[], object]) -> None:
    """Keeps connections open until `holds`."""

    async def main() -> None:
        socket = SlackSocket(token="xapp-secret", base_url=slack.url, allow_private=True)
        sockets = SlackSockets([socket], told, clock=QuickClock(), jitter=Random(1), look_again=0.005)  # type: ignore[arg-type]
        async with sockets.open(), asyncio.timeout(15):
            while not holds():
                await asyncio.sleep(0.005)

    asyncio.run(main())


def test_a_press_is_done_and_acknowledged(slack: Slack) -> None:
    told = Told()

    def talk(connection: Any) -> None:
        connection.send(HELLO)
        connection.send(envelope(7, "resolve"))
        connection.send(json.dumps({"envelope_id": "e8", "type": "slash_commands", "payload": {"command": "/x"}}))
        slack.listen(connection)

    slack.talks = [talk]
    stay(slack, told, lambda: sorted(slack.acknowledged) == ["e7", "e8"])
    assert told.presses == [(7, "resolve", "U1")]
    assert told.known == ["envelope e7"]
    assert slack.tokens == ["Bearer xapp-secret"]


@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
def test_a_connection_that_slack_wants_to_end_is_replaced_at_once(slack: Slack, reason: str) -> None:
    told = Told()

    def leave(connection: Any) -> None:
        connection.send(HELLO)
        connection.send(envelope(1))
        slack.listen(connection, until=lambda: slack.acknowledged)
        connection.send(json.dumps({"type": "disconnect", "reason": reason, "debug_info": {}}))
        slack.listen(connection)

    def go_on(connection: Any) -> None:
        connection.send(HELLO)
        connection.send(envelope(2))
        slack.listen(connection)

    slack.talks = [leave, go_on]
    stay(slack, told, lambda: slack.acknowledged == ["e1", "e2"])
    assert [one[0] for one in told.presses] == [1, 2]


def test_frames_that_are_none_are_passed_over(slack: Slack) -> None:
    told = Told()

    def talk(connection: Any) -> None:
        connection.send(HELLO)
        for nonsense in (
            "", "null", "[]", "{", b"\xff\xfe", "[" * 5_000, json.dumps({"type": 5}),
            json.dumps({"type": "interactive"}),
            json.dumps({"type": "interactive", "envelope_id": "x" * 5_000}), envelope(3, payload="no object"),
            envelope(4, payload={"type": "block_actions", "user": 5}), envelope(5, payload=[[]] * 10),
        ):  # fmt: skip
            connection.send(nonsense)
        connection.send(envelope(6))
        slack.listen(connection)

    slack.talks = [talk]
    stay(slack, told, lambda: "e6" in slack.acknowledged)
    assert [one[0] for one in told.presses] == [6]


def test_a_frame_that_is_far_too_long_ends_the_connection_and_another_is_opened(slack: Slack) -> None:
    told = Told()

    def flood(connection: Any) -> None:
        connection.send(HELLO)
        connection.send("x" * 1_000_000)
        slack.listen(connection)

    def go_on(connection: Any) -> None:
        connection.send(HELLO)
        connection.send(envelope(1))
        slack.listen(connection)

    slack.talks = [flood, go_on]
    stay(slack, told, lambda: slack.acknowledged == ["e1"])


def test_a_server_that_hangs_or_begins_with_something_else_is_left(
    slack: Slack, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(slack_sockets, "HELLO_SECONDS", 0.05)
    told = Told()

    def rude(connection: Any) -> None:
        connection.send(envelope(9))
        slack.listen(connection)

    def go_on(connection: Any) -> None:
        connection.send(HELLO)
        connection.send(envelope(1))
        slack.listen(connection)

    slack.talks = [slack.listen, slack.listen, rude, go_on]
    with caplog.at_level(logging.INFO, "listener.slack"):
        stay(slack, told, lambda: slack.acknowledged == ["e1"])
    assert [one[0] for one in told.presses] == [1]
    said = [record.message for record in caplog.records if record.name == "listener.slack"]
    # once for each way of failing, and once that it is over
    assert said == ["Slack cannot tell of pressed buttons"] * 2 + ["Slack tells of pressed buttons again"]


def test_what_cannot_be_kept_is_not_acknowledged_so_that_slack_warns(slack: Slack) -> None:
    told = Told()
    told.fails = 1

    def talk(connection: Any) -> None:
        connection.send(HELLO)
        connection.send(envelope(1))
        connection.send(envelope(2))
        slack.listen(connection)

    slack.talks = [talk]
    stay(slack, told, lambda: slack.acknowledged == ["e2"])
    assert [one[0] for one in told.presses] == [2]


def test_a_slow_database_does_not_keep_slack_waiting(slack: Slack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slack_sockets, "ACKNOWLEDGE_WITHIN", 0.02)
    told = Told()
    gate = threading.Event()
    real = told.do

    def slow(presses: Sequence[Press], known_by: str) -> int:
        gate.wait(10)
        return real(presses, known_by)

    told.do = slow  # type: ignore[method-assign]

    def talk(connection: Any) -> None:
        connection.send(HELLO)
        for number in range(1, 6):
            connection.send(envelope(number))
        slack.listen(connection)

    def holds() -> bool:
        if len(slack.acknowledged) == 5:
            gate.set()
        return len(told.presses) == 5

    slack.talks = [talk]
    stay(slack, told, holds)
    assert [one[0] for one in told.presses] == [1, 2, 3, 4, 5]  # in the order in which they were pressed


@pytest.mark.parametrize(
    ("refusal", "says"),
    [
        ((200, {"ok": False, "error": "invalid_auth"}, {}), "the app-level token is not valid"),
        ((200, {"ok": False, "error": "<script>"}, {}), "gives no connection (unknown error)"),
        ((200, {"ok": True, "url": "http://127.0.0.1/"}, {}), "gives no connection"),
        ((200, {"ok": True}, {}), "gives no connection"),
        ((200, ["no"], {}), "not its own form"),  # type: ignore[list-item]
        ((500, {}, {}), "trouble of its own"),
        ((429, {}, {"retry-after": "30"}), "asks for patience"),
        ((302, {}, {"location": "http://127.0.0.1:1/"}), "moved away"),
    ],
)
def test_a_refusal_is_told_once_and_tried_again_with_patience(
    slack: Slack, caplog: pytest.LogCaptureFixture, refusal: Any, says: str
) -> None:
    slack.refusals = [refusal, refusal]
    told = Told()

    def talk(connection: Any) -> None:
        connection.send(HELLO)
        connection.send(envelope(1))
        slack.listen(connection)

    slack.talks = [talk]
    with caplog.at_level(logging.WARNING, "listener.slack"):
        stay(slack, told, lambda: slack.acknowledged == ["e1"])
    (record,) = [record for record in caplog.records if record.name == "listener.slack"]
    assert says in record.error  # type: ignore[attr-defined]
    assert "xapp-secret" not in caplog.text and "secret-ticket" not in caplog.text
    assert slack.opened == 3


def test_private_addresses_are_not_connected_to_unless_allowed() -> None:
    async def main() -> None:
        socket = SlackSocket(token="xapp-1", base_url="http://127.0.0.1:9", allow_private=False)
        async with socket.connected():
            pass

    from alerts.contract import DeliveryFailed

    with pytest.raises(DeliveryFailed, match="allow_private"):
        asyncio.run(main())


def test_frames_are_read_as_slack_documents_them() -> None:
    assert read_frame(HELLO.encode()).kind == "hello"
    assert read_frame(b'{"type":"disconnect","reason":"link_disabled"}').why == "link_disabled"
    told = read_frame(envelope(1).encode())
    assert (told.kind, told.id) == ("told", "e1") and told.payload is not None
