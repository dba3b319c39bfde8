"""Interactions that others send to the HTTP server: signed, kept before they are acknowledged, each once."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from listener.store import Store
from listener.store.customers import replace_customers
from listener.store.timeline import timeline
from listener.web.answer import Answer
from listener.web.interactions import MOST, InteractionIntake
from rules.directory import Customer
from sources.webhook_signature import signature

SECRET = "5f0c1e9a7b3d482c6e8f9a0b1c2d3e4f"
CALL = {
    "customer": "c1", "at": "2026-11-20T09:00:00Z", "channel": "phone", "kind": "call", "direction": "in",
    "text": "This is terrible, it broke again", "external_id": "1",
}  # fmt: skip

Send = Callable[..., Answer]


@pytest.fixture
def send(store: Store, clock: Any) -> Send:
    with store.write() as tx:
        replace_customers(tx, [Customer(id="c1")], "a.csv", clock())
    intake = InteractionIntake(store=store, secret=SECRET, clock=clock)

    def call(body: Any, **headers: str) -> Answer:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        timestamp = str(int(clock().timestamp()))
        signed = {
            "content-type": "application/json",
            "x-listener-timestamp": timestamp,
            "x-listener-signature": signature(SECRET, timestamp, raw),
        }
        clock.forward(seconds=1)
        return intake.answer(signed | headers, raw)

    return call


def test_what_is_sent_is_kept_and_answered_for_one_by_one(send: Send, store: Store) -> None:
    answer = send([CALL, {**CALL, "customer": "c9", "external_id": "2"}, 7])
    assert answer.status == 202
    assert answer.content == {
        "accepted": 1,
        "refused": 2,
        "added": 1,
        "changed": 0,
        "unchanged": 0,
        "items": [
            {"index": 0, "status": "accepted", "external_id": "1"},
            {"index": 1, "status": "error", "error": "customer 'c9' is not in the directory"},
            {"index": 2, "status": "error", "error": "is no object with the fields of an interaction"},
        ],
    }
    with store.read() as tx:
        (kept,) = timeline(tx, ["c1"], 9)
    assert (kept.channel, kept.feeling, kept.complaint) == ("phone", "negative", True)
    lines = json.dumps(CALL).encode() + b"\n{\n"
    assert send(lines, **{"content-type": "application/x-ndjson"}).content["unchanged"] == 1


def test_a_request_that_is_repeated_is_answered_the_same_and_changes_nothing(send: Send, store: Store) -> None:
    first = send([CALL], **{"idempotency-key": "k"})
    again = send([CALL], **{"idempotency-key": "k"})
    assert (again.status, again.content, again.headers["Idempotent-Replayed"]) == (202, first.content, "true")
    assert send([{**CALL, "text": "other"}], **{"idempotency-key": "k"}).status == 422
    with store.read() as tx:
        assert [one.text for one in timeline(tx, ["c1"], 9)] == [CALL["text"]]


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        ([CALL], {"x-listener-signature": ""}, 401),
        ([CALL], {"x-listener-signature": "sha256=" + "0" * 64}, 403),
        ([CALL], {"content-type": "text/plain"}, 415),
        ([CALL], {"idempotency-key": "k" * 256}, 400),
        (b"{", {}, 400),
        ([{}], {}, 400),
        ([CALL] * (MOST + 1), {}, 413),
    ],
)
def test_what_cannot_be_taken_is_refused_and_nothing_is_kept(
    send: Send, store: Store, body: Any, headers: dict[str, str], status: int
) -> None:
    answer = send(body, **headers)
    assert answer.status == status
    assert "error" in answer.content
    with store.read() as tx:
        assert timeline(tx, ["c1"], 9) == []
