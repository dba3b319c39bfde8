"""The labelled texts that the sentiment tables are trained on, with the licence of each.

GREEN: its licence lets weights trained on it be shipped. AMBER: its publisher says so, but a part of it may come with
terms of its own; docs/sentiment-model.md argues each. Sets whose licence forbids it are not named here.
"""

from __future__ import annotations

import lzma
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from msgspec import Struct

LABELS = ("negative", "neutral", "positive")
EMOTIONS = {"anger": 0, "sadness": 0, "joy": 2, "optimism": 2}


class Source(Struct, frozen=True):
    """One labelled set. `two_class`: it has no neutral texts, so it says nothing of them. `worth`: a factor."""

    name: str
    table: Literal["english", "bengali", "world"]
    grade: Literal["GREEN", "AMBER"]
    licence: str
    two_class: bool = False
    worth: float = 1.0
    every: int = 1  # only each so manieth text is taken
    checked: bool = True  # it has a validation part


class Labelled(Struct, frozen=True):
    """Texts with the number of the label of each."""

    name: str
    texts: list[str]
    labels: list[int]
    two_class: bool = False
    worth: float = 1.0


_CC3, _CC4 = "annotation CC BY 3.0", "CC BY 4.0"
_UMSAB = "CC BY 3.0 by its publisher's card, repository Apache-2.0"

SOURCES = (
    Source("tweeteval_sentiment", "english", "GREEN", _CC3),
    Source("umsab_en", "english", "GREEN", _CC3),
    Source("goemotions", "english", "GREEN", "Apache-2.0"),
    Source("tweeteval_emotion", "english", "GREEN", _CC3, two_class=True, checked=False),
    Source("uci_sentences", "english", "GREEN", _CC4, two_class=True, checked=False),
    Source("nusax_en", "english", "GREEN", "CC BY-SA 4.0"),
    Source("bn_absa_cricket", "bengali", "GREEN", _CC4),
    Source("bn_absa_restaurant", "bengali", "GREEN", _CC4),
    Source("bn_drama", "bengali", "GREEN", _CC4, two_class=True, checked=False),
    Source("umsab_ar", "world", "GREEN", _CC3),
    Source("umsab_en", "world", "GREEN", _CC3),
    Source("tweeteval_sentiment", "world", "GREEN", _CC3, worth=0.7, every=5, checked=False),
    Source("wisesight_th", "world", "GREEN", "CC0 1.0", checked=False),
    Source("smsa_id", "world", "GREEN", "Apache-2.0"),
    *(Source(f"nusax_{code}", "world", "GREEN", "CC BY-SA 4.0") for code in ("id", "jv", "su")),
    *(
        Source(f"afrisenti_{code}", "world", "GREEN", _CC4)
        for code in ("hau", "ibo", "yor", "pcm", "amh", "swa", "arq", "ary", "kin", "por", "tso", "twi")
    ),
    Source("xed_30lang", "world", "GREEN", _CC4, two_class=True, worth=0.7, every=2, checked=False),
    *(Source(f"umsab_{code}", "world", "AMBER", _UMSAB) for code in ("fr", "de", "it", "pt", "es")),
)

LEXICONS = {"bn": "bengali", "fr": "world", "pt": "world"}
"""Ports of VADER's lexicon, MIT: a line is a word and its weight. docs/sentiment-model.md says where they come from."""

OWN_WORTH = 2.0
_WEAKEST = 0.8  # of a word of a lexicon that is worth learning
_LETTERS = re.compile(r"[^\W\d_]+")
_ADDRESS = re.compile(r"http\S*|@\S+")


def read(folder: Path, split: str, source: Source) -> Labelled:
    """Gives one part ("train", "val", "dev") of a set."""
    with lzma.open(folder / split / f"{source.name}.tsv.xz", "rt", encoding="utf-8") as opened:
        rows = [line.split("\t") for line in opened.read().split("\n")[1:] if line]
    numbers = [EMOTIONS[row[1]] if row[1] in EMOTIONS else LABELS.index(row[1]) for row in rows]
    texts = [row[0] for row in rows]
    return Labelled(source.name, texts[:: source.every], numbers[:: source.every], source.two_class, source.worth)


def lexicon(path: Path) -> Labelled:
    """Gives the words of a lexicon as texts of one word each."""
    words: list[str] = []
    labels: list[int] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        cells = line.replace("->", "\t").split("\t")
        try:
            weight = float(cells[1])
        except (IndexError, ValueError):
            continue
        if cells[0].strip() and abs(weight) >= _WEAKEST:
            words.append(cells[0].strip())
            labels.append(2 if weight > 0 else 0)
    return Labelled(f"lexicon {path.stem}", words, labels, two_class=True)


def own_words(path: Path) -> Labelled:
    """Gives the project's own list: a line is +, - or 0, a space, and words or sentences between bars."""
    marks = {"-": 0, "0": 1, "+": 2}
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line[:1] in marks and line[1:2] == " "]
    entries = [(entry.strip(), marks[line[0]]) for line in lines for entry in line[2:].split("|")]
    return Labelled(
        f"own {path.stem}", [entry for entry, _ in entries], [label for _, label in entries], worth=OWN_WORTH
    )


def without_copies(train: Labelled, others: Sequence[Labelled]) -> Labelled:
    """Drops training texts that stand in `others` too, word for word or in most of their stretches of six words."""
    whole: set[str] = set()
    stretches: set[tuple[str, ...]] = set()
    for other in others:
        for text in other.texts:
            words = _words(text)
            whole.add(" ".join(words))
            stretches.update(_stretches(words))
    kept = [at for at, text in enumerate(train.texts) if not _is_copy(_words(text), whole, stretches)]
    return Labelled(
        train.name, [train.texts[at] for at in kept], [train.labels[at] for at in kept], train.two_class, train.worth
    )


def _words(text: str) -> list[str]:
    return _LETTERS.findall(_ADDRESS.sub("", text.lower().replace("’", "").replace("'", "")))


def _stretches(words: list[str]) -> Iterator[tuple[str, ...]]:
    return (tuple(words[at : at + 6]) for at in range(len(words) - 5))


def _is_copy(words: list[str], whole: set[str], stretches: set[tuple[str, ...]]) -> bool:
    if " ".join(words) in whole:
        return True
    own = list(_stretches(words))
    return bool(own) and sum(stretch in stretches for stretch in own) >= 0.4 * len(own)
