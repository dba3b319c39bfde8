"""How topics look in a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo

from alerts.alert import ReadMention
from alerts.digests.topics import said_of
from alerts.facts import author_name
from alerts.wording import change, counted, share
from listener.cli.output import console, span, table, when
from listener.cli.sparks import sparkline
from listener.terminal import cut, safe
from rules.topic import BrandTopics, Topic


def show_topics(found: BrandTopics, examples: Mapping[str, ReadMention], limit: int, timezone: tzinfo) -> None:
    """Prints a brand's topics: what, how often, against before, when, how much of it negative, and an example."""
    screen = console()
    screen.print(safe(f"{found.brand}, {when(found.since, timezone)} to {when(found.until, timezone)}"), style="bold")
    screen.print(safe(f"{counted(found.posts, 'mention')}. {_compared(found)}"))
    if found.sampled < 1:
        screen.print(f"Counted from {share(round(found.sampled * 1_000), 1_000)} of them.")
    before = f"{span(found.until - found.since)} before"
    table(
        ["topic", "mentions", before, "change", "over the time", "negative", "example"],
        (_cells(topic, examples.get(topic.term)) for topic in found.rising[:limit]),
        "No topic yet." if found.compared == "nothing" else "Nothing is talked of more than otherwise.",
        wide=("example",),
    )
    if found.fallen:
        told = (f"{topic.shown} ({topic.mentions:,}, {topic.before:,} before)" for topic in found.fallen[:limit])
        screen.print(safe(f"Talked of less: {', '.join(told)}"))
    screen.print()


def _compared(found: BrandTopics) -> str:
    if found.compared == "other brands":
        return "Compared with what is said of the other brands: too little was heard of this one before."
    if found.compared == "nothing":
        return "Too few mentions are kept to compare them with others."
    return f"Compared with the {span(found.since - found.background_since)} before."


def _cells(topic: Topic, example: ReadMention | None) -> Sequence[object]:
    typical = topic.trend == "typical"
    said = "" if example is None else f"{author_name(example)}: {said_of(example, topic.shown)}"
    return (
        cut(topic.shown, 40),
        f"{topic.mentions:,}",
        "" if typical else f"{topic.before:,}",
        "" if typical else change(topic.mentions, topic.before),
        sparkline(topic.timeline),
        "" if topic.negative is None else share(round(topic.negative * 1_000), 1_000),
        cut(said, 200),
    )
