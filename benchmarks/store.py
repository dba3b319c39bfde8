"""How many read posts a second the store keeps, beside plainer ways to keep them, and whether it stays so fast.

    python benchmarks/store.py [--posts 100000] [--filled] [--ids drawn] [--write]
                               [--database postgresql+psycopg://user@host/empty --small postgresql+psycopg://...]

The posts are those of benchmarks/corpus.py, all read for a brand that wants every post; after the first 20,000 their
texts come again under other ids, times and fingerprints. Batches of 1,000, one durable commit each. A post is kept
with its mention, who saw it, its story and the words it is found by; the plainer ways keep a row of the post and
nothing else. SQLite in a file of its own, unless a database is named, which must be empty. Rates are by the processor
time of this process and, in brackets, by the clock on the wall, which the disk's commits and a server's work count in.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import results
import store_rivals as rivals
from corpus import START, Corpus
from msgspec.structs import replace
from store_filling import TEMPLATE, fill

from listener.store import Store, new_posts
from listener.store.backfill import newest_post
from listener.store.mentions import MentionFilter, list_mentions, put_results
from rules.analysis import Analyser, BrandSetup, Read, RuleSetup, Setup

BATCH = 1_000
POOL = 20_000
PARTS = 10
ROUNDS = 5
TURNS = 15
SLOWLY = 200  # posts of a round for those that commit each
RULE = RuleSetup("unhappy", 'sentiment.score <= -0.4 || urgency.label in ["high", "critical"]', "medium")
WHOLE = 2**64


class Rate:
    """Posts a second by processor time and by the clock, and how much of the processor's time stories took."""

    def __init__(self, posts: int, busy: float, passed: float, stories: float = 0.0) -> None:
        self.busy, self.passed = posts / busy, posts / passed
        self.whole, self.stories = busy / posts * 1e6, stories / posts * 1e6

    @property
    def rest(self) -> float:
        return self.whole - self.stories

    def __str__(self) -> str:
        return f"{self.busy:10,.0f} ({self.passed:,.0f})"


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--posts", type=int, default=100_000)
    asked.add_argument("--ids", choices=("counted", "drawn"), default="counted", help="what the service gives posts")
    asked.add_argument("--database", default="")
    asked.add_argument("--small", default="", help="another empty database of the same kind, which stays small")
    asked.add_argument(
        "--filled", action="store_true", help="put in most rows of a part by SQL: for millions, SQLite alone"
    )
    asked.add_argument("--write", action="store_true", help="keep the figures in results/")
    told = asked.parse_args()
    if bool(told.database) != bool(told.small):
        asked.error("--database and --small come together")
    posts = Posts(drawn=told.ids == "drawn")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.db"
        store = Store.open(told.database or f"sqlite:///{path}")
        beside(store, posts, told.database or f"sqlite:///{Path(folder) / 'plain.db'}", told.write)
        small = Store.open(told.small or f"sqlite:///{Path(folder) / 'small.db'}")
        if told.filled:
            timed(ours(store), posts.batches(TEMPLATE))
        more = (lambda count: posts.skip(count, store)) if told.filled else None
        grown = growth(store, small, posts, told.posts // BATCH // PARTS, more)
        small.close()
        kept = again_and_searched(store, posts)
        store.close()
        if not told.database:
            print(f"on disk:                 {path.stat().st_size / kept:8,.0f} bytes a post")
    if told.write:
        name = ("PostgreSQL" if told.database else "SQLite") + (", drawn ids" if told.ids == "drawn" else "")
        results.keep("store", results.load("store") | {name: grown})
        ratios = [part["beside a small store"] for part in grown]
        results.keep_goal(f"keeping a post as tables grow, {name}", "a small store", 0.8, ratios)


def beside(store: Store, posts: Posts, plain: str, write: bool) -> None:
    """Ours and plainer ways in turn."""
    arms = ways(store, plain)
    rates: dict[str, list[Rate]] = {name: [] for name in arms}
    for _ in range(ROUNDS):
        for name, (count, keep) in arms.items():
            rates[name].append(timed(keep, posts.batches(count)))
    print(f"{'':28}posts kept / s            listener beside it ({ROUNDS} rounds in turn, {BATCH:,} before)")
    ours = rates["listener"]
    for name, its in rates.items():
        ratios = [mine.busy / other.busy for mine, other in zip(ours, its, strict=True)]
        shown = f"{statistics.median(ratios):7.2f}x ({min(ratios):.2f}-{max(ratios):.2f})"
        median = sorted(its, key=lambda rate: rate.busy)[ROUNDS // 2]
        print(f"{name:28}{median!s:26}{shown}")
        if write and name.startswith("SQLModel"):
            results.keep_goal("keeping a post whole", "SQLModel, add and commit a row", 1, ratios)


def growth(
    store: Store, small: Store, posts: Posts, batches: int, skip: Callable[[int], None] | None
) -> list[dict[str, Any]]:
    """Part after part, until all posts are kept; the last batches of each in turn with a store that stays small.

    The machine is slower at one time than at another: how a rate has changed with growth only the turns tell.
    """
    print("\n                                     microseconds a post          beside a small store, stories apart")
    print("rows before       posts kept / s     in all   story    rest")
    parts = []
    for _ in range(PARTS):
        if skip is not None:
            skip(max(batches - 2 * TURNS, 0) * BATCH)
        before = posts.given
        rate = timed(ours(store), posts.batches((TURNS if skip is not None else max(batches - TURNS, 1)) * BATCH))
        ratios = []
        for _ in range(TURNS):
            big, beside_it = (timed(ours(one), posts.batches(BATCH)) for one in (store, small))
            ratios.append(beside_it.rest / big.rest)
        told = f"{statistics.median(ratios):.2f}x as fast ({min(ratios):.2f}-{max(ratios):.2f})"
        print(f"{before:11,} {rate!s:22} {rate.whole:8.1f} {rate.stories:8.1f} {rate.rest:8.1f}     {told}", flush=True)
        parts.append({"rows": before, "rate": rate.busy, "wall": rate.passed, "stories": rate.stories})
        parts[-1] |= {"rest": rate.rest, "beside a small store": statistics.median(ratios)}
    return parts


def again_and_searched(store: Store, posts: Posts) -> int:
    """What is known already, seen by somebody else; and the search for words. Gives how many posts there are."""
    last = next(posts.batches(BATCH))
    ours(store)(last)
    print(f"\nknown posts seen again: {timed(ours(store, 'news'), iter([last]))}")
    words = [word for read in last[:100] for word in read.post.text.split()[-1:] if word.isalpha()]
    began = time.perf_counter()
    with store.read() as tx:
        for word in words:
            list_mentions(tx, MentionFilter(search=word))
        each = (time.perf_counter() - began) / len(words) * 1000
        kept = newest_post(tx)
    print(f"one search for a word:   {each:8.1f} ms, in {kept:,} posts")
    return kept


class Posts:
    """Read posts without end, in batches; each has an id, a time and a fingerprint of its own."""

    def __init__(self, drawn: bool) -> None:
        analyser = Analyser(Setup(brands=(BrandSetup("everything", "source:stream"),), rules=(RULE,)))
        raw = Corpus().posts(POOL)
        self._pool = [
            read
            for start in range(0, POOL, BATCH)
            for read in analyser.analyse(raw[start : start + BATCH], "stream", START)
        ]
        self._drawn = drawn
        self.given = 0

    def skip(self, count: int, store: Store) -> None:
        """Has others' rows stand in the place of the next posts."""
        whole = count // TEMPLATE * TEMPLATE
        fill(store, whole, self.given, self._drawn)
        self.given += whole

    def batches(self, count: int) -> Iterator[list[Read]]:
        for start in range(0, count, BATCH):
            size = min(BATCH, count - start)
            first, self.given = self.given, self.given + size
            yield [self._read(number) for number in range(first, self.given)]

    def _read(self, number: int) -> Read:
        times, place = divmod(number, POOL)
        read = self._pool[place]
        salt = times * 0x9E3779B97F4A7C15 % WHOLE
        mixed = ((one ^ salt) % WHOLE for one in read.fingerprint)
        post = replace(
            read.post,
            external_id=f"https://bench.example/statuses/{self._id(number)}",
            published_at=START + timedelta(milliseconds=number),
        )
        reading = replace(read.reading, key=post.key)
        signed = tuple(sorted(one - WHOLE if one >= WHOLE // 2 else one for one in mixed))
        return replace(read, post=post, reading=reading, fingerprint=signed)

    def _id(self, number: int) -> str:
        if self._drawn:
            return f"{number * 0x9E3779B97F4A7C15 % WHOLE:016X}"
        return str(112_000_000_000_000_000 + number * 65_536)


Keep = Callable[[list[Read]], None]


def timed(keep: Keep, batches: Iterator[list[Read]]) -> Rate:
    """The time that keeping takes, without that of making the posts."""
    busy = passed = stories = 0.0
    posts = 0
    resolve = new_posts.resolve

    def resolve_timed(*told: Any) -> list[str]:
        nonlocal stories
        began = time.process_time()
        found = resolve(*told)
        stories += time.process_time() - began
        return found

    new_posts.resolve = resolve_timed
    for batch in batches:
        began, at = time.process_time(), time.perf_counter()
        keep(batch)
        busy, passed = busy + time.process_time() - began, passed + time.perf_counter() - at
        posts += len(batch)
    new_posts.resolve = resolve
    return Rate(posts, busy, passed, stories)


def ours(store: Store, seen_by: str = "stream") -> Keep:
    def keep(reads: list[Read]) -> None:
        with store.write() as tx:
            put_results(tx, reads, seen_by, False, START, spoken_only=True)

    return keep


def ways(store: Store, plain: str) -> dict[str, tuple[int, Keep]]:
    """Ours and the plainer ways, each with the posts of a round."""
    engine = rivals.table_of_its_own(plain)
    arms = {
        "listener": (2 * BATCH, ours(store)),
        "SQLModel, add + commit": (SLOWLY, partial(rivals.add_and_commit, engine)),
        "executemany, post only": (2 * BATCH, partial(rivals.executemany, engine)),
    }
    if engine.dialect.name == "postgresql":
        arms["COPY, post only"] = (2 * BATCH, partial(rivals.copy, engine))
    return arms


if __name__ == "__main__":
    main()
