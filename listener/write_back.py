"""Writes what customers say on their contact in the CRM: which mentions become a note, once each."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import Literal

from msgspec import Struct

from alerts.alert import AlertIntent, ReadMention
from alerts.contact_note import contact_note
from alerts.contract import DeliveryFailed, Receipt
from alerts.language import ENGLISH, Language
from listener.directories.notes import ContactNotes, Note
from listener.handing_on import exportable, ids_alone
from listener.store import Store, alerts, mentions, outbox
from listener.store.customers import is_customer_of
from listener.store.directory_states import origin_of
from listener.store.hashes import hash_of

NOTE = "note"
"""The kind of these deliveries. Their channel is the name of the directory."""

Wanted = Literal["off", "alerts", "tickets"]


class WriteBack(Struct, frozen=True):
    """Which directories want notes, by name: on every alert, or only where a ticket is opened too."""

    wanted: Mapping[str, Wanted] = {}

    def notes(
        self,
        told: alerts.Told,
        intents: Sequence[AlertIntent],
        new: Mapping[int, ReadMention],
    ) -> list[outbox.Message]:
        """The notes that an alert calls for, one for each contact whose mentions among `new` made or grew it."""
        found: dict[str, outbox.Message] = {}
        for intent in intents if self.wanted else ():
            mention = new.get(intent.mention_id)
            if intent.key != told.key or mention is None or mention.customer is None:
                continue
            name, contact = self._contact(mention.customer.id)
            if not contact or (self.wanted[name] == "tickets" and not told.tickets):
                continue
            message = outbox.Message(
                key=f"{NOTE}:{name}:{contact}:{told.alert_id}",
                channel=name,
                kind=NOTE,
                payload={"alert": told.alert_id, "mention": mention.id, "customer": mention.customer.id},
                severity=told.severity,
            )
            found.setdefault(message.key, message)
        return list(found.values())

    def _contact(self, customer: str) -> tuple[str, str]:
        """The directory and the contact's id in it; two empty strings for whoever is of no such directory."""
        for name in self.wanted:
            number = customer.removeprefix(f"{name}:")
            if number != customer and number.isascii() and number.isalnum():
                return name, number
        return "", ""


async def write_note(
    store: Store,
    notes: ContactNotes,
    kinds: Mapping[str, str],
    delivery: outbox.Delivery,
    timezone: tzinfo,
    language: Language = ENGLISH,
) -> Receipt:
    """Writes a note as things stand now. `kinds`: the kind of each source. Raises DeliveryFailed.

    Where an earlier try may have written it, the service is asked first whether the note is there.
    """
    note = await asyncio.to_thread(_note, store, kinds, delivery, timezone, language)
    if delivery.maybe_sent and (found := await notes.find(note.contact, note.marker, delivery.created_at)):
        return Receipt(id=found, detail="it was there already")
    return await notes.write(note)


def _note(
    store: Store, kinds: Mapping[str, str], delivery: outbox.Delivery, timezone: tzinfo, language: Language
) -> Note:
    customer = str(delivery.payload["customer"])
    with store.read() as tx:
        alert = alerts.get_alert(tx, int(delivery.payload["alert"]))
        mention = mentions.get_mention(tx, int(delivery.payload["mention"]))
        known = is_customer_of(tx, customer, origin_of(delivery.channel))
    if not known:
        raise DeliveryFailed("the customer is no longer in the directory", permanent=True)
    if alert is None or mention is None or mention.customer is None or mention.customer.id != customer:
        raise DeliveryFailed("the mention is gone, or counts as somebody else's by now", permanent=True)
    allowed = exportable(mention, kinds)
    if allowed == "none":
        raise DeliveryFailed("the terms of the post's service let nothing of it go elsewhere", permanent=True)
    words = contact_note(alert, mention if allowed == "full" else ids_alone(mention), timezone, language)
    return Note(
        contact=customer.removeprefix(f"{delivery.channel}:"),
        marker="listener" + hash_of(delivery.key, delivery.created_at.isoformat()).hex()[:24],
        title=words.title,
        text=words.text,
        link=words.link,
        at=mention.post.published_at or mention.first_seen_at,
    )
