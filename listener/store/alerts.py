"""Alerts as they stand: one, many, and the mentions behind them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Row, Select, case, exists, func, select

from alerts.alert import Alert, AlertIntent, AlertKind, ReadMention
from alerts.handling import State
from listener.store.customer_contacts import last_contacts
from listener.store.customer_standing import standing_of
from listener.store.growing import Told, put_alerts
from listener.store.handling import in_state
from listener.store.hashes import NOBODY
from listener.store.loading import load
from listener.store.ranks import severity_of
from listener.store.statements import among, chunks, many
from listener.store.tables import ALERT, ALERT_MENTION, MENTION, POST, TICKET, TICKET_ALERT
from rules.reading import RuleMatch, Severity

__all__ = [
    "Told",
    "alert_mentions",
    "alerts_of_mention",
    "briefs",
    "briefs_of_new",
    "count_since",
    "get_alert",
    "get_alerts",
    "list_alerts",
    "mention_counts",
    "newest_id",
    "put_alerts",
]

MOST_OTHERS = 10
MOST_CONTACTS = 3
MOST_LOOKED_AT = 40
"""Mentions of an alert that are asked for its rules and its links; a story told ten thousand times has as many."""


def get_alert(tx: Connection, number: int) -> Alert | None:
    """One alert as it stands, or None."""
    return next(iter(_whole(tx, tx.execute(select(ALERT).where(ALERT.c.id == number)).all())), None)


def get_alerts(tx: Connection, numbers: Sequence[int]) -> list[Alert]:
    """These alerts as they stand, in this order; those that are gone, or whose post was deleted, are left out."""
    statement = (
        select(ALERT)
        .join(MENTION, MENTION.c.id == ALERT.c.lead_mention_id)
        .join(POST, POST.c.id == MENTION.c.post_id)
        .where(ALERT.c.id.in_(numbers), POST.c.deleted_at.is_(None))
    )
    found = {alert.id: alert for alert in _whole(tx, tx.execute(statement).all())}
    return [found[number] for number in numbers if number in found]


class Brief(Struct, frozen=True, kw_only=True):
    """An alert as decisions about it need it."""

    id: int
    kind: AlertKind
    key: str
    severity: Severity
    brands: tuple[str, ...]
    lead: ReadMention


def briefs(tx: Connection, numbers: Sequence[int]) -> dict[int, Brief]:
    """What is to be known of these alerts, by number; those that are gone, or whose post is, are left out."""
    if not numbers:
        return {}
    asked = _with_their_posts(tx.dialect.name)
    rows = [row for some in chunks(numbers) for row in tx.execute(asked, many(tx, some))]
    leads = {mention.id: mention for mention in load(tx, [row.lead_mention_id for row in rows])}
    brands = _brands(tx, numbers)
    return {
        row.id: Brief(
            id=row.id,
            kind=row.kind,
            key=row.key,
            severity=severity_of(row.severity),
            brands=tuple(brands.get(row.id, ())),
            lead=leads[row.lead_mention_id],
        )
        for row in rows
        if row.lead_mention_id in leads
    }


@cache
def _with_their_posts(dialect: str) -> Select[Any]:
    its = select(ALERT).join(MENTION, MENTION.c.id == ALERT.c.lead_mention_id)
    its = its.join(POST, POST.c.id == MENTION.c.post_id)
    return its.where(POST.c.deleted_at.is_(None), among(dialect, ALERT.c.id))


def briefs_of_new(
    told: Iterable[Told], intents: Iterable[AlertIntent], known: Mapping[int, ReadMention]
) -> dict[int, Brief]:
    """What `briefs` would give of alerts that were made just now of all these intents, without asking for it.

    Left out are those that were there before, and those of which a mention is not among the known.
    """
    of_key: dict[str, list[AlertIntent]] = {}
    for intent in intents:
        of_key.setdefault(intent.key, []).append(intent)
    return {
        one.alert_id: Brief(
            id=one.alert_id,
            kind=of_key[one.key][0].kind,
            key=one.key,
            severity=one.severity,
            brands=tuple(sorted({known[intent.mention_id].brand for intent in of_key[one.key]})),
            lead=known[one.lead_mention_id],
        )
        for one in told
        if one.is_new and all(intent.mention_id in known for intent in of_key[one.key])
    }


def mention_counts(tx: Connection, numbers: Sequence[int]) -> dict[int, int]:
    """How many mentions each of these alerts stands for."""
    return {number: count for some in chunks(numbers) for number, count in _counts(tx, some).items()}


def list_alerts(
    tx: Connection,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    brand: str = "",
    limit: int = 50,
    state: State | None = None,
    now: datetime | None = None,
) -> list[Alert]:
    """The alerts made in [since, until), the newest first; of one brand, or of all ("").

    `state`: only those that stand so with the people at `now`, which must be given with it.
    """
    statement = select(ALERT).order_by(ALERT.c.id.desc()).limit(limit)
    if since is not None:
        statement = statement.where(ALERT.c.created_at >= since)
    if until is not None:
        statement = statement.where(ALERT.c.created_at < until)
    if state is not None and now is not None:
        statement = statement.where(in_state(state, now))
    if brand:
        of_brand = exists().where(
            ALERT_MENTION.c.alert_id == ALERT.c.id,
            ALERT_MENTION.c.mention_id == MENTION.c.id,
            MENTION.c.brand == brand,
        )
        statement = statement.where(of_brand)
    return _whole(tx, tx.execute(statement).all())


def worst_alerts(
    tx: Connection, since: datetime, until: datetime, brands: Sequence[str], limit: int
) -> tuple[list[Alert], int]:
    """The alerts made in [since, until) of these brands, the worst first, of those the newest; and how many."""
    of_brand = exists().where(
        ALERT_MENTION.c.alert_id == ALERT.c.id,
        ALERT_MENTION.c.mention_id == MENTION.c.id,
        MENTION.c.brand.in_(list(brands)),
    )
    its = ALERT.c.created_at >= since, ALERT.c.created_at < until, of_brand
    worst = select(ALERT).where(*its).order_by(ALERT.c.severity.desc(), ALERT.c.id.desc()).limit(limit)
    count = tx.execute(select(func.count()).select_from(ALERT).where(*its)).scalar_one()
    return _whole(tx, tx.execute(worst).all()), int(count)


def alert_mentions(tx: Connection, number: int, limit: int) -> list[ReadMention]:
    """The mentions that an alert stands for, the worst first, then the oldest."""
    ordered = (
        select(ALERT_MENTION.c.mention_id)
        .where(ALERT_MENTION.c.alert_id == number)
        .order_by(ALERT_MENTION.c.severity.desc(), ALERT_MENTION.c.mention_id)
        .limit(limit)
    )
    return load(tx, list(tx.execute(ordered).scalars()))


def alerts_of_mention(tx: Connection, number: int) -> list[int]:
    """The numbers of the alerts that a mention is part of."""
    its = select(ALERT_MENTION.c.alert_id).where(ALERT_MENTION.c.mention_id == number)
    return list(tx.execute(its.order_by(ALERT_MENTION.c.alert_id)).scalars())


def newest_id(tx: Connection) -> int:
    """The greatest number given to an alert that is kept; 0 where there is none."""
    return int(tx.execute(select(func.max(ALERT.c.id))).scalar() or 0)


def count_since(tx: Connection, number: int) -> int:
    """How many alerts have a greater number."""
    return int(tx.execute(select(func.count()).where(ALERT.c.id > number)).scalar_one())


_decode_rules = msgspec.json.Decoder(tuple[RuleMatch, ...]).decode


def _whole(tx: Connection, rows: Sequence[Row[Any]]) -> list[Alert]:
    """Rows of ALERT with all that belongs to them, in a handful of questions however many they are."""
    numbers = [row.id for row in rows]
    leads = {mention.id: mention for mention in load(tx, [row.lead_mention_id for row in rows])}
    mentions = _counts(tx, numbers)
    tickets = _tickets(tx, numbers)
    brands = _brands(tx, numbers)
    parts = _parts(tx, numbers)
    reaches = _reaches(tx, numbers)
    return [
        Alert(
            id=row.id,
            key=row.key,
            story=row.story,
            severity=severity_of(row.severity),
            brands=tuple(brands.get(row.id, ())),
            rules=_rules(parts.get(row.id, ()), row.lead_mention_id),
            lead=leads[row.lead_mention_id],
            mentions=mentions.get(row.id, 0),
            others=_others(parts.get(row.id, ()), row.lead_mention_id),
            created_at=row.created_at,
            updated_at=row.updated_at,
            ticket=tickets.get(row.id),
            kind=row.kind,
            reach=reaches.get(row.id, 0),
            **_of_customer(tx, row, leads[row.lead_mention_id]),
        )
        for row in rows
    ]


def _of_customer(tx: Connection, row: Row[Any], lead: ReadMention) -> dict[str, Any]:
    """How the customer stood when the alert last grew, and what was said with them before."""
    if lead.customer is None:
        return {}
    number, until = lead.customer.id, row.updated_at
    return {
        "standing": standing_of(tx, number, until),
        "last_contacts": tuple(last_contacts(tx, number, until, MOST_CONTACTS, but_story=row.story)),
    }


def _counts(tx: Connection, numbers: Sequence[int]) -> dict[int, int]:
    its = ALERT_MENTION.c.alert_id
    rows = tx.execute(select(its, func.count()).where(its.in_(numbers)).group_by(its))
    return {row[0]: row[1] for row in rows}


def _reaches(tx: Connection, numbers: Sequence[int]) -> dict[int, int]:
    """The followers of each alert's authors: whoever tells a story twice reaches the same people."""
    nobody = POST.c.author_id_hash == NOBODY
    author = case((nobody, POST.c.author_handle_hash), else_=POST.c.author_id_hash).label("author")
    its = ALERT_MENTION.c
    each = (
        select(its.alert_id, author, func.max(its.followers).label("followers"))
        .join(MENTION, MENTION.c.id == its.mention_id)
        .join(POST, POST.c.id == MENTION.c.post_id)
        .where(its.alert_id.in_(numbers), its.followers > 0, POST.c.deleted_at.is_(None))
        .group_by(its.alert_id, author)
        .subquery()
    )
    summed = select(each.c.alert_id, func.sum(each.c.followers)).group_by(each.c.alert_id)
    return {number: int(reach) for number, reach in tx.execute(summed)}


