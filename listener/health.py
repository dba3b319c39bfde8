"""Tells the operator, once, that a source has begun to fail, and once that it is well again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from listener.store import Tx, outbox

FAILURES_BEFORE_TELLING = 3
"""One time-out is the weather; three in a row are news. A refusal needs a person and is told at once."""


class Health:
    """Queues the operator's reports, in the transaction that records what they report."""

    def __init__(self, channels: Sequence[str]) -> None:
        self._channels = channels

    def told_failing(self, tx: Tx, source: str, failures: int, why: str, refused: bool, now: datetime) -> None:
        """Reports the failure that makes it news: the third in a row, or a first refusal."""
        if failures == (1 if refused else FAILURES_BEFORE_TELLING):
            title = f"Source '{source}' {'has been refused' if refused else 'is failing'}"
            text = f"{why}\nNothing new is heard from '{source}' until this is mended." + (
                f"\nThen run: listener poll --source '{source}'" if refused else "\nlistener keeps trying."
            )
            self._report(tx, f"source:{source}:failing:{now.isoformat()}", title, text, now)

    def told_recovered(self, tx: Tx, source: str, failing_since: datetime, now: datetime) -> None:
        """Reports that a source whose failing was told is well again."""
        title = f"Source '{source}' is heard again"
        text = (
            f"It had been failing since {failing_since:%Y-%m-%d %H:%M} UTC. What was published meanwhile is read now."
        )
        self._report(tx, f"source:{source}:recovered:{failing_since.isoformat()}", title, text, now)

    def _report(self, tx: Tx, key: str, title: str, text: str, now: datetime) -> None:
        for channel in self._channels:
            outbox.put_delivery(
                tx,
                key=f"report:{key}:{channel}",
                channel=channel,
                kind="report",
                payload={"title": title, "text": text},
                severity="high",
                now=now,
            )
