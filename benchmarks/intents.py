"""How well intents are found, label by label.

    python benchmarks/intents.py [--half open]

200 posts of our own (labelled/README.md); the locked half is opened once. Beside it stands what a list of single words
would find, as people begin with.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from msgspec import Struct
from own_posts import half_asked, labelled
from rich.console import Console
from rich.table import Table

from rules.intent import LABELS, read_intents
from rules.language import identify_language
from sources.query.words import quick_cut

WORDS = {
    "safety": "fire burned burnt injured dangerous smoke exploded hurt",
    "security": "hacked breach leaked password vulnerability phishing",
    "legal": "lawyer lawsuit sue court attorney legal",
    "fraud": "scam fraud fake stolen charged ripoff",
    "outage": "down outage offline unavailable crashed",
    "press": "journalist reporter interview press article comment",
    "churn": "cancel cancelled switching leaving unsubscribe",
    "complaint": "refund broken terrible worst complaint late never",
    "question": "how why when what where anyone",
    "purchase": "buy order price purchase",
    "praise": "love great thanks amazing best",
    "spam": "free win click discount giveaway followers",
    "job": "hiring job vacancy career apply",
}


class Labelled(Struct, frozen=True):
    id: str
    text: str
    lang: str
    labels: list[str]
    waits_for_answer: bool


def main() -> None:
    posts = labelled(f"intents_{half_asked(__doc__)}", Labelled)
    ours = [{one.label for one in read_intents(post.text, identify_language(post.text))} for post in posts]
    plain = [{label for label, words in WORDS.items() if _has(post.text, words)} for post in posts]
    table = Table("label", "posts", "a word: precision", "recall", "listener: precision", "recall")
    for label in LABELS:
        wanted = [label in post.labels for post in posts]
        row = [f"{score:.2f}" for found in (plain, ours) for score in _scores(wanted, [label in one for one in found])]
        table.add_row(label, str(sum(wanted)), *row)
    Console(width=100).print(table)
    quiet = [found for post, found in zip(posts, ours, strict=True) if not post.labels]
    print(f"posts without a label in which listener finds none: {sum(not one for one in quiet)} of {len(quiet)}")


def _has(text: str, words: str) -> bool:
    return not set(words.split()).isdisjoint(quick_cut(text)[1])


def _scores(wanted: list[bool], found: list[bool]) -> tuple[float, float]:
    hits = sum(one and other for one, other in zip(wanted, found, strict=True))
    return hits / max(sum(found), 1), hits / max(sum(wanted), 1)


if __name__ == "__main__":
    main()
