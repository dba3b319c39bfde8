"""Queues each digest for its channels, once however often it is asked to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from listener.digests.plan import DigestPlan, DigestSpan
from listener.store import Store, Tx, outbox
from listener.store import sources as states


def queue_digests(plans: Sequence[DigestPlan], store: Store, now: datetime) -> list[str]:
    """Queues the newest whole period of every digest; gives the channels for which that had not been done.

    One that fell due while nothing ran is made up for, each by its own name.
    """
    spans = [(plan, plan.newest(now)) for plan in plans]
    with store.read() as tx:
        due = [(plan, span) for plan, span in spans if _is_due(tx, plan, span)]
    if not due:
        return []  # most minutes: nothing is written
    with store.write() as tx:
        return [channel for plan, span in due for channel in put_digest(tx, plan, span, now)]


def _is_due(tx: Tx, plan: DigestPlan, span: DigestSpan) -> bool:
    """A first start at noon owes nobody the digest of a day it did not live."""
    return not all(outbox.is_queued(tx, plan.key(span, channel)) for channel in plan.channels) and (
        states.anything_heard_before(tx, span.until)
    )


def put_digest(tx: Tx, plan: DigestPlan, span: DigestSpan, now: datetime) -> list[str]:
    """Puts the digest of a period into the outbox; gives the channels for which it was not there yet."""
    return [
        channel
        for channel in plan.channels
        if outbox.put_delivery(
            tx,
            key=plan.key(span, channel),
            channel=channel,
            kind="digest",
            payload=plan.payload(span),
            severity="low",
            now=now,
        )
    ]
