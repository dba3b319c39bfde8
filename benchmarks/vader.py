"""Compares our reading by VADER's rules with vaderSentiment itself: the same numbers, and how many times faster.

    python benchmarks/vader.py [--posts 63000] [--rounds 21]

Each round gives each arm new posts of the shared corpus, in English, and times them in turn by this process's CPU, in
batches of 500 as the application reads them. Half of the posts come before, untimed, since what a post costs depends on
what was met before; no post is timed twice. Ratios hold within a round; absolute figures drift.
"""

from __future__ import annotations

import argparse
import gc
import lzma
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import results
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from rules.sentiment.contract import ReadyText
from rules.sentiment.vader import VaderAnalyzer
from rules.sentiment.vader_scorer import scorer

BATCH = 500
SETS = ("tweeteval_sentiment", "airline", "goemotions", "sentiment140_test")


def corpus(count: int) -> list[str]:
    """Posts in English of the corpus that the benchmarks share."""
    from benchmarks.corpus import Corpus

    texts: list[str] = []
    posts = Corpus().posts(count * 2)
    for post in posts:
        if post.lang in {"", "en"}:
            texts.append(post.text)
            if len(texts) == count:
                break
    return texts


def real(folder: Path, count: int) -> list[str]:
    """Public posts, where LISTENER_EVAL names a folder of them."""
    texts: list[str] = []
    for path in sorted(folder.glob("*/*.tsv.xz")):
        if path.name.removesuffix(".tsv.xz") in SETS:
            with lzma.open(path, "rt", encoding="utf-8") as opened:
                texts += [line.split("\t")[0] for line in opened.read().split("\n")[1:] if line]
    random.Random(1).shuffle(texts)  # as a stream brings them: the sets speak of different things
    return texts[:count]


def cost(read: Callable[[Sequence[str]], object], texts: Sequence[str]) -> float:
    """CPU seconds a post."""
    begun = time.process_time()
    for start in range(0, len(texts), BATCH):
        read(texts[start : start + BATCH])
    return (time.process_time() - begun) / len(texts)


def compare(name: str, texts: list[str], rounds: int) -> None:
    package = SentimentIntensityAnalyzer()
    analyzer = VaderAnalyzer()
    arms: dict[str, Callable[[Sequence[str]], object]] = {
        "vaderSentiment 3.3.2": lambda part: [package.polarity_scores(text) for text in part],
        "score, without reasons": lambda part: scorer().scores(part),
        "score, label, chances, reasons": lambda part: analyzer.analyze([ReadyText(text=t, lang="en") for t in part]),
    }
    warming, texts = texts[: len(texts) // 2], texts[len(texts) // 2 :]  # a stream's usual words have been met
    size = len(texts) // rounds // len(arms)
    taken: dict[str, list[float]] = {arm: [] for arm in arms}
    parts = [texts[start : start + size] for start in range(0, size * rounds * len(arms), size)]
    for read in arms.values():
        cost(read, warming)
    gc.collect()
    gc.freeze()  # the corpus is no part of what either arm would keep
    for number in range(rounds):
        for arm in sorted(arms, reverse=bool(number % 2)):
            taken[arm].append(cost(arms[arm], parts.pop()))  # no arm meets posts whose words another has looked up
    differ = sum(scorer().score(text).compound != package.polarity_scores(text)["compound"] for text in texts)
    length = sum(map(len, texts)) / len(texts)
    print(f"{name}: {rounds} rounds of {size} posts an arm, of {length:.0f} characters; {differ} differ")
    plain = taken["vaderSentiment 3.3.2"]
    for arm, costs in taken.items():
        ratios = sorted(one / own for one, own in zip(plain, costs, strict=True))
        median = statistics.median(costs)
        if arm == "score, label, chances, reasons":
            results.keep_goal(f"VADER's score with reasons, {name}", "vaderSentiment 3.3.2", 5, ratios)
        print(
            f"  {arm:32} {1 / median:9,.0f} posts/s {median * 1e6:6.1f} us"
            f"   {statistics.median(ratios):5.2f}x ({ratios[0]:.2f} to {ratios[-1]:.2f})"
        )


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    arguments.add_argument("--posts", type=int, default=63_000)
    arguments.add_argument("--rounds", type=int, default=21)
    asked = arguments.parse_args()
    scorer().score("the package and its lexicon are loaded now")
    compare("shared corpus", corpus(asked.posts), asked.rounds)
    folder = os.environ.get("LISTENER_EVAL")
    if folder:
        compare("public posts", real(Path(folder), asked.posts), asked.rounds)
    else:
        print("LISTENER_EVAL names no folder: no public posts were read")


if __name__ == "__main__":
    main()
