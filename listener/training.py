"""Learns from a team's marks, and says beforehand what that would change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from listener.config import Config
from listener.handing_on import may_learn_from
from listener.store import Tx, corrections, marks
from listener.store.loading import load
from listener.would_tell import Kept, alerts_by_rule, judging, kept_since, ready
from rules.language import identify_languages
from rules.sentiment.contract import ReadyText
from rules.sentiment.corrected import Corrector
from rules.sentiment.correction import FEELINGS, Correction, Feeling
from rules.sentiment.correction_fit import Example, fit, learnable
from rules.sentiment.correction_grade import HeldOut, held_out
from rules.sentiment.reader import SentimentReader
from rules.text import readable
from sources.post import Post

LEAST_MARKS = 30
"""Marks from which a correction can be switched on: fewer cannot say whether it helps."""

MOST_MARKS = 10_000
"""Marks that are learned from, the newest of mentions first."""

LOOKED_BACK = timedelta(days=28)


class Told(Struct, frozen=True, kw_only=True):
    """What there is to learn from, and what is not and why.

    `of_mentions`: marks of mentions; `against`: those of them that say that the reading was wrong.
    """

    examples: Sequence[Example]
    of_mentions: int = 0
    against: int = 0
    forbidden: int = 0
    unreadable: int = 0


class Change(Struct, frozen=True, kw_only=True):
    """Alerts a week, as it is now and as it would be."""

    rule: str  # "": all rules together, one alert a story
    now: float
    then: float


class Lesson(Struct, frozen=True, kw_only=True):
    """What the marks teach, what it is worth on marks held out, and how many alerts a week it would change."""

    told: Told
    correction: Correction
    held_out: Mapping[str, HeldOut]
    changes: Sequence[Change]
    mentions: int
    since: datetime

    @property
    def enough(self) -> bool:
        """Whether there are marks enough to say anything."""
        return self.correction.marks >= LEAST_MARKS and "" in self.held_out

    @property
    def helps(self) -> bool:
        """Whether marks that were held out are read better."""
        return self.enough and self.held_out[""].helps


def learn(tx: Tx, config: Config, now: datetime) -> Lesson:
    """Learns from all marks that count, and switches nothing on."""
    reader = SentimentReader()
    told = gather(tx, config, reader)
    correction = fit(told.examples)
    kept = kept_since(tx, now - LOOKED_BACK, now)
    return Lesson(
        told=told,
        correction=correction,
        held_out=held_out(told.examples),
        changes=_changes(tx, config, reader, kept, correction),
        mentions=len(kept.mentions),
        since=kept.since,
    )


def gather(tx: Tx, config: Config, reader: SentimentReader) -> Told:
    """The marked texts with what the shipped reader says of them; the services' terms are kept."""
    kinds = {settings.name: settings.kind for settings in config.sources}
    found = load(tx, marks.marked_mentions(tx, MOST_MARKS))
    felt = [one for one in found if one.mark in FEELINGS]
    lawful = [one for one in felt if may_learn_from(one, kinds)]
    texts = [ready(one) for one in lawful]
    labels = [_feeling(one.mark) for one in lawful]
    stories = [one.story for one in lawful]
    brought = marks.marked_texts(tx, MOST_MARKS - len(lawful))
    texts += _ready_texts(brought)
    labels += [_feeling(one.mark) for one in brought]
    stories += [""] * len(brought)
    shipped = reader.analyze(texts)
    examples = [
        Example(text=text, shipped=read, label=label, story=story)
        for text, read, label, story in zip(texts, shipped, labels, stories, strict=True)
    ]
    readable_ones = [one for one in examples if learnable(one)]
    wrong = [read.label != label for read, label in zip(shipped[: len(lawful)], labels, strict=False)]
    return Told(
        examples=readable_ones,
        of_mentions=len(lawful),
        against=sum(wrong),
        forbidden=len(felt) - len(lawful),
        unreadable=len(examples) - len(readable_ones),
    )


def _feeling(mark: str) -> Feeling:
    return FEELINGS[FEELINGS.index(mark)]


def _ready_texts(brought: Sequence[marks.MarkedText]) -> list[ReadyText]:
    posts = [Post(source="marks", instance="", external_id=str(at), text=one.text) for at, one in enumerate(brought)]
    texts = [readable(post) for post in posts]
    langs = identify_languages(texts, [""] * len(texts)) if texts else []
    return [
        ReadyText(text=text, lang=lang, brand=one.brand or None)
        for text, lang, one in zip(texts, langs, brought, strict=True)
    ]


def _changes(tx: Tx, config: Config, reader: SentimentReader, kept: Kept, correction: Correction) -> Sequence[Change]:
    """Alerts a week by rule: with what is in use now, and with this correction; all together first."""
    shipped = reader.analyze(kept.texts)
    in_use = Corrector(corrections.current(tx) or Correction())
    new = Corrector(correction)
    by = judging(config)
    counts = [
        alerts_by_rule(kept, [one.correct(text, read) for text, read in zip(kept.texts, shipped, strict=True)], by)
        for one in (in_use, new)
    ]
    return [
        Change(rule=name, now=kept.a_week(counts[0][name]), then=kept.a_week(counts[1][name])) for name in counts[0]
    ]
