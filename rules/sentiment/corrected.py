"""Corrects readings of sentiment by what a team's marks taught."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from rules.reading import Reason, Sentiment
from rules.sentiment.contract import Analyzer, ReadyText
from rules.sentiment.correction import DENSE, FEELINGS, FORMAT, Correction, Lexicon, Part
from rules.sentiment.correction_words import bare_words, counted, counted_words, shortener
from rules.sentiment.languages import route
from rules.sentiment.reader import SURE, SURE_WITHOUT_LANGUAGE
from rules.sentiment.reasons import MOST_REASONS

MOST_WORDS = 3
"""Reasons that tell of the team's own marks, so that the others are still heard."""

LEAST_CHANCE = 1e-4
"""Probabilities are told to four digits; less than the last of them has no logarithm."""

_LEAST_MOVE = 0.1  # of a logit: what a reader would not notice
_ROOM = 50_000  # words remembered by a part

Three = tuple[float, float, float]
NOTHING: Three = (0.0, 0.0, 0.0)


class Corrector:
    """Corrects by one Correction; usable from several threads."""

    def __init__(self, correction: Correction) -> None:
        """Raises ValueError for weights of a format that this program does not know, or that are damaged."""
        if correction.format != FORMAT:
            raise ValueError(f"a correction of format {correction.format} cannot be read, only {FORMAT}")
        self._parts = {part.brand: _ReadyPart(part) for part in correction.parts}
        self._whose = {part.brand: _whose(part, correction.marks) for part in correction.parts}

    def correct(self, mention: ReadyText, read: Sentiment) -> Sentiment:
        """Gives what the reading is after correction; the same object where nothing was learned for such a text."""
        odds = log_odds(read)
        if odds is None:
            return read
        parts = [self._parts[brand] for brand in dict.fromkeys(("", mention.brand or "")) if brand in self._parts]
        table = route(mention.text, mention.lang).table
        words = counted_words(mention)
        added, by_word = _added(parts, table, words, odds)
        if added == NOTHING:
            return read
        shares = _chances([one + more for one, more in zip(odds, added, strict=True)])
        whose = self._whose.get(mention.brand or "") or self._whose.get("", "")
        return _told(mention, read, shares, _reasons(words, by_word, whose), whose)


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
    negative, neutral, positive = (math.log(max(read.probabilities[one], LEAST_CHANCE)) for one in FEELINGS)
    return negative, neutral, positive


def dense(odds: Three) -> Three:
    """What a text counts beside its words: 1, and the log-odds of negative and of positive against neutral."""
    return 1.0, odds[0] - odds[1], odds[2] - odds[1]


class _ReadyPart:
    def __init__(self, part: Part) -> None:
        self._lexicon = Lexicon(part)
        self._shifts: Mapping[str, tuple[Three, ...]] = {shift.table: shift.weights for shift in part.shifts}
        if any(len(weights) != DENSE for weights in self._shifts.values()):
            raise ValueError(f"a table is shifted by {DENSE} rows of weights, no other number")
        self._known: dict[str, Three] = {}

    def shift(self, table: str, told: Three) -> Three:
        weights = self._shifts.get(table)
        if weights is None:
            return NOTHING
        return _summed(
            [(value * row[0], value * row[1], value * row[2]) for value, row in zip(told, weights, strict=True)]
        )

    def word(self, word: str) -> Three:
        """What a word adds, before its text's length is taken into account."""
        found = self._known.get(word)
        if found is None:
            if len(self._known) >= _ROOM:
                self._known = {}
            of = counted(word)
            found = self._known[word] = self._lexicon.sum_of(of.hashes, of.values)
        return found


def _added(
    parts: Sequence[_ReadyPart], table: str, words: Sequence[str], odds: Three
) -> tuple[Three, dict[str, Three]]:
    """What is added to the log-odds of a text in all, and by which words."""
    shorter = 1.0 / shortener(sum(counted(word).mass for word in words))
    moved: dict[str, Three] = {}
    for part in parts:
        for word in words:
            found = part.word(word)
            if found != NOTHING:
                before = moved.get(word, NOTHING)
                moved[word] = (
                    before[0] + found[0] * shorter, before[1] + found[1] * shorter, before[2] + found[2] * shorter
                )  # fmt: skip
    shifted = [part.shift(table, dense(odds)) for part in parts]
    return _summed([*shifted, *moved.values()]), moved


def _summed(threes: Sequence[Three]) -> Three:
    return sum(one[0] for one in threes), sum(one[1] for one in threes), sum(one[2] for one in threes)


def _chances(logits: Sequence[float]) -> Three:
    most = max(logits)
    raised = [math.exp(one - most) for one in logits]
    whole = sum(raised)
    return raised[0] / whole, raised[1] / whole, raised[2] / whole


def _whose(part: Part, marks: int) -> str:
    """Whose marks they were: "your team's 120 marks, 40 of them about Acme"."""
    told = f"your team's {marks:,} mark{'' if marks == 1 else 's'}"
    return f"{told}, {part.marks:,} of them about {part.brand}" if part.brand else told


def _reasons(words: Sequence[str], moved: Mapping[str, Three], whose: str) -> list[Reason]:
    """The words that the marks moved most, strongest first."""
    found = []
    shown = dict(zip(words, bare_words(words), strict=True))
    for word, by in moved.items():
        middle = sum(by) / 3
        strongest = max(range(3), key=lambda at: by[at])
        if by[strongest] - middle >= _LEAST_MOVE:
            weight = round(by[2] - by[0], 2)
            reason = Reason(shown[word], f"speaks for {FEELINGS[strongest]}, by {whose}", weight)
            found.append((middle - by[strongest], shown[word], reason))
    found.sort(key=lambda one: one[:2])
    return list({text: reason for _, text, reason in reversed(found[:MOST_WORDS])}.values())[::-1]


def _told(mention: ReadyText, read: Sentiment, shares: Three, reasons: Sequence[Reason], whose: str) -> Sentiment:
    low, high = round(shares[0], 4), round(shares[2], 4)
    said = {"negative": low, "neutral": round(1.0 - low - high, 4), "positive": high}
    best = max(FEELINGS, key=said.__getitem__)
    sure = said[best] >= (SURE_WITHOUT_LANGUAGE if mention.lang in {"", "und"} else SURE)
    label = best if sure else "unsure"
    others = [reason for reason in read.reasons if reason.text not in {one.text for one in reasons}]
    return replace(
        read,
        label=label,
        probabilities=said,
        score=round(high - low, 4),
        confidence=said[best],
        reasons=(*reasons, *others)[:MOST_REASONS],
        why=f"corrected by {whose}: {read.label} before" if label != read.label else (None if reasons else read.why),
    )