def _tickets(tx: Connection, numbers: Sequence[int]) -> dict[int, int]:
    """The ticket of each alert: the newest that was not merged into another."""
    unmerged = TICKET.c.merged_into.is_(None)
    opened = select(TICKET.c.alert_id, TICKET.c.number).where(TICKET.c.alert_id.in_(numbers), unmerged)
    added_to = (
        select(TICKET_ALERT.c.alert_id, TICKET_ALERT.c.ticket)
        .join(TICKET, TICKET.c.number == TICKET_ALERT.c.ticket)
        .where(TICKET_ALERT.c.alert_id.in_(numbers), unmerged)
    )
    found: dict[int, int] = {}
    for row in (*tx.execute(opened), *tx.execute(added_to)):
        found[row[0]] = max(row[1], found.get(row[0], 0))
    return found


def _brands(tx: Connection, numbers: Sequence[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    rows = tx.execute(_their_brands(tx.dialect.name), many(tx, numbers))
    for number, brand in sorted((number, brand) for number, brand in rows):  # each database has an order of its own
        found.setdefault(number, []).append(brand)
    return found


@cache
def _their_brands(dialect: str) -> Select[Any]:
    its = select(ALERT_MENTION.c.alert_id, MENTION.c.brand).distinct()
    its = its.join(MENTION, MENTION.c.id == ALERT_MENTION.c.mention_id)
    return its.where(among(dialect, ALERT_MENTION.c.alert_id))


def _parts(tx: Connection, numbers: Sequence[int]) -> dict[int, list[Row[Any]]]:
    """Of each alert its worst and its newest mentions, each with its rules and its post's link."""
    its = ALERT_MENTION.c
    worst = func.row_number().over(partition_by=its.alert_id, order_by=(its.severity.desc(), its.mention_id))
    newest = func.row_number().over(partition_by=its.alert_id, order_by=its.mention_id.desc())
    ranked: Select[Any] = (
        select(
            its.alert_id,
            its.mention_id,
            its.rules_json,
            MENTION.c.post_id,
            POST.c.url,
            worst.label("worst"),
            newest.label("newest"),
        )
        .join(MENTION, MENTION.c.id == its.mention_id)
        .join(POST, POST.c.id == MENTION.c.post_id)
        .where(its.alert_id.in_(numbers))
    )
    all_of_them = ranked.subquery()
    few = (all_of_them.c.worst <= MOST_LOOKED_AT) | (all_of_them.c.newest <= MOST_LOOKED_AT)
    found: dict[int, list[Row[Any]]] = {}
    for row in tx.execute(select(all_of_them).where(few)):
        found.setdefault(row.alert_id, []).append(row)
    return found


def _rules(parts: Sequence[Row[Any]], lead: int) -> tuple[RuleMatch, ...]:
    """Each rule once: those of the leading mention first, then those of the worst others."""
    rules: dict[str, RuleMatch] = {}
    for part in sorted(parts, key=lambda part: (part.mention_id != lead, part.worst)):
        for rule in _decode_rules(part.rules_json):
            rules.setdefault(rule.name, rule)
    return tuple(rules.values())


def _others(parts: Sequence[Row[Any]], lead: int) -> tuple[str, ...]:
    """The links of the newest posts that are not the lead's."""
    lead_posts = {part.post_id for part in parts if part.mention_id == lead}
    links = dict.fromkeys(
        part.url
        for part in sorted(parts, key=lambda part: int(part.newest))
        if part.url and part.post_id not in lead_posts
    )
    return tuple(links)[:MOST_OTHERS]
