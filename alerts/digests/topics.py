"""What people talk about, in the words of a digest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from alerts.alert import ReadMention
from alerts.digests.data import BrandDigest
from alerts.escape import one_line, web_link
from alerts.excerpt import around, cut, plain
from alerts.facts import author_name
from alerts.language import ENGLISH, Language
from alerts.wording import share
from rules.topic import BrandTopics, Topic

_LONGEST_NAME = 60
_SAID = 140


class TopicLine(Struct, frozen=True, kw_only=True):
    """A topic with how much was said of it; `bar` is percent of the widest one, `bad` the negative part of it."""

    name: str
    detail: str  # "9 mentions, 1 the day before, 22 % negative"
    bar: int
    bad: int
    who: str  # "" where no example is there
    said: str
    lang: str
    link: str


class TopicFacts(Struct, frozen=True, kw_only=True):
    """The topics of a brand; `fell` is a sentence or "", `note` what must be known to read them."""

    lines: tuple[TopicLine, ...] = ()
    fell: str = ""
    note: str = ""


def topic_facts(digest: BrandDigest, most: int, before: str, words: Language = ENGLISH) -> TopicFacts:
    """Puts the topics of a digest's brand into words; `before` is "the day before"."""
    found = digest.topics
    if found is None or not found.topics:
        return TopicFacts()
    rising, fallen = found.rising[:most], found.fallen[:most]
    widest = max((topic.mentions for topic in rising), default=1)
    return TopicFacts(
        lines=tuple(_line(topic, widest, before, digest.topic_examples, words) for topic in rising),
        fell=_fell(fallen, before, words),
        note=_note(found, words),
    )


def topic_detail(topic: Topic, before: str, words: Language = ENGLISH) -> str:
    """Gives "9 mentions, 1 the day before, 22 % negative"; nothing of before where nothing is known of it."""
    told = [words.count("{number} mention", "{number} mentions", topic.mentions)]
    if topic.trend != "typical" and topic.before:
        told.append(words.say("{number} {before}", number=words.number(topic.before), before=before))
    elif topic.trend != "typical":
        told.append(words.say("none {before}", before=before))
    if topic.negative is not None:
        told.append(words.say("{share} negative", share=share(round(topic.negative * 1_000), 1_000, words)))
    return ", ".join(told)


def _line(topic: Topic, widest: int, before: str, examples: Mapping[str, ReadMention], words: Language) -> TopicLine:
    bar = max(4, round(100 * topic.mentions / max(widest, 1)))
    example = examples.get(topic.term)
    return TopicLine(
        name=cut(one_line(topic.shown), _LONGEST_NAME) or cut(one_line(topic.term), _LONGEST_NAME),
        detail=topic_detail(topic, before, words),
        bar=bar,
        bad=round(bar * (topic.negative or 0.0)),
        who="" if example is None else author_name(example, words),
        said="" if example is None else said_of(example, topic.shown),
        lang="und" if example is None else example.lang,
        link="" if example is None else web_link(example.post.url),
    )


def said_of(mention: ReadMention, shown: str) -> str:
    """The part of a mention in which a topic stands, on one line."""
    text = mention.post.text
    place = text.lower().find(shown.lower())
    if place < 0 and mention.post.title:
        return cut(one_line(mention.post.title), _SAID)
    spans = [(place, place + len(shown))] if 0 <= place < len(text) else []
    return one_line(plain(around(text, spans, _SAID)))


def _fell(fallen: Sequence[Topic], before: str, words: Language) -> str:
    if not fallen:
        return ""
    told = (
        words.say(
            "{topic} ({number}, {number_before} {before})",
            topic=cut(one_line(one.shown), _LONGEST_NAME),
            number=words.number(one.mentions),
            number_before=words.number(one.before),
            before=before,
        )
        for one in fallen
    )
    return words.say("Talked of less: {topics}", topics=", ".join(told))


def _note(found: BrandTopics, words: Language) -> str:
    if found.compared == "other brands":
        return words.say("Compared with what is said of the other brands: too little was heard of this one before.")
    if found.sampled < 1:
        part = share(round(found.sampled * 1_000), 1_000, words)
        return words.say("Counted from {share} of {number} mentions.", share=part, number=words.number(found.posts))
    return ""
