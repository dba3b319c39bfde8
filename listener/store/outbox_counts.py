"""How much waits for each channel, was told there, and was given up."""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, func, select

from listener.store.tables import CHANNEL, DELIVERY


class ChannelStats(Struct, frozen=True, kw_only=True):
    """A channel's deliveries by state, since when the oldest unsent one waits, and until when the channel is held."""

    pending: int = 0
    sent: int = 0
    dead: int = 0
    oldest: datetime | None = None
    held_until: datetime | None = None


class OutboxStats(Struct, frozen=True, kw_only=True):
    """All channels' deliveries, counted."""

    channels: dict[str, ChannelStats]

    @property
    def pending(self) -> int:
        return sum(channel.pending for channel in self.channels.values())

    @property
    def sent(self) -> int:
        return sum(channel.sent for channel in self.channels.values())

    @property
    def dead(self) -> int:
        return sum(channel.dead for channel in self.channels.values())

    def of(self, channel: str) -> dict[str, int | datetime | None]:
        """One channel's counts by name; zeros where it was never told anything."""
        return msgspec.structs.asdict(self.channels.get(channel, ChannelStats()))


def stats(tx: Connection) -> OutboxStats:
    """Each channel's deliveries, counted."""
    unsent = DELIVERY.c.state.in_(("due", "claimed"))
    rows = tx.execute(
        select(
            DELIVERY.c.channel,
            func.count().filter(unsent).label("pending"),
            func.count().filter(DELIVERY.c.state == "sent").label("sent"),
            func.count().filter(DELIVERY.c.state == "dead").label("dead"),
            func.min(DELIVERY.c.created_at).filter(unsent).label("oldest"),
            func.max(CHANNEL.c.held_until).label("held_until"),
        )
        .outerjoin(CHANNEL, CHANNEL.c.name == DELIVERY.c.channel)
        .group_by(DELIVERY.c.channel)
    )
    counted = [row._asdict() for row in rows]
    return OutboxStats(channels={row.pop("channel"): ChannelStats(**row) for row in counted})
