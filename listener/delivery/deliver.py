"""The outbox's way out: claims what is due, tells it once, and writes down what came of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, tzinfo
from random import Random
from typing import Protocol

from msgspec import Struct

from alerts.contract import AlertChannel, DeliveryFailed, EditingChannel, Message, Receipt
from alerts.language import ENGLISH, Language
from listener.alerting.growth import called_off, left_out, lost, pushed_out, shown
from listener.alerting.setup import AlertingSetup
from listener.delivery.channel_pace import ChannelPace
from listener.delivery.messages import Gone, Messages, NoNews
from listener.delivery.next_attempt import next_attempt
from listener.directories.notes import ContactNotes
from listener.health import Health
from listener.store import Store, StoreUnavailable, channel_states, outbox
from listener.write_back import NOTE, write_note

log = logging.getLogger("listener.delivery.deliver")

MOST_A_TURN = 20
LEASE = timedelta(minutes=5)
GIVE_UP_AFTER = timedelta(days=7)
"""How long a receiver may be away before what it missed is set down as dead (listed, and retried on request)."""

LEAST_TRIES = 5
"""So often it is tried all the same: what waited for a disabled channel, or is retried by a person, is old at once."""


class Told(Struct, frozen=True, kw_only=True):
    """What one turn of one channel came to."""

    channel: str
    sent: int
    failed: int
    error: str = ""


class Outlet(Protocol):
    """Something outside that takes deliveries of its own, which it makes itself."""

    async def send(self, delivery: outbox.Delivery) -> Receipt:
        """Tells once. Raises DeliveryFailed."""
        ...


class _Taken(Struct, frozen=True):
    """That the receiver took a message, and for how many mentions each alert in it stands; or that it need not."""

    receipt: Receipt
    shows: Mapping[int, int] = {}
    called_off: bool = False


class Deliverer:
    """Tells what is due on one channel. A message is made when it is sent, so it says what is true then.

    `notes`: the CRMs that take notes on their contacts, each under its directory's name as a channel of its own.
    `kinds`: the kind of each source, whose terms say what may go there. `language_of`: what a channel is told in.
    `outlets`: what else is told something, each under a name of its own.
    """

    def __init__(
        self,
        *,
        store: Store,
        channels: Mapping[str, AlertChannel],
        messages: Messages,
        setup: AlertingSetup,
        health: Health,
        timezone: tzinfo,
        clock: Callable[[], datetime],
        jitter: Random,
        notes: Mapping[str, ContactNotes] = {},
        kinds: Mapping[str, str] = {},
        language_of: Callable[[str], Language] = lambda _: ENGLISH,
        outlets: Mapping[str, Outlet] = {},
    ) -> None:
        self._store = store
        self._channels = channels
        self._notes = notes
        self._kinds = kinds
        self._outlets = outlets
        self._messages = messages
        self._language_of = language_of
        self._setup = setup
        self._health = health
        self._pace = ChannelPace({name: channel.limits.rate for name, channel in channels.items()})
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
                free_at = self._pace.free_at(channel, now) if due else None
                if free_at is not None:
                    channel_states.hold_channel(tx, channel, free_at)
                    break
                attempt = outbox.claim(tx, due[0].id, now, LEASE) if due else None
            if attempt is None:
                break
            delivery = due[0]
            try:
                told = await self._send(delivery, attempt)
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
                    now = self._clock()
                    if outbox.mark_sent(tx, delivery.id, attempt, told.receipt, None if told.called_off else now):
                        shown(tx, self._setup, delivery, told.shows, now)
                        if told.called_off:
                            called_off(tx, delivery.id)
                sent += 1
        return Told(channel=channel, sent=sent, failed=failed)

    async def _send(self, delivery: outbox.Delivery, attempt: int) -> _Taken:
        if (outlet := self._outlets.get(delivery.channel)) is not None:
            return _Taken(await outlet.send(delivery))
        if delivery.kind == NOTE:
            notes = self._notes[delivery.channel]
            words = self._language_of(delivery.channel)
            return _Taken(await write_note(self._store, notes, self._kinds, delivery, self._timezone, words))
        if delivery.kind == outbox.EDIT:
            return await self._edit(delivery)
        # in a thread: the pictures of a digest take a second, in which polls and other channels go on
        try:
            message = await asyncio.to_thread(self._messages.make, delivery)
        except NoNews as why:
            return _Taken(Receipt(detail=f"not told: {why}"), called_off=isinstance(why, Gone))
        if delivery.kind == outbox.SUMMARY:
            self._settle_list(delivery, attempt, message)
        self._pace.sends(delivery.channel, self._clock())
        return _Taken(await self._channels[delivery.channel].send(message), message.shows)

    def _settle_list(self, delivery: outbox.Delivery, attempt: int, message: Message) -> None:
        """Writes down which alerts the message has room for, before it is sent: a repeat tells of the same ones."""
        listed = list(message.shows)
        if set(listed) == set(delivery.payload["alerts"]):
            return
        with self._store.write() as tx:
            if outbox.narrow(tx, delivery.id, attempt, {**delivery.payload, "alerts": listed}):
                left_out(tx, delivery.id, listed, self._clock())

    async def _edit(self, delivery: outbox.Delivery) -> _Taken:
        """Changes a message that was told. One that is not there any more is no failure: it is told anew."""
        channel = self._channels[delivery.channel]
        with self._store.read() as tx:
            target = outbox.get_number(tx, int(delivery.payload["delivery"]))
        if not isinstance(channel, EditingChannel) or not channel.can_edit:
            return _Taken(Receipt(detail="not changed: the channel cannot"))
        if target is not None and target.state in ("due", "claimed"):
            return _Taken(Receipt(detail="not changed: the message is not out, and will show it"))
        if target is not None and target.state == "sent" and target.sent_at is None:
            return _Taken(Receipt(detail="not changed: the message was called off"))
        if target is None or target.receipt is None:
            return self._not_there(delivery, "the message is no longer known")
        try:
            message = await asyncio.to_thread(self._messages.make, target)
        except NoNews as why:
            return _Taken(Receipt(detail=f"not changed: {why}"))
        self._pace.sends(delivery.channel, self._clock())
        try:
            receipt = await channel.edit(target.receipt, message)
        except DeliveryFailed as error:
            if error.gone:
                return self._not_there(delivery, str(error))
            raise
        if receipt.id and receipt.id != target.receipt.id:
            with self._store.write() as tx:
                outbox.put_receipt(tx, target.id, receipt)
        if target.kind == outbox.SUMMARY and len(message.shows) < len(target.payload["alerts"]):
            with self._store.write() as tx:
                pushed_out(tx, target, list(message.shows), self._clock())
        return _Taken(receipt, message.shows)

    def _not_there(self, delivery: outbox.Delivery, why: str) -> _Taken:
        with self._store.write() as tx:
            lost(tx, delivery, self._clock())
        return _Taken(Receipt(detail=f"not changed: {why}"))

    def _put_off(self, delivery: outbox.Delivery, attempt: int, error: DeliveryFailed, *, hold: bool = True) -> bool:
        """Writes the failure down; True where the whole channel should wait (`hold`: where the receiver failed)."""
        now = self._clock()
        if error.disables and hold:
            self._disable(delivery, attempt, error, now)
            return True
        too_old = now - delivery.created_at > GIVE_UP_AFTER and delivery.failures + 1 >= LEAST_TRIES
        dead = error.permanent or too_old
        next_at = None if dead else next_attempt(delivery.failures + 1, error.retry_after, now, self._jitter)
        with self._store.write() as tx:
            outbox.mark_failed(tx, delivery.id, attempt, str(error), next_at, ambiguous=error.ambiguous)
            if hold and next_at is not None:
                channel_states.hold_channel(tx, delivery.channel, next_at)
        log.warning("a message was not told", extra={"channel": delivery.channel, "error": str(error), "dead": dead})
        return hold and next_at is not None

    def _disable(self, delivery: outbox.Delivery, attempt: int, error: DeliveryFailed, now: datetime) -> None:
        """The channel itself is refused: nothing is lost with it, and the operator hears of it by another one."""
        with self._store.write() as tx:
            outbox.mark_failed(tx, delivery.id, attempt, str(error), now, ambiguous=error.ambiguous)
            if channel_states.disable_channel(tx, delivery.channel, str(error), now):
                self._health.tell_channel_disabled(tx, delivery.channel, str(error), tuple(self._channels), now)
        log.error("a channel was disabled", extra={"channel": delivery.channel, "error": str(error)})
