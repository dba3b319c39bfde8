"""Fits rules/language_table.npz, the table that tells languages: the same inputs and libraries give the same file.

    LISTENER_EVAL=... python benchmarks/fit_language.py CORPORA [--batches 3000]

docs/language-model.md says what stands in CORPORA, under which licence, and how good the table is. The model: a word's
features are its stretches of one to five letters and itself; of those that fall into one bucket the most telling is
kept; a feature has a few numbers, a text is the sum of its words', and a softmax over the languages is trained on
that (Joulin et al. 2017, "Bag of tricks for efficient text classification"), by Adagrad on drawn texts.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import scipy.sparse as sparse

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from fit_language_texts import Material, gather

from rules.language_scripts import WRITTEN_IN
from rules.language_table import LONGEST_GRAM, features_of
from rules.language_words import words_of

TABLE = Path(__file__).resolve().parents[1] / "rules" / "language_table.npz"
BITS, DIMENSIONS = 17, 16
BATCH = 1_024
LONGEST_TEXT = 60  # words
MOST_WORDS = 40_000  # that a language draws from
FLATTER = 0.85  # exponent on the words' shares: rarer words are drawn more often than they are met
SOURCE_WEIGHT = {"wordfreq": 1.5}
TEXTS_WEIGHT = 0.6
# How often each language is drawn: about how often it is met in public posts, flattened.
OFTEN = {
    "en": 8.0, "es": 4.0, "pt": 4.0, "fr": 3.0, "de": 3.0, "ar": 3.0, "id": 2.5, "tr": 2.5, "it": 2.5, "nl": 2.0,
    "hi": 2.0, "mr": 2.0, "bn-Latn": 2.0, "hi-Latn": 2.0, "ur": 1.5, "fa": 1.5, "tl": 1.5, "vi": 1.5, "ru": 1.5,
    "uk": 1.5, "pl": 1.5, "sv": 1.5, "no": 1.5, "ha": 1.5, "ig": 1.5, "yo": 1.5, "sw": 1.5, "am": 1.5, "da": 1.2,
    "sr": 1.2, "ms": 1.0,
}  # fmt: skip
SELDOM = frozenset({
    "ar-Latn", "br", "bs", "cv", "cy", "eo", "eu", "fy", "ga", "gl", "gn", "jv", "ku", "lg", "mi", "mt", "nso", "om",
    "pcm", "sah", "sn", "so", "sq", "st", "su", "tn", "tt",
})  # fmt: skip
_IN_OTHERS = frozenset(code for codes in WRITTEN_IN.values() for code in codes)
_BARE = str.maketrans({"ı": "i", "ł": "l", "ø": "o", "đ": "d", "ð": "d"})


class Draw(NamedTuple):
    """What a language's texts are drawn from: texts as word numbers, and words with their summed shares."""

    texts: list[np.ndarray]
    words: np.ndarray
    shares: np.ndarray
    summed: np.ndarray


