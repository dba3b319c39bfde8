"""How many alerts kept mentions would make, had they been read and judged in another way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from alerts.alert import ReadMention
from alerts.policy import Route, alert_intents
from listener.config import Config
from listener.store import Tx
from listener.store.mentions import MentionFilter, list_mentions
from rules.judge import RuleBook, judge
from rules.reading import RuleMatch, Sentiment
from rules.rule import CompiledRule, Undecided, compile_rule
from rules.sentiment.contract import ReadyText
from rules.text import readable
from rules.variables import Facts

MOST_READ = 5_000
"""Mentions that are read again, the newest: a second or two of one core."""

_WEEK = timedelta(days=7)
_SHORTEST = timedelta(days=1)


class Kept(Struct, frozen=True, kw_only=True):
    """Mentions to ask, the newest first, with their texts made ready; they are all of the time since `since`."""

    mentions: Sequence[ReadMention]
    texts: Sequence[ReadyText]
    since: datetime
    until: datetime

    def a_week(self, alerts: int) -> float:
        """So many alerts in this time are so many a week; less than a day counts as one."""
        return alerts * (_WEEK / max(self.until - self.since, _SHORTEST))


class Judging(Struct, frozen=True):
    """By what mentions are judged, and where rules lead."""

    book: RuleBook
    routes: Mapping[str, Route]
    max_age: timedelta


def kept_since(tx: Tx, since: datetime, until: datetime, brands: Sequence[str] = ()) -> Kept:
    """The newest mentions of that time, MOST_READ at most, of these brands (none named: of all)."""
    wanted = [MentionFilter(brand=brand, since=since, until=until, limit=MOST_READ) for brand in brands or ("",)]
    found = sorted((one for some in wanted for one in list_mentions(tx, some)), key=_time, reverse=True)
    cut = found[:MOST_READ]
    oldest = min(map(_time, cut), default=since)
    return Kept(
        mentions=cut, texts=[ready(one) for one in cut], since=max(since, oldest) if cut else since, until=until
    )


def ready(mention: ReadMention) -> ReadyText:
    """A kept mention as readers get it."""
    return ReadyText(text=readable(mention.post), lang=mention.lang, brand=mention.brand, spans=mention.spans)


def judging(config: Config) -> Judging:
    """The rules of a configuration."""
    rules = config.setup(()).rules
    return Judging(RuleBook(compile_rule(rule) for rule in rules), config.routes(), config.listener.max_age)


def alerts_by_rule(kept: Kept, feelings: Sequence[Sentiment], by: Judging) -> Mapping[str, int]:
    """How many alerts each rule would have made, and under "" how many all of them together: one a story.

    Each mention is judged as if it had been heard at once; what is held all the same (the brand's own, noise) makes
    none.
    """
    stories: dict[str, set[str]] = {"": set(), **{name: set() for name in by.routes}}
    for mention, feels in zip(kept.mentions, feelings, strict=True):
        matches, _ = judge(by.book, facts_of(mention, feels))
        if not matches:
            continue
        judged = replace(mention, sentiment=feels, rules=tuple(matches))
        intents, _ = alert_intents([judged], by.routes, _time(mention), by.max_age)
        for intent in intents:
            stories[""].add(intent.key)
            for match in intent.rules:
                stories[match.name].add(intent.key)
    return {name: len(keys) for name, keys in stories.items()}


def alerts_of(kept: Kept, feelings: Sequence[Sentiment], rules: Sequence[CompiledRule]) -> list[int]:
    """How many alerts each of these rules alone would make, heard at once and counted as in `alerts_by_rule`."""
    stories: list[set[str]] = [set() for _ in rules]
    for mention, feels in zip(kept.mentions, feelings, strict=True):
        if _is_held(mention):
            continue
        facts = facts_of(mention, feels)
        for rule, keys in zip(rules, stories, strict=True):
            if _speaks(rule, facts):
                keys.add(mention.story or str(mention.post.key))
    return [len(keys) for keys in stories]


def facts_of(mention: ReadMention, feels: Sentiment) -> Facts:
    """What rules may know of a kept mention that feels so, as if it had been heard at once."""
    return Facts(
        post=mention.post,
        brand=mention.brand,
        seen_by=mention.seen_by,
        lang=mention.lang,
        sentiment=feels,
        urgency=mention.urgency,
        intent=mention.intent,
        waits_for_answer=mention.waits_for_answer,
        topics=mention.topics,
        customer=mention.customer,
        own=mention.own,
        now=_time(mention),
    )


def _is_held(mention: ReadMention) -> bool:
    """Whether nobody would be told of it whatever a rule says."""
    match = RuleMatch(name="any", severity="low", reason="")
    asked = replace(mention, rules=(match,))
    _, held = alert_intents([asked], {"any": Route(severity="low")}, _time(mention), _WEEK)
    return bool(held)


def _speaks(rule: CompiledRule, facts: Facts) -> bool:
    try:
        return rule.decide(facts)
    except Undecided:
        return False


def _time(mention: ReadMention) -> datetime:
    return mention.post.published_at or mention.first_seen_at
