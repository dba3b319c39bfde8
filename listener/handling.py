"""Does what somebody says of an alert, wherever they say it, and has its messages show it."""

from __future__ import annotations

from datetime import datetime

from alerts.handling import Action, Changed
from listener.store import Tx, handling


def handled(
    tx: Tx,
    alert_id: int,
    action: Action,
    by: str,
    via: str,
    now: datetime,
    *,
    until: datetime | None = None,
    assignee: str | None = None,
) -> Changed | None:
    """As `handling.change`. Raises ValueError as that does."""
    return handling.change(tx, alert_id, action, by, via, now, until=until, assignee=assignee)
