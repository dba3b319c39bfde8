"""How well a topic that breaks out is named, and how often one is named where nothing happened.

    LISTENER_EVAL=/path/to/labelled/sets python benchmarks/topics.py [train|val|dev]

Each round takes a period and the time before it at random from one set of labelled posts, and adds posts of one label
to the period: that is what broke out. A term is right where most of the period's posts that hold it are of that label.
Beside ours stand what people do by hand: the most frequent terms, and tf-idf, both over the same words and phrases and
without those that stand in a twentieth of the earlier posts. Without LISTENER_EVAL posts are made here.
"""

from __future__ import annotations

import lzma
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from math import log
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rules.topic import Said, Span
from rules.topic_words import can_name, spoken, terms_of
from rules.topics import find_topics

SETS = {"banking77": "en", "airline_reason": "en", "app_reviews": "en", "sentnob": "bn"}
UNLABELLED = ("sentnob", "app_reviews")  # their labels are feelings and stars, not topics: only quiet weeks are taken
PERIOD, EARLIER = 300, 1_200
SURGES = (15, 40)
ROUNDS = 20
TOP = 5
NOW = datetime(2026, 3, 2, tzinfo=UTC)
SPAN = Span(since=NOW - timedelta(days=7), until=NOW, background_since=NOW - timedelta(days=35))

Labelled = Sequence[tuple[str, str]]
Method = Callable[[list[Said]], list[str]]


def ours(posts: list[Said]) -> list[str]:
    """The terms that listener names."""
    return [topic.term for topic in find_topics(posts, SPAN, name="") if topic.trend != "fell"]


def by_count(posts: list[Said]) -> list[str]:
    """The most frequent terms that were not usual before."""
    now, before = _counts(posts)
    usual = _usual(posts, before)
    return sorted((term for term in now if term not in usual), key=lambda term: -now[term])[:TOP]


def by_tfidf(posts: list[Said]) -> list[str]:
    """The terms with the highest count times the logarithm of their rarity before."""
    now, before = _counts(posts)
    usual = _usual(posts, before)
    weights = {term: now[term] * log((EARLIER + 1) / (before[term] + 1)) for term in now if term not in usual}
    return sorted(weights, key=lambda term: -weights[term])[:TOP]


METHODS: dict[str, Method] = {"most frequent": by_count, "tf-idf": by_tfidf, "listener": ours}


def _counts(posts: list[Said]) -> tuple[Counter[str], Counter[str]]:
    sides: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    for post in posts:
        sides[post.at < SPAN.since].update(filter(can_name, terms_of(spoken(post.text))))
    return sides


def _usual(posts: list[Said], before: Counter[str]) -> set[str]:
    earlier = sum(post.at < SPAN.since for post in posts)
    return {term for term, count in before.items() if count >= earlier / 20}


def main() -> None:
    folder, part = os.environ.get("LISTENER_EVAL"), sys.argv[1] if len(sys.argv) > 1 else "train"
    if folder:
        sets = {name: (_read(Path(folder) / part / f"{name}.tsv.xz"), lang) for name, lang in SETS.items()}
    else:
        print("LISTENER_EVAL names no folder: the posts are made here")
        sets = {"made here": (_made(), "en")}
    print(f"{PERIOD} posts of a week beside {EARLIER} before; {ROUNDS} rounds each; the first {TOP} terms count")
    print(f"{'set':16}{'broke out':>10} {'method':16}{'named':>7}{'right':>7}{'first right':>13}{'reached':>9}")
    for name, (posts, lang) in sets.items():
        if len(posts) < 1_000:
            print(f"{name:16} too few posts in this part")
            continue
        for surge in (0, *(() if name in UNLABELLED else SURGES)):
            _grade(name, posts, lang, surge)
    _speed()


def _read(path: Path) -> list[tuple[str, str]]:
    if not path.exists():
        return []
    with lzma.open(path, "rt", encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file][1:]
    return [(row[0], row[1]) for row in rows if len(row) > 1]


def _made() -> list[tuple[str, str]]:
    """Posts of words drawn by Zipf's law, and of twenty labels with six words of their own each."""
    chance = random.Random(7)
    words = [f"w{number:04}" for number in range(5_000)]
    weights = [1 / (rank + 3) for rank in range(len(words))]
    posts = []
    for number in range(6_000):
        label = number % 20
        own = [f"topic{label}x{chance.randrange(6)}" for _ in range(chance.randrange(1, 4))]
        text = chance.choices(words, weights, k=15) + own
        chance.shuffle(text)
        posts.append((" ".join(text), f"label {label}"))
    return posts


def _grade(name: str, posts: Labelled, lang: str, surge: int) -> None:
    named, right, first, reached = (dict.fromkeys(METHODS, 0.0) for _ in range(4))
    labels = sorted(label for label, count in Counter(label for _, label in posts).items() if count >= surge)
    if surge and not labels:
        print(f"{name:16}{surge:10} no label has as many posts in this part")
        return
    for number in range(ROUNDS):
        chance = random.Random(number)
        label = chance.choice(labels) if surge else ""
        mixed = chance.sample(posts, len(posts))
        broke_out = set([place for place, post in enumerate(mixed) if post[1] == label][:surge])
        pool = [post for place, post in enumerate(mixed) if place not in broke_out]
        week = pool[:PERIOD] + [mixed[place] for place in sorted(broke_out)]
        earlier = pool[PERIOD : PERIOD + EARLIER]
        said = [_said(n, text, lang, n < len(week)) for n, (text, _) in enumerate(week + earlier)]
        terms = [terms_of(spoken(text)) for text, _ in week]
        for method, find in METHODS.items():
            found = find(said)[:TOP]
            holders = [[n for n in range(len(week)) if term in terms[n]] for term in found]
            hits = [sum(week[n][1] == label for n in there) * 2 > len(there) for there in holders]
            named[method] += len(found)
            right[method] += sum(hits)
            first[method] += bool(hits and hits[0])
            of_it = {n for hit, there in zip(hits, holders, strict=True) if hit for n in there if week[n][1] == label}
            reached[method] += len(of_it) / max(1, sum(post[1] == label for post in week))
    for method in METHODS:
        shares = right[method] / max(1.0, named[method]), first[method] / ROUNDS, reached[method] / ROUNDS
        told = "{:7.2f}{:13.2f}{:9.2f}".format(*shares) if surge else ""
        print(f"{name:16}{surge:10} {method:16}{named[method] / ROUNDS:7.1f}{told}")


def _said(number: int, text: str, lang: str, is_new: bool) -> Said:
    at = NOW - timedelta(days=1 if is_new else 10, seconds=number)
    return Said(number=number, text=text, lang=lang, story="", author="", at=at)


def _speed() -> None:
    posts = [_said(n, text, "en", n % 2 == 0) for n, (text, _) in enumerate(_made())]
    began = time.process_time()
    find_topics(posts, SPAN, name="")
    print(f"{len(posts):,} posts of 120 characters: {time.process_time() - began:.2f} s of one core")


if __name__ == "__main__":
    main()
