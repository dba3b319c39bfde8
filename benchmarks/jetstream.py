"""Bluesky's stream at 2,000 posts/s against 10,000 saved queries, read on one core; beside a plain loop.

    python benchmarks/jetstream.py [--rate 2000] [--seconds 8] [--queries 10000] [--seed 1]

A second process speaks Jetstream's newer protocol on the loopback, with the time of sending in each frame. Three arms,
the reader pinned to one core in each:

- paced: the product as `listener run` works (stream, match, inbox, reading, mentions, SQLite) at a steady rate. Lag is
  the time from the sending of a page's last frame until the page's posts are committed.
- flat out: the same, with frames as fast as the connection takes them, until every mention is kept. (Its lag is how
  long frames lie in the sockets' buffers.)
- plain: what one writes first: `websockets`, `json.loads` and a regular expression for each query, nothing kept; over
  a sample, and scaled.

Mentions are counted against those that the matcher finds in the same posts: a lost one ends the run with an error.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from corpus import Corpus
from matching import predicate
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

import listener.stream_reading as stream_reading
from listener.app import App, wall_clock
from listener.config import Config
from listener.configuration.tables import BrandSettings, ListenerSettings, OperatorSettings
from listener.store import Store, inbox, mentions
from rules.match import Matcher
from sources.jetstream import JetstreamSettings
from sources.jetstream_frames import Event, read_frame
from sources.post import Post
from sources.query import parse

NEWER = "network.bsky.jetstream.subscribeEvents"
SAMPLE = 200


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--rate", type=int, default=2_000)
    asked.add_argument("--seconds", type=int, default=8)
    asked.add_argument("--queries", type=int, default=10_000)
    asked.add_argument("--seed", type=int, default=1)
    told = asked.parse_args()
    corpus = Corpus(told.seed)
    queries = corpus.queries(told.queries)
    texts = [post.text for post in corpus.posts(told.rate * told.seconds)]
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, cores[:1])
    wanted = count_wanted(queries, texts)
    print(f"{len(texts):,} posts, {len(queries):,} queries, {wanted:,} mentions to find; the reader has one core\n")
    heads = f"{'posts/s':>9} {'CPU a post':>11} {'of a core':>10} {'posts/CPU s':>12}"
    print(f"{'arm':<34} {heads} {'lag p50':>8} {'p95':>8} {'most':>8}")
    paced = product(queries, texts, told.rate, cores[-1], wanted)
    show(f"listener, paced at {told.rate:,}/s", paced)
    flat = product(queries, texts, 0, cores[-1], wanted)
    show("listener, flat out", flat)
    plain = plain_loop([predicate(parse(query).tree) for query in queries.values()], texts[:SAMPLE], cores[-1])
    show(f"plain loop ({SAMPLE} posts, scaled)", plain)
    print(f"\nflat out against the plain loop: {per_cpu(flat) / per_cpu(plain):,.0f} times as many posts a CPU second")


def per_cpu(found: dict[str, Any]) -> float:
    return float(found["posts"] / found["cpu"])


def show(name: str, found: dict[str, Any]) -> None:
    lags = sorted(found["lags"])
    told = [f"{lags[int(len(lags) * share)] * 1000:,.0f} ms" for share in (0.5, 0.95)] if lags else ["-", "-"]
    most = f"{lags[-1] * 1000:,.0f} ms" if lags else "-"
    cpu = f"{found['cpu'] / found['posts'] * 1e6:,.0f} us"
    share = f"{found['cpu'] / found['seconds']:.0%}"
    ceiling = f"{found['posts'] / found['cpu']:,.0f}"
    work = f"{found['rate']:>9,.0f} {cpu:>11} {share:>10} {ceiling:>12}"
    print(f"{name:<34} {work} {told[0]:>8} {told[1]:>8} {most:>8}", flush=True)


def count_wanted(queries: dict[str, str], texts: list[str]) -> int:
    """The mentions in the posts as the reader will see them."""
    matcher = Matcher({name: parse(query) for name, query in queries.items()})
    now = datetime.now(UTC)
    events = [read_frame(frame(number, text, now), now) for number, text in enumerate(texts, 1)]
    return len(matcher.match([event.post for event in events if isinstance(event, Event) and event.post]))


def product(queries: dict[str, str], texts: list[str], rate: int, core: int, wanted: int) -> dict[str, Any]:
    """The whole product over one stream; gives its figures. Raises SystemExit where a mention is missing."""
    with tempfile.TemporaryDirectory() as folder, Sender(texts, rate, core) as sender:
        config = Config(
            path=Path(folder) / "config.toml",
            listener=ListenerSettings(),
            brands=tuple(BrandSettings(name=name, query=query) for name, query in queries.items()),
            sources=(
                JetstreamSettings(
                    kind="bluesky-jetstream", name="sky", base_urls=(sender.url,), backfill="0s", allow_private=True
                ),
            ),
            channels=(),
            rules=(),
            digest=None,
            operator=OperatorSettings(),
        )
        store = Store.open(f"sqlite:///{folder}/listener.db")
        app = App(config, store, workers=0)
        app.start()
        try:
            return asyncio.run(watched(app, len(texts), wanted))
        finally:
            store.close()


async def watched(app: App, posts: int, wanted: int) -> dict[str, Any]:
    """Runs until every post was read and every mention is kept."""
    lags: list[float] = []
    began: list[float] = []
    keep = stream_reading.keep_page

    def timed(*told: Any) -> bool:
        done = keep(*told)
        page = told[5]
        if page.reached is not None:
            lags.append((wall_clock() - page.reached).total_seconds())
        return done

    take = stream_reading.StreamReading._take
    read = 0

    async def counted(self: Any, page: Any) -> None:
        nonlocal read
        if not began:
            began[:] = [time.perf_counter(), time.process_time()]
        read += len(page.posts)
        await take(self, page)

    await app.workers.analyse(b"[]", app._setup, "sky", wall_clock().isoformat())  # the queries are compiled before
    stream_reading.keep_page = timed
    stream_reading.StreamReading._take = counted  # type: ignore[method-assign]  # a measuring copy, for this run
    stop = asyncio.Event()
    running = asyncio.create_task(app.run(stop))
    try:
        async with asyncio.timeout(120):
            while read < posts or not kept_all(app, wanted):  # noqa: ASYNC110 - the store sends no event
                await asyncio.sleep(0.2)
    except TimeoutError:
        raise SystemExit(f"not all mentions were kept: {read} of {posts} posts were read") from None
    finally:
        stream_reading.keep_page = keep
        stream_reading.StreamReading._take = take  # type: ignore[method-assign]  # as above
    seconds, cpu = time.perf_counter() - began[0], time.process_time() - began[1]
    stop.set()
    await running
    return {"posts": posts, "seconds": seconds, "cpu": cpu, "rate": posts / seconds, "lags": lags}


def kept_all(app: App, wanted: int) -> bool:
    with app.store.read() as tx:
        return inbox.waiting(tx)[0] == 0 and mentions.count_mentions(tx, mentions.MentionFilter()) >= wanted


def plain_loop(predicates: list[Callable[[Post, str], bool]], texts: list[str], core: int) -> dict[str, Any]:
    """Reads a sample as fast as it can and tries each query's regular expression on each post."""
    nobody = Post(source="", instance="", external_id="")

    async def loop() -> dict[str, Any]:
        with Sender(texts, 0, core) as sender:
            async with connect(f"{sender.url}/xrpc/{NEWER}", compression=None) as socket:
                started, cpu, found = time.perf_counter(), time.process_time(), 0
                for _ in texts:
                    text = json.loads(await socket.recv())["payload"]["record"]["text"]
                    found += sum(wants(nobody, text) for wants in predicates)
        seconds = time.perf_counter() - started
        spent = time.process_time() - cpu
        return {"posts": len(texts), "seconds": seconds, "cpu": spent, "rate": len(texts) / seconds, "lags": []}

    return asyncio.run(loop())


