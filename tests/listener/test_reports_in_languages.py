"""Reports to the operator reach each channel in its language."""

from __future__ import annotations

import ast
import inspect
from datetime import datetime
from typing import Any

from alerts.language import language
from listener import health
from listener.health import FailingDirectory, Health, Trouble
from listener.store import Store, outbox
from listener.store.heard import Quiet


def told(store: Store) -> dict[str, tuple[str, str]]:
    with store.read() as tx:
        found = outbox.list_deliveries(tx, "due", 50)
    return {one.channel: (str(one.payload["title"]), str(one.payload["text"])) for one in found}


def test_a_source_that_fails_is_told_in_the_language_of_each_channel(store: Store, clock: Any) -> None:
    reports = Health(["dhaka", "london"], lambda channel: language("bn" if channel == "dhaka" else "en"))
    now: datetime = clock()
    trouble = Trouble(source="blogs {x}", failures=3, since=now, why="answered 503 {why}", refused=False)
    with store.write() as tx:
        reports.tell_failing(tx, trouble, now)
    assert told(store) == {
        "london": (
            "Source 'blogs {x}' is failing",
            "answered 503 {why}\nNothing new is heard from 'blogs {x}' until this is mended.\nlistener keeps trying.",
        ),
        "dhaka": (
            "উৎস ‘blogs {x}’ পড়া যাচ্ছে না",
            "answered 503 {why}\nঠিক না হওয়া পর্যন্ত ‘blogs {x}’ থেকে নতুন কিছু শোনা যাবে না।\nlistener চেষ্টা চালিয়ে যাচ্ছে।",
        ),
    }


def test_every_report_reads_as_sentences(store: Store, clock: Any) -> None:
    now: datetime = clock()
    reports = Health(["a"])
    quiet = Quiet(source="blogs", brand="Acme", since=now, told_at=now, why="why")
    calls = [
        lambda tx: reports.tell_failing(tx, Trouble(source="s", failures=1, since=now, why="w", refused=True), now),
        lambda tx: reports.tell_directory_failing(
            tx, FailingDirectory(name="d", failures=3, since=now, why="w", refused=False), now
        ),
        lambda tx: reports.tell_directory_recovered(tx, "d", now, now),
        lambda tx: reports.tell_over_budget(tx, "s", "w", "2026-11", now),
        lambda tx: reports.tell_recovered(tx, "s", now, now),
        lambda tx: reports.tell_set_aside(tx, "s", 7, "w", now),
        lambda tx: reports.tell_quiet(tx, quiet),
        lambda tx: reports.tell_heard_again(tx, quiet, now),
        lambda tx: reports.tell_channel_disabled(tx, "b", "w", ["a", "b"], now),
    ]
    methods = [name for name in vars(Health) if name.startswith("tell_")]
    assert len(calls) == len(methods)
    with store.write() as tx:
        for call in calls:
            call(tx)
    with store.read() as tx:
        texts = [f"{one.payload['title']}\n{one.payload['text']}" for one in outbox.list_deliveries(tx, "due", 50)]
    assert len(texts) == len(calls)
    assert not any("{" in text for text in texts)
    assert "Source 'blogs' is unusually silent about 'Acme'" in "\n".join(texts)


def test_no_report_is_put_together_from_pieces() -> None:
    tree = ast.parse(inspect.getsource(health))
    said = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_said"]
    assert said
    assert not any(isinstance(node.args[0], ast.JoinedStr | ast.BinOp) for node in said)
