"""Digests on request: made from the store, shown here or sent now."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from alerts.contract import Message
from alerts.digest import digest_page, render_digest
from listener.app import App, wall_clock, working
from listener.config import Config
from listener.store import Store, StoreBusy, digest, outbox


def make_digest(config: Config, since: datetime) -> tuple[Message, str]:
    """The digest of [since, now) and the page it makes."""
    store = Store.open(config.database_url)
    try:
        now = datetime.now(UTC)
        with store.read() as tx:
            data = digest.digest_data(tx, since, now, [brand.name for brand in config.brands])
    finally:
        store.close()
    message = render_digest(data, timezone=config.timezone, key=f"digest:{now.isoformat()}")
    return message, digest_page(message)


class LeftToRun(Exception):
    """The digest waits in the outbox for the `listener run` that works on the database now."""


def send_digest(config: Config, since: datetime) -> list[str]:
    """Puts the digest of [since, now) into the outbox and sends it; gives a sentence for each channel that failed.

    Raises LeftToRun where another process is at work, which sends it within a second.
    """
    return asyncio.run(_send(config, since))


async def _send(config: Config, since: datetime) -> list[str]:
    assert config.digest is not None
    try:
        async with working(config, workers=0) as app:
            return await send_now(app, since, app.clock(), config.digest.notify)
    except StoreBusy as busy:
        store = Store.open(config.database_url)
        try:
            _queue(store, since, wall_clock(), config.digest.notify)
        finally:
            store.close()
        raise LeftToRun from busy


def _queue(store: Store, since: datetime, until: datetime, channels: tuple[str, ...]) -> dict[str, str]:
    """One delivery a channel; gives their keys."""
    keys = {channel: f"digest:{since.isoformat()}:{until.isoformat()}:{channel}" for channel in channels}
    payload = {"since": since.isoformat(), "until": until.isoformat()}
    with store.write() as tx:
        for channel, key in keys.items():
            outbox.put_delivery(tx, key=key, channel=channel, kind="digest", payload=payload, severity="low", now=until)
    return keys


async def send_now(app: App, since: datetime, until: datetime, channels: tuple[str, ...]) -> list[str]:
    """Queues one digest a channel and delivers what is due on them."""
    keys = _queue(app.store, since, until, channels)
    failures = []
    for channel, key in keys.items():
        while (told := await app.deliverer.drain(channel)).sent and not told.failed:
            pass  # what is worse than a digest is told before it
        with app.store.read() as tx:
            delivery = outbox.get_delivery(tx, key)
        if delivery is None or delivery.state != "sent":
            why = told.error or "it is left alone for a while, because an earlier message failed"
            failures.append(f"'{channel}' did not take the digest: {why}")
    return failures
