"""How much faster two worker processes read batches than one: the analysis alone, posts encoded before, nothing kept.

    python benchmarks/workers.py [--posts 20000] [--rounds 5] [--queries 1000]

By the clock on the wall, arms in turn: it means something only on a machine with two cores that nothing else uses.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import msgspec
import results
from corpus import Corpus
from pipeline_arms import BATCH, NOW, setup_of

from listener.engine.workers import Workers


async def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--posts", type=int, default=20_000)
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--queries", type=int, default=1_000)
    told = asked.parse_args()
    corpus = Corpus()
    setup = msgspec.json.encode(setup_of(corpus.queries(told.queries)))
    posts = corpus.posts(told.posts)
    batches = [msgspec.json.encode(posts[start : start + BATCH]) for start in range(0, told.posts, BATCH)]
    arms = {count: Workers(count) for count in (1, 2)}
    for workers in arms.values():
        await read(workers, batches[:2] * 2, setup)  # each process builds its matcher before anything is timed
    rates: dict[int, list[float]] = {count: [] for count in arms}
    for _ in range(told.rounds):
        for count, workers in arms.items():
            started = time.perf_counter()
            await read(workers, batches, setup)
            rates[count].append(told.posts / (time.perf_counter() - started))
    for workers in arms.values():
        workers.close()
    ratios = [two / one for one, two in zip(rates[1], rates[2], strict=True)]
    results.keep_goal("two processes that read", "one process", 1.7, ratios)
    for count, measured in rates.items():
        print(f"{count} worker{'s' if count > 1 else ' '}: {statistics.median(measured):10,.0f} posts a second")
    print(f"ratio: {statistics.median(ratios):.2f}x ({min(ratios):.2f}-{max(ratios):.2f})")


async def read(workers: Workers, batches: list[bytes], setup: bytes) -> None:
    await asyncio.gather(*(workers.analyse(batch, setup, "stream", NOW.isoformat()) for batch in batches))


if __name__ == "__main__":
    asyncio.run(main())
