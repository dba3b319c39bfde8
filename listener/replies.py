"""Queues what people answer, sends it under the mention that it answers, and writes down that it was sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from alerts.alert import ReadMention
from alerts.contract import DeliveryFailed, Receipt
from alerts.replies.contract import Length, Reply, Replying
from listener.config import Config
from listener.desk.changes import record_answer
from listener.desk.rules import DeskRules, desk_rules
from listener.handling.acting import Acting
from listener.store import Store, Tx, handling, interactions, mentions, outbox
from listener.store.hashes import hash_of
from listener.store.outbox import Delivery
from listener.store.sent_replies import REPLY
from listener.store.tickets import Ticket, get_ticket
from rules.interaction import Interaction


class Draft(Struct, frozen=True, kw_only=True):
    """An answer as it would go out: under which mention, by which account, in just these words."""

    mention: ReadMention
    account: Replying
    text: str
    length: Length


class CannotAnswer(Exception):
    """There is no account that answers this, or no mention to answer; the text says what to do."""


def draft(accounts: Sequence[Replying], ticket: Ticket, text: str, account: str = "", mention: int = 0) -> Draft:
    """The answer to a ticket's newest mention that the account can answer, or to the one of that number.

    Without an account the first one that can answer does. Raises CannotAnswer.
    """
    number = ticket.line.number
    if not accounts:
        raise CannotAnswer("no account is configured to answer by: write [[replies]] (docs/answering.md)")
    chosen = [one for one in accounts if account in ("", one.name)]
    if not chosen:
        names = ", ".join(one.name for one in accounts)
        raise CannotAnswer(f"no account is named {account!r}; configured under [[replies]]: {names}")
    candidates = [one for one in ticket.mentions if not one.own and mention in (0, one.id)]
    if not candidates:
        which = f"mention {mention} of ticket #{number}" if mention else f"ticket #{number}"
        raise CannotAnswer(f"{which} has nothing to answer")
    refusals: dict[str, str] = {}
    for one in candidates:
        for by in chosen:
            why = by.refuses(one.post)
            if not why:
                words = by.written(one.post, text)
                return Draft(mention=one, account=by, text=words, length=by.length(one.post, words))
            refusals.setdefault(by.name, why)
    told = "; ".join(f"{name} {why}" for name, why in refusals.items())
    raise CannotAnswer(f"nothing of ticket #{number} can be answered: {told}")


def queue_reply(tx: Tx, ticket: Ticket, written: Draft, by: str, now: datetime) -> bool:
    """Queues an answer; False where this account has answered the mention in these words before."""
    key = hash_of(written.account.name, str(written.mention.id), written.text).hex()[:32]
    return outbox.put_delivery(
        tx,
        key=f"{REPLY}:{written.mention.id}:{key}",
        channel=written.account.name,
        kind=REPLY,
        payload={"ticket": ticket.line.number, "mention": written.mention.id, "text": written.text, "by": by},
        severity=ticket.line.severity,
        now=now,
    )


class ReplySender:
    """Sends what people answer by one account, each answer once. See `listener.delivery.deliver.Outlet`."""

    def __init__(self, account: Replying, *, store: Store, rules: DeskRules, clock: Callable[[], datetime]) -> None:
        self._account = account
        self._store = store
        self._rules = rules
        self._clock = clock

    async def send(self, delivery: Delivery) -> Receipt:
        """Answers, and writes it down in the ticket, the customer's timeline and the alert. Raises DeliveryFailed.

        What is written down has its receipt in the outbox, too: where the program ends right behind it, the answer is
        not sent again.
        """
        if delivery.receipt is not None:
            return delivery.receipt
        mention = await asyncio.to_thread(self._mention, int(delivery.payload["mention"]))
        if mention is None:
            raise DeliveryFailed("the post that is answered is gone: deleted, erased or too old", permanent=True)
        if why := self._account.refuses(mention.post):
            raise DeliveryFailed(f"the account {why}", permanent=True)
        receipt = await self._account.reply(
            Reply(
                key=delivery.key,
                post=mention.post,
                text=str(delivery.payload["text"]),
                written_at=delivery.created_at,
                again=delivery.maybe_sent,
            )
        )
        await asyncio.to_thread(self._write_down, delivery, mention, receipt)
        return receipt

    def _mention(self, number: int) -> ReadMention | None:
        with self._store.read() as tx:
            return mentions.get_mention(tx, number)

    def _write_down(self, delivery: Delivery, mention: ReadMention, receipt: Receipt) -> None:
        now, by, number = self._clock(), str(delivery.payload["by"]), int(delivery.payload["ticket"])
        with self._store.write() as tx:
            outbox.put_receipt(tx, delivery.id, receipt)
            if mention.customer is not None:
                contact = Interaction(
                    at=now,
                    channel=self._account.kind,
                    kind=REPLY,
                    direction="out",
                    by=by,
                    text=str(delivery.payload["text"]),
                    outcome=f"ticket #{number}",
                    external_id=delivery.key,
                )
                interactions.put_interactions(tx, [interactions.Owned(contact, mention.customer.id)], now)
            record_answer(
                tx,
                self._rules,
                number,
                by=by,
                via=self._account.kind,
                at=now,
                now=now,
                detail=receipt.detail,
                text=str(delivery.payload["text"]),
            )
            self._take_up(tx, number, by, now)

    def _take_up(self, tx: Tx, number: int, by: str, now: datetime) -> None:
        """Whoever answers has taken the alerts up, unless somebody has said more of them already."""
        ticket = get_ticket(tx, number, limit=1)
        alerts = ticket.alerts if ticket is not None else ()
        for alert, stands in handling.states(tx, alerts).items():
            if stands.needs_somebody(now):
                Acting().act(tx, alert, "ack", by, "listener", now)


class Replies:
    """The accounts of a configuration, opened, and what sends by them."""

    def __init__(self, config: Config, *, store: Store, clock: Callable[[], datetime]) -> None:
        self.accounts = [settings.open() for settings in config.replies]
        rules = desk_rules(config)
        self.senders: Mapping[str, ReplySender] = {
            one.name: ReplySender(one, store=store, rules=rules, clock=clock) for one in self.accounts
        }

    async def close(self) -> None:
        """Frees connections."""
        for account in self.accounts:
            await account.close()
