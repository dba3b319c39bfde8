"""Reads how authors feel, by tables learned from labelled posts.

A batch is read step by step, all its texts before the next step: what holds for each word or text of it is arrays of
numbers, and Python looks only at the words that are shown, and at texts that name a brand or may be meant otherwise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from rules.reading import Sentiment
from rules.sentiment.asked import Asked, at_once, by_table, each_once
from rules.sentiment.chances import chances, lengths, logits, seen_by_vader
from rules.sentiment.contract import ReadyText
from rules.sentiment.features import PICTURES
from rules.sentiment.focus import Focus, focus
from rules.sentiment.irony import may_be_ironic
from rules.sentiment.pieces import pieces
from rules.sentiment.reasons import reasons
from rules.sentiment.table import FEELING, POLARITY, Table, shipped
from rules.sentiment.vader_view import added_by_vader, moved_by_vader, views
from rules.sentiment.verdicts import SURE, SURE_WITHOUT_LANGUAGE, sentiments
from rules.sentiment.weigher import Weighed, Weigher, weigh_together

__all__ = ["SURE", "SURE_WITHOUT_LANGUAGE", "SentimentReader"]


class SentimentReader:
    """The Analyzer that listener reads with: many languages, offline. Usable from several threads."""

    def __init__(self, tables: Mapping[str, Table] | None = None) -> None:
        self._weighers: dict[str, Weigher] = {}
        self._tables = tables

    def analyze(self, mentions: Sequence[ReadyText]) -> list[Sentiment]:
        """Gives one Sentiment a mention, in their order; no label, and why, for a language without evidence."""
        asked, wanted = each_once(mentions)
        found: dict[int, Sentiment] = {}
        for some in at_once(asked, by_table(asked)):
            found.update(zip(some, self._read([asked[one] for one in some]), strict=True))
        return [found[number] for number in wanted]

    def _weigher(self, name: str) -> Weigher:
        weigher = self._weighers.get(name)
        if weigher is None:
            table = shipped(name) if self._tables is None else self._tables[name]
            weigher = self._weighers.setdefault(name, Weigher(table))
        return weigher

    def _read(self, texts: Sequence[Asked]) -> list[Sentiment]:
        """Reads texts, those that one table reads beside each other."""
        cut = [pieces(one.text) for one in texts]
        counts = Counter(one.route.table for one in texts)
        ends = list(accumulate(counts.values()))
        rows = [slice(end - count, end) for end, count in zip(ends, counts.values(), strict=True)]
        weighers = list(map(self._weigher, counts))
        weighed = weigh_together([(weigher, cut[some]) for weigher, some in zip(weighers, rows, strict=True)])
        worth, focused = _worth(texts, cut, weighed)
        witnessed = views([one.text for one in texts], cut, weighed, focused)
        seen = seen_by_vader(witnessed.compounds)
        verdicts = np.zeros(len(texts), np.float32)
        for number, about in focused.items():
            verdicts[number] = about.toward
        sums, shorter = _sums(weighed, worth)
        tables = [weigher.table for weigher in weighers]
        odds = [logits(table, sums[some], seen[some]) for table, some in zip(tables, rows, strict=True)]
        temperatures = np.array([table.about.temperature for table in tables], np.float32)
        likely = chances(np.concatenate(odds), temperatures.repeat(list(counts.values())), verdicts)
        added = [moved for table, some in zip(tables, rows, strict=True) for moved in added_by_vader(table, seen[some])]
        moved = (2.0 * weighed.weights[:, POLARITY] * worth / shorter[weighed.texts]).astype(np.float64)
        np.add.at(moved, *moved_by_vader(added, witnessed, cut, weighed.starts))
        stances = {number: about.stance for number, about in focused.items() if about.stance is not None}
        named = reasons(cut, moved, weighed, stances)
        ironic = may_be_ironic(weighed.together(weighed.hints))
        return sentiments(texts, likely, named, (weighed.together(weighed.flags) & PICTURES).tolist(), ironic)


def _sums(weighed: Weighed, worth: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Polarity and feeling of each text, and what both are divided by."""
    count, size = len(weighed.starts) - 1, np.abs(worth)
    shorter = lengths(np.bincount(weighed.texts, weighed.mass * size, count).astype(np.float32))
    sums = np.empty((count, 2), np.float32)
    sums[:, POLARITY] = np.bincount(weighed.texts, weighed.weights[:, POLARITY] * worth, count) / shorter
    sums[:, FEELING] = np.bincount(weighed.texts, weighed.weights[:, FEELING] * size, count) / shorter
    return sums, shorter


def _worth(
    texts: Sequence[Asked], cut: Sequence[Sequence[str]], weighed: Weighed
) -> tuple[NDArray[np.float32], dict[int, Focus]]:
    """What each piece counts, and by the number of a text what is said of its brand, where that is not all of it."""
    worth = np.ones(len(weighed.texts), np.float32)
    starts = weighed.starts
    focused: dict[int, Focus] = {}
    for number, one in enumerate(texts):
        if one.route.pictures_only:
            first, last = starts[number], starts[number + 1]
            worth[first:last] = (weighed.flags[first:last] & PICTURES) != 0
        elif one.names:
            found = focus(cut[number], one.names)
            if found is not None:
                worth[starts[number] : starts[number + 1]] = found.worth
                focused[number] = found
    return worth, focused
