"""Judges what known customers wrote by how they stand at that moment, within the transaction that keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from listener.store import Tx
from listener.store.customer_contacts import RECENT, Complaints, complaints
from listener.store.customer_standing import standings
from listener.store.hashes import content_hash, key_hash
from rules.analysis import Read
from rules.rejudging import StandingJudge
from rules.timeline import is_complaint


def judged_again(tx: Tx, judge: StandingJudge, reads: Sequence[Read], seen_by: str, now: datetime) -> Sequence[Read]:
    """The reads with what the rules say when all is known that is kept by now, and what these bring with them.

    So a complaint of a minute ago counts, whichever channel it came by, and the order within a batch does not.
    """
    customers = sorted({read.reading.customer.id for read in reads if read.reading.customer})
    if not judge.asks or not customers:
        return reads
    recent = complaints(tx, customers, now - RECENT, now)
    _add(recent, reads, now)
    known = standings(tx, customers, recent)
    return [
        judge.again(read, known[read.reading.customer.id], seen_by, now) if read.reading.customer else read
        for read in reads
    ]


def _add(recent: Complaints, reads: Sequence[Read], now: datetime) -> None:
    """Counts what is about to be kept: one that is kept already counts once, as it is now."""
    for read in reads:
        customer, post = read.reading.customer, read.post
        if customer is None or read.reading.brand is None or read.own:
            continue
        if not now - RECENT < (post.published_at or now) <= now:
            continue
        if is_complaint(read.reading.sentiment.label or "", [intent.label for intent in read.reading.intent]):
            recent[customer.id][key_hash(post)] = content_hash(post)
