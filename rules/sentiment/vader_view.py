"""VADER's view of texts as one more witness beside the tables.

VADER cuts a text into the same words as the tables mostly, and what it takes a word for is remembered with all else
that is known of it: such a text is neither cut nor looked up a second time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import compress
from typing import NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from rules.row_products import row_products
from rules.sentiment.chances import seen_by_vader
from rules.sentiment.focus import Focus
from rules.sentiment.table import POLARITY, Table
from rules.sentiment.vader_scored import Batch
from rules.sentiment.vader_scorer import scorer
from rules.sentiment.vader_words import trimmed
from rules.sentiment.weigher import CUT, Weighed


class Views(Struct, frozen=True):
    """VADER's compound of each text, from -1 to 1, and what each of its words counted, as written."""

    compounds: NDArray[np.float64]
    counted: dict[int, dict[str, float]]


def views(texts: Sequence[str], cut: Sequence[list[str]], weighed: Weighed, focused: Mapping[int, Focus]) -> Views:
    """Scores what each text says about the brand, and takes the opposite of what it says of it by praising another.

    `cut`: the texts' pieces; `focused`: by the number of a text what each piece is worth, where not all count alike.
    """
    compounds = np.zeros(len(texts))
    counted: dict[int, dict[str, float]] = {}
    otherwise = weighed.together(weighed.signs == CUT).tolist()
    signs, starts = weighed.signs.tobytes(), weighed.starts.tolist()
    same: list[_Said] = []
    others: list[_Said] = []
    for number, text in enumerate(texts):
        parts, about = cut[number], focused.get(number)
        row = signs[starts[number] : starts[number + 1]]
        said = [_Said(number, 1, text, parts, row)] if about is None else _about(number, parts, row, about.worth)
        (others if otherwise[number] else same).extend(said)
    known = scorer().heard([one.text for one in same], [one.parts for one in same], [one.signs for one in same])
    _add(known, same, compounds, counted)
    if others:
        _add(scorer().batch([one.text for one in others]), others, compounds, counted)
    return Views(np.clip(compounds, -1.0, 1.0), counted)


class _Said(NamedTuple):
    """What text `number` says: `sign` is 1 where it says it of the brand, -1 where of another by praise or blame."""

    number: int
    sign: int
    text: str
    parts: list[str]
    signs: bytes


def _about(number: int, parts: Sequence[str], signs: bytes, worth: Sequence[float]) -> list[_Said]:
    """What a text says about the brand, and what it says of it by praising another."""
    said: list[_Said] = []
    for sign, counts in ((1, [one > 0.5 for one in worth]), (-1, [one < -0.5 for one in worth])):
        if True in counts:
            heard = list(compress(parts, counts))
            said.append(_Said(number, sign, " ".join(heard), heard, bytes(compress(signs, counts))))
    return said


def _add(
    batch: Batch, said: Sequence[_Said], compounds: NDArray[np.float64], counted: dict[int, dict[str, float]]
) -> None:
    """Adds what VADER makes of these texts to the texts that they are of."""
    for one, compound in zip(said, batch.compounds, strict=True):
        compounds[one.number] += one.sign * compound
    weighing = batch.weighing
    written = batch.words.written(weighing.words, weighing.texts)
    for text, word, valence in zip(weighing.texts, written, weighing.valences, strict=True):
        words = counted.setdefault(said[text].number, {})
        shown = trimmed(word)
        words[shown] = words.get(shown, 0.0) + said[text].sign * valence


_SILENT = seen_by_vader(np.zeros(1))


def added_by_vader(table: Table, seen: NDArray[np.float32]) -> list[float]:
    """What VADER's view adds to the log-odds of positive, of each text that a table reads.

    `seen`: the view as the tables weigh it, a row a text.
    """
    if not len(table.vader):
        return [0.0] * len(seen)
    added: list[float] = np.abs(2.0 * row_products(seen - _SILENT, table.vader)[:, POLARITY]).tolist()
    return added


def moved_by_vader(
    added: Sequence[float], said: Views, cut: Sequence[list[str]], starts: NDArray[np.int64]
) -> tuple[list[int], list[float]]:
    """Which pieces of the batch VADER's view moves, and what each adds by it to the log-odds of positive.

    `added`: what the view adds to each text. It is shared among the text's words as VADER counted them.
    """
    places: list[int] = []
    amounts: list[float] = []
    for number, words in said.counted.items():
        total, moved = sum(map(abs, words.values())), added[number]
        if not total or not moved:
            continue
        parts, start = cut[number], int(starts[number])
        joined = ""
        for word, counts in words.items():
            if word in parts:
                at: int | None = parts.index(word)
            else:
                joined = joined or " ".join(parts)
                at = _within(joined, word)
            if at is not None:
                places.append(start + at)
                amounts.append(moved * (counts / total))
    return places, amounts


def _within(joined: str, word: str) -> int | None:
    """Which of the pieces that are joined is the first to hold the word. No piece or word has a space."""
    at = joined.find(word)
    return None if at < 0 else joined.count(" ", 0, at)
