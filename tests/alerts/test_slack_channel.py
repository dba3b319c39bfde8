"""Slack over real loopback HTTP: what it may answer, and what we make of it."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec
import pytest
from pydantic import ValidationError

from alerts.actions import alert_actions, pressed
from alerts.channels.slack import SlackSettings
from alerts.contract import DeliveryFailed, Message, Receipt
from alerts.rendering.mail import LIMITS
from alerts.rendering.render import render_alert, render_test
from alerts.voice import Voice

SECRET = "T000-B000-s3cr3tpath"
TOKEN = "xoxb-s3cr3t-token"


class Workspace(ThreadingHTTPServer):
    """A Slack that answers as it is told."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.status = 200
        self.body = b"ok"
        self.headers: dict[str, str] = {}
        self.behaviour: Callable[[BaseHTTPRequestHandler], None] | None = None
        self.received: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        self.release = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Workspace

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.received.append((self.path, dict(self.headers.items()), json.loads(body)))
        if self.server.behaviour is not None:
            self.server.behaviour(self)
            return
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    server = Workspace()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.release.set()
    server.shutdown()
    server.server_close()


def webhook(workspace: Workspace, **changes: Any) -> SlackSettings:
    values: dict[str, Any] = {"name": "support", "webhook_url": f"{workspace.url}/services/{SECRET}"}
    return SlackSettings(**(values | {"allow_private": True, "timeout": timedelta(seconds=5)} | changes))


def bot(workspace: Workspace, **changes: Any) -> SlackSettings:
    values: dict[str, Any] = {
        "name": "support",
        "bot_token": TOKEN,
        "channel": "C1",
        "base_url": f"{workspace.url}/api",
    }
    return SlackSettings(**(values | {"allow_private": True, "timeout": timedelta(seconds=5)} | changes))


def send(settings: SlackSettings, message: Message | None = None) -> Any:
    async def once() -> Any:
        channel = settings.open()
        try:
            return await channel.send(message or render_test("t", "support"))
        finally:
            await channel.close()
            await channel.close()

    return asyncio.run(once())


def failure(settings: SlackSettings) -> DeliveryFailed:
    with pytest.raises(DeliveryFailed) as caught:
        send(settings)
    assert SECRET not in str(caught.value)
    assert TOKEN not in str(caught.value)
    return caught.value


def test_a_webhook_that_takes_the_message_gives_a_receipt(workspace):
    assert send(webhook(workspace)).detail == "ok"
    ((path, headers, sent),) = workspace.received
    assert path == f"/services/{SECRET}"
    assert headers["content-type"].startswith("application/json")
    assert sent["text"].startswith("Test from listener")
    assert sent["blocks"][0]["type"] == "header"


def test_a_bot_posts_in_its_channel_and_the_receipt_names_the_message(workspace):
    workspace.body = b'{"ok": true, "channel": "C1", "ts": "1700.5"}'
    assert send(bot(workspace)).id == "C1 1700.5"
    ((path, headers, sent),) = workspace.received
    assert path == "/api/chat.postMessage"
    assert headers["authorization"] == f"Bearer {TOKEN}"
    assert sent["channel"] == "C1"


def test_too_many_messages_wait_as_long_as_slack_asks(workspace):
    workspace.status, workspace.headers = 429, {"Retry-After": "30"}
    failed = failure(webhook(workspace))
    assert (failed.permanent, failed.retry_after, failed.ambiguous) == (False, timedelta(seconds=30), False)


@pytest.mark.parametrize("status", [500, 502, 503])
def test_trouble_of_slacks_own_is_tried_again_and_may_have_been_told(workspace, status):
    workspace.status, workspace.body = status, b"rollup_error"
    failed = failure(webhook(workspace))
    assert (failed.permanent, failed.ambiguous) == (False, True)


@pytest.mark.parametrize(
    ("status", "body", "advice"),
    [
        (400, b"invalid_payload", "does not understand the message"),
        (403, b"action_prohibited", "an administrator does not allow"),
        (404, b"no_service", "make a new one"),
        (404, b"channel_not_found", "check the channel"),
        (410, b"channel_is_archived", "choose another"),
        (404, b"<html>\x1b[31mwhatever</html>", "make a new webhook"),
        (302, b"", "check its address"),
    ],
)
def test_a_refusal_says_what_a_person_must_do(workspace, status, body, advice):
    workspace.status, workspace.body = status, body
    failed = failure(webhook(workspace))
    assert failed.permanent
    assert advice in str(failed)
    assert str(failed).isprintable()


