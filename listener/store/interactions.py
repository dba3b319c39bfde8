"""Contacts that were brought in from elsewhere, each kept once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, insert, select, update

from listener.store.erased_customers import erased_ids
from listener.store.hashes import hash_of
from listener.store.statements import chunks, one_at_a_time
from listener.store.tables import INTERACTION
from rules.interaction import Interaction
from rules.interaction_reading import Felt

_TOLD = (
    "customer_id", "at", "channel", "kind", "direction", "by", "text", "outcome", "external_id", "rating",
)  # fmt: skip


class Owned(Struct, frozen=True):
    """An interaction with the customer whose it is, and what was read in it."""

    interaction: Interaction
    customer: str
    felt: Felt = Felt()


class Brought(Struct, frozen=True, kw_only=True):
    """What bringing interactions in came to; `changed`: known ones of which something else is told now."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0

    def __add__(self, other: Brought) -> Brought:
        return Brought(
            added=self.added + other.added,
            changed=self.changed + other.changed,
            unchanged=self.unchanged + other.unchanged,
        )


def put_interactions(tx: Connection, owned: Sequence[Owned], now: datetime) -> Brought:
    """Keeps interactions. What is known by its channel and number counts as it is told last; the same twice is one.

    What is a customer's who was erased after somebody had begun to read is left out.
    """
    one_at_a_time(tx, "interactions")
    erased = erased_ids(tx, {one.customer for one in owned})
    owned = [one for one in owned if one.customer not in erased]
    new, changed, brought = _sorted_out(tx, owned)
    if new:
        tx.execute(insert(INTERACTION), [{**row, "kept_at": now} for row in new])
    for row in changed:
        tx.execute(update(INTERACTION).where(INTERACTION.c.key_hash == row["key_hash"]).values(row))
    return brought


def would_put(tx: Connection, owned: Sequence[Owned]) -> Brought:
    """What `put_interactions` would come to; nothing is written."""
    return _sorted_out(tx, owned)[2]


def _sorted_out(
    tx: Connection, owned: Sequence[Owned]
) -> tuple[Sequence[dict[str, Any]], Sequence[dict[str, Any]], Brought]:
    rows = {row["key_hash"]: row for row in map(_row, owned)}
    known = {
        one.key_hash: one
        for some in chunks(list(rows))
        for one in tx.execute(select(INTERACTION).where(INTERACTION.c.key_hash.in_(some)))
    }
    new = [row for key, row in rows.items() if key not in known]
    changed = [
        row
        for key, row in rows.items()
        if key in known and any(getattr(known[key], name) != row[name] for name in _TOLD)
    ]
    same = len(owned) - len(new) - len(changed)
    return new, changed, Brought(added=len(new), changed=len(changed), unchanged=same)


def _row(one: Owned) -> dict[str, Any]:
    told = one.interaction
    named = ("id", told.channel, told.external_id)
    when_and_how = (told.at.isoformat(), told.channel, told.kind, told.direction)
    content = ("content", one.customer, *when_and_how, told.by, told.text, told.outcome)
    return {
        "key_hash": hash_of(*(named if told.external_id else content)),
        "customer_id": one.customer,
        "at": told.at,
        "channel": told.channel,
        "kind": told.kind,
        "direction": told.direction,
        "by": told.by,
        "text": told.text,
        "outcome": told.outcome,
        "external_id": told.external_id,
        "rating": told.rating,
        "label": one.felt.label,
        "complaint": one.felt.complaint,
    }
