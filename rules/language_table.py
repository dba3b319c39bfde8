"""The trained table that tells how much a word speaks for each language."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Hashes = NDArray[np.uint32]

LONGEST_GRAM = 5
_FILE = Path(__file__).with_name("language_table.npz")
_MULTIPLY, _FOLD, _PLACE = np.uint32(0x9E3779B1), np.uint32(0x01000193), np.uint32(0x6C62272E)
_FIRST_MIX, _SECOND_MIX = np.uint32(0x2C1B3C6D), np.uint32(0x297A2D39)
_SALT = 0x85EBCA6B  # the same letters mean another thing in a stretch of another length


class Features(Struct, frozen=True):
    """The hashes of what some words are made of: stretches of one to LONGEST_GRAM characters, and each as a whole.

    `hashes` has a row per character of "<word><word>…" and a column per length; `valid` is False where a stretch would
    reach into the next word. A lone "<" says nothing: its place has the hash of the whole word. `starts` has each
    word's first row.
    """

    hashes: Hashes
    valid: NDArray[np.bool_]
    starts: NDArray[np.int64]


def features_of(words: Sequence[str]) -> Features:
    """Hashes the features of `words`, at least one and none of them empty. Pure; the same on every machine."""
    text = "".join([f"<{word}>" for word in words])
    characters = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint32)
    lengths = np.fromiter(map(len, words), dtype=np.int64, count=len(words)) + 2
    ends = np.cumsum(lengths)
    starts = ends - lengths
    count = len(characters)
    left = np.repeat(ends, lengths) - np.arange(count)  # characters from here to the end of the word
    mixed = characters * _MULTIPLY
    mixed ^= mixed >> np.uint32(13)
    hashes = np.zeros((count, LONGEST_GRAM), np.uint32)
    valid = left[:, None] > np.arange(LONGEST_GRAM)
    folded = mixed
    for length in range(1, min(LONGEST_GRAM, count) + 1):
        if length > 1:
            folded = folded[:-1] * _FOLD + mixed[length - 1 :]
        hashes[: count - length + 1, length - 1] = folded + np.uint32((length * _SALT) & 0xFFFFFFFF)
    valid[ends - 1, 0] = False
    places = np.arange(count, dtype=np.uint32) - np.repeat(starts.astype(np.uint32), lengths)
    wholes = np.add.reduceat(_finished(mixed + places * _PLACE), starts, dtype=np.uint32)
    hashes[starts, 0] = wholes
    return Features(_finished(hashes), valid, starts)


def _finished(hashes: Hashes) -> Hashes:
    """Spreads what differs in any bit over all bits (the finish of MurmurHash3, other constants)."""
    hashes = (hashes ^ (hashes >> np.uint32(15))) * _FIRST_MIX
    hashes = (hashes ^ (hashes >> np.uint32(12))) * _SECOND_MIX
    return hashes ^ (hashes >> np.uint32(15))


class LanguageTable(Struct, frozen=True):
    """A linear model over the features of words, in two steps: a feature has a few numbers, these speak for languages.

    `checks` (buckets) has the upper half of the hash of the one feature that each bucket keeps, so that another that
    falls there counts for nothing; `numbers` (buckets x dimensions) what it says; `weights` (dimensions x languages)
    and `bias` what that means.
    """

    languages: tuple[str, ...]
    checks: NDArray[np.uint16]
    numbers: NDArray[np.int8]
    scale: Floats
    weights: Floats
    bias: Floats

    def vectors_of(self, words: Sequence[str]) -> Floats:
        """Gives what each word says (words x dimensions): the sum over its features by the root of how many it has."""
        vectors = np.zeros((len(words), len(self.scale)), np.float32)
        if not words:
            return vectors
        features = features_of(words)
        hashes, valid = features.hashes.ravel(), features.valid.ravel()
        buckets = (hashes & np.uint32(len(self.checks) - 1)).astype(np.intp)
        known = valid & (self.checks.take(buckets) == (hashes >> np.uint32(16)))
        begun = features.starts * LONGEST_GRAM
        counts = np.add.reduceat(known, begun, dtype=np.int64)
        some = np.flatnonzero(counts)
        if len(some):
            kept = self.numbers.take(buckets[known], axis=0).astype(np.float32)
            vectors[some] = np.add.reduceat(kept, (np.cumsum(counts) - counts)[some], axis=0)
        of_word = np.add.reduceat(valid, begun, dtype=np.float32)
        vectors *= self.scale
        vectors /= np.sqrt(of_word)[:, None]
        return vectors


@lru_cache(maxsize=1)
def language_table() -> LanguageTable:
    """The table that the package brings, read once."""
    with np.load(_FILE, allow_pickle=False) as file:
        return LanguageTable(
            languages=tuple(str(code) for code in file["languages"]),
            checks=file["checks"],
            numbers=file["numbers"],
            scale=file["scale"],
            weights=file["weights"],
            bias=file["bias"],
        )
