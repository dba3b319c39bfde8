"""Corrects readings of sentiment by what a team's marks taught."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from msgspec import Struct

from rules.reading import Reason, Sentiment
from rules.sentiment.contract import Analyzer, ReadyText
from rules.sentiment.correction import DENSE, FEELINGS, FORMAT, Correction, Lexicon, Part
from rules.sentiment.correction_words import bare, counted, counted_words, shortener
from rules.sentiment.languages import route
from rules.sentiment.reader import SURE, SURE_WITHOUT_LANGUAGE
from rules.sentiment.reasons import MOST_REASONS
from rules.sentiment.verdicts import NO_WORD

MOST_WORDS = 3
"""Reasons that tell of the team's own marks, so that the others are still heard."""

LEAST_CHANCE = 1e-4
"""Probabilities are told to four digits; less than the last of them has no logarithm."""

_LEAST_MOVE = 0.1  # of a logit: what a reader would not notice
_ROOM = 50_000  # words remembered by a part

Three = tuple[float, float, float]


class Corrector:
    """Corrects by one Correction; usable from several threads."""

    def __init__(self, correction: Correction) -> None:
        """Raises ValueError for weights of a format that this program does not know, or that are damaged."""
        if correction.format != FORMAT:
            raise ValueError(f"a correction of format {correction.format} cannot be read, only {FORMAT}")
        parts = {part.brand: part for part in correction.parts}
        team = [parts[""]] if "" in parts else []
        self._team = _Taught(team, correction.marks)
        self._of_brand = {brand: _Taught([*team, part], correction.marks) for brand, part in parts.items() if brand}

    def correct(self, mention: ReadyText, read: Sentiment) -> Sentiment:
        """Gives what the reading is after correction; the same object where nothing was learned for such a text."""
        odds = log_odds(read)
        if odds is None:
            return read
        taught = self._of_brand.get(mention.brand or "", self._team)
        told = dense(odds)
        negative, neutral, positive = taught.shift(route(mention.text, mention.lang).table, told)
        words, mass = taught.words(counted_words(mention))
        shorter = 1.0 / shortener(mass)
        negative += shorter * sum([word.negative for word in words])
        neutral += shorter * sum([word.neutral for word in words])
        positive += shorter * sum([word.positive for word in words])
        if negative == neutral == positive:
            return read
        shares = _chances(odds[0] + negative, odds[1] + neutral, odds[2] + positive)
        return _told(mention, read, shares, _reasons(words, shorter, taught.whose), taught.whose)


class CorrectedReader:
    """An Analyzer whose readings are corrected."""

    def __init__(self, reader: Analyzer, correction: Correction) -> None:
        """Raises ValueError for a correction that cannot be read."""
        self._reader = reader
        self._corrector = Corrector(correction)

    def analyze(self, mentions: Sequence[ReadyText]) -> list[Sentiment]:
        """Gives one Sentiment a mention, in their order."""
        read = self._reader.analyze(mentions)
        return [self._corrector.correct(mention, one) for mention, one in zip(mentions, read, strict=True)]


def log_odds(read: Sentiment) -> Three | None:
    """The logarithms of a reading's probabilities; None where no mark can correct it.

    That is where the language could not be read, or where the reader doubts (irony) though a class is likely enough.
    """
    if read.label is None or read.probabilities is None:
        return None
    if read.label == "unsure" and (read.confidence or 0.0) >= SURE:
        return None
    negative, neutral, positive = [math.log(max(read.probabilities[one], LEAST_CHANCE)) for one in FEELINGS]
    return negative, neutral, positive


def dense(odds: Three) -> Three:
    """What a text counts beside its words: 1, and the log-odds of negative and of positive against neutral."""
    return 1.0, odds[0] - odds[1], odds[2] - odds[1]


class _Word(Struct, frozen=True, gc=False):
    """What a word adds, before its text's length is taken into account; `strength`: what sets its feeling apart."""

    text: str
    mass: float
    negative: float = 0.0
    neutral: float = 0.0
    positive: float = 0.0
    strength: float = 0.0


