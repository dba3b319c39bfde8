"""What the clock does, minute after minute: customers, the digest, and a database that fails meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from listener import app as root
from listener import customers, taking_in
from listener.app import App
from listener.config import load
from listener.configuration.digests import DigestSettings
from listener.reader_setup import ReaderSetup
from listener.running import patient
from listener.store import Store, StoreUnavailable, corrections, jobs, outbox
from listener.store import customers as directory
from listener.store.customers import replace_customers
from rules.directory import Customer
from sources.contract import Page

Make = Callable[..., Any]


def test_customer_files_are_read_again_only_where_they_have_changed(
    store: Store, clock: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []
    real = customers.import_file

    def counted(tx: Any, path: Path, now: Any) -> Any:
        read.append(path)
        return real(tx, path, now)

    monkeypatch.setattr(customers, "import_file", counted)
    file = tmp_path / "customers.csv"
    file.write_text("id,name\n1,Ann\n")
    (tmp_path / "config.toml").write_text(
        '[[brands]]\nname = "Acme"\nquery = "acme"\n[[customers]]\npath = "customers.csv"\n'
    )
    app = App(load(tmp_path / "config.toml"), store, clock=clock, workers=0)
    app.start()
    before = app.setup.encoded
    app.setup.renew()
    assert (len(read), app.setup.encoded is before) == (1, True)
    file.write_text("id,name\n1,Ann\n2,Bob\n")
    app.setup.renew()
    assert len(read) == 2 and b"Bob" in app.setup.encoded
    other = tmp_path / "more.csv"
    other.write_text("id,name\n3,Cem\n")
    with store.write() as tx:
        real(tx, other, clock())
    app.setup.renew()
    assert len(read) == 2 and b"Cem" in app.setup.encoded, "imported by hand while it runs"


def test_a_directory_that_nobody_has_changed_is_not_read_again(
    store: Store, clock: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.toml").write_text('[[brands]]\nname = "Acme"\nquery = "acme"\n')
    setup = ReaderSetup(load(tmp_path / "config.toml"), store, clock)
    setup.renew()
    with store.write() as tx:
        replace_customers(tx, [Customer(id="1", name="Ann")], "crm", clock())
    with monkeypatch.context() as patch:
        patch.setattr(corrections, "in_use", Mock(side_effect=StoreUnavailable("its disk is full")))
        with pytest.raises(StoreUnavailable):
            setup.renew()
    setup.renew()
    assert b"Ann" in setup.encoded, "though the first try failed half-way"
    monkeypatch.setattr(directory, "all_customers", Mock(side_effect=AssertionError("read again")))
    before = setup.encoded
    setup.renew()
    assert setup.encoded is before


def test_a_digest_that_could_not_be_queued_is_queued_when_the_database_is_back(
    make_app: Make, source: Any, channel: Any, post: Make, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    blogs = source("blogs", [Page(posts=[post(1)], cursor="1")])
    app = make_app([blogs], [channel("support")], digest=DigestSettings(notify=("support",)))
    asyncio.run(app.poll_once(["blogs"]))
    clock.forward(days=1)
    real = app.store.write

    @contextmanager
    def full() -> Iterator[Any]:
        raise StoreUnavailable("its disk is full")
        yield

    monkeypatch.setattr(app.store, "write", full)
    asyncio.run(patient(app._digest)())
    monkeypatch.setattr(app.store, "write", real)
    asyncio.run(patient(app._digest)())
    with app.store.read() as tx:
        assert [one.kind for one in outbox.list_deliveries(tx, "due", 10)] == ["digest"]


def test_the_digest_is_looked_for_every_minute(make_app: Make, channel: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: dict[str, Any] = {}

    class Noted(root.Schedule):
        def every(self, interval: timedelta, name: str, call: Any) -> None:
            calls[name] = interval

        async def run(self, stop: asyncio.Event) -> None:
            return

    monkeypatch.setattr(root, "Schedule", Noted)
    app = make_app([], [channel("support")], digest=DigestSettings(notify=("support",)))
    asyncio.run(app.run(asyncio.Event()))
    assert calls["digest made up"] == timedelta(minutes=1)


def test_sources_are_left_alone_while_too_much_that_came_in_is_unread(
    make_app: Make, source: Any, post: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    blogs = source("blogs", [Page(posts=[post(1)], cursor="1"), Page(posts=[post(2)], cursor="2")])
    app = make_app([blogs])
    monkeypatch.setattr(taking_in, "MOST_WAITING", 1)
    with app.store.write() as tx:
        for number in range(2):
            taking_in.take_in(tx, app.engine, "shop", [post(f"s{number}")], app.clock(), first_reading=False)
    asyncio.run(app.tick())
    with app.store.read() as tx:
        assert not jobs.busy_keys(tx, "drain")
    asyncio.run(app.engine.run_until_idle(4))
    asyncio.run(app.tick())
    asyncio.run(app.engine.run_until_idle(4))
    assert blogs.asked
