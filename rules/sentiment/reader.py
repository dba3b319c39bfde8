"""Reads how authors feel, by tables learned from labelled posts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from rules.reading import Reason, Sentiment
from rules.sentiment.chances import chances, lengths, seen_by_vader
from rules.sentiment.contract import ReadyText
from rules.sentiment.features import NEGATES, PICTURES
from rules.sentiment.focus import Focus, focus
from rules.sentiment.irony import Cue, irony
from rules.sentiment.languages import Route, route
from rules.sentiment.pieces import pieces
from rules.sentiment.reasons import MOST_REASONS, reasons
from rules.sentiment.table import FEELING, POLARITY, Table, shipped
from rules.sentiment.vader_view import moved_by_vader, views
from rules.sentiment.weigher import Weighed, Weigher

LABELS: tuple[Literal["negative", "neutral", "positive"], ...] = ("negative", "neutral", "positive")
SURE = 0.40
"""A label needs this probability; else the text is `unsure`. A third is what knowing nothing gives."""

SURE_WITHOUT_LANGUAGE = 0.45
"""The same where nobody knows the language."""

_LONGEST = 5_000  # characters read, as everywhere in reading


class SentimentReader:
    """The Analyzer that listener reads with: many languages, offline. Usable from several threads."""

    def __init__(self, tables: Mapping[str, Table] | None = None) -> None:
        self._weighers: dict[str, Weigher] = {}
        self._tables = tables

    def analyze(self, mentions: Sequence[ReadyText]) -> list[Sentiment]:
        """Gives one Sentiment a mention, in their order; no label, and why, for a language without evidence."""
        asked = [_asked(mention) for mention in mentions]
        unique = list(dict.fromkeys(asked))  # the same text for three brands that stand nowhere in it is read once
        by_table: dict[str, list[_Asked]] = {}
        for one in unique:
            by_table.setdefault(one.route.table, []).append(one)
        found: dict[_Asked, Sentiment] = {}
        for table, texts in by_table.items():
            found.update(zip(texts, self._read(self._weigher(table), texts), strict=True))
        return [found[one] for one in asked]

    def _weigher(self, name: str) -> Weigher:
        weigher = self._weighers.get(name)
        if weigher is None:
            table = shipped(name) if self._tables is None else self._tables[name]
            weigher = self._weighers.setdefault(name, Weigher(table))
        return weigher

    def _read(self, weigher: Weigher, texts: Sequence[_Asked]) -> list[Sentiment]:
        cut = [pieces(one.text) for one in texts]
        bounds = _bounds(cut)
        weighed = weigher.weigh(cut)
        worth, focused = _worth(texts, cut, bounds, weighed)
        said = [focused.get(number) for number in range(len(texts))]
        witnessed = views([_told(one, parts, about) for one, parts, about in zip(texts, cut, said, strict=True)])
        shorter = lengths(np.bincount(weighed.texts, weighed.mass * np.abs(worth), len(texts)).astype(np.float32))
        sums = np.empty((len(texts), 2), np.float32)
        sums[:, POLARITY] = np.bincount(weighed.texts, weighed.weights[:, POLARITY] * worth, len(texts)) / shorter
        sums[:, FEELING] = np.bincount(weighed.texts, weighed.weights[:, FEELING] * np.abs(worth), len(texts)) / shorter
        seen = np.array([seen_by_vader(view.compound) for view in witnessed], np.float32)
        verdicts = np.array([about.verdict if about else 0 for about in said], np.float32)
        likely = chances(weigher.table, sums, seen, verdicts).tolist()
        moved = (2.0 * weighed.weights[:, POLARITY] * worth / shorter[weighed.texts]).tolist()
        by_vader = moved_by_vader(weigher.table, seen)
        flags = weighed.flags.tolist()
        held = np.zeros(len(texts), np.int8)
        np.bitwise_or.at(held, weighed.texts, weighed.flags)
        read = []
        for number, (one, (first, last)) in enumerate(zip(texts, bounds, strict=True)):
            about, own = said[number], flags[first:last] if held[number] & NEGATES else ()
            shares = {word: by_vader[number] * share for word, share in witnessed[number].shares.items()}
            named = reasons(cut[number], moved[first:last], own, shares, about.compared if about else None)
            read.append(_sentiment(one, likely[number], named, bool(held[number] & PICTURES)))
        return read


class _Asked(Struct, frozen=True):
    """A text, how it is read, and the names by which it mentions the brand."""

    text: str
    lang: str
    route: Route
    names: tuple[str, ...]


def _asked(mention: ReadyText) -> _Asked:
    text = mention.text[:_LONGEST]
    names = tuple(dict.fromkeys(span.text for span in mention.spans)) if mention.brand is not None else ()
    return _Asked(text, mention.lang, route(text, mention.lang), names)


def _bounds(cut: Sequence[Sequence[str]]) -> list[tuple[int, int]]:
    ends = np.cumsum([len(parts) for parts in cut]).tolist()
    return list(zip([0, *ends[:-1]], ends, strict=True)) if ends else []


def _worth(
    texts: Sequence[_Asked], cut: Sequence[Sequence[str]], bounds: Sequence[tuple[int, int]], weighed: Weighed
) -> tuple[NDArray[np.float32], dict[int, Focus]]:
    """What each piece counts, and by the number of a text what is said of its brand, where that is not all of it."""
    worth = np.ones(len(weighed.texts), np.float32)
    focused: dict[int, Focus] = {}
    for number, one in enumerate(texts):
        first, last = bounds[number]
        if one.route.pictures_only:
            worth[first:last] = (weighed.flags[first:last] & PICTURES) != 0
        elif one.names:
            found = focus(cut[number], one.names)
            if found is not None:
                worth[first:last] = found.worth
                focused[number] = found
    return worth, focused


def _told(one: _Asked, parts: Sequence[str], about: Focus | None) -> tuple[str, str]:
    """What the text says about the brand, and what it says of it by praising another."""
    if about is None:
        return one.text, ""
    heard = [part for part, counts in zip(parts, about.worth, strict=True) if counts > 0.5]
    turned = [part for part, counts in zip(parts, about.worth, strict=True) if counts < -0.5]
    return " ".join(heard), " ".join(turned)


def _sentiment(one: _Asked, likely: Sequence[float], named: tuple[Reason, ...], pictured: bool) -> Sentiment:
    why = _why_not(one, pictured)
    if why:
        return Sentiment(label=None, why=why)
    cue = irony(one.text) if likely[2] > likely[0] else None
    if cue is not None:
        likely = _with_irony(likely, cue)
        named = (Reason(cue.text, "may be ironic" if cue.means == "either" else "is said in irony"), *named)
    low, high = round(likely[0], 4), round(likely[2], 4)
    said = {"negative": low, "neutral": round(1.0 - low - high, 4), "positive": high}
    best = max(LABELS, key=said.__getitem__)
    unknown = one.lang in {"", "und"}
    sure = said[best] >= (SURE_WITHOUT_LANGUAGE if unknown else SURE)
    if cue is not None and cue.means == "either":
        sure = False
    if not sure and unknown:
        return Sentiment(label=None, why="no evidence for und: the language is unsure, and too little is told")
    return Sentiment(
        label=best if sure else "unsure",
        probabilities=said,
        score=round(high - low, 4),
        confidence=said[best],
        reasons=named[:MOST_REASONS],
        why=None if named else "no word of the text speaks for either side",
    )


def _why_not(one: _Asked, pictured: bool) -> str | None:
    if not one.route.pictures_only or pictured:
        return None
    if one.lang in {"", "und"}:
        return "no evidence for und: the text has no words"
    return f"no evidence for {one.lang}"


def _with_irony(likely: Sequence[float], cue: Cue) -> Sequence[float]:
    """The probabilities of the opposite, or halfway to it."""
    opposite = likely[::-1]
    return (
        opposite
        if cue.means == "opposite"
        else [(one + other) / 2 for one, other in zip(likely, opposite, strict=True)]
    )