@pytest.mark.parametrize(
    ("body", "permanent", "ambiguous"),
    [
        (b'{"ok": false, "error": "invalid_auth"}', True, False),
        (b'{"ok": false, "error": "channel_not_found"}', True, False),
        (b'{"ok": false, "error": "missing_scope"}', True, False),
        (b'{"ok": false, "error": "service_unavailable"}', False, False),
        (b'{"ok": false, "error": "internal_error"}', False, True),
        (b'{"ok": false, "error": "something \\u001b new"}', False, False),
        (b"<html>maintenance</html>", False, True),
    ],
)
def test_a_bots_answer_is_read_by_its_error_code(workspace, body, permanent, ambiguous):
    workspace.body = body
    failed = failure(bot(workspace))
    assert (failed.permanent, failed.ambiguous) == (permanent, ambiguous)
    assert str(failed).isprintable()


def test_a_bot_that_is_too_fast_waits(workspace):
    workspace.body, workspace.headers = b'{"ok": false, "error": "ratelimited"}', {"Retry-After": "7"}
    assert failure(bot(workspace)).retry_after == timedelta(seconds=7)


def test_a_slack_that_hangs_is_given_up_and_may_have_been_told(workspace):
    workspace.behaviour = lambda _: workspace.release.wait(10)
    failed = failure(webhook(workspace, timeout=timedelta(seconds=1)))
    assert (failed.permanent, failed.ambiguous) == (False, True)
    assert "within 1 s" in str(failed)


def test_a_slack_that_drips_its_answer_is_given_up(workspace):
    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("content-length", "100000")
        handler.end_headers()
        while not workspace.release.wait(0.1):
            handler.wfile.write(b"o")

    workspace.behaviour = drip
    assert failure(webhook(workspace, timeout=timedelta(seconds=1))).ambiguous


def test_a_connection_that_breaks_after_the_message_may_have_told_it(workspace):
    def reset(handler: BaseHTTPRequestHandler) -> None:
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        handler.close_connection = True
        handler.wfile.close()
        handler.rfile.close()
        handler.connection.close()

    workspace.behaviour = reset
    failed = failure(webhook(workspace))
    assert (failed.permanent, failed.ambiguous) == (False, True)


def test_a_slack_that_nobody_runs_has_not_been_told(workspace):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    failed = failure(webhook(workspace, webhook_url=f"http://127.0.0.1:{port}/{SECRET}"))
    assert (failed.permanent, failed.ambiguous) == (False, False)


def test_an_address_inside_the_network_is_refused_unless_allowed(workspace):
    failed = failure(webhook(workspace, allow_private=False))
    assert failed.permanent
    assert "allow_private = true" in str(failed)
    assert workspace.received == []


def test_an_answer_without_end_is_not_read_to_its_end(workspace):
    workspace.body = b"x" * 5_000_000
    assert send(webhook(workspace)).detail != ""


def test_the_address_of_a_webhook_reaches_no_log(workspace, caplog):
    caplog.set_level(logging.DEBUG)
    send(webhook(workspace))
    workspace.status = 404
    failure(webhook(workspace))
    assert SECRET not in caplog.text


def test_settings_show_no_secret(workspace):
    assert SECRET not in repr(webhook(workspace))
    assert TOKEN not in repr(bot(workspace))


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({}, "needs either webhook_url, or bot_token and channel"),
        ({"webhook_url": f"https://hooks.example/{SECRET}", "bot_token": TOKEN}, "needs either"),
        ({"bot_token": TOKEN}, "needs a channel beside bot_token"),
        ({"webhook_url": f"hooks.example/{SECRET}"}, "must be a web address"),
        ({"webhook_url": f"https://[{SECRET}"}, "must be a web address"),
        ({"bot_token": f"{TOKEN} x\r\ny: z", "channel": "C1"}, "must be a token"),
        ({"webhook_url": f"https://hooks.example/{SECRET}", "channel": "C1"}, "a channel beside webhook_url"),
        ({"webhook_url": f"https://hooks.example/{SECRET}", "app_token": f"xapp-{TOKEN}"}, "buttons need a bot_token"),
        ({"bot_token": TOKEN, "channel": "C1", "app_token": TOKEN}, "must be an app-level token"),
    ],
)
def test_settings_that_cannot_work_are_refused_with_a_sentence(values, sentence):
    with pytest.raises(ValidationError) as caught:
        SlackSettings(name="support", **values)
    messages = str([error["msg"] for error in caught.value.errors(include_input=False)])
    assert sentence in messages
    assert SECRET not in messages
    assert TOKEN not in messages