class Vocabulary:
    """Words and their numbers, and for each the number of the word without its marks."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self._numbers: dict[str, int] = {}

    def number(self, word: str) -> int:
        number = self._numbers.get(word)
        if number is None:
            number = self._numbers[word] = len(self.words)
            self.words.append(word)
        return number

    def bare(self) -> np.ndarray:
        bare = {}
        for number in range(len(self.words)):
            word = self.words[number]
            if not word.isascii() and word[0] < "\u0250":
                plain = unicodedata.normalize("NFD", word).translate(_BARE)
                plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
                bare[number] = self.number(plain) if plain else number
        return np.array([bare.get(number, number) for number in range(len(self.words))])


def draws(material: Material, vocabulary: Vocabulary) -> dict[str, Draw]:
    found = {}
    for language in sorted({*material.texts, *material.lists}):
        shares: Counter[int] = Counter()
        heard: Counter[int] = Counter()
        texts = []
        for text in material.texts.get(language, []):
            numbers = [vocabulary.number(word) for token in text.split() for word in words_of(token)][:LONGEST_TEXT]
            if numbers:
                texts.append(np.array(numbers, np.int32))
                heard.update(numbers)
        for number, times in heard.items():
            shares[number] += TEXTS_WEIGHT * times / heard.total()
        for source, listed in material.lists.get(language, {}).items():
            for word, share in listed.items():
                shares[vocabulary.number(word)] += SOURCE_WEIGHT.get(source, 1.0) * share
        best = sorted(shares.items(), key=lambda one: (-one[1], one[0]))[:MOST_WORDS]
        flat = np.array([share for _, share in best]) ** FLATTER
        flat /= flat.sum()
        found[language] = Draw(texts, np.array([number for number, _ in best]), flat, np.cumsum(flat))
    return found


def choose_features(
    vocabulary: Vocabulary, bare: np.ndarray, drawn: dict[str, Draw], prior: np.ndarray
) -> tuple[sparse.csr_matrix, np.ndarray]:
    """Gives the words' features (words x buckets, each word's by the root of how many it has) and the buckets' checks.

    In each bucket stays the feature that tells most: its mass times the divergence of its languages from the prior.
    """
    hashes, words, counts = [], [], []
    for begun in range(0, len(vocabulary.words), 20_000):
        part = vocabulary.words[begun : begun + 20_000]
        features = features_of(part)
        lengths = np.diff([*features.starts, len(features.hashes)])
        of_word = np.repeat(np.arange(begun, begun + len(part), dtype=np.int32), lengths)
        hashes.append(features.hashes[features.valid])
        words.append(np.repeat(of_word, LONGEST_GRAM)[features.valid.ravel()])
        counts.append(np.add.reduceat(features.valid.sum(axis=1), features.starts))
    all_hashes, all_words = np.concatenate(hashes), np.concatenate(words)
    kinds, kind_of = np.unique(all_hashes, return_inverse=True)
    kind_of = kind_of.astype(np.int32)
    shares = _shares(len(vocabulary.words), bare, drawn)
    met = sparse.csr_matrix(
        (np.ones(len(kind_of), np.float32), (kind_of, all_words)), shape=(len(kinds), len(vocabulary.words))
    )
    mass = (met @ shares).tocsr()
    expected = np.sqrt(prior) / np.sqrt(prior).sum()
    mass = (mass @ sparse.diags(expected / np.asarray(mass.sum(axis=0)).ravel().clip(1e-9))).tocoo()
    total = np.bincount(mass.row, weights=mass.data, minlength=len(kinds))
    part = mass.data / total[mass.row]
    telling = total * np.bincount(mass.row, weights=part * np.log(part / expected[mass.col]), minlength=len(kinds))
    bucket = (kinds & np.uint32((1 << BITS) - 1)).astype(np.int32)
    order = np.lexsort((kinds, -telling, bucket))
    winners = order[np.r_[True, bucket[order][1:] != bucket[order][:-1]]]
    told = telling[winners].sum() / telling.sum()
    print(f"{len(vocabulary.words)} words; {len(winners)} of {len(kinds)} features tell {told:.2f} of all", flush=True)
    kept = np.full(len(kinds), -1, np.int32)
    kept[winners] = bucket[winners]
    known = kept[kind_of] >= 0
    weight = (1.0 / np.sqrt(np.concatenate(counts))).astype(np.float32)[all_words[known]]
    used = sparse.csr_matrix(
        (weight, (all_words[known], kept[kind_of][known])), shape=(len(vocabulary.words), 1 << BITS)
    )
    checks = np.zeros(1 << BITS, np.uint16)
    checks[bucket[winners]] = (kinds[winners] >> np.uint32(16)).astype(np.uint16)
    return used, checks


def _shares(words: int, bare: np.ndarray, drawn: dict[str, Draw]) -> sparse.csr_matrix:
    rows, columns, values = [], [], []
    for place, draw in enumerate(drawn.values()):
        without = bare[draw.words]
        marked = without != draw.words
        rows += [draw.words, without[marked]]
        columns += [np.full(len(draw.words), place), np.full(int(marked.sum()), place)]
        values += [draw.shares, draw.shares[marked] * 0.15]
    return sparse.csr_matrix(
        (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape=(words, len(drawn))
    )


class Writer:
    """Draws texts as people write them: cut short, without marks, with English words and foreign names in them."""

    def __init__(self, drawn: dict[str, Draw], bare: np.ndarray, chance: np.random.Generator) -> None:
        self._drawn = drawn
        self._bare = bare
        self._chance = chance
        self._names = [drawn[code].words[2_000:] for code in ("en", "es", "de", "fr", "it", "pt", "id", "tr")]

    def text(self, language: str) -> np.ndarray:
        chance = self._chance
        words = self._words(language)
        if language not in _IN_OTHERS:
            if chance.random() < 0.15:
                words = self._bare[words]
            typed = language in {"bn-Latn", "hi-Latn"}
            if language not in {"en", "pcm"} and chance.random() < (0.7 if typed else 0.2):
                foreign = chance.random(len(words)) < chance.random() * (0.55 if typed else 0.3)
                foreign[0] = foreign[0] and not foreign.all()
                words = np.where(foreign, self._some("en", len(words)), words)
        if chance.random() < 0.3:
            names = self._names[chance.integers(len(self._names))]
            words = np.concatenate([words, names[chance.integers(0, len(names), chance.integers(1, 3))]])
        return words

    def _words(self, language: str) -> np.ndarray:
        chance, texts = self._chance, self._drawn[language].texts
        if not texts or chance.random() < 0.4:
            return self._some(language, int(np.clip(np.exp(chance.normal(2.0, 0.8)), 1, 40)))
        text = texts[chance.integers(len(texts))]
        if len(text) > 3 and chance.random() < 0.5:
            length = chance.integers(2, len(text) + 1)
            begun = chance.integers(0, len(text) - length + 1)
            text = text[begun : begun + length]
        return text

    def _some(self, language: str, count: int) -> np.ndarray:
        draw = self._drawn[language]
        return draw.words[np.searchsorted(draw.summed, self._chance.random(count)).clip(0, len(draw.words) - 1)]


def batches(
    writer: Writer, languages: list[str], prior: np.ndarray, chance: np.random.Generator, count: int
) -> Iterator[tuple[np.ndarray, np.ndarray, sparse.csr_matrix]]:
    """Texts of BATCH languages: which, the numbers of their words, and each text as these words' weights."""
    summed = np.cumsum(prior)
    for _ in range(count):
        truth = np.searchsorted(summed, chance.random(BATCH)).clip(0, len(languages) - 1)
        texts = [writer.text(languages[place]) for place in truth]
        lengths = np.array([len(text) for text in texts])
        words, places = np.unique(np.concatenate(texts), return_inverse=True)
        weights = np.repeat(1.0 / np.sqrt(lengths), lengths).astype(np.float32)
        spread = sparse.csr_matrix((weights, places.ravel(), np.r_[0, np.cumsum(lengths)]), shape=(BATCH, len(words)))
        yield truth, words, spread


