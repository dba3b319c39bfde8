"""What people write down about customers: notes and tags."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, delete, insert, select

from listener.store.customer_health import forget_older
from listener.store.statements import chunks, insert_new
from listener.store.tables import CUSTOMER_HEALTH, CUSTOMER_NOTE, CUSTOMER_TAG, DELIVERY, INTERACTION, SURVEY
from sources.post import storable

LONGEST_NOTE = 10_000
LONGEST_TAG = 50


class Tag(Struct, frozen=True, kw_only=True):
    """A tag, and who gave it when."""

    tag: str
    by: str
    at: datetime


def tag_of(word: str) -> str:
    """A tag as it is kept: one line in lower case. Raises ValueError for what is none."""
    tag = " ".join(storable(word).split()).lower()
    if not tag or len(tag) > LONGEST_TAG or not tag.isprintable():
        raise ValueError(f"must be a word or a few, of {LONGEST_TAG} characters at most")
    return tag


def add_note(tx: Connection, customer: str, text: str, by: str, now: datetime) -> int:
    """Keeps a note; gives its number."""
    row = {"customer_id": customer, "at": now, "by": by, "text": storable(text, LONGEST_NOTE)}
    return int(tx.execute(insert(CUSTOMER_NOTE).returning(CUSTOMER_NOTE.c.id), row).scalar_one())


def remove_note(tx: Connection, customer: str, number: int) -> bool:
    """Removes a note of a customer's; False where there is none of that number."""
    its = CUSTOMER_NOTE.c.id == number, CUSTOMER_NOTE.c.customer_id == customer
    return bool(tx.execute(delete(CUSTOMER_NOTE).where(*its)).rowcount)


def add_tags(tx: Connection, customer: str, tags: Sequence[str], by: str, now: datetime) -> int:
    """Gives a customer tags, as `tag_of` gives them; gives how many are new. Who gave one first stays."""
    rows = [{"customer_id": customer, "tag": tag, "by": by, "at": now} for tag in dict.fromkeys(tags)]
    return len(insert_new(tx, CUSTOMER_TAG, rows, CUSTOMER_TAG.c.tag))


def remove_tags(tx: Connection, customer: str, tags: Sequence[str]) -> int:
    """Takes tags away; gives how many the customer had."""
    its = CUSTOMER_TAG.c.customer_id == customer, CUSTOMER_TAG.c.tag.in_(list(tags))
    return tx.execute(delete(CUSTOMER_TAG).where(*its)).rowcount


def tags_of(tx: Connection, customers: Sequence[str]) -> dict[str, list[Tag]]:
    """The tags of these customers, in the order of their letters."""
    found: dict[str, list[Tag]] = {}
    for some in chunks(customers):
        its = select(CUSTOMER_TAG).where(CUSTOMER_TAG.c.customer_id.in_(some))
        for row in tx.execute(its.order_by(CUSTOMER_TAG.c.customer_id, CUSTOMER_TAG.c.tag)):
            found.setdefault(row.customer_id, []).append(Tag(tag=row.tag, by=row.by, at=row.at))
    return found


def forget_contacts(tx: Connection, before: datetime) -> int:
    """Removes interactions, notes, surveys and healths of before then; gives how many rows. Tags stay."""
    gone = tx.execute(delete(SURVEY).where(SURVEY.c.ask_at < before)).rowcount
    gone += tx.execute(delete(INTERACTION).where(INTERACTION.c.at < before)).rowcount
    gone += tx.execute(delete(CUSTOMER_NOTE).where(CUSTOMER_NOTE.c.at < before)).rowcount
    return gone + forget_older(tx, before)


def forget_customers(tx: Connection, customers: Sequence[str]) -> int:
    """Removes all that was kept of these customers beside the directory and their posts; gives how many rows."""
    gone = 0
    for some in chunks(customers):
        asked = select(SURVEY.c.number).where(SURVEY.c.customer_id.in_(some))
        keys = [f"survey:{number}" for number in tx.execute(asked).scalars()]
        gone += tx.execute(delete(DELIVERY).where(DELIVERY.c.key.in_(keys))).rowcount
        for table in (INTERACTION, CUSTOMER_NOTE, CUSTOMER_TAG, CUSTOMER_HEALTH, SURVEY):
            gone += tx.execute(delete(table).where(table.c.customer_id.in_(some))).rowcount
    for customer in customers:
        told = DELIVERY.c.key.startswith(fall_key(customer), autoescape=True)
        gone += tx.execute(delete(DELIVERY).where(told)).rowcount
    return gone


def fall_key(customer: str) -> str:
    """What the keys of messages begin with that tell of falls of a customer's health."""
    return f"health:{customer}:"