def edit(settings: SlackSettings, receipt: str, message: Message | None = None) -> Any:
    async def once() -> Any:
        channel = settings.open()
        try:
            return await channel.edit(Receipt(id=receipt), message or render_test("t", "support"))
        finally:
            await channel.close()

    return asyncio.run(once())


def test_a_bot_changes_its_message_in_place(workspace):
    workspace.body = b'{"ok": true, "channel": "C1", "ts": "1700.5"}'
    assert edit(bot(workspace), "C1 1700.5").id == "C1 1700.5"
    ((path, headers, sent),) = workspace.received
    assert (path, headers["authorization"]) == ("/api/chat.update", f"Bearer {TOKEN}")
    assert (sent["channel"], sent["ts"], sent["parse"]) == ("C1", "1700.5", "none")
    assert sent["blocks"][0]["type"] == "header"


@pytest.mark.parametrize("error", ["message_not_found", "cant_update_message", "edit_window_closed"])
def test_a_message_that_cannot_change_any_more_is_gone(workspace, error):
    workspace.body = json.dumps({"ok": False, "error": error}).encode()
    with pytest.raises(DeliveryFailed) as caught:
        edit(bot(workspace), "C1 1700.5")
    assert (caught.value.gone, caught.value.permanent, caught.value.disables) == (True, True, False)


def test_a_webhook_cannot_edit_and_says_so(workspace):
    assert not webhook(workspace).open().can_edit
    with pytest.raises(DeliveryFailed) as caught:
        edit(webhook(workspace), "")
    assert caught.value.gone
    assert workspace.received == []


@pytest.mark.parametrize(
    ("error", "disables"), [("invalid_auth", True), ("is_archived", True), ("msg_too_long", False)]
)
def test_what_would_meet_every_message_disables_the_channel(workspace, error, disables):
    workspace.body = json.dumps({"ok": False, "error": error}).encode()
    failed = failure(bot(workspace))
    assert (failed.permanent, failed.disables) == (True, disables)


def test_a_follow_up_stands_in_the_thread_and_in_the_channel(workspace):
    workspace.body = b'{"ok": true, "channel": "C1", "ts": "1701.0"}'
    send(bot(workspace), msgspec.structs.replace(render_test("t", "support"), under="C1 1700.5"))
    ((_, _, sent),) = workspace.received
    assert (sent["thread_ts"], sent["reply_broadcast"]) == ("1700.5", True)


def test_an_alert_has_buttons_only_where_their_presses_come_back(workspace, make_alert):
    def buttons(settings: SlackSettings) -> list[dict[str, Any]]:
        channel = settings.open()
        message = render_alert(make_alert(), Voice(kind="slack", limits=channel.limits, timezone=UTC))
        return [button for block in message.blocks if block["type"] == "actions" for button in block["elements"]]

    assert buttons(bot(workspace)) == []
    shown = buttons(bot(workspace, app_token="xapp-1-s3cr3t"))
    assert [button["action_id"] for button in shown][:2] == ["alert:ack", "alert:assign"]
    assert [pressed(button["action_id"], button["value"]) for button in shown] == [
        (name, 5) for name in ("ack", "assign", "resolve", "snooze", "noise")
    ]
    assert buttons(bot(workspace, signing_secret="8f742231b10e")) == shown


@pytest.mark.parametrize(
    ("handled", "names"),
    [
        ("acknowledged", ["assign", "resolve", "snooze", "noise"]),
        ("snoozed", ["ack", "assign", "resolve", "noise"]),
        ("resolved", ["reopen"]),
        ("noise", ["reopen"]),
    ],
)
def test_what_was_done_already_is_not_offered_again(workspace, make_alert, handled, names):
    limits = bot(workspace, signing_secret="8f742231b10e").open().limits
    voice = Voice(kind="slack", limits=limits, timezone=UTC)
    assert [action.name for action in render_alert(make_alert(), voice, handled=handled).actions] == names
    given = alert_actions(5, voice.language, lambda name: f"https://l.example.org/{name}")
    mailed = render_alert(
        make_alert(), Voice(kind="email", limits=LIMITS, timezone=UTC), actions=given, handled=handled
    )
    assert [action.name for action in mailed.actions] == [name for name in names if name != "reopen"]


@pytest.mark.parametrize(
    ("button", "value"),
    [("alert:ack", "0"), ("alert:ack", "5; DROP"), ("alert:ack", "٥"), ("alert:drop", "5"), ("ack", "5"), ("", "")],
)
def test_a_press_that_is_none_of_ours_is_nothing(button, value):
    assert pressed(button, value) is None
