"""Asks customers whose ticket was settled how satisfied they are: who is asked, when, by which mail server."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from alerts.channels.email import EmailSettings
from alerts.channels.mail_message import address as mail_address
from alerts.contract import DeliveryFailed, Message, Receipt
from alerts.language import language
from alerts.survey import survey_mail
from listener.config import Config
from listener.configuration.survey import SURVEY_CHANNEL as CHANNEL
from listener.configuration.survey import SurveySettings
from listener.interactions import Interactions
from listener.store import Store, Tx, outbox, surveys
from listener.store.addresses import address_of
from listener.store.customers import customer_rows
from listener.store.interactions import Owned
from listener.store.surveys import Settled, Survey
from listener.web.survey_links import SurveyLinks
from rules.interaction import SURVEY, Interaction, rated

if TYPE_CHECKING:
    from listener.web.application import Room

log = logging.getLogger("listener.surveys.asking")

LOOK_EVERY = timedelta(minutes=1)
CATCH_UP = timedelta(days=3)
"""How long after its end a ticket still calls for a survey: whoever switches this on asks nobody of last year."""


class Surveys:
    """The survey of a configuration, which must have one."""

    def __init__(self, config: Config, *, store: Store, clock: Callable[[], datetime]) -> None:
        assert config.survey is not None and config.web is not None and config.web.secret is not None
        self.settings: SurveySettings = config.survey
        self.links = SurveyLinks(secret=config.web.secret.get_secret_value(), address=config.web.address)
        mail = next(one for one in config.channels if one.name == config.survey.channel)
        assert isinstance(mail, EmailSettings)  # as the configuration was checked
        self._mail = mail
        self._fallback = config.listener.language
        self._store = store
        self._clock = clock
        self._interactions = Interactions()

    def due(self, tx: Tx) -> list[tuple[Settled, str]]:
        """The tickets that call for a survey, each with why nobody would be asked, "" where somebody would."""
        now = self._clock()
        return [(one, self._why_not(tx, one.customer, now)) for one in surveys.settled_since(tx, now - CATCH_UP)]

    def queue(self) -> int:
        """Queues a question for each ticket that calls for one; gives how many."""
        with self._store.write() as tx:
            now = self._clock()
            surveys.expire(tx, now)
            queued = 0
            for settled, why_not in self.due(tx):
                ask_at = max(settled.at + self.settings.after, now)
                number = surveys.put_survey(tx, settled, self.settings.kind, ask_at)
                if number is None:
                    continue
                if why_not:
                    surveys.put_not_asked(tx, number, why_not)
                    continue
                outbox.put_delivery(
                    tx,
                    key=f"{CHANNEL}:{number}",
                    channel=CHANNEL,
                    kind=CHANNEL,
                    payload={"survey": number},
                    now=now,
                    not_before=ask_at,
                )
                queued += 1
        return queued

    async def look(self) -> None:
        """Queues what is to be asked."""
        await asyncio.to_thread(self.queue)

    async def send(self, delivery: outbox.Delivery) -> Receipt:
        """Sends a question, once: where a try ended without an answer it counts as sent. Raises DeliveryFailed."""
        if delivery.maybe_sent:
            return Receipt(detail="it may have gone out, and nobody is asked twice")
        number = int(delivery.payload["survey"])
        asked = await asyncio.to_thread(self._prepare, number)
        if isinstance(asked, str):
            return Receipt(detail=f"not asked: {asked}")
        message, address = asked
        channel = self._mail.model_copy(update={"to": (address,)}).open()
        try:
            return await channel.send(message)
        except DeliveryFailed as error:
            if not error.ambiguous:
                await asyncio.to_thread(self._take_back, number, error)
            if error.permanent and not error.disables:
                return Receipt(detail=f"not asked: {error}")  # one address that takes no mail stops no other
            raise
        finally:
            await channel.close()

    def answer(self, number: int, score: int, comment: str, now: datetime) -> Survey | None:
        """Keeps an answer and puts it into the customer's timeline; None where none is taken (any more)."""
        with self._store.write() as tx:
            kept = surveys.put_answer(tx, number, score, comment, now)
            if kept is None or kept.answered_at is None:
                return None
            outcome = f"{kept.kind} {score}"
            told = Interaction(
                at=kept.answered_at,
                customer=kept.customer,
                channel=SURVEY,
                kind=SURVEY,
                direction="in",
                text=kept.comment,
                outcome=outcome,
                rating=rated(outcome),
                external_id=f"{SURVEY}:{number}",
            )
            self._interactions.put(tx, [Owned(told, kept.customer)], now)
            return kept

    def _why_not(self, tx: Tx, customer: str, now: datetime) -> str:
        """Why a customer is not asked; "" where they are."""
        if not customer_rows(tx, customer):
            return "the customer is not in the directory"
        address = address_of(tx, customer, now)
        if not address:
            return "the customer has no e-mail address"
        try:
            mail_address(address)
        except ValueError:
            return "no mail can be sent to the customer's address"
        if surveys.has_refused(tx, customer, address):
            return "they do not want to be asked"
        if surveys.asked_since(tx, customer, address, now - self.settings.not_again_within):
            return "they were asked not long ago"
        return ""

    def _prepare(self, number: int) -> tuple[Message, str] | str:
        """The mail and its address, written down as sent before it goes; or why nobody is asked after all."""
        with self._store.write() as tx:
            now = self._clock()
            survey = surveys.get_survey(tx, number)
            if survey is None or survey.state != "waiting":
                return "the survey is gone, or was sent before"
            settled = surveys.is_settled(tx, survey.ticket)
            why = "" if settled else "the ticket was opened again, or is gone"
            why = why or self._why_not(tx, survey.customer, now)
            if why:
                surveys.put_not_asked(tx, number, why)
                return why
            address = address_of(tx, survey.customer, now)
            expires = now + self.settings.expires
            surveys.put_sent(tx, number, address, now, expires)
        link, refuse = self.links.for_survey(number, expires), self.links.for_refusal(number, expires)
        words = language(survey.lang or self._fallback)
        return survey_mail(f"{CHANNEL}:{number}", survey.kind, survey.brand, link, refuse, words), address

    def _take_back(self, number: int, error: DeliveryFailed) -> None:
        """The question did not go out: somebody who was not asked may be asked later."""
        with self._store.write() as tx:
            if error.permanent and not error.disables:
                surveys.put_not_asked(tx, number, str(error))
            else:
                surveys.put_waiting(tx, number)
        if error.permanent:
            log.warning("a survey was not sent", extra={"survey": number, "error": str(error)})

    def rooms(self) -> Sequence[Room]:
        """What the HTTP server serves for it."""
        from listener.web.survey_pages import SurveyPages

        return [SurveyPages(self, store=self._store, usual=language(self._fallback), clock=self._clock)]
