"""How well intents are found, label by label.

    python benchmarks/intents.py [--half open]

200 posts of our own (labelled/README.md); the locked half is opened once. Beside it stands what a list of ten
words a label would find, as people begin with. With LISTENER_EVAL, other people's complaints and reports of disasters
are read too: what is said there was not written for us.
"""

from __future__ import annotations

import lzma
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from msgspec import Struct
from own_posts import half_asked, labelled
from rich.console import Console
from rich.table import Table

from rules.intent import LABELS, read_intents
from rules.language import identify_language
from rules.waiting import read_waiting
from sources.query.words import quick_cut

SCORES = ("precision", "recall", "F1")
WORDS = {
    "safety": "fire burned burnt injured dangerous smoke exploded hurt hospital shock",
    "security": "hacked breach leaked password vulnerability phishing stolen exposed hacker data",
    "legal": "lawyer lawsuit sue court attorney legal police rights regulator solicitor",
    "fraud": "scam fraud fake stolen charged ripoff scammed counterfeit thieves cheated",
    "outage": "down outage offline unavailable crashed server error loading login working",
    "press": "journalist reporter interview press article comment story statement editor media",
    "churn": "cancel cancelled switching leaving unsubscribe canceled closing boycott goodbye uninstalled",
    "complaint": "refund broken terrible worst complaint late never waiting rude disappointed",
    "question": "how why when what where anyone who which does can",
    "purchase": "buy order price purchase cost stock discount available interested quote",
    "praise": "love great thanks amazing best thank awesome excellent perfect happy",
    "spam": "free win click discount giveaway followers earn dm bitcoin link",
    "job": "hiring job vacancy career apply cv interview salary resume recruiter",
}


class Labelled(Struct, frozen=True):
    id: str
    text: str
    lang: str
    labels: list[str]
    waits_for_answer: bool


OUTSIDE = (
    ("complaints", "complaint", "complaint churn fraud outage legal safety security"),
    ("disaster_tweets", "incident", "safety"),
)
"""Sets of other people, which only measure: name, the label that is wanted, the intents that count as found."""


def main() -> None:
    posts = labelled(f"intents_{half_asked(__doc__)}", Labelled)
    read = [_read(post.text) for post in posts]
    ours = [labels for labels, _ in read]
    plain = [_by_words(post.text) for post in posts]
    table = Table("label", "posts", *(f"{whose}: {what}" for whose in ("ten words", "listener") for what in SCORES))
    for label in LABELS:
        wanted = [label in post.labels for post in posts]
        table.add_row(label, str(sum(wanted)), *_row(wanted, label, plain, ours))
    waits = [post.waits_for_answer for post in posts]
    marked = ["?" in post.text or "؟" in post.text for post in posts]
    scores = [*_scores(waits, marked), *_scores(waits, [waiting for _, waiting in read])]
    table.add_row("waits for an answer*", str(sum(waits)), *(f"{score:.2f}" for score in scores))
    console = Console(width=110)
    console.print(table)
    print("* a question mark in place of ten words")
    quiet = [found for post, found in zip(posts, ours, strict=True) if not post.labels]
    print(f"posts without a label in which listener finds none: {sum(not one for one in quiet)} of {len(quiet)}")
    if os.environ.get("LISTENER_EVAL"):
        console.print(_outside())


def _outside() -> Table:
    table = Table("set", "posts", *(f"{whose}: {what}" for whose in ("ten words", "listener") for what in SCORES))
    for name, wanted_label, counts in OUTSIDE:
        rows = dev_rows(name)
        wanted = [label == wanted_label for _, label in rows]
        intents = set(counts.split())
        plain = [not intents.isdisjoint(_by_words(text)) for text, _ in rows]
        ours = [not intents.isdisjoint(_read(text)[0]) for text, _ in rows]
        scores = [*_scores(wanted, plain), *_scores(wanted, ours)]
        table.add_row(name, str(len(rows)), *(f"{score:.2f}" for score in scores))
    return table


def dev_rows(name: str) -> list[tuple[str, str]]:
    """Texts and labels of the dev half of a set under LISTENER_EVAL."""
    with lzma.open(Path(os.environ["LISTENER_EVAL"]) / "dev" / f"{name}.tsv.xz", "rt", encoding="utf-8") as lines:
        next(lines)
        cells = [line.rstrip("\n").split("\t") for line in lines]
    return [(row[0], row[1]) for row in cells]


def _read(text: str) -> tuple[set[str], bool]:
    lang = identify_language(text)
    intents = read_intents(text, lang)
    return {one.label for one in intents}, read_waiting(text, lang, intents).waits


def _by_words(text: str) -> set[str]:
    return {label for label, words in WORDS.items() if _has(text, words)}


def _row(wanted: list[bool], label: str, *methods: list[set[str]]) -> list[str]:
    return [f"{score:.2f}" for found in methods for score in _scores(wanted, [label in one for one in found])]


def _has(text: str, words: str) -> bool:
    return not set(words.split()).isdisjoint(quick_cut(text)[1])


def _scores(wanted: list[bool], found: list[bool]) -> tuple[float, float, float]:
    """Precision, recall, F1."""
    hits = sum(one and other for one, other in zip(wanted, found, strict=True))
    precision, recall = hits / max(sum(found), 1), hits / max(sum(wanted), 1)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)


if __name__ == "__main__":
    main()
