"""Asks a rule of all that is kept of some days: how often it would have told, of what, and how often rightly."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, tzinfo

from msgspec import Struct

from listener.ruling.mark_verdicts import VERDICTS, Verdict, verdict, worse
from listener.ruling.replaying import Heard, Progress, Span, heard, heard_again, held, speaks
from listener.store import Tx
from listener.store.loading import load
from rules.reading import Severity
from rules.rule import CompiledRule
from rules.rule_reason import reason
from rules.share import Share, share
from rules.variables import STANDING

_WEEK = timedelta(days=7)


class WouldTell(Struct, frozen=True, kw_only=True):
    """One alert that there would have been: its worst mention, how many it stands for, what people marked."""

    mention: int
    brand: str
    at: datetime
    mentions: int
    severity: Severity
    score: float | None
    reason: str
    verdict: Verdict
    author: str
    text: str
    url: str


class Backtest(Struct, frozen=True, kw_only=True):
    """A rule over some days. `told`: mentions that it speaks for; `alerts`: those grouped, one a story.

    `held`: for how many it speaks and nobody would be told, by the reason. `marked`: alerts by what people marked,
    `precision` the good ones among them. `days`: alerts by the day of their first mention, the oldest first.
    `compared`: mentions and alerts of the rule as it is configured, where another condition was asked.
    `alerts_shown`: the worst.
    """

    rule: str
    when: str
    since: datetime
    until: datetime
    mentions: int
    told: int
    alerts: int
    a_week: float
    held: Mapping[str, int]
    marked: Mapping[str, int]
    precision: Share | None
    days: Sequence[int]
    compared: tuple[int, int] | None
    alerts_shown: Sequence[WouldTell]


class _Story(Struct, gc=False):
    """What is kept of one alert while all mentions go by."""

    first: datetime
    worst: int
    score: float
    mentions: int = 0
    verdict: Verdict = ""


class _Stories:
    """The alerts of one rule; as many are held as it would have made, each in a few hundred bytes."""

    def __init__(self, rule: CompiledRule) -> None:
        self.rule = rule
        self.told = 0
        self.held: Counter[str] = Counter()
        self.by_key: dict[str, _Story] = {}

    def hear(self, one: Heard, max_age: timedelta) -> None:
        if not speaks(self.rule, one.facts):
            return
        why = held(one, max_age)
        if why:
            self.held[why] += 1
            return
        self.told += 1
        feels = one.mention.sentiment
        score = 0.0 if feels.score is None else feels.score
        story = self.by_key.get(one.key)
        if story is None:
            story = self.by_key[one.key] = _Story(one.now, one.mention.id, score)
        elif score < story.score:
            story.worst, story.score = one.mention.id, score
        story.first = min(story.first, one.now)
        story.mentions += 1
        story.verdict = worse(story.verdict, verdict(one.mention.mark, feels.label or "", self.rule.names))


class Asked(Struct, frozen=True, kw_only=True):
    """What a backtest is about: a rule, and the one that is configured where another condition is asked."""

    rule: CompiledRule
    configured: CompiledRule | None
    span: Span
    max_age: timedelta
    timezone: tzinfo
    shown: int


def backtest(tx: Tx, asked: Asked, progress: Progress | None = None) -> Backtest:
    """Asks the rule of each kept mention by what was read in it. Pages of mentions are read and let go."""
    stories = _Stories(asked.rule)
    before = _Stories(asked.configured) if asked.configured is not None else None
    span, rule = asked.span, asked.rule.rule
    mentions = 0
    for one in heard_again(tx, span, [asked.rule, *([asked.configured] if asked.configured else [])], progress):
        mentions += 1
        stories.hear(one, asked.max_age)
        if before is not None:
            before.hear(one, asked.max_age)
    marked: Counter[Verdict] = Counter(story.verdict for story in stories.by_key.values() if story.verdict)
    return Backtest(
        rule=rule.name,
        when=rule.when,
        since=span.since,
        until=span.until,
        mentions=mentions,
        told=stories.told,
        alerts=len(stories.by_key),
        a_week=len(stories.by_key) * (_WEEK / max(span.until - span.since, timedelta(days=1))),
        held=dict(stories.held),
        marked={one: marked[one] for one in VERDICTS},
        precision=share(marked["good"], sum(marked.values())),
        days=_days(stories, span, asked.timezone),
        compared=None if before is None else (before.told, len(before.by_key)),
        alerts_shown=_worst(tx, stories, asked),
    )


def _days(stories: _Stories, span: Span, timezone: tzinfo) -> list[int]:
    """Alerts by day; one whose mentions came before the time began (they were imported, say) counts on the first."""
    first = span.since.astimezone(timezone).date()
    last = span.until.astimezone(timezone).date()
    counts = [0] * ((last - first).days + 1)
    for story in stories.by_key.values():
        day = (story.first.astimezone(timezone).date() - first).days
        counts[min(max(day, 0), len(counts) - 1)] += 1
    return counts


def _worst(tx: Tx, stories: _Stories, asked: Asked) -> list[WouldTell]:
    """The worst alerts: the lowest sentiment, then the widest spread, then the newest."""
    found = heapq.nsmallest(
        asked.shown,
        stories.by_key.values(),
        key=lambda story: (story.score, -story.mentions, -story.first.timestamp(), story.worst),
    )
    compiled, rule = asked.rule, asked.rule.rule
    asks = not STANDING.isdisjoint(compiled.names)
    by_number = {one.id: one for one in load(tx, [story.worst for story in found])}
    told = []
    for story in found:
        one = heard(tx, by_number[story.worst], asked.span.at_once, asks)
        mention, author = one.mention, one.mention.post.author
        told.append(
            WouldTell(
                mention=mention.id,
                brand=mention.brand,
                at=story.first,
                mentions=story.mentions,
                severity=rule.severity,
                score=mention.sentiment.score,
                reason=reason(rule.when, compiled.names, one.facts),
                verdict=story.verdict,
                author=author.handle or author.name,
                text=mention.post.title or mention.post.text,
                url=mention.post.url,
            )
        )
    return told
