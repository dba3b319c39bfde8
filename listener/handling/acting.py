"""Does what somebody says of an alert, wherever they say it, and has its messages show it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from alerts.handling import Action, Changed
from listener.alerting.growth import refresh as show
from listener.store import Tx, handling

Refresh = Callable[[Tx, int, datetime], None]
"""Has the messages of an alert show how it stands now: queues what that takes, in the caller's transaction."""


class Acting:
    """The one way by which people act on alerts: from Slack, a link, the console and the command line alike."""

    def __init__(self, refresh: Refresh | None = show) -> None:
        self._refresh = refresh

    def act(
        self,
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
        """As `handling.change`, and the alert's messages show it. Raises ValueError as that does."""
        changed = handling.change(tx, alert_id, action, by, via, now, until=until, assignee=assignee)
        if changed is not None and changed.changed:
            self.show(tx, alert_id, now)
        return changed

    def show(self, tx: Tx, alert_id: int, now: datetime) -> None:
        """Has the alert's messages show how it stands now."""
        if self._refresh is not None:
            self._refresh(tx, alert_id, now)
