"""Whether a post's feeling is told about the brand and not about the world, beside VADER on the whole post.

    python benchmarks/about_brand.py [--half open]

150 posts of our own (labelled/README.md); the locked half is opened once. `unsure` and no label count as wrong.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from msgspec import Struct
from own_posts import half_asked, labelled
from rich.console import Console
from rich.table import Table

from rules.analysis import Analyser, BrandSetup, Setup
from rules.sentiment.contract import ReadyText
from rules.sentiment.vader import VaderAnalyzer
from sources.post import Post

LABELS = ("negative", "neutral", "positive")
NOW = datetime(2026, 11, 1, tzinfo=UTC)


class Labelled(Struct, frozen=True):
    id: str
    brand: str
    text: str
    label: str
    lang: str
    kind: str


def main() -> None:
    posts = labelled(f"about_brand_{half_asked(__doc__)}", Labelled)
    arms: dict[str, Callable[[Labelled], str]] = {"VADER, whole post": vader, "listener": ours}
    said = {arm: [read(post) for post in posts] for arm, read in arms.items()}
    table = Table("posts", *(f"{arm}: right" for arm in arms))
    for kind in sorted({post.kind for post in posts}):
        its = [place for place, post in enumerate(posts) if post.kind == kind]
        table.add_row(f"{kind} ({len(its)})", *(_share(posts, said[arm], its) for arm in arms))
    for lang in sorted({post.lang for post in posts}):
        its = [place for place, post in enumerate(posts) if post.lang == lang]
        table.add_row(f"in {lang} ({len(its)})", *(_share(posts, said[arm], its) for arm in arms))
    every = list(range(len(posts)))
    table.add_row(f"all ({len(posts)})", *(_share(posts, said[arm], every) for arm in arms))
    table.add_row("macro-F1", *(f"{macro_f1([post.label for post in posts], said[arm]):.3f}" for arm in arms))
    Console(width=110).print(table)
    print("listener said:", dict(Counter(said["listener"])))


def ours(post: Labelled) -> str:
    analyser = Analyser(Setup(brands=(BrandSetup(post.brand, f'"{post.brand}"'),), rules=()))
    written = Post(source="mastodon", instance="example.org", external_id=post.id, text=post.text)
    reads = analyser.analyse([written], "", NOW)
    return (reads[0].reading.sentiment.label or "none") if reads else "not found"


def vader(post: Labelled) -> str:
    return VaderAnalyzer().analyze([ReadyText(text=post.text, lang="en")])[0].label or "none"


def macro_f1(wanted: list[str], said: list[str]) -> float:
    scores = []
    for label in LABELS:
        hits = sum(one == label == other for one, other in zip(wanted, said, strict=True))
        asked, found = wanted.count(label), said.count(label)
        scores.append(2 * hits / (asked + found) if asked + found else 0.0)
    return sum(scores) / len(scores)


def _share(posts: list[Labelled], said: list[str], its: list[int]) -> str:
    return f"{sum(said[place] == posts[place].label for place in its) / len(its):.2f}"


if __name__ == "__main__":
    main()