class Sender:
    """A Jetstream server in a process of its own, which sends the posts once to each connection."""

    def __init__(self, texts: list[str], rate: int, core: int) -> None:
        ours, theirs = multiprocessing.get_context("spawn").Pipe()
        self._process = multiprocessing.get_context("spawn").Process(
            target=send, args=(texts, rate, core, theirs), daemon=True
        )
        self._ours = ours
        self.url = ""

    def __enter__(self) -> Sender:
        self._process.start()
        self.url = f"ws://127.0.0.1:{self._ours.recv()}"
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.join()


def send(texts: list[str], rate: int, core: int, told: Connection) -> None:
    """The server: `rate` frames a second in steps of 10 ms, 0 for as many as are taken."""
    os.sched_setaffinity(0, {core})

    def give(connection: ServerConnection) -> None:
        started = time.perf_counter()
        with suppress(ConnectionClosed):
            for number, text in enumerate(texts, 1):
                due = started + number / rate if rate else 0
                if due and due - time.perf_counter() > 0.01:
                    time.sleep(due - time.perf_counter())
                connection.send(frame(number, text, datetime.now(UTC)).decode())
            while True:
                connection.recv()

    with serve(give, "127.0.0.1", 0, compression=None, subprotocols=None) as server:
        told.send(server.socket.getsockname()[1])
        server.serve_forever()


def frame(number: int, text: str, at: datetime) -> bytes:
    """One post in the newer protocol, as large as posts are."""
    time_told = at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    payload = {
        "$type": f"{NEWER}#commit",
        "seq": number,
        "did": f"did:plc:{number % 5_000:024d}",
        "time": time_told,
        "witnessedAt": time_told,
        "rev": "3mmoojpaqkn2z",
        "operation": "create",
        "collection": "app.bsky.feed.post",
        "rkey": f"3mm{number:010d}",
        "cid": "bafyreicl7rzkxdrm4zz2ehbx52kuk3mvfow6p3gzfys72r5grvskxoswy4",
        "record": {"$type": "app.bsky.feed.post", "createdAt": time_told, "langs": ["en"], "text": text},
    }
    return json.dumps({"$type": "message", "payload": payload}, ensure_ascii=False).encode()


if __name__ == "__main__":
    main()
