"""Makes the message of a delivery when it is sent, so that it says what is true then."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace

from alerts.contract import Action, DeliveryFailed, Message
from alerts.handled_words import handled_words
from alerts.rendering.many import render_alerts
from alerts.rendering.render import render_alert, render_report
from alerts.voice import Voice
from listener.customer_health_watch import FALL
from listener.health_falls import fall_message
from listener.store import Store, alerts, handling, outbox
from listener.store.outbox import SUMMARY, Delivery

Maker = Callable[[Delivery, Voice], Message]
"""Makes the message of one kind of delivery in the voice of its channel. May raise DeliveryFailed, NoNews."""

Offers = Callable[[int, str], Sequence[Action] | None]
"""What readers of a channel can do about an alert by links; None where buttons do it, or nothing can."""


class NoNews(Exception):
    """A message that nobody need be told any more, which is no failure; the text says why."""


class Gone(NoNews):
    """All that a message was to tell of was deleted meanwhile: it is told when somebody else says the same."""


class Messages:
    """One maker for each kind of delivery. What other rooms queue has its maker there: `kinds[KIND] = maker`."""

    def __init__(
        self,
        store: Store,
        voices: Mapping[str, Voice],
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._voices = voices
        self._clock = clock
        self.offers: Offers = lambda _alert, _channel: None
        self.kinds: dict[str, Maker] = {
            "alert": self._alert,
            SUMMARY: self._summary,
            "report": self._report,
            FALL: self._fall,
        }

    def make(self, delivery: Delivery) -> Message:
        """The message as things stand now. Raises NoNews where there is nothing to tell any more, DeliveryFailed."""
        maker = self.kinds.get(delivery.kind)
        if maker is None:
            raise DeliveryFailed(f"nothing here knows how to tell a {delivery.kind}", permanent=True)
        return maker(delivery, self._voices[delivery.channel])

    def _alert(self, delivery: Delivery, voice: Voice) -> Message:
        number = int(delivery.payload["alert"])
        with self._store.read() as tx:
            alert = alerts.get_alert(tx, number)
            if delivery.state != "sent" and not alerts.get_alerts(tx, [number]):
                alert = None  # what is told already is changed, so that its words go there too
            handled = handling.states(tx, [number])[number]
            before = outbox.get_number(tx, int(delivery.payload.get("follows", 0)))
        if alert is None:
            raise Gone("the alert is gone: its post was deleted, erased or purged")
        message = render_alert(
            alert,
            voice,
            actions=self.offers(alert.id, delivery.channel),
            state=handled_words(handled, self._clock(), voice.language),
            handled=handled.state_at(self._clock()),
            under=before.receipt.id if before is not None and before.receipt is not None else "",
        )
        again = f"{message.key}:{delivery.payload['again']}" if "again" in delivery.payload else message.key
        return replace(message, key=again, shows={number: alert.mentions})

    def _summary(self, delivery: Delivery, voice: Voice) -> Message:
        numbers = [int(one) for one in delivery.payload["alerts"]]
        with self._store.read() as tx:
            if delivery.state == "sent":  # what is told already is changed, so that deleted words go there too
                found = [alert for number in numbers if (alert := alerts.get_alert(tx, number)) is not None]
            else:
                found = alerts.get_alerts(tx, numbers)
            handled = handling.states(tx, numbers)
        if not found:
            raise Gone("all its alerts are gone: their posts were deleted, erased or purged")
        now = self._clock()
        notes = {one.id: handled_words(handled[one.id], now, voice.language) for one in found}
        more = int(delivery.payload.get("more", 0))
        rendered = render_alerts(found, voice, key=delivery.key, notes=notes, more=more)
        counts = {one.id: one.mentions for one in found}
        return replace(rendered.message, shows={number: counts[number] for number in rendered.included})

    def _fall(self, delivery: Delivery, voice: Voice) -> Message:
        with self._store.read() as tx:
            return fall_message(tx, delivery.key, delivery.payload, self._clock(), voice.timezone, voice.language)

    @staticmethod
    def _report(delivery: Delivery, voice: Voice) -> Message:
        payload = delivery.payload
        return render_report(
            key=delivery.key, title=str(payload["title"]), text=str(payload["text"]), words=voice.language
        )
