"""Forgets what is too old, and whoever asks to be forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, delete, exists, or_, select, union, update

from alerts.tickets.status import UNSOLVED
from listener.store import archive
from listener.store.blocks import posts_of
from listener.store.deleting import blank_tickets, delete_alerts, delete_posts, forget_words, lead_anew
from listener.store.hashes import NOBODY, author_handle_hash, author_hashes, author_id_hash
from listener.store.marks import let_go_copies, let_go_texts
from listener.store.search import rewrite_index
from listener.store.sent_replies import forget_replies
from listener.store.statements import MOST_PARAMETERS, chunks, insert_new, one_at_a_time, overwrite_what_goes
from listener.store.tables import (
    ALERT,
    ALERT_CHANNEL,
    ALERT_MENTION,
    BATCH,
    CUSTOMER_LINK,
    DELIVERY,
    GAP,
    JOB,
    MENTION,
    POST,
    SUPPRESSION,
    TELLING,
    TICKET,
    TICKET_ALERT,
    TICKET_MENTION,
    TOPIC,
)
from rules.authors import IDS_OF_ONE_HOST
from sources.post import Post

UNTOLD = timedelta(days=30)
ERASED = "(erased at its author's request)"


class Purged(Struct, frozen=True, kw_only=True):
    """How much was erased, for people to read."""

    posts: int = 0
    mentions: int = 0
    alerts: int = 0
    tickets: int = 0
    deliveries: int = 0
    archived: int = 0  # posts that no brand had wanted
    others: int = 0  # gaps, wordings, marked texts, links, batches that were set aside, dead jobs

    def __str__(self) -> str:
        counts = {name: count for name, count in msgspec.structs.asdict(self).items() if count}
        return ", ".join(f"{count} {name}" for name, count in counts.items()) or "nothing"


def purge_older(tx: Connection, before: datetime) -> Purged:
    """Erases what was first seen before then.

    Kept however old: the posts of open tickets, of alerts that have grown since, and of alerts that somebody has still
    to be told of. A message that nobody could be told for UNTOLD longer goes too: its channel is no longer there.
    """
    one_at_a_time(tx, "mentions")
    ended = TICKET.c.status.not_in(UNSOLVED), TICKET.c.changed_at < before
    tickets = tx.execute(delete(TICKET).where(*ended)).rowcount
    in_use = or_(exists().where(TICKET.c.alert_id == ALERT.c.id), exists().where(TICKET_ALERT.c.alert_id == ALERT.c.id))
    unsent = DELIVERY.c.state.in_(("due", "claimed"))
    untold = exists().where(DELIVERY.c.alert_id == ALERT.c.id, unsent, DELIVERY.c.created_at >= before - UNTOLD)
    waits = (ALERT_CHANNEL.c.alert_id == ALERT.c.id) & ALERT_CHANNEL.c.state.in_(("waiting", "held"))
    kept_back = exists().where(waits, ALERT_CHANNEL.c.decided_at >= before - UNTOLD)
    finished = select(ALERT.c.id).where(ALERT.c.updated_at < before, ~in_use, ~untold, ~kept_back)
    alerts = delete_alerts(tx, list(tx.execute(finished).scalars()))

    held = union(
        select(MENTION.c.post_id).join(ALERT_MENTION, ALERT_MENTION.c.mention_id == MENTION.c.id),
        select(MENTION.c.post_id).join(TICKET_MENTION, TICKET_MENTION.c.mention_id == MENTION.c.id),
    )
    old = select(POST.c.id).where(POST.c.first_seen_at < before, POST.c.id.not_in(held))
    posts = list(tx.execute(old).scalars())
    mentions = _mentions_of(tx, posts)
    return Purged(
        posts=delete_posts(tx, posts),
        mentions=len(mentions),
        alerts=alerts,
        tickets=tickets,
        deliveries=tx.execute(
            delete(DELIVERY).where(
                (~unsent & (DELIVERY.c.created_at < before)) | (DELIVERY.c.created_at < before - UNTOLD)
            )
        ).rowcount,
        others=_purge_others(tx, before),
    )


def _purge_others(tx: Connection, before: datetime) -> int:
    statements = (
        delete(TELLING).where(TELLING.c.told_at < before),
        delete(GAP).where(GAP.c.noticed_at < before),
        delete(BATCH).where(BATCH.c.set_aside_at < before),
        delete(JOB).where(JOB.c.state == "dead", JOB.c.created_at < before),
        delete(CUSTOMER_LINK).where(CUSTOMER_LINK.c.decision == "", CUSTOMER_LINK.c.scored_at < before),
    )
    return sum(tx.execute(statement).rowcount for statement in statements) + let_go_texts(tx, before)


def erase_author(tx: Connection, source: str, handle_or_id: str, now: datetime) -> Purged:
    """Erases all that one author wrote and all that was kept of them, and keeps nothing of theirs from now on.

    `source` is the kind of service. Tickets keep their number and lose what they quote; alerts that other posts tell
    too go on with those. What remains is a hash of the author's name, so that no source brings them back. The customer
    directory is the user's own and stays: its file would bring it back.
    """
    return erase_authors(tx, source, erased_as(source, handle_or_id), now)


def erased_as(source: str, handle_or_id: str) -> set[bytes]:
    """The hashes of an author who is to be erased. A number that each forum counts by itself names nobody."""
    by_id, by_handle = author_hashes(source, handle_or_id)
    return {by_handle} if source in IDS_OF_ONE_HOST else {by_id, by_handle}


def erase_authors(tx: Connection, source: str, authors: set[bytes], now: datetime) -> Purged:
    """Erases, as `erase_author`, whoever is known by one of these hashes at one kind of service."""
    one_at_a_time(tx, "mentions")
    overwrite_what_goes(tx)
    known_as, posts = _all_of(tx, source, authors)
    for some in chunks(sorted(known_as)):
        tx.execute(delete(CUSTOMER_LINK).where(CUSTOMER_LINK.c.author_hash.in_(some)))
    insert_new(tx, SUPPRESSION, [{"author_hash": one, "erased_at": now} for one in sorted(known_as)])
    mentions = _mentions_of(tx, posts)
    tickets = blank_tickets(tx, mentions, ERASED)
    forget_words(tx, mentions)
    answers = forget_replies(tx, mentions)
    alerts = delete_alerts(tx, lead_anew(tx, mentions))
    _forget_topics(tx, posts)
    let_go_copies(tx, posts)
    stories = _stories_of(tx, posts)
    deleted = delete_posts(tx, posts)
    wordings = _forget_wordings(tx, stories)
    rewrite_index(tx)
    return Purged(
        posts=deleted,
        mentions=len(mentions),
        alerts=alerts,
        tickets=tickets,
        deliveries=answers,
        archived=archive.erase(tx, known_as, by_id=source not in IDS_OF_ONE_HOST),
        others=wordings + _erase_from_batches(tx, source, known_as),
    )


def _forget_topics(tx: Connection, posts: Sequence[int]) -> None:
    """Removes the topics of the brands of these posts, whose words may be among them; they are counted anew."""
    for some in chunks(posts):
        brands = select(MENTION.c.brand).where(MENTION.c.post_id.in_(some))
        tx.execute(delete(TOPIC).where(TOPIC.c.brand.in_(brands)))


def _stories_of(tx: Connection, posts: Sequence[int]) -> set[str]:
    stories = (tx.execute(select(POST.c.story).where(POST.c.id.in_(some))).scalars() for some in chunks(posts))
    return {story for some in stories for story in some}


def _forget_wordings(tx: Connection, stories: set[str]) -> int:
    """Removes the wordings of stories that no kept post tells any more; gives how many."""
    gone = 0
    for some in chunks(sorted(stories)):
        told = tx.execute(select(POST.c.story).where(POST.c.id.in_(posts_of("story", some)))).scalars()
        gone += tx.execute(delete(TELLING).where(TELLING.c.story.in_(set(some).difference(told)))).rowcount
    return gone


def _all_of(tx: Connection, source: str, known_as: set[bytes]) -> tuple[set[bytes], list[int]]:
    """What else the author is known as, and all their posts: who changed their handle is still who they were.

    Ids lead on, handles do not: services give a handle that was left to the next person.
    """
    by_id = source not in IDS_OF_ONE_HOST
    while True:
        rows: list[Any] = []
        for names in chunks(sorted(known_as), MOST_PARAMETERS // 2):
            by_handle = POST.c.author_handle_hash.in_(names)
            theirs = or_(POST.c.author_id_hash.in_(names), by_handle) if by_id else by_handle
            rows += tx.execute(select(POST.c.id, POST.c.author_id_hash).where(POST.c.source == source, theirs)).all()
        more = known_as.union(row.author_id_hash for row in rows if by_id) - {NOBODY}
        if by_id:
            more |= archive.known_ids(tx, more)
        if more == known_as:
            return known_as, sorted({int(row.id) for row in rows})
        known_as = more


def _erase_from_batches(tx: Connection, source: str, known_as: set[bytes]) -> int:
    """Takes the author out of batches that are not read yet or could not be; one that cannot be decoded goes whole."""
    changed = 0
    for number in tx.execute(select(BATCH.c.id)).scalars().all():
        row = tx.execute(select(BATCH.c.posts).where(BATCH.c.id == number)).one()
        try:
            posts = msgspec.json.decode(row.posts, type=list[Post])
        except msgspec.DecodeError:
            tx.execute(delete(BATCH).where(BATCH.c.id == number))
            changed += 1
            continue
        others = [post for post in posts if post.source != source or known_as.isdisjoint(_hashes(post))]
        if len(others) < len(posts):
            values = {"posts": msgspec.json.encode(others), "posts_count": len(others)}
            tx.execute(update(BATCH).where(BATCH.c.id == number).values(values))
            changed += 1
    return changed


def _hashes(post: Post) -> set[bytes]:
    return {author_id_hash(post.source, post.author), author_handle_hash(post.source, post.author)}


def _mentions_of(tx: Connection, posts: Sequence[int]) -> list[int]:
    its = select(MENTION.c.id)
    return [int(one) for some in chunks(posts) for one in tx.execute(its.where(MENTION.c.post_id.in_(some))).scalars()]
