"""The same line of time through the real client of each kind: one message, changed in its place, told anew if gone."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

sys.path += [str(Path(__file__).parent), str(Path(__file__).parents[1] / "alerts")]

from receivers import GOOD, Receiver, channel_settings
from timeline import Timeline

from alerts.contract import Message, Receipt
from listener.configuration.tables import RuleSettings

Make = Callable[..., Any]

ANGRY = RuleSettings(name="angry", when="sentiment.score <= -0.4", severity="high", notify=("one",))
GONE = {
    "slack-bot": (200, b'{"ok": false, "error": "message_not_found"}'),
    "discord": (404, b'{"message": "Unknown Message", "code": 10008}'),
    "telegram": (400, b'{"ok": false, "error_code": 400, "description": "Bad Request: message to edit not found"}'),
}
EDITS = {
    "slack-bot": ("POST", "/api/chat.update"),
    "discord": ("PATCH", "/messages/1234567890?with_components=true"),
    "telegram": ("POST", "/editMessageText"),
}


class Watched:
    """A real channel, and what it took."""

    def __init__(self, kind: str, receiver: Receiver) -> None:
        self._channel: Any = channel_settings(kind, receiver.url).open()
        self.name, self.kind, self.can_edit = "one", self._channel.kind, self._channel.can_edit
        self.limits = self._channel.limits
        self.seen: list[tuple[str, Message]] = []

    async def send(self, message: Message) -> Receipt:
        receipt: Receipt = await self._channel.send(message)
        self.seen.append(("summary" if message.kind == "summary" else "message", message))
        return receipt

    async def edit(self, receipt: Receipt, message: Message) -> Receipt:
        changed: Receipt = await self._channel.edit(receipt, message)
        self.seen.append(("edit", message))
        return changed

    async def close(self) -> None:
        await self._channel.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.release.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def line(make_app: Make, source: Any, post: Make, clock: Any, receiver: Receiver) -> Make:
    def make(kind: str, **options: Any) -> Timeline:
        receiver.body = GOOD[kind]
        options.setdefault("rules", [ANGRY])
        return Timeline(make_app([source("blogs", [])], [Watched(kind, receiver)], **options), clock, post)

    return make


@pytest.mark.parametrize("kind", EDITS)
def test_a_story_that_grows_is_one_message_of_the_service_that_grows(line, receiver, kind):
    now = line(kind)
    now.at("0s").posts("kettle").expect("one: message")
    now.at("2m").posts("kettle", 29).expect()
    now.at("5m").expect("one: edit")
    method, end = EDITS[kind]
    assert receiver.received[-1][0] == method
    assert receiver.received[-1][1].endswith(end)
    assert "and 29 more posts" in str(receiver.told[-1])
    assert len(receiver.received) == 2


@pytest.mark.parametrize("kind", EDITS)
def test_a_message_that_somebody_deleted_is_told_anew(line, receiver, kind):
    now = line(kind)
    now.at("0s").posts("kettle").expect("one: message")
    receiver.status, receiver.body = GONE[kind]
    now.at("2m").posts("kettle", 29).expect()
    now.at("4m").expect()
    receiver_says_no = len(receiver.received)

    def once(handler: Any) -> None:
        """The edit meets nothing; what comes after it is taken again."""
        receiver.behaviour = None
        status, body = GONE[kind]
        receiver.status, receiver.body = 200, GOOD[kind]
        handler.send_response(status)
        handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    receiver.behaviour = once
    now.at("10m").expect("one: message").saying("and 29 more")
    assert len(receiver.received) == receiver_says_no + 2


def test_a_program_hears_of_growth_as_an_update(line, receiver):
    now = line("webhook")
    now.at("0s").posts("kettle").expect("one: message")
    now.at("2m").posts("kettle", 29)
    now.at("5m").expect("one: edit")
    assert [event["type"] for event in receiver.told] == ["alert.created", "alert.updated"]
    assert [event["data"]["mentions"] for event in receiver.told] == [1, 30]
    ids = [headers["webhook-id"] for _, _, headers, _ in receiver.received]
    assert len(set(ids)) == 2


@pytest.mark.parametrize("kind", ["teams", "slack-webhook"])
def test_where_nothing_can_be_changed_growth_is_told_once_an_hour(line, receiver, kind):
    now = line(kind)
    now.at("0s").posts("kettle").expect("one: message")
    now.at("10m").posts("kettle", 12).expect()
    now.at("59m").expect()
    now.at("1h").expect("one: message").saying("and 12 more")
    assert len(receiver.received) == 2


@pytest.mark.parametrize("kind", GOOD)
def test_what_a_withdrawn_token_keeps_from_being_told_waits_for_a_person(line, receiver, kind):
    if kind == "apprise":
        pytest.importorskip("apprise")
    now = line(kind)
    receiver.status = 401
    now.at("0s").posts("kettle").expect()
    tries = len(receiver.received)
    now.at("3h").posts("parcel").expect()
    assert (tries, len(receiver.received)) == (1, 1)
