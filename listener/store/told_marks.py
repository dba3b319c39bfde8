"""Reads which rules told of what, and what people marked of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, select

from listener.store.tables import ALERT, ALERT_MENTION, MENTION


class _Named(Struct, gc=False):
    name: str


class ToldMention(Struct, frozen=True, gc=False):
    """A mention of an alert: the rules that spoke for it, what a person marked ("" for nothing), and what was read."""

    alert: int
    rules: Sequence[str]
    mark: str
    label: str


_decode = msgspec.json.Decoder(tuple[_Named, ...]).decode


def told_mentions(tx: Connection, since: datetime, until: datetime) -> Iterator[ToldMention]:
    """The mentions of the alerts that were made in [since, until), alert after alert."""
    its = ALERT_MENTION.c
    asked = (
        select(its.alert_id, its.rules_json, MENTION.c.mark, MENTION.c.label)
        .join(ALERT, ALERT.c.id == its.alert_id)
        .join(MENTION, MENTION.c.id == its.mention_id)
        .where(ALERT.c.created_at >= since, ALERT.c.created_at < until)
        .order_by(its.alert_id)
    )
    for row in tx.execute(asked.execution_options(yield_per=1_000)):
        yield ToldMention(row.alert_id, [one.name for one in _decode(row.rules_json)], row.mark, row.label)
