"""Posts a CPU second through the matcher against N saved queries, beside what people use.

    python benchmarks/matching.py [--queries 10 1000 10000] [--brand-rates 0.1] [--posts 10000] [--rounds 5] [--write]

The rivals come with `.venv/bin/python -m pip install --group bench`. Arms take turns in one process; the posts and
queries are those of `corpus.py`. All arms give (post, query) pairs:

- ours: `Matcher.wanted`, after it has seen as many other posts as it is timed on, and has filed its queries by what it
  learned. `with spans`: `Matcher.match`.
- hyperscan: its multi-pattern scan of batches of 1,000 posts for what each query cannot do without (a two-word name is
  one pattern), then our evaluation of what it found. Its word borders are ASCII's and it folds no accents.
- regex loop: a regular expression for each query, on posts that are folded before the clock starts; a prefix of them.
- ceiling: typed decoding of the posts' JSON and a scan that finds nothing.

Believe the ratios (of each round, so in turn): absolute figures drift with the machine. Pairs of the prefix must be
the loop's, and those of the plain evaluator; where Hyperscan's are not all, it says how many it lacks.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import results
from corpus import Corpus
from matching_rivals import Pairs, Prefilter, ceiling, loop_pairs, plain_pairs, predicate

from rules.match import Matcher
from sources.post import Post
from sources.query import parse
from sources.query.words import normalise

Rates = dict[str, list[float]]
LOOP_BUDGET = 1_000_000  # queries tried by the slow arm in a round, whatever N is
MOST_PATTERNS = 20_000  # queries; beyond, Hyperscan and the loop take minutes to compile


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--queries", type=int, nargs="+", default=[10, 1_000, 10_000])
    asked.add_argument("--brand-rates", type=float, nargs="+", default=[0.1])
    asked.add_argument("--posts", type=int, default=10_000)
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--write", action="store_true", help="keep the figures in results/")
    told = asked.parse_args()
    print(f"{told.posts:,} posts, {told.rounds} rounds in turn; posts / CPU second: median (lowest-highest)\n")
    lines = [
        line(count, rate, told.posts, told.rounds, told.seed) for rate in told.brand_rates for count in told.queries
    ]
    if told.write:
        results.keep("matching", lines)
        keep_goals(lines)
    if not all(one["equal"] for one in lines):
        raise SystemExit("DIFFERENT pairs")


def keep_goals(lines: list[dict[str, Any]]) -> None:
    its = {one["queries"]: one["rates"]["ours"] for one in lines if one["brand_rate"] == 0.1}
    for one in lines:
        if (one["queries"], one["brand_rate"]) != (10_000, 0.1):
            continue
        for arm, what, goal in (("regex loop", "a regular expression a query", 3_000), ("hyperscan", "Hyperscan", 1)):
            ratios = [mine / other for mine, other in zip(one["rates"]["ours"], one["rates"][arm], strict=True)]
            results.keep_goal(f"matching, 10,000 queries ({arm})", what, goal, ratios)
        if 100_000 in its:
            ratios = [more / few for more, few in zip(its[100_000], its[10_000], strict=True)]
            results.keep_goal("matching, 100,000 queries", "10,000 queries", 0.35, ratios)


def line(count: int, brand_rate: float, number: int, rounds: int, seed: int) -> dict[str, Any]:
    corpus = Corpus(seed, brand_rate, brands=max(10_000, count))
    posts, warmup = corpus.posts(number), corpus.posts(number, part=1)
    queries = {name: parse(text) for name, text in corpus.queries(count).items()}
    gc.collect()
    before, started = resident(), time.process_time()
    matcher = Matcher(queries)
    build, grown = time.process_time() - started, resident() - before
    matcher.wanted(warmup)
    while matcher._index._misfiled:  # it files anew what it has learned, a little with each post
        matcher.wanted(warmup)
    prefix = posts[: max(20, min(number, LOOP_BUDGET // count))]
    arms: dict[str, tuple[Callable[[], object], int]] = {
        "ours": (lambda: matcher.wanted(posts), number),
        "with spans": (lambda: matcher.match(posts), number),
    }
    scan = Prefilter(matcher, queries) if count <= MOST_PATTERNS else None
    if scan is not None:
        arms["hyperscan"] = lambda: scan.wanted(posts), number
    loop = [(name, predicate(query.tree)) for name, query in queries.items()] if scan is not None else []
    folded = [(post, normalise(post.text)) for post in prefix]
    if loop:
        arms["regex loop"] = lambda: loop_pairs(loop, folded), len(prefix)
    arms["ceiling"] = ceiling(posts), number
    rates = in_turn(arms, rounds)
    ours = pairs(matcher.wanted(posts))
    head = {post.external_id for post in prefix}
    mine = [pair for pair in ours if pair[0] in head]
    few = prefix[: max(5, 100_000 // count)]  # the plain evaluator is slower still
    few_ids = {post.external_id for post in few}
    equal = (not loop or digest(mine) == digest(loop_pairs(loop, folded))) and digest(
        pair for pair in mine if pair[0] in few_ids
    ) == digest(plain_pairs(queries, few))
    found = {
        "queries": count,
        "brand_rate": brand_rate,
        "build_seconds": build,
        "matcher_megabytes": grown / 1e6,
        "peak_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
        "matched": len({post for post, _ in ours}) / number,
        "pairs": len(ours),
        "digest": digest(mine),
        "compared": len(prefix),
        "equal": equal,
        "rates": rates,
    }
    lacking = len(set(ours) - set(pairs(scan.wanted(posts)))) if scan is not None else 0
    show(found, lacking)
    return found


def show(found: dict[str, Any], lacking: int) -> None:
    print(
        f"{found['queries']:,} queries, {found['brand_rate']:.0%} of posts carry a brand, {found['matched']:.1%} match "
        f"({found['pairs']:,} pairs); built in {found['build_seconds']:.2f} s, {found['matcher_megabytes']:.0f} MB"
    )
    rates: Rates = found["rates"]
    for name, measured in rates.items():
        ratios = [mine / other for mine, other in zip(rates["ours"], measured, strict=True)]
        against = "" if name == "ours" else f"  ours is {spread(ratios, 2)} times as fast"
        print(f"  {name:<12} {spread(measured):>32}{against}")
    print(
        f"  pairs of {found['compared']:,} posts {'equal' if found['equal'] else 'DIFFERENT'} "
        f"({found['digest'][:12]}); hyperscan lacks {lacking}\n",
        flush=True,
    )


def in_turn(arms: dict[str, tuple[Callable[[], object], int]], rounds: int) -> Rates:
    """Each arm once a round, beginning with another each time: what ran before has filled or emptied the caches."""
    rates: Rates = {name: [] for name in arms}
    order = list(arms.items())
    for number in range(rounds):
        first = number % len(order)
        for name, (work, posts) in order[first:] + order[:first]:
            started = time.process_time()
            work()
            rates[name].append(posts / (time.process_time() - started))
    return rates


def spread(values: list[float], digits: int = 0) -> str:
    median = statistics.median(values)
    if median >= 100:
        digits = 0
    return f"{median:,.{digits}f} ({min(values):,.{digits}f}-{max(values):,.{digits}f})"


def digest(found: Iterable[tuple[str, str]]) -> str:
    return hashlib.sha256(repr(sorted(found)).encode()).hexdigest()


def pairs(found: Iterable[tuple[Post, list[str]]]) -> Pairs:
    return [(post.external_id, name) for post, names in found for name in names]


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


if __name__ == "__main__":
    main()
