"""What a steady stream costs and how soon its alerts are there: from receipt to the committed alert.

    python benchmarks/pace.py [--rate 6000] [--seconds 20] [--queries 10000] [--workers 0] [--warm 2000] [--archive]

The product's own way of a stream: posts are matched as they come, what is wanted is read, and kept with its alerts and
the stream's cursor; every transaction is durable. Posts are made before; handing them over is the only thing that the
stream itself does. `--warm` posts have gone by before the clock starts: a monitor learns from them which words are
rare, and the words that people use. `--archive`: what nobody wants is scored and kept too. CPU is that of all processes
together, as a share of one core.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import msgspec
from corpus import Corpus
from pipeline_arms import NOW, RULE, setup_of

from alerts.policy import Route
from listener.alerting.deciding import Alerting
from listener.alerting.setup import AlertingSetup
from listener.analyse import Analysis
from listener.archiving import Archiving
from listener.engine.local import LocalEngine
from listener.engine.workers import Workers
from listener.health import Health
from listener.reading_at_once import ReadingAtOnce
from listener.store import Store, archive_extent, inbox
from listener.store import sources as states
from listener.stream_reading import MOST_POSTS, StreamReading
from listener.turns import Turns
from listener.wanted_posts import Wanted
from rules.long_lived import built_to_stay
from rules.rejudging import StandingJudge
from sources.contract import Page
from sources.post import Post
from sources.query import parse

HAND_OVER = 0.01  # seconds between two pages of the stream


class Steady:
    """A stream that gives its posts at a steady rate, and remembers when it gave each."""

    name, kind, credential, searchable = "stream", "stream", "host:stream", False

    def __init__(self, lines: list[list[bytes]]) -> None:
        self._lines = lines
        self.given: dict[str, float] = {}
        self.late = 0.0

    async def read(self, ask: str, cursor: str | None, clock: Callable[[], datetime]) -> AsyncIterator[Page]:
        yield Page(posts=[], cursor="0")
        started = time.perf_counter()
        for number, lines in enumerate(self._lines):
            due = started + number * HAND_OVER
            await asyncio.sleep(max(due - time.perf_counter(), 0))
            self.late = max(self.late, time.perf_counter() - due)
            posts = msgspec.json.decode(b"[" + b",".join(lines) + b"]", type=list[Post])
            self.given |= dict.fromkeys((post.external_id for post in posts), time.perf_counter())
            yield Page(posts=posts, cursor=str(number))


class Watched(Analysis):
    """The analysis, with the moment in which each alerted post was committed, whichever way it took."""

    committed: dict[str, float]

    async def run(self, args: dict[str, object]) -> None:  # type: ignore[override]  # a measuring copy
        self.told: list[str] = []
        await super().run(args)
        self.commits()

    def keep(self, tx, reads, *rest, **more):  # type: ignore[no-untyped-def,override]  # as above
        self.told = [read.post.external_id for read in reads if read.reading.rules]
        return super().keep(tx, reads, *rest, **more)

    def commits(self) -> None:
        self.committed |= dict.fromkeys(self.told, time.perf_counter())
        self.told = []


class WatchedReading(StreamReading):
    """The reading of a stream, that tells when it has committed."""

    analysis: Watched

    def _commit(self, page, reads=None):  # type: ignore[no-untyped-def,override]  # a measuring copy
        kept = super()._commit(page, reads)
        if reads is not None:
            self.analysis.commits()
        return kept


async def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--rate", type=int, default=6_000)
    asked.add_argument("--seconds", type=int, default=20)
    asked.add_argument("--queries", type=int, default=10_000)
    asked.add_argument("--workers", type=int, default=0)
    asked.add_argument("--warm", type=int, default=2_000)
    asked.add_argument("--archive", action="store_true", help="score and keep what nobody wants, too")
    told = asked.parse_args()
    corpus = Corpus()
    queries = corpus.queries(told.queries)
    each = round(told.rate * HAND_OVER)
    before = corpus.lines(told.warm, part=1)
    lines = corpus.lines(told.rate * told.seconds)
    source = Steady([lines[start : start + each] for start in range(0, len(lines), each)])
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(f"sqlite:///{folder}/pace.db")
        engine = LocalEngine(store, _now, Random(1))
        setup = msgspec.json.encode(setup_of(queries))
        analysis = Watched(
            store=store, reader=Workers(told.workers), engine=engine, setup=lambda: setup,
            routes={RULE.name: Route(severity="medium", notify=("nobody",))}, standing=StandingJudge((RULE,)),
            health=Health(()), alerting=Alerting(AlertingSetup()), max_age=timedelta(days=36_500), clock=_now,
        )  # fmt: skip
        analysis.committed, analysis.told = {}, []
        engine.task("analyse", analysis.run, at_once=max(told.workers, 1))
        with store.write() as tx:
            states.sync_sources(tx, [("stream", "stream", "host:stream", None)], NOW)
        with built_to_stay():
            archiving = Archiving({"stream": timedelta(days=36_500)} if told.archive else {})
            wanted = Wanted({name: parse(query) for name, query in queries.items()}, archiving)
        for start in range(0, told.warm, MOST_POSTS):
            some = msgspec.json.decode(b"[" + b",".join(before[start : start + MOST_POSTS]) + b"]", type=list[Post])
            if told.archive:
                archiving.scored(some, "stream", NOW)
            posts = msgspec.json.encode(await wanted.among(some, "stream"))
            for _ in range(max(told.workers, 1)):
                await analysis._reader.analyse(posts, setup, "stream", NOW.isoformat())
        turns, at_once = Turns(store, Health(()), Random(1)), ReadingAtOnce(analysis, _now)
        reading = WatchedReading(store, engine, turns, source, "", wanted, _now, at_once=at_once)
        reading.analysis = analysis
        gc.collect()
        gc.freeze()  # the posts that are still to come are the benchmark's, and no part of what is measured
        working = asyncio.create_task(engine.run(8))
        used, started = _cpu(), time.perf_counter()
        await reading.read()
        while _waiting(store):  # noqa: ASYNC110 - a database sends no event
            await asyncio.sleep(0.01)
        spent, lasted = _cpu() - used, time.perf_counter() - started
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        analysis._reader.close()
        with store.read() as tx:
            archived = archive_extent.extent(tx)
        store.close()
    waits = sorted(at - source.given[post] for post, at in analysis.committed.items())
    print(f"{len(lines):,} posts at {told.rate:,} a second, {told.queries:,} queries; at most {source.late:.2f} s late")
    if told.archive:
        print(f"archived: {archived.posts:,} posts, about {archived.bytes / 1e6:,.0f} MB")
    print(f"CPU: {spent / lasted:.0%} of a core ({spent / len(lines) * 1e6:.0f} us a post); took {lasted:.1f} s")
    print(
        f"receipt to committed alert, {len(waits):,} posts: median {statistics.median(waits) * 1000:.0f} ms, "
        f"p99 {waits[len(waits) * 99 // 100] * 1000:.0f} ms, longest {waits[-1] * 1000:.0f} ms"
    )


def _now() -> datetime:
    return datetime.now(NOW.tzinfo)


def _waiting(store: Store) -> bool:
    with store.read() as tx:
        return inbox.waiting(tx)[0] > 0


def _cpu() -> float:
    """CPU seconds of this process; of worker processes those that are there now, from Linux's own count."""
    total = time.process_time()
    for task in Path("/proc/self/task").iterdir():
        for child in (task / "children").read_text().split():
            ticks = (Path("/proc") / child / "stat").read_text().rpartition(")")[2].split()[11:13]
            total += sum(map(int, ticks)) / 100
    return total


if __name__ == "__main__":
    asyncio.run(main())
