"""The HTTP server inside `listener run`: what it answers, what it keeps first, and what it does not put up with."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import signal
import socket
import sqlite3
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from sqlalchemy import event
from typer.testing import CliRunner

import listener.web.body
import listener.web.server
from listener.app import App
from listener.cli import tree
from listener.config import Config, ConfigError, load
from listener.configuration.tables import BrandSettings, ListenerSettings, WebSettings
from listener.store import Store, StoreUnavailable, inbox, jobs
from listener.store import sources as states
from listener.store.mentions import MentionFilter, list_mentions
from listener.web import ingest as taking
from listener.web.links import INGEST_LINK, holds, signed_until
from sources.webhook import WebhookSettings
from sources.webhook_signature import signature

SECRET = "5f0c1e9a7b3d482c6e8f9a0b1c2d3e4f"
POST = {"external_id": "1", "text": "Acme is terrible, my kettle broke"}
NAME = "shop/reviews übersee"
PATH = "/ingest/shop/reviews%20%C3%BCbersee"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@pytest.fixture
def app(store: Store, clock: Any, tmp_path: Path) -> Iterator[App]:
    config = Config(
        path=tmp_path / "config.toml",
        listener=ListenerSettings(),
        brands=(BrandSettings(name="Acme", query="acme"),),
        sources=(WebhookSettings(kind="webhook", name=NAME, secret=SECRET),),
        web=WebSettings(bind=f"127.0.0.1:{free_port()}", secret=SecretStr(SECRET[::-1])),
    )
    made = App(config, store, clock=clock, jitter=Random(1), workers=0)
    made.start()
    yield made
    made.workers.close()


class Client:
    """Sends requests from a thread, as another machine would."""

    def __init__(self, app: App) -> None:
        assert app.config.web is not None
        self.port = int(app.config.web.bind.rpartition(":")[2])
        self._clock = app.clock

    async def send(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, Any, dict[str, str]]:
        return await asyncio.to_thread(self._send, method, path, body, headers)

    async def post(self, body: Any, *, path: str = PATH, **headers: str) -> tuple[int, Any, dict[str, str]]:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self.send("POST", path, raw, **{**self.signed(raw), **headers})

    def signed(self, raw: bytes) -> dict[str, str]:
        timestamp = str(int(self._clock().timestamp()))
        return {
            "Content-Type": "application/json",
            "X-Listener-Timestamp": timestamp,
            "X-Listener-Signature": signature(SECRET, timestamp, raw),
        }

    def _send(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, Any, dict[str, str]]:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
            connection.request(method, path, body or None, {name.replace("_", "-"): v for name, v in headers.items()})
            answer = connection.getresponse()
            told = {name.lower(): value for name, value in answer.getheaders()}
            return answer.status, json.loads(answer.read()), told


def run(app: App, test: Callable[[Client], Awaitable[None]]) -> None:
    """Runs the app by its clock, with its server, while the test sends it requests."""

    async def both() -> None:
        stop = asyncio.Event()
        running = asyncio.create_task(app.run(stop))
        client = Client(app)
        await _until(lambda: _answers(client.port) or running.done())
        try:
            await test(client)
        finally:
            stop.set()
            await asyncio.wait_for(running, 20)

    asyncio.run(both())


def _answers(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def _until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not holds():
            await asyncio.sleep(0.01)


def kept(store: Store) -> int:
    with store.read() as tx:
        return len(list_mentions(tx, MentionFilter()))


def test_what_is_sent_is_read_like_any_post_and_no_poll_is_recorded(app: App, store: Store) -> None:
    async def test(client: Client) -> None:
        status, told, headers = await client.post([POST, {"text": 5}])
        assert status == 202
        assert told == {
            "accepted": 1,
            "refused": 1,
            "items": [
                {"index": 0, "status": "accepted", "external_id": "1"},
                {"index": 1, "status": "error", "error": "text is 5, must be text"},
            ],
        }
        assert "server" not in headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        await _until(lambda: kept(store) == 1)

    run(app, test)
    with store.read() as tx:
        [mention] = list_mentions(tx, MentionFilter())
        [state] = states.list_sources(tx)
    assert mention.seen_by == (NAME,) and not mention.first_reading
    assert (state.posts_seen, state.last_success_at, state.next_at) == (1, app.clock(), states.NEVER)


def test_a_source_that_is_told_is_never_due_and_never_asked(app: App, store: Store, clock: Any) -> None:
    clock.forward(days=400)
    app.queue_polls()
    asyncio.run(app.poll_once([NAME]))
    with store.read() as tx:
        assert states.list_sources(tx)[0].last_success_at is None
        assert jobs.stats(tx).queued == 0
        assert states.due_credentials(tx, clock(), 10) == []


def test_the_same_key_gets_the_same_answer_and_another_body_under_it_is_refused(
    app: App, store: Store, clock: Any
) -> None:
    async def test(client: Client) -> None:
        first = await client.post([POST, 5], Idempotency_Key="abc")
        clock.forward(minutes=1)
        again = await client.post([POST, 5], Idempotency_Key="abc")
        assert first[0] == again[0] == 202
        assert first[1] == again[1]
        assert "idempotent-replayed" not in first[2] and again[2]["idempotent-replayed"] == "true"
        assert (await client.post([POST], Idempotency_Key="abc"))[0] == 422
        assert (await client.post([POST], Idempotency_Key="k" * 256))[0] == 400
        clock.forward(days=8)
        await app.upkeep._night()
        assert "idempotent-replayed" not in (await client.post([POST, 5], Idempotency_Key="abc"))[2]

    run(app, test)
    with store.read() as tx:
        assert states.list_sources(tx)[0].posts_seen == 2


def test_a_request_that_is_not_taken_is_told_why_and_keeps_nothing(app: App, store: Store) -> None:
    async def test(client: Client) -> None:
        body = json.dumps(POST).encode()
        assert (await client.post(POST, X_Listener_Signature=""))[0] == 401
        assert (await client.post(POST, X_Listener_Signature="sha256=00"))[0] == 403
        assert (await client.post(POST, path="/ingest/other"))[0] == 404
        assert (await client.post(POST, path="/"))[0] == 404
        for near in ("/ingest", f"{PATH}//", "/healthz/"):
            status, _, headers = await client.post(POST, path=near, Host="evil.example")
            assert status == 404 and "location" not in headers
        assert (await client.send("GET", PATH))[0] == 405
        assert (await client.post(POST, Content_Type="text/xml"))[0] == 415
        assert (await client.post(POST, Content_Encoding="gzip"))[0] == 415
        assert (await client.post(b"{"))[0] == 400
        status, told, _ = await client.post([{"text": 1}])
        assert status == 400 and told["items"][0]["status"] == "error"
        status, told, _ = await client.post(body + b" " * 1024 * 1024)
        assert (status, "1 MiB" in told["error"]) == (413, True)

    run(app, test)
    with store.read() as tx:
        assert inbox.waiting(tx)[0] == 0
        assert states.list_sources(tx)[0].posts_seen == 0


def test_a_body_without_end_or_without_haste_is_cut_off(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener.web.body, "BODY_SECONDS", 0.2)

    def raw(port: int, *parts: bytes) -> bytes:
        with closing(socket.create_connection(("127.0.0.1", port), timeout=20)) as sent:
            head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
            sent.sendall(head.encode())
            for part in parts:
                sent.sendall(b"%x\r\n%s\r\n" % (len(part), part))
            return sent.recv(4096)

    async def test(client: Client) -> None:
        assert b" 413 " in await asyncio.to_thread(raw, client.port, *[b"x" * 60_000] * 18)
        assert b" 408 " in await asyncio.to_thread(raw, client.port, b"x")

    run(app, test)


def test_a_head_that_does_not_arrive_and_a_connection_too_many_are_closed(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener.web.server, "HEAD_SECONDS", 0.3)
    monkeypatch.setattr(listener.web.server, "MOST_CONNECTIONS", 3)

    def closed(port: int, *parts: bytes) -> bool:
        with closing(socket.create_connection(("127.0.0.1", port), timeout=20)) as opened:
            for part in parts:
                opened.sendall(part)
            try:
                return opened.recv(4096) == b""
            except ConnectionResetError:
                return True

    def crowd(port: int) -> list[bool]:
        threads_told: list[bool] = []
        threads = [threading.Thread(target=lambda: threads_told.append(closed(port))) for _ in range(6)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        return threads_told

    async def test(client: Client) -> None:
        assert await asyncio.to_thread(closed, client.port)
        assert await asyncio.to_thread(closed, client.port, b"GET /healthz HTTP/1.1\r\nX-Slow: ")
        whole = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
        assert not await asyncio.to_thread(closed, client.port, whole)
        assert await asyncio.to_thread(crowd, client.port) == [True] * 6
        assert (await client.send("GET", "/healthz"))[0] == 200

    run(app, test)


def test_a_head_that_is_too_long_is_refused(app: App) -> None:
    def raw(port: int) -> bytes:
        with closing(socket.create_connection(("127.0.0.1", port), timeout=20)) as sent:
            sent.sendall(b"GET /healthz HTTP/1.1\r\nX-Long: " + b"x" * 20_000)
            return sent.recv(4096)

    async def test(client: Client) -> None:
        assert (await asyncio.to_thread(raw, client.port)).startswith(b"HTTP/1.1 400 ")

    run(app, test)


def test_a_sender_in_a_hurry_is_asked_for_patience(app: App, clock: Any) -> None:
    assert app.config.web is not None

    async def test(client: Client) -> None:
        raw = json.dumps(POST).encode()
        headers = {name.lower(): value for name, value in client.signed(raw).items()}
        sources = {NAME: app.sources[NAME]}
        taker = taking.Ingest(store=app.store, engine=app.engine, sources=sources, clock=clock)  # type: ignore[arg-type]
        statuses = [taker._pace[NAME].wait_seconds(clock()) for _ in range(100)]
        assert statuses == [0] * 100
        answer = taker.answer(NAME, headers, raw)
        assert answer.status == 429 and answer.headers["Retry-After"] == "1"
        clock.forward(seconds=1)
        assert taker.answer(NAME, headers, raw).status == 202

    run(app, test)


def test_a_sender_that_cannot_sign_comes_by_a_link_until_it_ends(app: App, clock: Any) -> None:
    token = signed_until(SECRET[::-1], INGEST_LINK, NAME, clock() + timedelta(days=1))

    async def test(client: Client) -> None:
        raw = json.dumps(POST).encode()

        async def send(link: str) -> int:
            return (await client.send("POST", f"{PATH}?link={link}", raw, Content_Type="application/json"))[0]

        assert await send(token) == 202
        assert await send(token[:-1]) == 403
        assert await send("") == 401
        assert await send(signed_until(SECRET, INGEST_LINK, NAME, clock() + timedelta(days=1))) == 403
        assert await send(signed_until(SECRET[::-1], "survey", NAME, clock() + timedelta(days=1))) == 403
        assert await send(signed_until(SECRET[::-1], INGEST_LINK, "other", clock() + timedelta(days=1))) == 403
        clock.forward(days=1)
        assert await send(token) == 403

    run(app, test)


@given(st.text(), st.text(), st.text())
def test_a_link_holds_for_its_own_purpose_and_subject_alone(purpose: str, subject: str, token: str) -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    made = signed_until(SECRET, purpose, subject, now + timedelta(seconds=1))
    assert holds(SECRET, purpose, subject, made, now)
    assert not holds(SECRET, purpose, subject, made, now + timedelta(seconds=1))
    assert not holds(SECRET, purpose + subject, "", made, now) or subject == ""
    assert not holds(SECRET, purpose, subject, token, now)
    later = str(int(made.partition(".")[0]) + 9) + "." + made.partition(".")[2]
    assert not holds(SECRET, purpose, subject, later, now)


def test_the_command_makes_a_link_that_holds_and_lists_where_posts_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(CONFIG + f'[web]\nsecret = "{SECRET}"\npublic_url = "https://listener.example.org"')
    environment = {"SHOP_SECRET": SECRET[::-1]}

    def command(*arguments: str) -> Any:
        return CliRunner(env=environment).invoke(tree.app, ["web", *arguments, "--config", str(path)])

    listed = command()
    assert listed.exit_code == 0
    assert "https://listener.example.org/ingest/shop" in listed.output and SECRET not in listed.output
    made = command("link", "shop", "--days", "2")
    address, _, token = made.stdout.strip().partition("?link=")
    assert address == "https://listener.example.org/ingest/shop"
    now = datetime.now(UTC)
    assert holds(SECRET, INGEST_LINK, "shop", token, now)
    assert not holds(SECRET, INGEST_LINK, "shop", token, now + timedelta(days=2, minutes=1))
    assert command("link", "shpo").exit_code == 2
    path.write_text(CONFIG + "[web]")
    refused = command("link", "shop")
    assert refused.exit_code == 1 and "openssl rand -hex 32" in refused.output


def test_a_full_disk_is_503_and_nothing_is_acknowledged(app: App, store: Store) -> None:
    most = [1]
    store.close()

    @event.listens_for(store._engine, "connect")
    def limit(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count={most[0]}")

    taker = taking.Ingest(store=store, engine=app.engine, sources={NAME: app.sources[NAME]}, clock=app.clock)  # type: ignore[dict-item]
    raw = json.dumps([{"text": "acme " * 30_000}]).encode()
    headers = {name.lower(): value for name, value in Client(app).signed(raw).items()} | {"idempotency-key": "k"}
    answer = taker.answer(NAME, headers, raw)
    assert (answer.status, answer.headers["Retry-After"]) == (503, "30")
    store.close()
    most[0] = 1_000_000
    assert taker.answer(NAME, headers, raw).status == 202
    assert "Idempotent-Replayed" in taker.answer(NAME, headers, raw).headers
    with store.read() as tx:
        assert inbox.waiting(tx)[0] == 1


def test_a_kill_between_commit_and_answer_loses_nothing_and_the_repeat_keeps_it_once(
    app: App, store: Store, clock: Any
) -> None:
    raw = json.dumps([POST]).encode()
    headers = {name.lower(): value for name, value in Client(app).signed(raw).items()} | {"idempotency-key": "k"}
    sources: dict[str, Any] = {NAME: app.sources[NAME]}
    store.close()
    child = os.fork()
    if child == 0:
        taking.Ingest(store=store, engine=app.engine, sources=sources, clock=clock).answer(NAME, headers, raw)
        os.kill(os.getpid(), signal.SIGKILL)  # the sender sees its connection break
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    with store.read() as tx:
        assert inbox.waiting(tx)[0] == 1
    taker = taking.Ingest(store=store, engine=app.engine, sources=sources, clock=clock)
    assert taker.answer(NAME, headers, raw).headers == {"Idempotent-Replayed": "true"}
    del headers["idempotency-key"]
    assert taker.answer(NAME, headers, raw).status == 202
    asyncio.run(app.engine.run_until_idle(4))
    assert kept(store) == 1


def test_health_tells_a_database_that_does_not_open_and_shows_nothing_of_it(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def test(client: Client) -> None:
        assert (await client.send("GET", "/healthz"))[:2] == (200, {"status": "ok"})
        with monkeypatch.context() as broken:
            broken.setattr(listener.web.application, "version", _fails)
            status, told, headers = await client.send("GET", "/healthz")
        assert (status, told) == (503, {"status": "the database cannot be used"})
        assert headers["retry-after"] == "30"

    run(app, test)


def _fails(_: object) -> None:
    raise StoreUnavailable("the database /secret/place cannot be used")


def test_a_defect_is_told_to_the_log_and_not_to_the_sender(
    app: App, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(taking.Ingest, "answer", lambda *_: 1 / 0)

    async def test(client: Client) -> None:
        status, told, _ = await client.post(POST)
        assert (status, told) == (500, {"error": "this failed here; the log of listener has more"})

    run(app, test)
    assert "a request failed" in caplog.text and "ZeroDivisionError" in caplog.text


def test_an_answer_does_not_wait_for_the_acknowledgement_of_its_head() -> None:
    with closing(listener.web.server._listen(f"127.0.0.1:{free_port()}")) as listening:
        assert listening.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_an_address_that_is_taken_is_told_with_the_address(app: App) -> None:
    assert app.config.web is not None
    port = int(app.config.web.bind.rpartition(":")[2])
    with socket.create_server(("127.0.0.1", port)), pytest.raises(OSError) as caught:
        asyncio.run(app.run(asyncio.Event()))
    assert caught.value.filename == app.config.web.bind
    assert caught.value.strerror == "Address already in use"


@pytest.mark.parametrize(
    ("tables", "mistake"),
    [
        ("", "sources[0] needs a table [web]"),
        ('[[sources]]\nkind = "webhook"\nname = "b"\n[web]', "sources[1] needs a `secret`, or one in [web]"),
        ('[web]\nsecret = "guessed"', "web.secret must be long and random, at least 32 characters"),
        ('[web]\nbind = "8080"', "web.bind must be an address and a port"),
        ('[web]\nbind = "127.0.0.1:0"', "web.bind must be an address and a port"),
        ('[web]\nbnd = "127.0.0.1:1"', "web.bnd: unknown key, did you mean 'bind'?"),
        ('[web]\npublic_url = "listener.example.org"', "web.public_url must be the address under which"),
        ('[web]\npublic_url = "https://me:pw@listener.example.org"', "web.public_url must be the address under which"),
        ("[[web]]", "web must be one table, written [web]"),
    ],
)
def test_a_mistake_in_the_configuration_is_told_by_its_place(tmp_path: Path, tables: str, mistake: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(CONFIG + tables)
    with pytest.raises(ConfigError) as caught:
        load(path, environment={"SHOP_SECRET": SECRET})
    assert mistake in str(caught.value)


def test_a_secret_that_is_not_here_is_a_warning_of_check_and_an_open_address_too(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(CONFIG + '[web]\nbind = "0.0.0.0:8080"')
    told = [str(one) for one in load(path, "optional", {}).warnings]
    assert "sources[0].secret needs the environment variable SHOP_SECRET, which is not set" in told
    assert any(one.startswith("web.bind: lets other machines in without encryption") for one in told)
    path.write_text(CONFIG + '[web]\nbind = "[::]:8080"\npublic_url = "https://listener.example.org/"')
    loaded = load(path, environment={"SHOP_SECRET": SECRET})
    assert loaded.web is not None and loaded.web.address == "https://listener.example.org"
    assert loaded.warnings == ()


CONFIG = """
[[brands]]
name = "Acme"
query = "acme"

[[sources]]
kind = "webhook"
name = "shop"
secret = "${SHOP_SECRET}"

"""
