"""Takes posts back: what their authors deleted upstream, what is too old, and who asked to be forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace
from sqlalchemy import ColumnElement, Connection, Row, bindparam, delete, select, update

from alerts.contract import Receipt
from listener.store.blocks import posts_of
from listener.store.hashes import HASH_BYTES, NOBODY, author_id_hash, key_hash
from listener.store.marks import let_go
from listener.store.outbox import OF_ALERTS_TOLD, put_edit, was_told
from listener.store.rarities import HASHES_ALONE
from listener.store.readings import to_json, without_words
from listener.store.search import forget_posts
from listener.store.statements import chunks, insert_new, one_at_a_time
from listener.store.tables import (
    ALERT,
    ALERT_CHANNEL,
    ALERT_MENTION,
    DELIVERY,
    MENTION,
    POST,
    SETTING,
    TICKET,
    TICKET_EVENT,
)
from rules.reading import RuleMatch
from sources.post import Author, PostKey

GONE = "(deleted by its author)"
_NO_AUTHOR = to_json(Author())
_decode_rules = msgspec.json.Decoder(tuple[RuleMatch, ...]).decode


def tombstone_posts(tx: Connection, keys: Sequence[PostKey], now: datetime) -> int:
    """Takes the words, links and names out of posts that were deleted upstream; gives how many it found.

    Verdicts and counters stay, so that yesterday's figures do, and of what people marked the mark that counts. The
    post's key stays as a hash, with nothing of its id before it: a service that shows it again does not bring it back.
    Who has not been told of it yet is not told any more; what was told is changed where its channel can.
    """
    one_at_a_time(tx, "mentions")
    numbers: list[int] = []
    for some in chunks([key_hash(key) for key in keys]):
        wanted = POST.c.key_hash.in_(some) & POST.c.deleted_at.is_(None)
        blank = {
            "external_id": "",
            "in_reply_to": "",
            "url": "",
            "title": "",
            "text": "",
            "author_json": _NO_AUTHOR,
            "author_id_hash": NOBODY,
            "author_handle_hash": NOBODY,
            "deleted_at": now,
        }
        rows = tx.execute(update(POST).where(wanted).values(blank).returning(POST.c.id, POST.c.key_hash)).all()
        numbers += [int(row.id) for row in rows]
        _leave_hashes_alone(tx, rows)
    forget_posts(tx, numbers)
    let_go(tx, numbers)
    for some_numbers in chunks(numbers):
        blank_readings(tx, MENTION.c.post_id.in_(some_numbers))
        mentions = list(tx.execute(select(MENTION.c.id).where(MENTION.c.post_id.in_(some_numbers))).scalars())
        blank_tickets(tx, mentions, GONE)
        orphans = lead_anew(tx, mentions)
        change_told(tx, mentions, now)
        call_off(tx, orphans, "its post was deleted by its author before it was told")
    return len(numbers)


def _leave_hashes_alone(tx: Connection, rows: Sequence[Row[Any]]) -> None:
    """Takes the place from before the keys of posts: it is most of the number by which their service knows them."""
    placed = [{"number": row.id, "alone": row.key_hash[-HASH_BYTES:]} for row in rows if len(row.key_hash) > HASH_BYTES]
    if placed:
        insert_new(tx, SETTING, [{"name": HASHES_ALONE, "value": "yes"}])
        tx.execute(update(POST).where(POST.c.id == bindparam("number")).values(key_hash=bindparam("alone")), placed)


def keys_of_authors(tx: Connection, authors: Sequence[tuple[str, str]]) -> list[PostKey]:
    """The kept posts of authors, each told as (source, the author's id there)."""
    wanted = [author_id_hash(source, Author(id=author)) for source, author in authors if author]
    columns = (POST.c.source, POST.c.instance, POST.c.external_id)
    return [
        PostKey(row.source, row.instance, row.external_id)
        for some in chunks(wanted)
        for row in tx.execute(
            select(*columns).where(POST.c.id.in_(posts_of("author_id_hash", some)), POST.c.deleted_at.is_(None))
        )
    ]


def blank_readings(tx: Connection, which: ColumnElement[bool]) -> None:
    """Takes the author's words and name out of what was read in mentions; the verdicts stay."""
    rows = tx.execute(select(MENTION.c.id, MENTION.c.reading_json).where(which)).all()
    if not rows:
        return
    tx.execute(
        update(MENTION)
        .where(MENTION.c.id == bindparam("number"))
        .values(reading_json=bindparam("bare"), customer_id=""),
        [{"number": row.id, "bare": without_words(row.reading_json)} for row in rows],
    )
    told = tx.execute(select(ALERT_MENTION).where(ALERT_MENTION.c.mention_id.in_([row.id for row in rows]))).all()
    if told:
        bare = [
            {
                "alert": row.alert_id,
                "mention": row.mention_id,
                "bare": to_json([replace(rule, reason="") for rule in _decode_rules(row.rules_json)]),
            }
            for row in told
        ]
        its = (ALERT_MENTION.c.alert_id == bindparam("alert")) & (ALERT_MENTION.c.mention_id == bindparam("mention"))
        tx.execute(update(ALERT_MENTION).where(its).values(rules_json=bindparam("bare")), bare)


def blank_tickets(tx: Connection, mentions: Sequence[int], words: str) -> int:
    """Takes what the mentions' posts said out of the tickets they opened; number, brand and status stay."""
    blank = {"title": words, "reason": "", "url": "", "customer": "", "customer_id": "", "author_hash": NOBODY}
    changed = 0
    for some in chunks(mentions):
        changed += tx.execute(update(TICKET).where(TICKET.c.mention_id.in_(some)).values(blank)).rowcount
    return changed


def forget_words(tx: Connection, mentions: Sequence[int]) -> None:
    """Takes what people wrote on the tickets that these mentions opened: notes may quote who asked to be forgotten."""
    for some in chunks(mentions):
        its = select(TICKET.c.number).where(TICKET.c.mention_id.in_(some))
        tx.execute(update(TICKET_EVENT).where(TICKET_EVENT.c.ticket.in_(its)).values(text="", reason=""))
        tx.execute(update(TICKET).where(TICKET.c.mention_id.in_(some)).values(note="", priority_why=""))


def lead_anew(tx: Connection, leaving: Sequence[int]) -> list[int]:
    """Gives each alert that one of these mentions leads its next worst; gives the alerts for which there is none."""
    orphans = []
    gone = set(leaving)
    for some in chunks(leaving):
        for alert in tx.execute(select(ALERT.c.id).where(ALERT.c.lead_mention_id.in_(some))).scalars().all():
            ordered = (
                select(ALERT_MENTION.c.mention_id)
                .join(MENTION, MENTION.c.id == ALERT_MENTION.c.mention_id)
                .join(POST, POST.c.id == MENTION.c.post_id)
                .where(ALERT_MENTION.c.alert_id == alert, POST.c.deleted_at.is_(None))
                .order_by(ALERT_MENTION.c.severity.desc(), ALERT_MENTION.c.mention_id)
            )
            heir = next((number for number in tx.execute(ordered).scalars() if number not in gone), None)
            if heir is None:
                orphans.append(int(alert))
            else:
                tx.execute(update(ALERT).where(ALERT.c.id == alert).values(lead_mention_id=heir))
    return orphans


def change_told(tx: Connection, mentions: Sequence[int], now: datetime) -> None:
    """Queues a change of each message that told of these mentions, so that their words go there too.

    Also of one that is on its way: it was made ready before. What CRMs and help desks were given stays theirs.
    """
    for some in chunks(mentions):
        alerts = select(ALERT_MENTION.c.alert_id).where(ALERT_MENTION.c.mention_id.in_(some))
        lists = select(ALERT_CHANNEL.c.delivery_id).where(ALERT_CHANNEL.c.alert_id.in_(alerts))
        its = DELIVERY.c.alert_id.in_(alerts) | DELIVERY.c.id.in_(lists)
        out = was_told() | (DELIVERY.c.state == "claimed")
        told = select(DELIVERY.c.channel, DELIVERY.c.id).where(its, out, DELIVERY.c.kind.in_(OF_ALERTS_TOLD))
        for channel, number in tx.execute(told).all():
            put_edit(tx, channel, number, now)


def call_off(tx: Connection, alerts: Sequence[int], why: str) -> None:
    """Tells nobody any more of these alerts, which is no failure; what was told stays written down.

    Whoever would have been told is told when somebody else says the same.
    """
    receipt = msgspec.json.encode(Receipt(detail=f"not told: {why}")).decode()
    done = {"state": "sent", "sent_at": None, "receipt_json": receipt, "error": ""}
    for some in chunks(alerts):
        waiting = DELIVERY.c.alert_id.in_(some) & (DELIVERY.c.state == "due")
        called_off = tx.execute(update(DELIVERY).where(waiting).values(done).returning(DELIVERY.c.id)).scalars().all()
        its = ALERT_CHANNEL.c
        untold = its.alert_id.in_(some) & (its.state.in_(("waiting", "held")) | its.delivery_id.in_(called_off))
        muted = {"state": "muted", "stage": "deliver", "reason": why, "due_at": None, "delivery_id": None}
        tx.execute(update(ALERT_CHANNEL).where(untold).values(muted | {"told_at": None}))


def delete_alerts(tx: Connection, alerts: Sequence[int]) -> int:
    """Removes alerts and all that was told of them."""
    deleted = 0
    for some in chunks(alerts):
        tx.execute(delete(DELIVERY).where(DELIVERY.c.alert_id.in_(some)))
        deleted += tx.execute(delete(ALERT).where(ALERT.c.id.in_(some))).rowcount
    return deleted


def delete_posts(tx: Connection, posts: Sequence[int]) -> int:
    """Removes posts with their mentions; no alert may be led by one of these any more."""
    forget_posts(tx, posts)
    let_go(tx, posts)
    deleted = 0
    for some in chunks(posts):
        deleted += tx.execute(delete(POST).where(POST.c.id.in_(some))).rowcount
    return deleted
