"""Finds edited copies in a stream of posts: ours beside datasketch's MinHash with LSH, batch by batch in turn.

    python benchmarks/duplicates.py [--posts 12000] [--rounds 5] [--kept 100000]     (pip install --group bench)

The stream is the shared corpus with every fourth post a copy of an earlier one, edited as people and sites do. Recall:
copies given to the story of what they copy. False: posts of their own that were given to another's story. Texts of less
than 8 words are left out: to us they are one story only when equal, and three words of five tell datasketch little too.
Speed is posts a second of this process's CPU, from text to story, the window's forgetting included.

Then what it costs to give posts their stories in the store, on SQLite, while the wordings kept grow to `--kept`: fresh
fingerprints, in transactions of 1,000.
"""

from __future__ import annotations

import argparse
import gc
import random
import statistics
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import results
from benchmarks.corpus import START, Corpus
from listener.store import Store
from listener.store.stories import Item, resolve
from rules.story import SKETCH, StoryIndex, fingerprints

try:
    from datasketch import MinHash, MinHashLSH
except ModuleNotFoundError:
    raise SystemExit("the rival is datasketch: .venv/bin/python -m pip install --group bench") from None

FEWEST_WORDS = 8
LONG_WORDS = 20  # from here on a changed word leaves most of a text's shingles as they were
BATCH = 1_000
PERMUTATIONS = 128
WINDOW = 6_000  # posts apart that a copy and its original are at most: both arms forget what is older


class Told(Struct, frozen=True):
    """A post of the stream: `copies` is the number of the post whose text it repeats, -1: none."""

    key: str
    at: datetime
    text: str
    copies: int
    edit: str


def word_changed(words: list[str], chance: random.Random, other: list[str]) -> str:
    changed = [*words]
    changed[chance.randrange(len(words))] = chance.choice(other)
    return " ".join(changed)


def truncated(words: list[str], chance: random.Random, _: list[str]) -> str:
    return " ".join(words[: max(FEWEST_WORDS, round(len(words) * chance.uniform(0.75, 0.95)))]) + "…"


def framed(words: list[str], chance: random.Random, _: list[str]) -> str:
    text = " ".join(words)
    before = chance.choice(["BREAKING: ", "Update: ", "", "News | "])
    after = chance.choice([" via @newsdesk", " https://t.co/a1b2c3", " #news #today", " | The Daily Post"])
    return f"{before}{text}{after}"


def reposted(words: list[str], chance: random.Random, _: list[str]) -> str:
    return f"RT @user{chance.randrange(999)}: {' '.join(words)}"


def commented(words: list[str], chance: random.Random, other: list[str]) -> str:
    """One or two words of one's own before the text."""
    return " ".join([*chance.choices(other, k=chance.randint(1, 2)), *words])


EDITS: tuple[Callable[[list[str], random.Random, list[str]], str], ...] = (
    reposted, framed, truncated, word_changed, commented,
)  # fmt: skip


