"""vaderSentiment 3.3.2 run word by word, so that one pass gives its score and what each word counted."""

from __future__ import annotations

import re
from functools import lru_cache

from msgspec import Struct

_WORD = re.compile(r"\S+")
BEFORE, AFTER = 3, 3  # VADER looks three words back and two ahead; the slice's end is exclusive


class Scored(Struct, frozen=True):
    """VADER's own view of a text: `valences[i]` is what `words[i]` counted, on its scale of about -4 to 4."""

    compound: float
    words: list[str]  # as VADER cut them
    shown: list[str]  # as the author wrote them: an emoji where VADER reads its name
    valences: list[float]
    counted: list[float]  # the same before VADER weighed "but"
    capitals_differ: bool


class Scorer:
    """VADER's rules and lexicon, loaded once (0.1 s)."""

    def __init__(self) -> None:
        from vaderSentiment import vaderSentiment

        self._vader = vaderSentiment
        self._analyzer = vaderSentiment.SentimentIntensityAnalyzer()
        self._emojis: dict[str, str] = {  # VADER looks at each character alone, so that longer ones are never met
            emoji: name for emoji, name in self._analyzer.emojis.items() if len(emoji) == 1
        }
        self._no_emoji = frozenset(self._emojis).isdisjoint
        self.lexicon: dict[str, float] = self._analyzer.lexicon
        self.idioms: dict[str, float] = vaderSentiment.SPECIAL_CASES
        self.idiom_weights = frozenset(self.idioms.values())
        self.boosters: frozenset[str] = frozenset(vaderSentiment.BOOSTER_DICT)
        self.negations: frozenset[str] = frozenset(vaderSentiment.NEGATE) | {"no", "least"}

    def score(self, text: str) -> Scored:
        """Gives what `SentimentIntensityAnalyzer.polarity_scores` would, and each word's part in it.

        The package's own rules are called, on the few words that they look at instead of on the whole list
        each time: the result is the same, and a long text costs its length, not its square.
        """
        spoken, shown = self._spoken(text)
        view = self._vader.SentiText(spoken)
        words: list[str] = view.words_and_emoticons
        differ: bool = view.is_cap_diff
        lowered = [word.lower() for word in words]
        counted = [
            self.valence(words, at, differ) if word in self.lexicon and not self._modifies(lowered, at) else 0.0
            for at, word in enumerate(lowered)
        ]
        valences = self._analyzer._but_check(words, [*counted]) if "but" in lowered else counted
        compound = self._analyzer.score_valence(valences, spoken)["compound"]
        return Scored(compound, words, self._as_written(words, shown), valences, counted, differ)

    def valence(self, words: list[str], at: int, capitals_differ: bool) -> float:
        """What VADER counts for the word at `at` among its neighbours, before it weighs "but"."""
        start = max(0, at - BEFORE)
        window = _Window(words[start : at + AFTER], capitals_differ)
        counted: list[float] = []
        self._analyzer.sentiment_valence(0, window, words[at], at - start, counted)
        return counted[0]

    def _modifies(self, lowered: list[str], at: int) -> bool:
        word = lowered[at]
        return word in self.boosters or (word == "kind" and at + 1 < len(lowered) and lowered[at + 1] == "of")

    def _as_written(self, words: list[str], shown: list[str] | None) -> list[str]:
        """Words as VADER trimmed them, but emoji where it reads their names."""
        if shown is None:
            return words
        return [word if self._no_emoji(origin) else origin for word, origin in zip(words, shown, strict=True)]

    def _spoken(self, text: str) -> tuple[str, list[str] | None]:
        """VADER's text with emoji in words, and the author's spelling of each of its words (None: as they are).

        The joining is VADER's to the letter, its missing space after an emoji included.
        """
        if text.isascii() or self._no_emoji(text):
            return text.strip(), None
        pieces: list[str] = []
        origins: list[str] = []  # a character of the joined text: what it was; "" within an emoji's name
        last = 0
        spaced = True
        for at in [at for at, character in enumerate(text) if character in self._emojis]:
            before = text[last:at]
            if before:
                pieces.append(before)
                origins.extend(before)
                spaced = before[-1] == " "
            name = ("" if spaced else " ") + self._emojis[text[at]]
            pieces.append(name)
            starts = {word.start() for word in _WORD.finditer(name)}
            origins.extend(text[at] if within in starts else "" for within in range(len(name)))
            spaced = False
            last = at + 1
        pieces.append(text[last:])
        origins.extend(text[last:])
        joined = "".join(pieces)
        return joined.strip(), ["".join(origins[word.start() : word.end()]) for word in _WORD.finditer(joined)]


class _Window:
    """As much of VADER's SentiText as its rules read."""

    def __init__(self, words: list[str], is_cap_diff: bool) -> None:
        self.words_and_emoticons = words
        self.is_cap_diff = is_cap_diff


@lru_cache(maxsize=1)
def scorer() -> Scorer:
    """The one scorer of this process."""
    return Scorer()
