"""Decides which mentions somebody is told of, on which channels, as one alert per story."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from alerts.alert import AlertIntent, ReadMention
from alerts.wording import ago, length
from rules.reading import SEVERITIES, RuleMatch, Severity


class Route(Struct, frozen=True, kw_only=True):
    """Where a rule leads: how bad it is, the channels it tells, and the desk it opens a ticket at ("" is none)."""

    severity: Severity
    notify: tuple[str, ...] = ()
    ticket: str = ""


def alert_intents(
    mentions: Sequence[ReadMention], routes: Mapping[str, Route], now: datetime, max_age: timedelta
) -> tuple[list[AlertIntent], dict[int, str]]:
    """Gives an intent for each mention that a rule speaks for, and why the others that one spoke for are held.

    Intents of one story share their key and come one after another, the most severe first: the first makes the
    alert, the others grow it. Stories stand in the order of their severity too. Held: {mention id: reason}.
    """
    held: dict[int, str] = {}
    intents: list[AlertIntent] = []
    for mention in mentions:
        spoken = _routed(mention.rules, routes)
        if not mention.rules:
            continue
        reason = _reason_to_hold(mention, spoken, now, max_age)
        if reason:
            held[mention.id] = reason
        else:
            intents.append(_intent(mention, spoken, routes))
    return _most_severe_story_first(intents), held


def _routed(matches: Sequence[RuleMatch], routes: Mapping[str, Route]) -> list[RuleMatch]:
    """The matches of rules that are still configured, the most severe first."""
    known = [match for match in matches if match.name in routes]
    return sorted(known, key=lambda match: _rank(routes[match.name].severity))


def _reason_to_hold(mention: ReadMention, spoken: Sequence[RuleMatch], now: datetime, max_age: timedelta) -> str:
    """Why nobody is told of a mention, "" where somebody is."""
    if not spoken:
        return f"rule '{mention.rules[0].name}' is no longer configured"
    if mention.own:
        return "written by one of the brand's own accounts"
    if mention.mark == "noise":
        return "marked as noise"
    published = mention.post.published_at
    if published is None:
        return "has no date and came with its source's first reading, so it may be old" if mention.first_reading else ""
    if now - published > max_age:
        return f"published {ago(now - published)}, older than max_age {length(max_age)}"
    return ""


def _intent(mention: ReadMention, spoken: Sequence[RuleMatch], routes: Mapping[str, Route]) -> AlertIntent:
    """The most severe rule gives the severity; the channels and desks of all of them are gathered."""
    reached = [routes[match.name] for match in spoken]
    return AlertIntent(
        key=mention.story or str(mention.post.key),
        story=mention.story,
        severity=reached[0].severity,
        brand=mention.brand,
        mention_id=mention.id,
        rules=tuple(spoken),
        channels=_unique(channel for route in reached for channel in route.notify),
        tickets=_unique(route.ticket for route in reached if route.ticket),
        followers=mention.post.author.followers or 0,
    )


def _most_severe_story_first(intents: Sequence[AlertIntent]) -> list[AlertIntent]:
    """Keeps a story's intents together; what is equally severe keeps the order in which it came."""
    stories: dict[str, list[AlertIntent]] = {}
    for intent in sorted(intents, key=lambda intent: _rank(intent.severity)):
        stories.setdefault(intent.key, []).append(intent)
    return [intent for story in stories.values() for intent in story]


def _rank(severity: Severity) -> int:
    return -SEVERITIES.index(severity)


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
