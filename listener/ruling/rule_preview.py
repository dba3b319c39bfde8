"""How many alerts a week a rule gives at other thresholds of its score, by what is kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from listener.config import Config
from listener.marked_texts import gather
from listener.ruling.would_tell import alerts_of, kept_since
from listener.store import Tx, corrections
from listener.training import LEAST_MARKS
from rules.rule import Rule, compile_rule
from rules.sentiment.analyzers import open_analyzer
from rules.sentiment.contract import Analyzer
from rules.sentiment.corrected import Corrector
from rules.sentiment.correction import Correction
from rules.sentiment.correction_fit import fit
from rules.threshold import Comparison, score_conditions, thresholds, with_threshold

Corrected = Literal["in use", "not in use", "none"]


class AtThreshold(Struct, frozen=True, kw_only=True):
    """Alerts a week at one threshold: read as shipped, and corrected by the team's marks (None: there are too few)."""

    threshold: float
    shipped: float
    corrected: float | None
    own: bool  # the threshold that the rule has


class RulePreview(Struct, frozen=True, kw_only=True):
    """A rule at several thresholds. `correction`: whether the corrected figures are those of what is in use."""

    rule: str
    score: str
    sign: str
    rows: Sequence[AtThreshold]
    correction: Corrected
    mentions: int
    since: datetime


class NoScore(ValueError):
    """The rule compares no score with a number, so there is no threshold to move."""


def preview_rule(tx: Tx, config: Config, name: str, now: datetime, back: timedelta) -> RulePreview:
    """Asks the rule of the mentions of that time, at each threshold. Raises NoScore."""
    setup = next(one for one in config.setup(()).rules if one.name == name)
    found = score_conditions(setup.when)
    if not found:
        raise NoScore(f"rule {name!r} compares no score with a number, such as sentiment.score <= -0.4")
    score = found[0]
    tried = thresholds(score)
    rules = [compile_rule(_at(setup, score, number)) for number in tried]
    kept = kept_since(tx, now - back, now, setup.brands)
    reader = open_analyzer(config.setup(()).analyzer)
    shipped = reader.analyze(kept.texts)
    learned, state = _correction(tx, config, reader)
    before = alerts_of(kept, shipped, rules)
    after: Sequence[int | None] = [None] * len(tried)
    if learned is not None:
        corrector = Corrector(learned)
        feelings = [corrector.correct(text, read) for text, read in zip(kept.texts, shipped, strict=True)]
        after = alerts_of(kept, feelings, rules)
    return RulePreview(
        rule=name,
        score=score.name,
        sign=score.sign,
        rows=[
            AtThreshold(
                threshold=number,
                shipped=kept.a_week(one),
                corrected=None if other is None else kept.a_week(other),
                own=number == round(score.number, 2),
            )
            for number, one, other in zip(tried, before, after, strict=True)
        ],
        correction=state,
        mentions=len(kept.mentions),
        since=kept.since,
    )


def _at(rule: Rule, score: Comparison, number: float) -> Rule:
    same = number == round(score.number, 2)
    return rule if same else replace(rule, when=with_threshold(rule.when, score, number))


def _correction(tx: Tx, config: Config, reader: Analyzer) -> tuple[Correction | None, Corrected]:
    """The correction in use, else what the marks would teach, if there are enough."""
    in_use = config.setup((), correction=corrections.current(tx)).correction
    if in_use is not None:
        return in_use, "in use"
    learned = fit(gather(tx, config, reader).examples)
    return (learned, "not in use") if learned.marks >= LEAST_MARKS else (None, "none")
