"""Digests on request: made from the store, shown here or sent now."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta

from alerts.contract import Message
from alerts.digests.digest import digest_page, render_digest
from alerts.language import language
from listener.app import App, wall_clock, working
from listener.config import Config
from listener.digests.making import gather
from listener.digests.plan import DigestPlan, DigestSpan
from listener.digests.queue import put_digest
from listener.store import Store, StoreBusy, outbox


class NoSuchDigest(Exception):
    """No digest of that name, or none at all, is configured; the text says which there are."""


def chosen_plan(config: Config, name: str) -> DigestPlan:
    """The digest of a name; without one that of [digest], or the only one there is. Raises NoSuchDigest."""
    plans = config.digests
    found = next((plan for plan in plans if plan.name == name), None)
    if found is None and not name and len(plans) == 1:
        found = plans[0]
    if found is not None:
        return found
    named = ", ".join(plan.name for plan in plans if plan.name)
    if name:
        raise NoSuchDigest(f"no digest is named {name!r}; configured: {named or 'none'}")
    if named:
        raise NoSuchDigest(f"say which digest: {named}")
    raise NoSuchDigest("there is no [digest] with notify in the configuration, so nobody to send it to")


def shown_plan(config: Config, name: str) -> DigestPlan:
    """As `chosen_plan`; where no name is told and none is chosen, a day of all brands. Raises NoSuchDigest."""
    try:
        return chosen_plan(config, name)
    except NoSuchDigest:
        if name:
            raise
    brands = tuple(brand.name for brand in config.brands)
    return DigestPlan(name="", at=time(8), timezone=config.timezone, brands=brands, channels=())


def make_digest(config: Config, plan: DigestPlan, length: timedelta | None) -> tuple[Message, str]:
    """A digest of the period that ends now, as long as the plan's or `length`, and the page it makes."""
    store = Store.open(config.database_url)
    try:
        now = datetime.now(UTC)
        span = plan.until_now(now, length)
        with store.read() as tx:
            data = gather(tx, config, span, plan.brands, plan.name)
    finally:
        store.close()
    words = language(plan.language) if plan.language else config.language_of(next(iter(plan.channels), ""))
    message = render_digest(data, timezone=plan.timezone, key=f"digest:{now.isoformat()}", words=words)
    return message, digest_page(message)


class LeftToRun(Exception):
    """The digest waits in the outbox for the `listener run` that works on the database now."""


def send_digest(config: Config, plan: DigestPlan, length: timedelta | None) -> list[str]:
    """Puts the digest of the period until now into the outbox and sends it; gives a sentence for each failed channel.

    Raises LeftToRun where another process is at work, which sends it within a second.
    """
    return asyncio.run(_send(config, plan, length))


async def _send(config: Config, plan: DigestPlan, length: timedelta | None) -> list[str]:
    try:
        async with working(config, workers=0) as app:
            return await send_now(app, plan, plan.until_now(app.clock(), length))
    except StoreBusy as busy:
        store = Store.open(config.database_url)
        now = wall_clock()
        try:
            with store.write() as tx:
                put_digest(tx, plan, plan.until_now(now, length), now)
        finally:
            store.close()
        raise LeftToRun from busy


async def send_now(app: App, plan: DigestPlan, span: DigestSpan) -> list[str]:
    """Queues one digest a channel and delivers what is due on them; gives a sentence for each channel that failed."""
    with app.store.write() as tx:
        put_digest(tx, plan, span, app.clock())
    failures: list[str] = []
    for channel in plan.channels:
        failures += await _told(app, plan.key(span, channel), channel)
    return failures


async def _told(app: App, key: str, channel: str) -> Sequence[str]:
    while (told := await app.deliverer.drain(channel)).sent and not told.failed:
        pass  # what is worse than a digest is told before it
    with app.store.read() as tx:
        delivery = outbox.get_delivery(tx, key)
    if delivery is not None and delivery.state == "sent":
        return ()
    why = told.error or "it is left alone for a while, because an earlier message failed"
    return (f"'{channel}' did not take the digest: {why}",)
