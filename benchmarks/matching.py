"""Posts a CPU second through the matcher against N saved queries, beside what people use.

    python benchmarks/matching.py [--queries 10 1000 10000] [--brand-rates 0.1] [--posts 10000] [--rounds 5] [--write]

The rivals come with `.venv/bin/python -m pip install --group bench`. Arms take turns in one process; the posts and
queries are those of `corpus.py`. All arms give (post, query) pairs:

- ours: `Matcher.wanted`, after it has seen as many other posts as it is timed on. `with spans`: `Matcher.match`.
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
import json
import re
import resource
import statistics
import sys
import time
from bisect import bisect_right
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from corpus import Corpus

from rules.match import Matcher
from rules.match_plain import holds
from rules.match_view import PostView
from sources.post import Post
from sources.query import Query, parse
from sources.query.scripts import EMOJI
from sources.query.tree import And, Field, Handle, Hashtag, Near, Node, Not, Or
from sources.query.words import cut, normalise

Pairs = list[tuple[str, str]]
Rates = dict[str, list[float]]
LOOP_BUDGET = 1_000_000  # queries tried by the slow arm in a round, whatever N is
MOST_PATTERNS = 20_000  # queries; beyond, Hyperscan and the loop take minutes to compile
BATCH = 1_000
RESULTS = Path(__file__).parent / "results"


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--queries", type=int, nargs="+", default=[10, 1_000, 10_000])
    asked.add_argument("--brand-rates", type=float, nargs="+", default=[0.1])
    asked.add_argument("--posts", type=int, default=10_000)
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--write", action="store_true", help=f"keep the figures in {RESULTS}/matching.json")
    told = asked.parse_args()
    print(f"{told.posts:,} posts, {told.rounds} rounds in turn; posts / CPU second: median (lowest-highest)\n")
    lines = [
        line(count, rate, told.posts, told.rounds, told.seed) for rate in told.brand_rates for count in told.queries
    ]
    if told.write:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "matching.json").write_text(json.dumps(lines, indent=1) + "\n")
    if not all(one["equal"] for one in lines):
        raise SystemExit("DIFFERENT pairs")


def line(count: int, brand_rate: float, number: int, rounds: int, seed: int) -> dict[str, Any]:
    corpus = Corpus(seed, brand_rate, brands=max(10_000, count))
    posts, warmup = corpus.posts(number), corpus.posts(number, part=1)
    queries = {name: parse(text) for name, text in corpus.queries(count).items()}
    gc.collect()
    before, started = resident(), time.process_time()
    matcher = Matcher(queries)
    build, grown = time.process_time() - started, resident() - before
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
    rates: Rates = {name: [] for name in arms}
    for _ in range(rounds):
        for name, (work, posts) in arms.items():
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


def ceiling(posts: list[Post]) -> Callable[[], object]:
    """Typed decoding, and Hyperscan over what none of its patterns is in."""
    hyperscan = rival()
    lines = [msgspec.json.encode(post) for post in posts]
    decoder = msgspec.json.Decoder(Post)
    database = hyperscan.Database()
    database.compile(expressions=[b"qqzzxxqq"], ids=[0], elements=1, flags=hyperscan.HS_FLAG_CASELESS)

    def scan() -> None:
        for start in range(0, len(lines), BATCH):
            decoded = [decoder.decode(line) for line in lines[start : start + BATCH]]
            database.scan("\n".join([post.text for post in decoded]).encode(), match_event_handler=print)

    return scan


def rival() -> Any:
    try:
        import hyperscan
    except ModuleNotFoundError:
        raise SystemExit("the rivals are missing: .venv/bin/python -m pip install --group bench") from None
    return hyperscan


class Prefilter:
    """Hyperscan finds which queries a post could fulfil; our evaluation decides."""

    def __init__(self, matcher: Matcher, queries: dict[str, Query]) -> None:
        hyperscan = rival()
        self._index = matcher._index
        self._names = list(queries)
        patterns = [(one, number) for number, query in enumerate(queries.values()) for one in patterns_of(query.tree)]
        self._database = hyperscan.Database()
        self._database.compile(
            expressions=[one.encode() for one, _ in patterns],
            ids=[number for _, number in patterns],
            elements=len(patterns),
            flags=hyperscan.HS_FLAG_CASELESS,
        )

    def wanted(self, posts: list[Post]) -> list[tuple[Post, list[str]]]:
        return [one for start in range(0, len(posts), BATCH) for one in self._batch(posts[start : start + BATCH])]

    def _batch(self, posts: list[Post]) -> Iterable[tuple[Post, list[str]]]:
        pieces = [f"{post.text}\n@@{post.author.handle}\n".encode() for post in posts]
        starts, reached = [], 0
        for piece in pieces:
            starts.append(reached)
            reached += len(piece)
        hits: list[tuple[int, int]] = []
        self._database.scan(
            b"".join(pieces), match_event_handler=lambda number, _start, end, _flags, _told: hits.append((end, number))
        )
        possible: dict[int, set[int]] = {}
        for end, number in hits:
            possible.setdefault(bisect_right(starts, end - 1) - 1, set()).add(number)
        for place, numbers in possible.items():
            view = PostView(posts[place], "", None)
            if found := [number for number in sorted(numbers) if self._index.wants(number, view)]:
                yield posts[place], [self._names[number] for number in found]


def patterns_of(node: Node) -> list[str]:
    """What a post that fulfils the node must contain one of: of an AND the part with the longest text."""
    if isinstance(node, Or):
        return [one for part in node.parts for one in patterns_of(part)]
    if isinstance(node, And):
        parts = [patterns_of(part) for part in node.parts if not isinstance(part, Not)]
        return min(parts, key=lambda patterns: (len(patterns), -min(map(len, patterns))))
    if isinstance(node, Near):
        return max(patterns_of(node.left), patterns_of(node.right), key=lambda patterns: len(patterns[0]))
    if isinstance(node, Field):
        return [rf"@@{node.value}\b"]
    if isinstance(node, Hashtag | Handle):
        return [rf"{'#' if isinstance(node, Hashtag) else '@'}{node.text}\b"]
    assert not isinstance(node, Not)
    return [rf"\b{'[^a-z0-9]+'.join(node.text.split())}\b"]


def loop_pairs(loop: list[tuple[str, Callable[[Post, str], bool]]], posts: list[tuple[Post, str]]) -> Pairs:
    return [(post.external_id, name) for post, text in posts for name, wants in loop if wants(post, text)]


def plain_pairs(queries: dict[str, Query], posts: list[Post]) -> Pairs:
    """The oracle's: one node after the other, on the texts cut with care."""
    found: Pairs = []
    for post in posts:
        texts, view = (cut(post.title), cut(post.text)), PostView(post, "", None)
        found += [
            (post.external_id, name) for name, query in queries.items() if holds(query.tree, texts, view.field_holds)
        ]
    return found


