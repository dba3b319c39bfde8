"""The features of many pieces at once.

Most new pieces are one word and nothing else: those are told by two hashes, without an object for each.
"""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from rules.sentiment.features import NEGATES, WORD_SEED, WORD_WORTH, Frame, between_marks, features, one_word
from rules.sentiment.letters import grams
from rules.sentiment.word_lists import NEGATIONS


class Gathered(Struct, frozen=True):
    """All features of pieces alone: which piece (`owners`), hash and value; then what Features tells, one a piece."""

    owners: NDArray[np.int64]
    hashes: NDArray[np.uint64]
    values: NDArray[np.float32]
    mass: NDArray[np.float32]
    cores: NDArray[np.uint64]
    flags: NDArray[np.int8]


class _Heap(Struct):
    owners: list[int]
    hashes: list[int]
    values: list[float]
    mass: list[float]
    cores: list[int]
    flags: list[int]
    spelt: list[str]
    spellers: list[int]


def gathered(pieces: Sequence[str], letters_worth: float) -> Gathered:
    """Gives the features of pieces, those of their letters included, which count that much."""
    words = list(map(one_word, pieces))
    heap = _of_words(words)
    for number, piece in enumerate(pieces):
        if words[number]:
            continue
        if framed := between_marks(piece):
            _add_word(heap, number, *framed)
        else:
            _add_features(heap, number, piece)
    letters = grams(heap.spelt if letters_worth else [])
    spellers = np.array(heap.spellers, np.int64)
    return Gathered(
        np.concatenate([np.array(heap.owners, np.int64), spellers[letters.words]]),
        np.concatenate([np.array(heap.hashes, np.uint64), letters.hashes]),
        np.concatenate([np.array(heap.values, np.float32), letters.values * np.float32(letters_worth)]),
        np.array(heap.mass, np.float32),
        np.array(heap.cores, np.uint64),
        np.array(heap.flags, np.int8),
    )


def _of_words(words: Sequence[str]) -> _Heap:
    """The features of words and nothing else, by the place of each; what is "" has none yet."""
    coded = [word.encode() for word in words]
    owners = [number for number, word in enumerate(words) if word]
    spellers = [number for number, word in enumerate(words) if len(word) > 1]
    return _Heap(
        owners,
        [crc32(word, WORD_SEED) for word in coded if word],
        [WORD_WORTH] * len(owners),
        [1.0] * len(words),
        list(map(crc32, coded)),
        [NEGATES if word in NEGATIONS else 0 for word in words],
        [f"<{words[number]}>" for number in spellers],
        spellers,
    )


def _add_word(heap: _Heap, number: int, word: str, frame: Frame) -> None:
    coded = word.encode()
    heap.owners += [number] * len(frame.values)
    heap.hashes += (*frame.before, crc32(coded, WORD_SEED), *frame.after)
    heap.values += frame.values
    heap.mass[number] = frame.mass
    heap.cores[number] = crc32(coded)
    heap.flags[number] = frame.flags | NEGATES if word in NEGATIONS else frame.flags
    if len(word) > 1:
        heap.spelt.append(f"<{word}>")
        heap.spellers.append(number)


def _add_features(heap: _Heap, number: int, piece: str) -> None:
    one = features(piece)
    heap.owners += [number] * len(one.hashes)
    heap.hashes += one.hashes
    heap.values += one.values
    heap.mass[number] = one.mass
    heap.cores[number] = one.core
    heap.flags[number] = one.flags
    heap.spelt += one.spelt
    heap.spellers += [number] * len(one.spelt)
