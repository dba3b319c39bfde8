"""Queues the daily digest for its channels, once however often it is asked to."""

from __future__ import annotations

from datetime import datetime

from listener.config import Config
from listener.schedule import digest_period
from listener.store import Store, outbox
from listener.store import sources as states


def queue_digest(config: Config, store: Store, now: datetime) -> list[str]:
    """Queues the newest whole period's digest; gives the channels for which that had not been done."""
    digest = config.digest
    if digest is None:
        return []
    since, until = digest_period(digest.at, now, config.timezone)
    queued = []
    with store.write() as tx:
        if not states.anything_heard_before(tx, until):
            return []  # a first start at noon owes nobody the digest of a day it did not live
        for channel in digest.notify:
            key = f"digest:{until.isoformat()}:{channel}"
            payload = {"since": since.isoformat(), "until": until.isoformat()}
            if outbox.put_delivery(
                tx, key=key, channel=channel, kind="digest", payload=payload, severity="low", now=now
            ):
                queued.append(channel)
    return queued
