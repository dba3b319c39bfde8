"""What is known of a customer at the moment when a mention of theirs is kept."""

from __future__ import annotations

from msgspec import Struct

UNKNOWN_HEALTH = 100.0
"""Stands in where no health is known, so that `customer.health < 40` speaks of nobody unknown."""


class CustomerStanding(Struct, frozen=True, kw_only=True):
    """How a customer stands: complaints of the last seven days over all channels, health, and what people tagged.

    `recent_complaints` counts the mention that is being kept, too. `health` is None where it is not known.
    """

    recent_complaints: int = 0
    health: float | None = None
    health_trend: float | None = None
    tags: tuple[str, ...] = ()
