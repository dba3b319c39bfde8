"""Learns from a team's marks, and says beforehand what that would change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from listener.config import Config
from listener.marked_texts import Told, gather
from listener.ruling.would_tell import Kept, alerts_by_rule, judging, kept_since
from listener.store import Tx, corrections
from rules.sentiment.analyzers import open_analyzer
from rules.sentiment.contract import Analyzer
from rules.sentiment.corrected import Corrector
from rules.sentiment.correction import Correction
from rules.sentiment.correction_fit import fit
from rules.sentiment.correction_grade import HeldOut, held_out

LEAST_MARKS = 30
"""Marks from which a correction can be switched on: fewer cannot say whether it helps."""

LOOKED_BACK = timedelta(days=28)


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
    choice = config.setup(()).analyzer
    reader = open_analyzer(choice)
    told = gather(tx, config, reader)
    correction = replace(fit(told.examples), reader=choice.reader)
    kept = kept_since(tx, now - LOOKED_BACK, now)
    return Lesson(
        told=told,
        correction=correction,
        held_out=held_out(told.examples),
        changes=_changes(tx, config, reader, kept, correction),
        mentions=len(kept.mentions),
        since=kept.since,
    )


def _changes(tx: Tx, config: Config, reader: Analyzer, kept: Kept, correction: Correction) -> Sequence[Change]:
    """Alerts a week by rule: with what is in use now, and with this correction; all together first."""
    shipped = reader.analyze(kept.texts)
    in_use = Corrector(config.setup((), correction=corrections.current(tx)).correction or Correction())
    new = Corrector(correction)
    by = judging(config)
    counts = [
        alerts_by_rule(kept, [one.correct(text, read) for text, read in zip(kept.texts, shipped, strict=True)], by)
        for one in (in_use, new)
    ]
    return [
        Change(rule=name, now=kept.a_week(counts[0][name]), then=kept.a_week(counts[1][name])) for name in counts[0]
    ]
