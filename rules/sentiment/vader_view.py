"""VADER's view of texts as one more witness beside the tables.

VADER cuts a text into the same words as the tables mostly, and what it takes a word for is remembered with all else
that is known of it: such a text is neither cut nor looked up a second time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from rules.row_products import row_products
from rules.sentiment.chances import seen_by_vader
from rules.sentiment.focus import Focus
from rules.sentiment.table import POLARITY, Table
from rules.sentiment.vader_scorer import Scored, scorer
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
    same: list[int] = []
    others: list[tuple[int, str, int]] = []
    for number, text in enumerate(texts):
        about = focused.get(number)
        if about is not None:
            others += [(number, said, sign) for said, sign in _said(cut[number], about) if said]
        elif otherwise[number]:
            others.append((number, text, 1))
        else:
            same.append(number)
    known = scorer().heard(
        [texts[number] for number in same],
        [cut[number] for number in same],
        [signs[starts[number] : starts[number + 1]] for number in same],
    )
    scored = scorer().scores([text for _, text, _ in others])
    for number, one in zip(same, known, strict=True):
        if one.places:
            compounds[number] = one.compound
            _count(one, 1, counted.setdefault(number, {}))
    for (number, _, sign), one in zip(others, scored, strict=True):
        if one.places:
            compounds[number] += sign * one.compound
            _count(one, sign, counted.setdefault(number, {}))
    return Views(np.clip(compounds, -1.0, 1.0), counted)


def _said(parts: Sequence[str], about: Focus) -> tuple[tuple[str, int], tuple[str, int]]:
    """What a text says about the brand, and what it says of it by praising another."""
    heard = [part for part, counts in zip(parts, about.worth, strict=True) if counts > 0.5]
    turned = [part for part, counts in zip(parts, about.worth, strict=True) if counts < -0.5]
    return (" ".join(heard), 1), (" ".join(turned), -1)


def _count(scored: Scored, sign: int, words: dict[str, float]) -> None:
    written = scored.written
    for at, valence in zip(scored.places, scored.valences, strict=True):
        shown = trimmed(written[at])
        words[shown] = words.get(shown, 0.0) + sign * valence


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