def stream(count: int, seed: int) -> list[Told]:
    chance = random.Random(seed)
    texts = [post.text for post in Corpus(seed=seed).posts(count) if len(post.text.split()) >= FEWEST_WORDS]
    own: list[int] = []
    told: list[Told] = []
    for number, text in enumerate(texts):
        key, at = f"stream:bench.example:{number}", START + timedelta(seconds=number)
        if number % 4 == 3:
            original = own[-chance.randint(1, min(len(own), WINDOW // 2))]
            edit = chance.choice(EDITS)
            words, other = told[original].text.split(), texts[number].split()
            told.append(Told(key, at, edit(words, chance, other), original, edit.__name__))
        else:
            own.append(number)
            told.append(Told(key, at, text, -1, ""))
    return told


class Ours:
    """Our fingerprints, in the batches in which posts come through the pipeline."""

    def __init__(self) -> None:
        self.stories: list[str] = []
        self._index = StoryIndex(timedelta(seconds=WINDOW), most=WINDOW)

    def read(self, some: list[Told]) -> None:
        found = fingerprints([("", post.text) for post in some])
        items = [(post.key, known, post.at) for post, known in zip(some, found, strict=True)]
        self.stories += self._index.assign_all(items)


class Datasketch:
    """Each post gets the story of the first near post in the window, else a new one. As its documentation shows it."""

    def __init__(self) -> None:
        self.stories: list[str] = []
        self._lsh = MinHashLSH(threshold=0.5, num_perm=PERMUTATIONS)
        self._kept: deque[int] = deque()

    def read(self, some: list[Told]) -> None:
        for number, sketch in enumerate(self.sketches(some), len(self.stories)):
            near = self._lsh.query(sketch)
            self.stories.append(self.stories[min(near)] if near else str(number))
            self._lsh.insert(number, sketch)
            self._kept.append(number)
            if len(self._kept) > WINDOW:
                self._lsh.remove(self._kept.popleft())

    def sketches(self, some: list[Told]) -> Iterator[MinHash]:
        for post in some:
            sketch = MinHash(num_perm=PERMUTATIONS)
            sketch.update_batch(shingles(post))
            yield sketch


class Generator(Datasketch):
    """Its quicker way for many: what a MinHash begins with is made once."""

    def sketches(self, some: list[Told]) -> Iterator[MinHash]:
        yield from MinHash.generator(map(shingles, some), num_perm=PERMUTATIONS)


def shingles(post: Told) -> list[bytes]:
    words = post.text.lower().split()
    return [" ".join(words[at : at + 3]).encode() for at in range(len(words) - 2)]


def grades(told: list[Told], stories: list[str]) -> str:
    hits: dict[str, list[bool]] = {}
    long: list[bool] = []
    for number, post in enumerate(told):
        if post.copies >= 0:
            hit = stories[number] == stories[post.copies]
            hits.setdefault(post.edit, []).append(hit)
            if len(told[post.copies].text.split()) >= LONG_WORDS:
                long.append(hit)
    fresh = [number for number, post in enumerate(told) if post.copies < 0]
    first: set[str] = set()
    false = 0
    for number in fresh:
        false += stories[number] in first
        first.add(stories[number])
    every = [hit for found in hits.values() for hit in found]
    by_edit = ", ".join(f"{edit} {sum(found) / len(found):.3f}" for edit, found in sorted(hits.items()))
    return (
        f"recall {sum(every) / len(every):.4f} ({by_edit}); of texts of {LONG_WORDS} words and more"
        f" {sum(long) / len(long):.4f} of {len(long)}; false {false / len(fresh):.5f} of {len(fresh)}"
    )


def kept(count: int) -> None:
    """The store's part, by tenths of `count`."""
    chance = random.Random(7)
    each = max(count // 10 // BATCH, 1)
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(f"sqlite:///{Path(folder) / 'bench.db'}")
        _told_in(store, 0, 1, chance)  # what is loaded once
        costs = [_told_in(store, 1 + part * each, each, chance) for part in range(10)]
        store.close()
        size = (Path(folder) / "bench.db").stat().st_size / (10 * each * BATCH)
        store = Store.open(f"sqlite:///{Path(folder) / 'bench.db'}")
        begun = time.process_time()
        with store.write() as tx:
            resolve(tx, _fresh(0, chance)[:1])
        loaded = time.process_time() - begun
        store.close()
    shown = ", ".join(f"{cost:.1f}" for cost in costs)
    print(
        f"\nin the store, CPU a fresh post, by tenths of {10 * each * BATCH:,}: {shown} us\n"
        f"on disk {size:.0f} bytes a wording; read again after a start in {loaded:.2f} s"
    )


def _told_in(store: Store, first: int, batches: int, chance: random.Random) -> float:
    taken = 0.0
    for number in range(first, first + batches):
        items = _fresh(number, chance)
        begun = time.process_time()
        with store.write() as tx:
            resolve(tx, items)
        taken += time.process_time() - begun
    return taken / (batches * BATCH) * 1e6


def _fresh(batch: int, chance: random.Random) -> list[Item]:
    return [
        (
            f"stream:bench.example:{number}",
            tuple(sorted(chance.getrandbits(63) for _ in range(SKETCH))),
            START + timedelta(seconds=number),
        )
        for number in range(batch * BATCH, (batch + 1) * BATCH)
    ]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    arguments.add_argument("--posts", type=int, default=12_000)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--kept", type=int, default=100_000)
    asked = arguments.parse_args()
    arms: dict[str, type[Ours | Datasketch]] = {"datasketch": Datasketch, " generator": Generator, "ours": Ours}
    taken: dict[str, list[float]] = {arm: [] for arm in arms}
    said: dict[str, list[str]] = {arm: [] for arm in arms}
    whole: list[Told] = []
    for number in range(asked.rounds):
        told = stream(asked.posts, seed=number + 1)
        gc.collect()
        gc.freeze()  # the corpus is no part of what either arm would keep
        readers = {arm: made() for arm, made in arms.items()}
        spent = dict.fromkeys(arms, 0.0)
        for start in range(0, len(told), BATCH):
            for arm, reader in readers.items():
                begun = time.process_time()
                reader.read(told[start : start + BATCH])
                spent[arm] += time.process_time() - begun
        for arm, reader in readers.items():
            taken[arm].append(spent[arm] / len(told))
            said[arm] += [f"{number} {story}" for story in reader.stories]
        offset = len(whole)
        whole += [replace(post, copies=post.copies + offset if post.copies >= 0 else -1) for post in told]
    length = statistics.fmean(len(post.text) for post in whole)
    print(f"{asked.rounds} streams of some {len(told)} posts of {length:.0f} characters")
    for arm, costs in taken.items():
        ratios = sorted(one / own for one, own in zip(taken["datasketch"], costs, strict=True))
        middle = statistics.median(costs)
        if arm == "ours":
            results.keep_goal("near-duplicates", "datasketch", 12, ratios)
        print(
            f"  {arm:11} {1 / middle:8,.0f} posts/s {middle * 1e6:7.1f} us"
            f"  {statistics.median(ratios):6.2f}x ({ratios[0]:.2f} to {ratios[-1]:.2f})\n"
            f"     {grades(whole, said[arm])}"
        )
    kept(asked.kept)


if __name__ == "__main__":
    main()
