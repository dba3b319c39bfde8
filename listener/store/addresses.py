"""Where a known customer can be written to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from listener.store.customers import customer_rows
from rules.identity import EMAIL


def address_of(tx: Connection, customer: str, now: datetime) -> str:
    """The customer's first address that is theirs at that time; "" for none, and for who is in no directory."""
    identities = (one for told in customer_rows(tx, customer) for one in told.identities)
    return next((one.value for one in identities if one.network == EMAIL and one.holds(now)), "")
