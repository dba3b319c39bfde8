"""Gathers what people's marks give to learn from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from zlib import crc32

from msgspec import Struct

from alerts.alert import ReadMention
from listener.config import Config
from listener.handing_on import may_learn_from
from listener.ruling.would_tell import MOST_READ, ready
from listener.store import Tx, marks
from listener.store.loading import load
from listener.store.mentions import MentionFilter, list_mentions
from rules.language import identify_languages
from rules.sentiment.contract import Analyzer, ReadyText
from rules.sentiment.correction import FEELINGS, Feeling
from rules.sentiment.correction_fit import Example, learnable
from rules.text import readable
from sources.post import Post

MOST_MARKS = 10_000
"""Marks that are learned from, the newest of mentions first."""

_SPARE = 50  # unmarked mentions read beyond those needed: some have no label


class Told(Struct, frozen=True, kw_only=True):
    """What there is to learn from, how many marks are not and why, and what is presumed beside the marks.

    `against`: marks that say that the reading was wrong. `presumed`: unmarked mentions among the examples, taken for
    read right.
    """

    examples: Sequence[Example]
    against: int = 0
    presumed: int = 0
    forbidden: int = 0
    unreadable: int = 0


def gather(tx: Tx, config: Config, reader: Analyzer) -> Told:
    """The marked texts with what the reader (the configured one) says of them; the services' terms are kept.

    People mark what was read wrong and pass over what was right. Where more marks say "wrong" than "right" about a
    brand, as many of its unmarked mentions as are missing are taken for read right: else it would be learned that the
    reading is always wrong.
    """
    kinds = {settings.name: settings.kind for settings in config.sources}
    found = load(tx, marks.marked_mentions(tx, MOST_MARKS))
    felt = [one for one in found if one.mark in FEELINGS]
    lawful = [one for one in felt if may_learn_from(one, kinds)]
    brought = marks.marked_texts(tx, MOST_MARKS - len(lawful))
    texts = [*map(ready, lawful), *_ready_texts(brought)]
    labels = [*(_feeling(one.mark) for one in lawful), *(_feeling(one.mark) for one in brought)]
    stories = [*(one.story for one in lawful), *("" for _ in brought)]
    examples = [
        Example(text=text, shipped=read, label=label, story=story)
        for text, read, label, story in zip(texts, reader.analyze(texts), labels, stories, strict=True)
    ]
    told = [one for one in examples if learnable(one)]
    presumed = _presumed(tx, kinds, reader, told)
    return Told(
        examples=[*told, *presumed],
        against=sum(map(_is_against, told)),
        presumed=len(presumed),
        forbidden=len(felt) - len(lawful),
        unreadable=len(examples) - len(told),
    )


def _feeling(mark: str) -> Feeling:
    return FEELINGS[FEELINGS.index(mark)]


def _is_against(example: Example) -> bool:
    return example.shipped.label != example.label


def _ready_texts(brought: Sequence[marks.MarkedText]) -> list[ReadyText]:
    posts = [Post(source="marks", instance="", external_id=str(at), text=one.text) for at, one in enumerate(brought)]
    texts = [readable(post) for post in posts]
    langs = identify_languages(texts, [""] * len(texts)) if texts else []
    return [
        ReadyText(text=text, lang=lang, brand=one.brand or None)
        for text, lang, one in zip(texts, langs, brought, strict=True)
    ]


def _presumed(tx: Tx, kinds: Mapping[str, str], reader: Analyzer, told: Sequence[Example]) -> list[Example]:
    """Unmarked mentions as they are read, for each brand as many as marks that say "wrong" outnumber the others by."""
    missing = Counter[str]()
    for one in told:
        missing[one.text.brand or ""] += 1 if _is_against(one) else -1
    stories, texts = {one.story for one in told}, {one.text.text for one in told}
    found: list[Example] = []
    for brand, count in sorted(missing.items()):
        if count > 0:
            unmarked = [
                one
                for one in list_mentions(tx, MentionFilter(brand=brand, limit=MOST_READ))
                if not one.mark and one.story not in stories and may_learn_from(one, kinds)
            ]
            unmarked.sort(key=_drawn)
            read = _as_read(reader, unmarked[: count + _SPARE])
            found += [one for one in read if one.text.text not in texts][:count]
    return found


def _drawn(mention: ReadMention) -> tuple[int, int]:
    """A place by lot, the same each time."""
    return crc32(str(mention.post.key).encode("utf-8", "surrogatepass")), mention.id


def _as_read(reader: Analyzer, mentions: Sequence[ReadMention]) -> list[Example]:
    texts = [ready(one) for one in mentions]
    return [
        Example(text=text, shipped=read, label=_feeling(read.label), story=one.story, presumed=True)
        for one, text, read in zip(mentions, texts, reader.analyze(texts), strict=True)
        if read.label in FEELINGS
    ]
