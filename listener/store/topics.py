"""The topics of a brand: counted from the mentions that are kept, and kept where readings look for them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Select, delete, func, select

from alerts.alert import ReadMention
from listener.store.hashes import NOBODY
from listener.store.loading import load
from listener.store.mentions import felt
from listener.store.statements import insert_into
from listener.store.tables import MENTION, POST, TOPIC
from rules.text import readable
from rules.topic import BrandTopics, Comparison, Said, Span
from rules.topic_words import READ_CHARACTERS
from rules.topics import FEWEST_POSTS, find_topics
from sources.post import Post
from sources.query.words import dense_runs

MOST_READ = 3_000
"""Posts that are read of the period, and as many of what it is compared with: about a second of one core, 30 MB."""

MOST_LETTERS = 600_000
"""Letters of all these posts together, a character of a script without spaces taken for three: whole articles by the
thousand would fill gigabytes with their phrases."""

FEWEST_EARLIER = 30
"""Earlier mentions of a brand below which those of other brands are the better comparison."""

FEWEST_OTHERS = 100

_LEAST_BACKGROUND, _MOST_BACKGROUND = timedelta(days=7), timedelta(days=28)
_PERIODS = 4  # as many times the period is what it is compared with
_NARROWED = 4  # the part of a short history that is set against the rest
_NOT_SAID = frozenset({"spam", "job"})  # whose words nobody talks about
_SPREAD = 10_007  # a prime: numbers are spread over as many classes, whatever order brands and sources come in
_STEP = 7_919

Tx = Connection


class KeptTopics(Struct, frozen=True, kw_only=True):
    """What is kept of a brand's topics, and when it was counted."""

    topics: BrandTopics
    counted_at: datetime
    newest: int


class _Label(Struct, frozen=True):
    label: str


class _Matched(Struct, frozen=True):
    text: str


class _Seen(Struct, frozen=True):
    """The parts of a kept reading that topics need."""

    intent: tuple[_Label, ...]
    spans: tuple[_Matched, ...]


_decode_seen = msgspec.json.Decoder(_Seen).decode
_decode_topics = msgspec.json.Decoder(BrandTopics).decode


def count_topics(tx: Tx, brand: str, since: datetime, until: datetime, *, narrow: bool) -> BrandTopics:
    """What a brand's mentions of [since, until) talk about, compared with those of the time before.

    Where too few are kept of that time, with other brands' mentions; where there are too few of those as well and
    `narrow` is set, the newest quarter of what is kept of the period stands against the rest of it. By when posts were
    published; the brand's own posts, what was marked as noise, spam, job advertisements and what was deleted upstream
    do not count. Of more than MOST_READ posts a part is read, the same each time, and counts are told for all.
    """
    length = until - since
    back = since - max(length, min(max(_LEAST_BACKGROUND, _PERIODS * length), _MOST_BACKGROUND))
    own = MENTION.c.brand == brand
    compared: Comparison = "earlier"
    if _count(tx, own, back, since) < FEWEST_EARLIER:
        if _count(tx, MENTION.c.brand != brand, back, until) >= FEWEST_OTHERS:
            compared = "other brands"
        elif narrow and (first := _first(tx, own, since, until)) is not None:
            since, back = until - (until - first) / _NARROWED, first
        else:
            compared = "nothing"
    now = _Sample(tx, own, since, until)
    empty = BrandTopics(
        brand=brand,
        since=since,
        until=until,
        background_since=back,
        compared=compared,
        posts=now.posts,
        sampled=now.share,
    )
    if compared == "nothing" or now.posts < FEWEST_POSTS:
        return empty
    earlier = _Sample(tx, own, back, since)
    others = _Sample(tx, MENTION.c.brand != brand, back, until).read() if compared == "other brands" else None
    said = [*now.read(), *earlier.read()]
    span = Span(since=since, until=until, background_since=back, sampled=now.share, sampled_before=earlier.share)
    found = find_topics(said, span, name=brand, matched=now.matched | earlier.matched, background=others)
    return msgspec.structs.replace(empty, topics=tuple(found))


def keep_topics(tx: Tx, topics: BrandTopics, newest: int, now: datetime) -> None:
    """Keeps a brand's topics in the place of those it had."""
    values = {"counted_at": now, "newest": newest, "topics_json": msgspec.json.encode(topics).decode()}
    statement = insert_into(tx, TOPIC).values(brand=topics.brand, **values)
    tx.execute(statement.on_conflict_do_update(index_elements=[TOPIC.c.brand], set_=values))


def kept_topics(tx: Tx) -> dict[str, KeptTopics]:
    """The topics that are kept, by brand."""
    return {
        row.brand: KeptTopics(topics=_decode_topics(row.topics_json), counted_at=row.counted_at, newest=row.newest)
        for row in tx.execute(select(TOPIC).order_by(TOPIC.c.brand))
    }


