"""Whether texts that tell the same are one story, and those that only look so are not, beside datasketch.

    python benchmarks/told_stories.py [--half chosen|kept]

60 groups and 60 pairs of our own (labelled/README.md). That names tell short texts apart was chosen on a half of them,
drawn by a seed, and measured once on the half that was kept. datasketch: MinHash of 128 permutations
over three words, one story from a Jaccard similarity of 0.5 on.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from datasketch import MinHash
from msgspec import Struct
from own_posts import labelled
from rich.console import Console
from rich.table import Table

from rules.story import StoryIndex, fingerprint
from sources.query.words import quick_cut

NOW = datetime(2026, 11, 1, tzinfo=UTC)


class Told(Struct, frozen=True):
    group: str
    text: str
    relation: str


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--half", choices=["chosen", "kept", "both"], default="both")
    told = labelled("stories", Told)
    groups: dict[str, list[Told]] = {}
    for one in told:
        groups.setdefault(one.group, []).append(one)
    half = parser.parse_args().half
    if half != "both":
        chosen = drawn(groups)
        groups = {name: group for name, group in groups.items() if (name in chosen) == (half == "chosen")}
    arms: dict[str, Callable[[str, str], bool]] = {"datasketch, Jaccard 0.5": alike, "listener": one_story}
    table = Table("pairs", "how many", *arms)
    for relation in sorted({one.relation for one in told}):
        pairs = [
            (one.text, other.text)
            for group in groups.values()
            if group[0].relation == relation
            for one, other in combinations(group, 2)
        ]
        found = [f"{sum(same(*pair) for pair in pairs) / len(pairs):.2f} as one" for same in arms.values()]
        table.add_row(relation, str(len(pairs)), *found)
    Console(width=100).print(table)


def drawn(groups: dict[str, list[Told]]) -> set[str]:
    """The groups of the half by which was chosen: half of each relation."""
    draw = random.Random(5)
    chosen: set[str] = set()
    for relation in sorted({group[0].relation for group in groups.values()}):
        names = sorted(name for name, group in groups.items() if group[0].relation == relation)
        draw.shuffle(names)
        chosen.update(names[: len(names) // 2])
    return chosen


def one_story(one: str, other: str) -> bool:
    index = StoryIndex()
    return index.assign("a", fingerprint("", one), NOW) == index.assign("b", fingerprint("", other), NOW)


def alike(one: str, other: str) -> bool:
    return bool(_hashed(one).jaccard(_hashed(other)) >= 0.5)


def _hashed(text: str) -> MinHash:
    words = quick_cut(text)[1]
    hashed = MinHash(num_perm=128)
    for shingle in zip(words, words[1:], words[2:], strict=False):
        hashed.update(" ".join(shingle).encode())
    return hashed


if __name__ == "__main__":
    main()
