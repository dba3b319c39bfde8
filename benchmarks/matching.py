"""Posts a CPU second through the matcher against N saved queries, beside a regex for each query.

    python benchmarks/matching.py [--posts 4000] [--rounds 3] [--seed 1]

Both arms see the same seeded posts in the same run; the slow one a prefix of them, on which the digests of the
(post, query) pairs must agree. Believe the ratio: absolute figures drift with the machine. `learned` is the matcher
after it has seen as many other posts as it is then timed on.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from itertools import accumulate
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rules.match import Matcher
from sources.post import Post
from sources.query import Query, parse

Pairs = list[tuple[str, str]]
KINDS = ("term", "and", "or", "phrase", "near", "hashtag", "not", "wildcard")
WEIGHTS = (18, 38, 18, 8, 6, 4, 6, 2)
REGEX_BUDGET = 1_000_000  # queries tried by the slow arm in a round, whatever N is


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--posts", type=int, default=4000)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--seed", type=int, default=1)
    told = asked.parse_args()
    world = World(random.Random(told.seed))
    posts = [world.post(number) for number in range(told.posts)]
    warmup = [world.post(told.posts + number) for number in range(told.posts)]
    print(f"{told.posts} posts, {told.rounds} rounds; posts / CPU second: median (lowest-highest)\n")
    print(f"{'queries':>8} {'build s':>8} {'ours':>24} {'regex loop':>20} {'ratio':>8} {'matched':>8}  digests")
    for count in (10, 1_000, 10_000):
        line(world, count, posts, warmup, told.rounds)


def line(world: World, count: int, posts: list[Post], warmup: list[Post], rounds: int) -> None:
    specs = [world.query(number) for number in range(count)]
    queries: dict[str, Query] = {str(number): parse(text) for number, (text, _) in enumerate(specs)}
    build = time.process_time()
    matcher = Matcher(queries)
    build = time.process_time() - build
    matcher.match(warmup)
    loop = [(str(number), predicate) for number, (_, predicate) in enumerate(specs)]
    prefix = posts[: min(len(posts), REGEX_BUDGET // count)]
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(rounds):
        ours.append(rate(lambda: matcher.match(posts), len(posts)))
        theirs.append(rate(lambda: regex_pairs(loop, prefix), len(prefix)))
    pairs = [(one.post.external_id, one.brand or "") for one in matcher.match(prefix)]
    mine, other = digest(pairs), digest(regex_pairs(loop, prefix))
    matched = len({one.post.external_id for one in matcher.match(posts)}) / len(posts)
    verdict = f"{'equal' if mine == other else 'DIFFERENT'} {mine[:12]}, {len(pairs)} pairs in {len(prefix)} posts"
    print(
        f"{count:>8,} {build:>8.2f} {spread(ours):>24} {spread(theirs):>20} "
        f"{statistics.median(ours) / statistics.median(theirs):>7,.0f}x {matched:>8.1%}  {verdict}"
    )
    if mine != other:
        raise SystemExit(1)


def rate(work: Callable[[], object], posts: int) -> float:
    started = time.process_time()
    work()
    return posts / (time.process_time() - started)


def spread(rates: list[float]) -> str:
    return f"{statistics.median(rates):,.0f} ({min(rates):,.0f}-{max(rates):,.0f})"


def digest(pairs: Iterable[tuple[str, str]]) -> str:
    return hashlib.sha256(repr(sorted(pairs)).encode()).hexdigest()


def regex_pairs(loop: list[tuple[str, Callable[[str], bool]]], posts: list[Post]) -> Pairs:
    return [(post.external_id, name) for post in posts for name, wants in loop if wants(post.text)]


class World:
    """Words by frequency, brands by Zipf, posts and queries drawn from both."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._words = self._coin(20_000, 2, 9)
        self._by_frequency = list(accumulate(1 / (rank + 2) for rank in range(len(self._words))))
        self._brands = [brand + "o" for brand in self._coin(10_000, 5, 8)]
        self._by_fame = list(accumulate(1 / (rank + 1) for rank in range(len(self._brands))))

    def _coin(self, count: int, shortest: int, longest: int) -> list[str]:
        found: dict[str, None] = {}
        while len(found) < count:
            length = self._chance.randint(shortest, longest)
            found["".join(self._chance.choices("etaoinshrdlucmfwypvbgk", k=length))] = None
        return sorted(found, key=len)

    def post(self, number: int) -> Post:
        """About 17 words; one post in ten carries a brand, and tags, links and emoji as often as on a network."""
        chance = self._chance
        length = min(60, max(3, int(chance.lognormvariate(2.83, 0.6))))
        words = chance.choices(self._words, cum_weights=self._by_frequency, k=length)
        if chance.random() < 0.1:
            brand = chance.choices(self._brands, cum_weights=self._by_fame)[0]
            form = chance.choices((brand.title(), brand, f"#{brand}", f"@{brand}"), weights=(60, 15, 13, 12))[0]
            words.insert(chance.randint(0, len(words)), form)
        for share, extra in (
            (0.2, "#{}"),
            (0.25, "@{}"),
            (0.25, "https://t.co/{}"),
            (0.18, "🚀 {}"),
            (0.1, "café, {}!"),
        ):
            if chance.random() < share:
                words.append(extra.format(chance.choice(self._words)))
        return Post(source="bench", instance="bench", external_id=str(number), text=" ".join(words))

    def query(self, number: int) -> tuple[str, Callable[[str], bool]]:
        """A query as text, and the same as regular expressions."""
        chance = self._chance
        brand = self._brands[number]
        word = self._words[min(int(chance.paretovariate(0.6)) + 20, len(self._words) - 1)]
        other = self._brands[chance.randrange(len(self._brands))]
        kind = chance.choices(KINDS, weights=WEIGHTS)[0]
        one, two = border(brand), border(word)
        if kind == "term":
            return brand, lambda text: bool(one.search(text))
        if kind == "and":
            return f"{brand} AND {word}", lambda text: bool(one.search(text) and two.search(text))
        if kind == "or":
            three = border(other)
            return f"{brand} OR {other}", lambda text: bool(one.search(text) or three.search(text))
        if kind == "phrase":
            both = border(brand, word)
            return f'"{brand} {word}"', lambda text: bool(both.search(text))
        if kind == "near":
            pattern = nearby(brand, word)
            return f"{brand} NEAR/5 {word}", lambda text: bool(pattern.search(text))
        if kind == "hashtag":
            tag = re.compile(rf"(?<![^\W_])#{brand}(?!\w)", re.IGNORECASE)
            return f"#{brand}", lambda text: bool(tag.search(text))
        if kind == "not":
            return f"{brand} NOT {word}", lambda text: bool(one.search(text) and not two.search(text))
        begun = re.compile(rf"(?<![^\W_]){brand[:-1]}", re.IGNORECASE)
        return f"{brand[:-1]}*", lambda text: bool(begun.search(text))


def border(*words: str) -> re.Pattern[str]:
    side_by_side = r"[\W_]+".join(words)
    return re.compile(rf"(?<![^\W_]){side_by_side}(?![^\W_])", re.IGNORECASE)


def nearby(one: str, other: str) -> re.Pattern[str]:
    gap = r"[\W_]+(?:[^\W_]+[\W_]+){0,4}"
    return re.compile(
        rf"(?<![^\W_])(?:{one}{gap}{other}|{other}{gap}{one})(?![^\W_])",
        re.IGNORECASE,
    )


if __name__ == "__main__":
    main()
