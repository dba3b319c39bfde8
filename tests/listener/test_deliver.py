"""The outbox's way out: a message that cannot be made holds nothing up."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from listener.delivery import messages
from listener.store import outbox
from sources.contract import Page

Make = Callable[..., Any]


def test_a_message_that_cannot_be_made_holds_no_other_up_and_says_why(
    make_app: Make, source: Any, channel: Any, post: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = messages.render_alert

    def render(alert: Any, *rest: Any, **more: Any) -> Any:
        if alert.lead.post.external_id == "1":
            raise KeyError("xoxb-secret")
        return real(alert, *rest, **more)

    monkeypatch.setattr(messages, "render_alert", render)
    support = channel("support")
    posts = [post(1, "acme is terrible"), post(2, "acme broke, awful and horrible thing")]
    app = make_app([source("blogs", [Page(posts=posts, cursor="1")])], [support])
    asyncio.run(app.poll_once(["blogs"]))
    assert len(support.told) == 1
    with app.store.read() as tx:
        (waiting,) = outbox.list_deliveries(tx, "due", 10)
    assert waiting.last_error == "making it failed with KeyError; the log has more"


def test_a_channel_that_breaks_its_contract_does_not_lose_the_message(
    make_app: Make, source: Any, channel: Any, post: Make, clock: Any
) -> None:
    support = channel("support", [ValueError("a defect")])
    app = make_app([source("blogs", [Page(posts=[post(1)], cursor="1")])], [support])
    asyncio.run(app.poll_once(["blogs"]))
    assert support.told == []
    clock.forward(minutes=1)
    app.queue_deliveries()
    asyncio.run(app.engine.run_until_idle(4))
    assert len(support.told) == 1


def test_a_message_is_made_beside_the_event_loop(
    make_app: Make, source: Any, channel: Any, post: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[threading.Thread] = []
    real = messages.render_alert

    def render(*told: Any, **more: Any) -> Any:
        threads.append(threading.current_thread())
        return real(*told, **more)

    monkeypatch.setattr(messages, "render_alert", render)
    app = make_app([source("blogs", [Page(posts=[post(1)], cursor="1")])], [channel("support")])
    asyncio.run(app.poll_once(["blogs"]))
    assert threads and threading.main_thread() not in threads
