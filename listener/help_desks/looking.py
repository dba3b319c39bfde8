"""Asks the desks how their tickets stand when a person wants to know, beside a listener that runs or none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from random import Random

from alerts.desks.settings import HelpDeskSettings
from listener.config import Config
from listener.help_desks.handing_on import Desks
from listener.help_desks.round import DeskRound
from listener.store import Store, desk_tickets

MOST_COMPARED = 1_000_000


async def look_now(config: Config, store: Store, names: Sequence[str]) -> tuple[int, dict[str, str]]:
    """How many tickets of these desks (of all, if none is named) changed, and what failed, by desk."""

    def clock() -> datetime:
        return datetime.now(UTC)

    desks = Desks(config, store=store, kinds={}, clock=clock)
    asking = DeskRound(desks.opened, desks.settings, store=store, clock=clock, jitter=Random())
    before = _standing(store)
    try:
        failed = await asking.look_at_all(names)
    finally:
        await desks.close()
    after = _standing(store)
    return sum(after[key] != status for key, status in before.items() if key in after), failed


async def ask_for_nothing(settings: HelpDeskSettings) -> None:
    """Asks a desk for a ticket that nobody has opened. Raises DeliveryFailed."""
    desk = settings.open()
    try:
        await desk.find("listener0nobody0has0this0marker0", datetime.now(UTC))
    finally:
        await desk.close()


def _standing(store: Store) -> dict[tuple[int, str], tuple[str, str]]:
    with store.read() as tx:
        found = desk_tickets.list_tickets(tx, limit=MOST_COMPARED)
    return {(one.alert_id, one.desk): (one.state, one.said) for one in found}