def fit(
    features: sparse.csr_matrix,
    languages: list[str],
    prior: np.ndarray,
    writer: Writer,
    chance: np.random.Generator,
    count: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    numbers = (chance.standard_normal((features.shape[1], DIMENSIONS)) * 0.1).astype(np.float32)
    weights = (chance.standard_normal((DIMENSIONS, len(languages))) * 0.3).astype(np.float32)
    bias = np.zeros(len(languages), np.float32)
    seen_numbers, seen_weights, seen_bias = (np.full_like(one, 1e-4) for one in (numbers, weights, bias))
    every = np.arange(BATCH)
    begun = time.monotonic()
    for step, (truth, words, spread) in enumerate(batches(writer, languages, prior, chance, count)):
        used = features[words]
        said = spread @ (used @ numbers)
        logits = said @ weights + bias
        chances = np.exp(logits - logits.max(axis=1, keepdims=True))
        chances /= chances.sum(axis=1, keepdims=True)
        loss = -np.log(chances[every, truth] + 1e-9).mean()
        right = (chances.argmax(axis=1) == truth).mean()
        chances[every, truth] -= 1.0
        chances /= BATCH
        of_words = spread.T @ (chances @ weights.T)
        by_bucket = used.T.tocsr()
        met = np.flatnonzero(np.diff(by_bucket.indptr))
        rate = 0.5 * (1.0 - step / count) + 0.01
        for values, seen, where, slope, faster in (
            (numbers, seen_numbers, met, by_bucket[met] @ of_words, 1.0),
            (weights, seen_weights, slice(None), said.T @ chances, 0.3),
            (bias, seen_bias, slice(None), chances.sum(axis=0), 0.1),
        ):
            seen[where] += slope * slope
            values[where] -= rate * faster * slope / np.sqrt(seen[where])
        if step % 200 == 0:
            print(f"{step:6} loss {loss:.3f} right {right:.3f} {time.monotonic() - begun:5.0f} s", flush=True)
    return numbers, weights, bias


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("corpora", type=Path)
    words.add_argument("--batches", type=int, default=3_000)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--to", type=Path, default=TABLE)
    asked = words.parse_args()
    vocabulary = Vocabulary()
    drawn = draws(gather(asked.corpora, Path(os.environ["LISTENER_EVAL"]), asked.seed), vocabulary)
    languages = list(drawn)
    bare = vocabulary.bare()
    prior = np.array([OFTEN.get(code, 0.4 if code in SELDOM else 0.8) for code in languages])
    prior /= prior.sum()
    features, checks = choose_features(vocabulary, bare, drawn, prior)
    chance = np.random.default_rng(asked.seed)
    numbers, weights, bias = fit(features, languages, prior, Writer(drawn, bare, chance), chance, asked.batches)
    used = np.bincount(features.indices, minlength=1 << BITS) > 0
    scale = (np.quantile(np.abs(numbers[used]), 0.9995, axis=0) / 127).astype(np.float32)
    small = np.clip(np.round(numbers / scale), -127, 127).astype(np.int8)
    small[~used] = 0
    np.savez_compressed(
        asked.to, languages=np.array(languages), checks=checks, numbers=small, scale=scale, weights=weights, bias=bias
    )
    print(f"{asked.to}: {len(languages)} languages, {asked.to.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
