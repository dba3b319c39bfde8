"""What people press in Slack comes in by signed requests: proven, once, and only for what it says."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from alerts.channels.slack_press import read_presses, signature
from alerts.people import Person
from listener.handling.acting import Acting
from listener.handling.slack_pressing import Pressing
from listener.store import Store, StoreUnavailable, handling
from listener.web.answer import Answer
from listener.web.slack import SlackIntake

SECRET, OTHER = "8f742231b10e8888abcd99yyyzzz85a5", "0123456789abcdef0123456789abcdef"
Send = Callable[..., Answer]


def press(action: str = "ack", alert: object = 1, user: str = "U1", name: str = "ann", **more: Any) -> dict[str, Any]:
    return {
        "type": "block_actions",
        "user": {"id": user, "username": name, "name": name, "team_id": "T1"},
        "channel": {"id": "C1", "name": "support"},
        "actions": [{"type": "button", "action_id": f"alert:{action}", "block_id": "alert:1", "value": str(alert)}],
        **more,
    }


@pytest.fixture
def alert(make_app: Any, source: Any, channel: Any, post: Any) -> int:
    import asyncio

    from sources.contract import Page

    app = make_app([source("blogs", [Page(posts=[post(1)], cursor="1")])], [channel("support")])
    asyncio.run(app.poll_once(["blogs"]))
    return 1


@pytest.fixture
def refreshed() -> list[int]:
    return []


@pytest.fixture
def pressing(store: Store, clock: Any, refreshed: list[int]) -> Pressing:
    acting = Acting(lambda tx, number, now: refreshed.append(number))
    return Pressing(store=store, people=[Person(name="Ann Li", slack="U1")], acting=acting, clock=clock)


@pytest.fixture
def send(pressing: Pressing, clock: Any) -> Send:
    intake = SlackIntake(secrets=[OTHER, SECRET], pressing=pressing, clock=clock)

    def call(payload: Any, *, at: float = 0, secret: str = SECRET, **headers: str) -> Answer:
        body = payload if isinstance(payload, bytes) else urlencode({"payload": json.dumps(payload)}).encode()
        timestamp = str(int(clock().timestamp() + at))
        signed = {
            "content-type": "application/x-www-form-urlencoded",
            "x-slack-request-timestamp": timestamp,
            "x-slack-signature": signature(secret, timestamp, body),
        }
        return intake.answer({**signed, **{key.replace("_", "-"): value for key, value in headers.items()}}, body)

    return call


def stands(store: Store, number: int = 1) -> tuple[str, str, str, str]:
    with store.read() as tx:
        found = handling.states(tx, [number])[number]
    return found.state, found.assignee, found.by, found.via


def test_the_signature_is_the_one_that_slack_documents() -> None:
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    made = signature("8f742231b10e8888abcd99yyyzzz85a5", "1531420618", body)
    assert made == "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"


def test_a_press_acts_for_the_person_whom_the_configuration_knows(
    send: Send, alert: int, store: Store, refreshed: list[int]
) -> None:
    assert send(press("assign")).status == 200
    assert stands(store) == ("acknowledged", "Ann Li", "Ann Li", "slack")
    assert refreshed == [1]


def test_somebody_else_is_called_as_slack_does_with_the_id_that_proves_it(send: Send, alert: int, store: Store) -> None:
    assert send(press("resolve", user="U7", name="Ann Li")).status == 200
    assert stands(store)[2] == "Ann Li (U7)"


@pytest.mark.parametrize("action", ["ack", "assign", "resolve", "snooze", "noise", "reopen"])
def test_every_button_does_what_it_says(send: Send, alert: int, store: Store, action: str) -> None:
    wanted = {"ack": "acknowledged", "assign": "acknowledged", "resolve": "resolved", "snooze": "snoozed",
              "noise": "noise", "reopen": "open"}  # fmt: skip
    assert send(press(action)).status == 200
    assert stands(store)[0] == wanted[action]


def test_a_request_that_is_overheard_and_sent_again_changes_nothing(
    send: Send, alert: int, store: Store, clock: Any
) -> None:
    assert send(press("ack")).status == 200
    clock.forward(seconds=5)
    assert send(press("resolve", user="U2", name="bob")).status == 200
    assert send(press("ack"), at=-5).status == 200  # the very same bytes as the first
    assert stands(store)[0] == "resolved"
    with store.read() as tx:
        assert [one.what for one in handling.trail(tx, 1) if one.by] == ["acknowledged", "resolved"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"x_slack_signature": "v0=" + "0" * 64}, 403),
        ({"x_slack_signature": "v0=ü"}, 403),
        ({"x_slack_signature": ""}, 401),
        ({"x_slack_request_timestamp": ""}, 401),
        ({"x_slack_request_timestamp": "9" * 40}, 401),
        ({"x_slack_request_timestamp": "१२३"}, 401),
        ({"secret": "another secret that nobody knows"}, 403),
        ({"at": -301}, 403),
        ({"at": 301}, 403),
        ({"content_type": "application/json"}, 415),
    ],
)
def test_what_slack_did_not_sign_just_now_is_refused(
    send: Send, alert: int, store: Store, change: dict[str, Any], status: int
) -> None:
    answer = send(press("resolve"), **change)
    assert answer.status == status
    assert SECRET not in str(answer.content)
    assert stands(store)[0] == "open"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"payload=",
        b"payload=%FF%FE",
        b"\xff\xfe",
        b"payload=null",
        b"payload=[]",
        b"payload=" + b"[" * 100_000,
        b"payload=%7B%22type%22%3A5%7D",
        b"&".join(b"a%d=1" % number for number in range(1_000)),
        b"other=1",
    ],
)
def test_a_payload_that_is_none_is_refused_and_nothing_breaks(
    send: Send, alert: int, store: Store, body: bytes
) -> None:
    assert send(body).status == 400
    assert stands(store)[0] == "open"


@pytest.mark.parametrize(
    "payload",
    [
        press("delete"),
        press("ack", alert="1 OR 1=1"),
        press("ack", alert="-1"),
        press("ack", alert="9" * 30),
        press("ack", alert=99),
        press("ack", user=""),
        press("ack", type="view_submission"),
        press("ack", actions=[]),
        press("ack", actions=[{"action_id": "other:ack", "value": "1"}] * 3),
    ],
)
def test_what_is_no_press_of_ours_is_passed_over(send: Send, alert: int, store: Store, payload: dict[str, Any]) -> None:
    assert send(payload).status == 200
    assert stands(store)[0] == "open"


def test_hostile_names_are_kept_as_harmless_lines(send: Send, alert: int, store: Store) -> None:
    assert send(press("ack", user="U9", name="<!channel>\n\u202e\x1b[2J" + "x" * 5_000)).status == 200
    by = stands(store)[2]
    assert "\n" not in by and "\u202e" not in by and "\x1b" not in by and len(by) < 120


def test_more_elements_than_a_block_can_hold_are_passed_over() -> None:
    assert len(read_presses(press(actions=[{"action_id": "alert:ack", "value": "1"}] * 500))) == 25


def test_nobody_is_told_that_it_was_done_where_it_was_not_kept(
    send: Send, pressing: Pressing, alert: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> int:
        raise StoreUnavailable("the disk is full")

    monkeypatch.setattr(pressing, "do", broken)
    answer = send(press("ack"))
    assert answer.status == 503 and answer.headers["Retry-After"]
