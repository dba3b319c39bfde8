"""Fits rules/language_table.npz, the table that tells languages: the same inputs and libraries give the same file.

    LISTENER_EVAL=... python benchmarks/fit_language.py CORPORA [--batches 2600]

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
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import scipy.sparse as sparse

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from fit_language_draws import Draw, Vocabulary, Writer, draws
from fit_language_texts import gather

from rules.language_table import LONGEST_GRAM, features_of

TABLE = Path(__file__).resolve().parents[1] / "rules" / "language_table.npz"
BITS, DIMENSIONS = 17, 16
BATCH = 1_024
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
    words.add_argument("--batches", type=int, default=2_600)
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
