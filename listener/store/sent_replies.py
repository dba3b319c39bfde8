"""The answers that people sent, or that wait to be sent: looked up by the mention that they answer, and forgotten."""

from __future__ import annotations

from collections.abc import Collection

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, delete, select

from listener.store.outbox import Delivery, get_number
from listener.store.statements import chunks
from listener.store.tables import DELIVERY

REPLY = "reply"
"""The kind of these deliveries: {"ticket": number, "mention": number, "text": words, "by": name}."""


class _About(Struct):
    mention: int


def replies_to(tx: Connection, mentions: Collection[int]) -> list[Delivery]:
    """The answers to these mentions, the oldest first."""
    found = (get_number(tx, number) for number in _of(tx, mentions))
    return [one for one in found if one is not None]


def forget_replies(tx: Connection, mentions: Collection[int]) -> int:
    """Removes the answers to mentions that are erased, sent or not; gives how many."""
    theirs = _of(tx, mentions)
    for some in chunks(theirs):
        tx.execute(delete(DELIVERY).where(DELIVERY.c.id.in_(some)))
    return len(theirs)


def _of(tx: Connection, mentions: Collection[int]) -> list[int]:
    """There are as many as people wrote by hand: looked through, not indexed."""
    wanted = set(mentions)
    if not wanted:
        return []
    rows = tx.execute(
        select(DELIVERY.c.id, DELIVERY.c.payload_json).where(DELIVERY.c.kind == REPLY).order_by(DELIVERY.c.id)
    )
    return [row.id for row in rows if msgspec.json.decode(row.payload_json, type=_About).mention in wanted]
