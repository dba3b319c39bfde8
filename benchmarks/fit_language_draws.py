"""Draws texts as people write them in each language, from texts and word lists."""

from __future__ import annotations

import unicodedata
from collections import Counter
from typing import NamedTuple

import numpy as np
from fit_language_texts import Material

from rules.language_scripts import WRITTEN_IN
from rules.language_words import words_of

LONGEST_TEXT = 60  # words
MOST_WORDS = 40_000  # that a language draws from
FLATTER = 0.85  # exponent on the words' shares: rarer words are drawn more often than they are met
SOURCE_WEIGHT = {"wordfreq": 1.5}
TEXTS_WEIGHT = 0.6
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