def current_terms(tx: Tx) -> dict[str, tuple[str, ...]]:
    """The terms for which readings look, by brand: the topics that are kept, without those that fell."""
    kept = kept_topics(tx)
    return {brand: tuple(topic.term for topic in one.topics.rising) for brand, one in kept.items()}


def forget_topics(tx: Tx, brands: Collection[str]) -> int:
    """Removes the topics of all brands but these; gives how many."""
    return tx.execute(delete(TOPIC).where(TOPIC.c.brand.not_in(brands))).rowcount


def newest_of(tx: Tx, brand: str) -> int:
    """The greatest number of a brand's mention; 0 where there is none."""
    return int(tx.execute(select(func.max(MENTION.c.id)).where(MENTION.c.brand == brand)).scalar() or 0)


def examples_of(tx: Tx, topics: BrandTopics) -> Mapping[str, ReadMention]:
    """A mention to show for each topic, another one each time where that can be; those that are gone are left out."""
    wanted = sorted({number for topic in topics.topics for number in topic.examples})
    there = {mention.id: mention for mention in load(tx, wanted)}
    shown: dict[str, ReadMention] = {}
    used: set[int] = set()
    for topic in topics.topics:
        numbers = [number for number in topic.examples if number in there]
        fresh = [number for number in numbers if number not in used]
        if numbers:
            shown[topic.term] = there[(fresh or numbers)[0]]
            used.add(shown[topic.term].id)
    return shown


def within(said: Sequence[Said], most: int) -> list[Said]:
    """Cuts the longest texts, and those alone, so that all together have `most` letters."""
    letters = [len(one.text) + 2 * sum(map(len, dense_runs(one.text))) for one in said]
    if sum(letters) <= most:
        return list(said)
    left, fair = most, 0
    for place, count in enumerate(sorted(letters)):
        fair = left // (len(letters) - place)
        if count > fair:
            break
        left -= count
    return [
        one if count <= fair else msgspec.structs.replace(one, text=one.text[: len(one.text) * fair // count])
        for one, count in zip(said, letters, strict=True)
    ]


class _Sample:
    """The mentions of a time: how many, and as many of them read as is worth it."""

    def __init__(self, tx: Tx, whose: ColumnElement[bool], since: datetime, until: datetime) -> None:
        self._tx = tx
        self._conditions = _conditions(whose, since, until)
        self.posts = _count(tx, whose, since, until)
        self.share = min(1.0, MOST_READ / self.posts) if self.posts else 1.0
        self.matched: set[str] = set()

    def read(self) -> list[Said]:
        """The posts that people wrote, and in `matched` the words by which they were found."""
        said = []
        for row in self._tx.execute(self._chosen()):
            seen = _decode_seen(row.reading_json)
            if _NOT_SAID.isdisjoint(intent.label for intent in seen.intent):
                self.matched.update(span.text for span in seen.spans)
                said.append(_said(row))
        return within(said, MOST_LETTERS)

    def _chosen(self) -> Select[Any]:
        columns: Sequence[ColumnElement[Any]] = (
            MENTION.c.id, MENTION.c.lang, MENTION.c.at, MENTION.c.reading_json, felt().label("felt"),
            POST.c.title, func.substr(POST.c.text, 1, 2 * READ_CHARACTERS).label("text"), POST.c.story,
            POST.c.author_id_hash, POST.c.author_handle_hash,
        )  # fmt: skip
        joined = select(*columns).join(POST, POST.c.id == MENTION.c.post_id)
        chosen = joined.where(*self._conditions, POST.c.deleted_at.is_(None))
        if self.share < 1:
            chosen = chosen.where(MENTION.c.id % _SPREAD * _STEP % _SPREAD < round(_SPREAD * self.share))
        return chosen.order_by(MENTION.c.id).limit(2 * MOST_READ)


def _said(row: Any) -> Said:
    post = Post(source="", instance="", external_id="", title=row.title, text=row.text)
    author = row.author_id_hash if row.author_id_hash != NOBODY else row.author_handle_hash
    return Said(
        number=row.id,
        text=readable(post)[:READ_CHARACTERS],
        lang=row.lang,
        story=row.story,
        author="" if author == NOBODY else author.hex(),
        at=row.at,
        negative={"negative": True, "neutral": False, "positive": False}.get(row.felt),
    )


def _conditions(whose: ColumnElement[bool], since: datetime, until: datetime) -> tuple[ColumnElement[bool], ...]:
    return whose, MENTION.c.at >= since, MENTION.c.at < until, MENTION.c.mark != "noise", ~MENTION.c.own


def _count(tx: Tx, whose: ColumnElement[bool], since: datetime, until: datetime) -> int:
    counted = select(func.count()).select_from(MENTION).where(*_conditions(whose, since, until))
    return int(tx.execute(counted).scalar_one())


def _first(tx: Tx, whose: ColumnElement[bool], since: datetime, until: datetime) -> datetime | None:
    first = select(MENTION.c.at).where(*_conditions(whose, since, until)).order_by(MENTION.c.at).limit(1)
    return tx.execute(first).scalar()