class _Taught:
    """What is known for a brand: of the team's marks and of its own, with each word as it was met."""

    def __init__(self, parts: Sequence[Part], marks: int) -> None:
        self._lexicons = [Lexicon(part) for part in parts]
        self._shifts: dict[str, list[tuple[Three, ...]]] = {}
        for part in parts:
            for shift in part.shifts:
                if len(shift.weights) != DENSE:
                    raise ValueError(f"a table is shifted by {DENSE} rows of weights, not {len(shift.weights)}")
                self._shifts.setdefault(shift.table, []).append(shift.weights)
        self._known: dict[str, _Word] = {}
        self.whose = _whose(parts, marks)

    def shift(self, table: str, told: Three) -> Three:
        """What is added to every text that this table reads, by what it said of it."""
        negative = neutral = positive = 0.0
        for weights in self._shifts.get(table, ()):
            for value, row in zip(told, weights, strict=True):
                negative += value * row[0]
                neutral += value * row[1]
                positive += value * row[2]
        return negative, neutral, positive

    def words(self, words: Sequence[str]) -> tuple[list[_Word], float]:
        """The words that add something, and how many words all of them are worth."""
        known = self._known
        met = [known.get(word) or self._meet(word) for word in words]
        return [word for word in met if word.strength], sum([word.mass for word in met])

    def _meet(self, word: str) -> _Word:
        of = counted(word)
        negative = neutral = positive = 0.0
        for lexicon in self._lexicons:
            added = lexicon.sum_of(of.hashes, of.values)
            negative += added[0]
            neutral += added[1]
            positive += added[2]
        strength = max(negative, neutral, positive) - (negative + neutral + positive) / 3
        if len(self._known) >= _ROOM:
            self._known = {}
        found = self._known[word] = _Word(word, of.mass, negative, neutral, positive, strength)
        return found


def _chances(*logits: float) -> Three:
    most = max(logits)
    raised = [math.exp(one - most) for one in logits]
    whole = sum(raised)
    return raised[0] / whole, raised[1] / whole, raised[2] / whole


def _whose(parts: Sequence[Part], marks: int) -> str:
    """Whose marks they were: "your team's 120 marks, 40 of them about Acme"."""
    told = f"your team's {marks:,} mark{'' if marks == 1 else 's'}"
    return "".join([told, *(f", {part.marks:,} of them about {part.brand}" for part in parts if part.brand)])


def _reasons(words: Sequence[_Word], shorter: float, whose: str) -> Mapping[str, Reason]:
    """The words that the marks moved most, strongest first, as people read them."""
    strong = [word for word in words if word.strength * shorter >= _LEAST_MOVE]
    strong.sort(key=lambda word: (-word.strength, word.text))
    found: dict[str, Reason] = {}
    for word in strong[:MOST_WORDS]:
        by = (word.negative, word.neutral, word.positive)
        why = f"speaks for {FEELINGS[by.index(max(by))]}, by {whose}"
        text = bare(word.text)
        found.setdefault(text, Reason(text, why, round((word.positive - word.negative) * shorter, 2)))
    return found


def _told(mention: ReadyText, read: Sentiment, shares: Three, reasons: Mapping[str, Reason], whose: str) -> Sentiment:
    low, high = round(shares[0], 4), round(shares[2], 4)
    said = {"negative": low, "neutral": round(1.0 - low - high, 4), "positive": high}
    best = max(FEELINGS, key=said.__getitem__)
    sure = said[best] >= (SURE_WITHOUT_LANGUAGE if mention.lang in {"", "und"} else SURE)
    label = best if sure else "unsure"
    changed = "" if label == read.label else f"corrected by {whose}: {read.label} before"
    known = "" if read.why is None or (reasons and read.why == NO_WORD) else read.why
    return Sentiment(
        label=label,
        probabilities=said,
        score=round(high - low, 4),
        confidence=said[best],
        reasons=(*reasons.values(), *(one for one in read.reasons if one.text not in reasons))[:MOST_REASONS],
        why="; ".join(filter(None, (changed, known))) or None,
    )
