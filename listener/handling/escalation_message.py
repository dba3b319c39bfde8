"""Makes the message by which somebody is told of an alert that nobody has taken up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from alerts.contract import Message
from alerts.handled_words import handled_words
from alerts.language import Language
from alerts.rendering.render import render_alert
from alerts.voice import Voice
from alerts.wording import lasting
from listener.delivery.messages import NoNews, Offers
from listener.handling.escalating import SNOOZE
from listener.store import Store, alerts, handling
from listener.store.outbox import Delivery


class EscalationMessages:
    """The maker of the kind that escalating queues."""

    def __init__(self, store: Store, offers: Offers, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._offers = offers
        self._clock = clock

    def make(self, delivery: Delivery, voice: Voice) -> Message:
        """The alert as it stands, with why this one is told. Raises NoNews where nobody need be any more."""
        number = int(delivery.payload["alert"])
        with self._store.read() as tx:
            alert = alerts.get_alert(tx, number)
            stands = handling.states(tx, [number])[number]
        if alert is None:
            raise NoNews("the alert is gone: its mention was erased or purged")
        state = why_told(delivery.payload, voice.language)
        if not stands.needs_somebody(self._clock()):
            if delivery.state != "sent":  # what is told already is changed, so that deleted words go there too
                raise NoNews(f"{stands.by or 'somebody'} took the alert up before")
            state = handled_words(stands, self._clock(), voice.language)
        return render_alert(
            alert,
            voice,
            key=delivery.key,
            state=state,
            actions=self._offers(number, delivery.channel),
        )


def why_told(payload: dict[str, object], words: Language) -> str:
    """Says in one line why somebody is told: they are on call, next, a manager, or named."""
    if payload["how"] == SNOOZE:
        return words.say("This alert was put off until now. Nobody has taken it up yet.")
    waited = timedelta(seconds=float(str(payload["waited"])))
    open_for = words.say("Nobody has taken this up yet.")
    if waited >= timedelta(minutes=1):
        open_for = words.say("Nobody has taken this up for {time}.", time=lasting(waited, words))
    told = {"person": payload["person"], "of": payload["of"]}
    match payload["how"]:
        case "schedule":
            begins = words.say("{person}, you are on call ({of}).", **told)
        case "next":
            begins = words.say("{person}, you are next ({of}).", **told)
        case "manager":
            begins = words.say("{person}, you are told as the manager of {of}.", **told)
        case _:
            return open_for
    return f"{begins} {open_for}"
