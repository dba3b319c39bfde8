"""The outbox's way out: claims what is due, tells it once, and writes down what came of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, tzinfo
from random import Random

from msgspec import Struct

from alerts.contract import AlertChannel, DeliveryFailed, Receipt
from alerts.language import ENGLISH, Language
from listener.directories.notes import ContactNotes
from listener.messages import Messages
from listener.next_attempt import next_attempt
from listener.store import Store, StoreUnavailable, outbox
from listener.write_back import NOTE, write_note

log = logging.getLogger("listener.deliver")

MOST_A_TURN = 20
LEASE = timedelta(minutes=5)
GIVE_UP_AFTER = timedelta(days=7)
"""How long a receiver may be away before what it missed is set down as dead (listed, and retried on request)."""


class Told(Struct, frozen=True, kw_only=True):
    """What one turn of one channel came to."""

    channel: str
    sent: int
    failed: int
    error: str = ""


class Deliverer:
    """Tells what is due on one channel. A message is made when it is sent, so it says what is true then.

    `notes`: the CRMs that take notes on their contacts, each under its directory's name as a channel of its own.
    `kinds`: the kind of each source, whose terms say what may go there. `language_of`: what a channel is told in.
    """

    def __init__(
        self,
        *,
        store: Store,
        channels: Mapping[str, AlertChannel],
        messages: Messages,
        timezone: tzinfo,
        clock: Callable[[], datetime],
        jitter: Random,
        notes: Mapping[str, ContactNotes] = {},
        kinds: Mapping[str, str] = {},
        language_of: Callable[[str], Language] = lambda _: ENGLISH,
    ) -> None:
        self._store = store
        self._channels = channels
        self._notes = notes
        self._kinds = kinds
        self._messages = messages
        self._language_of = language_of
        self._timezone = timezone
        self._clock = clock
        self._jitter = jitter

    async def drain(self, channel: str) -> Told:
        """Sends up to MOST_A_TURN due messages, worst first. Where one must wait, the channel waits."""
        sent = failed = 0
        while sent + failed < MOST_A_TURN:
            with self._store.write() as tx:
                now = self._clock()
                due = outbox.due(tx, now, 1, [channel])
                attempt = outbox.claim(tx, due[0].id, now, LEASE) if due else None
            if attempt is None:
                break
            delivery = due[0]
            try:
                receipt = await self._send(delivery)
            except DeliveryFailed as error:
                failed += 1
                if self._put_off(delivery, attempt, error):
                    return Told(channel=channel, sent=sent, failed=failed, error=str(error))
            except StoreUnavailable:
                raise
            except Exception as error:
                failed += 1
                log.error("a message could not be made", extra={"channel": channel, "key": delivery.key}, exc_info=True)
                why = f"making it failed with {type(error).__name__}; the log has more"
                self._put_off(delivery, attempt, DeliveryFailed(why), hold=False)
            else:
                with self._store.write() as tx:
                    outbox.mark_sent(tx, delivery.id, attempt, receipt, self._clock())
                sent += 1
        return Told(channel=channel, sent=sent, failed=failed)

    async def _send(self, delivery: outbox.Delivery) -> Receipt:
        if delivery.kind == NOTE:
            notes = self._notes[delivery.channel]
            words = self._language_of(delivery.channel)
            return await write_note(self._store, notes, self._kinds, delivery, self._timezone, words)
        # in a thread: the pictures of a digest take a second, in which polls and other channels go on
        message = await asyncio.to_thread(self._messages.make, delivery)
        return await self._channels[delivery.channel].send(message)

    def _put_off(self, delivery: outbox.Delivery, attempt: int, error: DeliveryFailed, *, hold: bool = True) -> bool:
        """Writes the failure down; True where the whole channel should wait (`hold`: where the receiver failed)."""
        now = self._clock()
        dead = error.permanent or now - delivery.created_at > GIVE_UP_AFTER
        next_at = None if dead else next_attempt(delivery.failures + 1, error.retry_after, now, self._jitter)
        with self._store.write() as tx:
            outbox.mark_failed(tx, delivery.id, attempt, str(error), next_at, ambiguous=error.ambiguous)
            if hold and next_at is not None:
                outbox.hold_channel(tx, delivery.channel, next_at)
        log.warning("a message was not told", extra={"channel": delivery.channel, "error": str(error), "dead": dead})
        return hold and next_at is not None
