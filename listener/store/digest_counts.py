"""The counts and lists of a digest, for one brand and one period each."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, Select, case, cast, extract, func, select

from alerts.alert import ReadMention
from alerts.digests.data import AuthorCount, StoryCount
from listener.store.customers import get_customer
from listener.store.hashes import NOBODY
from listener.store.loading import load
from listener.store.mentions import felt
from listener.store.ranks import rank
from listener.store.readings import author_of
from listener.store.tables import ALERT_MENTION, MENTION, POST

MOST = 10
HOURLY = timedelta(days=2)
"""Up to here a time line has a bin an hour, beyond a bin a day."""

_LOOKED_AT = 100  # candidates for the top mentions; what many people did with a post only decides among equals
_URGENCY = {"none": 0, "low": 1, "high": 2, "critical": 3}


class Period:
    """The mentions of a brand in [since, until), without what people marked as noise."""

    def __init__(self, brand: str, since: datetime, until: datetime) -> None:
        self.brand = brand
        self.since = since
        self.until = until

    def select(self, *columns: ColumnElement[Any]) -> Select[Any]:
        """Selects from MENTION joined with POST."""
        return (
            select(*columns)
            .select_from(MENTION.join(POST, POST.c.id == MENTION.c.post_id))
            .where(
                MENTION.c.brand == self.brand,
                MENTION.c.at >= self.since,
                MENTION.c.at < self.until,
                MENTION.c.mark != "noise",
            )
        )


def labels(tx: Connection, period: Period) -> dict[str, int]:
    """How many mentions feel how."""
    label = felt().label("felt")
    return {row[0]: row[1] for row in tx.execute(period.select(label, func.count()).group_by(label))}


def most_of(tx: Connection, period: Period, column: ColumnElement[str]) -> tuple[tuple[str, int], ...]:
    """The values of a column with their counts, the most frequent first."""
    counted = period.select(column, func.count()).group_by(column).order_by(func.count().desc(), column)
    return tuple((row[0], row[1]) for row in tx.execute(counted))


def held(tx: Connection, period: Period) -> int:
    """For how many mentions rules spoke while nobody was told."""
    return int(tx.execute(period.select(func.count()).where(MENTION.c.held != "")).scalar_one())


def timeline(tx: Connection, period: Period) -> tuple[tuple[datetime, int, int], ...]:
    """Bins of an hour or a day from the period's start: (start, mentions, negative ones). None is left out."""
    length = period.until - period.since
    width = timedelta(hours=1) if length <= HOURLY else timedelta(days=1)
    # A day on which clocks change has an hour more or less, which belongs to the last bin.
    bins = max(1, round(length / width))
    seconds = _epoch(tx, MENTION.c.at) - int(period.since.timestamp())
    place = (seconds // int(width.total_seconds())).label("place")
    negative = func.count().filter(felt() == "negative")
    counts = [[0, 0] for _ in range(bins)]
    for row in tx.execute(period.select(place, func.count(), negative).group_by(place)):
        counted = counts[min(int(row[0]), bins - 1)]
        counted[0] += row[1]
        counted[1] += row[2]
    return tuple((period.since + width * number, all_, bad) for number, (all_, bad) in enumerate(counts))


def _epoch(tx: Connection, column: ColumnElement[datetime]) -> ColumnElement[int]:
    """Whole seconds since 1970."""
    if tx.dialect.name == "sqlite":
        return cast(func.strftime("%s", column), Integer)
    return cast(func.floor(extract("epoch", column)), Integer)


def top_mentions(tx: Connection, period: Period) -> list[ReadMention]:
    """What to read first, once a story: alerted, urgent, from customers, negative; among equals what spread most."""
    alerted = select(func.max(ALERT_MENTION.c.severity)).where(ALERT_MENTION.c.mention_id == MENTION.c.id)
    worst = func.coalesce(alerted.correlate(MENTION).scalar_subquery(), -1)
    urgent = case(_URGENCY, value=MENTION.c.urgency, else_=0)
    known = case((MENTION.c.customer_id != "", 1), else_=0)
    negative = case((felt() == "negative", 1), else_=0)
    candidates = (
        period.select(MENTION.c.id)
        .where(POST.c.deleted_at.is_(None), ~MENTION.c.own)
        .order_by(worst.desc(), urgent.desc(), known.desc(), negative.desc(), MENTION.c.at.desc(), MENTION.c.id.desc())
        .limit(_LOOKED_AT)
    )
    mentions = sorted(load(tx, list(tx.execute(candidates).scalars())), key=_weight, reverse=True)
    stories: dict[str, ReadMention] = {}
    for mention in mentions:
        stories.setdefault(mention.story, mention)
    return list(stories.values())[:MOST]


def _weight(mention: ReadMention) -> tuple[int, int, bool, bool, int]:
    severity = max((rank(rule.severity) for rule in mention.rules), default=-1)
    label = mention.mark if mention.mark == "negative" else mention.sentiment.label
    spread = mention.post.engagement
    reached = sum(count or 0 for count in (spread.likes, spread.replies, spread.reposts))
    return severity, _URGENCY[mention.urgency.label], mention.customer is not None, label == "negative", reached


def author_key() -> ColumnElement[bytes]:
    """Who wrote a post: the hash of their id, else of their handle; NOBODY where neither is told."""
    return case((POST.c.author_id_hash != NOBODY, POST.c.author_id_hash), else_=POST.c.author_handle_hash)


def authors(tx: Connection, period: Period) -> tuple[AuthorCount, ...]:
    """Who wrote most, without the brand's own accounts."""
    who = author_key()
    counted = (
        period.select(
            func.count().label("mentions"),
            func.count().filter(felt() == "negative").label("negative"),
            func.max(POST.c.id).label("newest"),
            func.max(MENTION.c.customer_id).label("customer"),
        )
        .where(who != NOBODY, ~MENTION.c.own)
        .group_by(POST.c.source, who)
        .order_by(func.count().desc(), func.max(POST.c.id).desc())
        .limit(MOST)
    )
    rows = tx.execute(counted).all()
    posts = {row.id: row for row in tx.execute(select(POST).where(POST.c.id.in_([row.newest for row in rows])))}
    found = []
    for row in rows:
        author = author_of(posts[row.newest])
        customer = get_customer(tx, row.customer) if row.customer else None
        found.append(
            AuthorCount(
                source=posts[row.newest].source,
                name=author.name or author.handle or author.id,
                url=author.url,
                mentions=row.mentions,
                negative=row.negative,
                followers=author.followers,
                customer=(customer.name or customer.id) if customer else row.customer,
            )
        )
    return tuple(found)


def stories(tx: Connection, period: Period) -> tuple[StoryCount, ...]:
    """The stories that several posts told, by how many, each with the post that told it first."""
    posts = func.count(POST.c.id.distinct())
    counted = (
        period.select(POST.c.story, posts.label("posts"), func.min(POST.c.id).label("first"))
        .group_by(POST.c.story)
        .having(posts > 1)
        .order_by(posts.desc(), func.min(POST.c.id))
        .limit(MOST)
    )
    rows = tx.execute(counted).all()
    firsts = {row.id: row for row in tx.execute(select(POST).where(POST.c.id.in_([row.first for row in rows])))}
    return tuple(
        StoryCount(
            story=row.story,
            title=firsts[row.first].title or firsts[row.first].text[:200],
            url=firsts[row.first].url,
            mentions=row.posts,
        )
        for row in rows
    )
