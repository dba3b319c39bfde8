"""What the rules say of a reading, with the troubles that they had."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rules.judge import RuleBook, RuleTrouble, judge
from rules.reading import Reading, RuleMatch
from rules.understanding import Trouble, tried
from rules.variables import Facts
from sources.post import Post


def ruled(rules: RuleBook, facts: Facts, troubles: Sequence[Trouble]) -> tuple[list[RuleMatch], tuple[Trouble, ...]]:
    """Gives the rules that speak, and `troubles` with those that rules had. Never raises."""
    told = list(troubles)
    nothing: tuple[list[RuleMatch], list[RuleTrouble]] = ([], [])
    matches, silent = tried("rules", told, lambda: judge(rules, facts), nothing)
    return matches, (*told, *(Trouble(f"rule {trouble.name!r}", trouble.why) for trouble in silent))


def without_rules(troubles: Sequence[Trouble]) -> list[Trouble]:
    """The troubles that no rule had, for whoever asks the rules again."""
    return [trouble for trouble in troubles if trouble.part != "rules" and not trouble.part.startswith("rule ")]


def facts_of(post: Post, reading: Reading, *, own: bool, seen_by: str, now: datetime) -> Facts:
    """What rules may know of a mention that was read."""
    return Facts(
        post=post,
        brand=reading.brand or "",
        seen_by=(seen_by,) if seen_by else (),
        lang=reading.lang,
        sentiment=reading.sentiment,
        urgency=reading.urgency,
        intent=reading.intent,
        waits_for_answer=reading.waits_for_answer,
        topics=reading.topics,
        customer=reading.customer,
        own=own,
        now=now,
    )
