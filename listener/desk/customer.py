"""Who the customer of a ticket is, as the directory says it now."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from listener.store import Tx
from listener.store.customer_standing import standing_of
from listener.store.customers import get_customer
from listener.store.tickets import Ticket
from rules.customer_standing import CustomerStanding
from rules.reading import CustomerMatch


class Known(Struct, frozen=True, kw_only=True):
    """What is known of a ticket's customer; nothing for a stranger."""

    customer: CustomerMatch | None = None
    standing: CustomerStanding | None = None

    @property
    def tier(self) -> str:
        return self.customer.tier if self.customer else ""

    @property
    def owner(self) -> str:
        return self.customer.owner if self.customer else ""

    @property
    def fields(self) -> dict[str, str]:
        return self.customer.fields if self.customer else {}

    @property
    def tags(self) -> tuple[str, ...]:
        return self.standing.tags if self.standing else ()


def known_of(tx: Tx, ticket: Ticket, now: datetime) -> Known:
    """The customer by the directory; one who is no longer in it, as was said when they wrote."""
    number = ticket.line.customer_id
    if not number:
        return Known()
    row = get_customer(tx, number)
    if row is not None:
        customer: CustomerMatch | None = CustomerMatch(
            id=row.id,
            name=row.name,
            tier=row.tier,
            owner=row.owner,
            company=row.company,
            fields=row.fields,
            confidence=1.0,
        )
    else:
        matches = (one.customer for one in ticket.mentions if one.customer)
        customer = next((one for one in matches if one.id == number), None)
    return Known(customer=customer, standing=standing_of(tx, number, now))
