"""Makes the message of a fall of a customer's health, as things stand when it is told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any

from alerts.contract import DeliveryFailed, Message
from alerts.health_fall import HealthFall, render_fall
from alerts.language import ENGLISH, Language
from listener.store import Tx
from listener.store.alerts import MOST_CONTACTS
from listener.store.customer_contacts import last_contacts
from listener.store.customer_health import history
from listener.store.customer_standing import standing_of
from listener.store.customers import get_customer


def fall_message(
    tx: Tx, key: str, payload: Mapping[str, Any], now: datetime, timezone: tzinfo, words: Language = ENGLISH
) -> Message:
    """The message. Raises DeliveryFailed, for good, where the customer is no longer known."""
    number = str(payload["customer"])
    customer, counted = get_customer(tx, number), history(tx, number, 1)
    if customer is None or not counted:
        raise DeliveryFailed("the customer is no longer in the directory", permanent=True)
    fall = HealthFall(
        customer=customer,
        start=float(payload["start"]),
        end=float(payload["end"]),
        health=counted[-1].health,
        standing=standing_of(tx, number, now),
        contacts=last_contacts(tx, number, now, MOST_CONTACTS),
    )
    return render_fall(key, fall, timezone, words)
