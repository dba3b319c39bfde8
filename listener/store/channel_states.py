"""How channels are doing: left alone for a while after a failure, or disabled until a person has mended them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, case, select, update

from listener.store.statements import insert_into
from listener.store.tables import CHANNEL
from sources.post import storable


def hold_channel(tx: Connection, channel: str, until: datetime) -> None:
    """Tells nothing on the channel before `until`; a later hold stays."""
    statement = insert_into(tx, CHANNEL)
    later = case(
        (CHANNEL.c.held_until > statement.excluded.held_until, CHANNEL.c.held_until),
        else_=statement.excluded.held_until,
    )
    tx.execute(
        statement.on_conflict_do_update(index_elements=[CHANNEL.c.name], set_={"held_until": later}),
        {"name": channel, "held_until": until},
    )


def disable_channel(tx: Connection, channel: str, why: str, now: datetime) -> bool:
    """Tells nothing on the channel until a person enables it; False where it is disabled already."""
    statement = insert_into(tx, CHANNEL).on_conflict_do_nothing()
    tx.execute(statement, {"name": channel, "held_until": now, "disabled_why": ""})
    its = (CHANNEL.c.name == channel) & CHANNEL.c.disabled_at.is_(None)
    values = {"disabled_at": now, "disabled_why": storable(why)}
    return bool(tx.execute(update(CHANNEL).where(its).values(values)).rowcount)


def enable_channel(tx: Connection, channel: str, now: datetime) -> bool:
    """Tells on the channel again, at once; False where it was not disabled."""
    its = (CHANNEL.c.name == channel) & CHANNEL.c.disabled_at.is_not(None)
    values = {"disabled_at": None, "disabled_why": "", "held_until": now}
    return bool(tx.execute(update(CHANNEL).where(its).values(values)).rowcount)


def disabled_channels(tx: Connection) -> dict[str, tuple[datetime, str]]:
    """Since when, and why, channels are disabled."""
    rows = tx.execute(select(CHANNEL).where(CHANNEL.c.disabled_at.is_not(None)).order_by(CHANNEL.c.name))
    return {row.name: (row.disabled_at, row.disabled_why) for row in rows}