BETWEEN = rf"(?:[^\w{EMOJI}]|_)+"


def predicate(node: Node) -> Callable[[Post, str], bool]:
    """A query as people write it without a query engine: regular expressions, and `and`, `or`, `not`."""
    if isinstance(node, Not):
        inner = predicate(node.part)
        return lambda post, text: not inner(post, text)
    if isinstance(node, And | Or):
        parts = [predicate(part) for part in node.parts]
        if isinstance(node, And):
            return lambda post, text: all(part(post, text) for part in parts)
        return lambda post, text: any(part(post, text) for part in parts)
    if isinstance(node, Field):
        return lambda post, text: post.author.handle == node.value
    if isinstance(node, Near):
        left, right = BETWEEN.join(_text(node.left).split()), BETWEEN.join(_text(node.right).split())
        gap = rf"{BETWEEN}(?:(?:[^\W_]+|[{EMOJI}]){BETWEEN}){{0,{node.distance - 1}}}"
        return _searches(rf"(?<![^\W_])(?:{left}{gap}{right}|{right}{gap}{left})(?![^\W_])")
    if isinstance(node, Hashtag | Handle):
        return _searches(rf"(?<![^\W_]){'#' if isinstance(node, Hashtag) else '@'}{node.text}(?!\w)")
    return _searches(rf"(?<![^\W_]){BETWEEN.join(node.text.split())}(?![^\W_])")


def _text(node: Node) -> str:
    assert not isinstance(node, And | Or | Not | Near | Field)
    return node.text


def _searches(pattern: str) -> Callable[[Post, str], bool]:
    search = re.compile(pattern, re.IGNORECASE).search
    return lambda post, text: search(text) is not None


if __name__ == "__main__":
    main()
