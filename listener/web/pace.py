"""How many requests a source takes in a time."""

from __future__ import annotations

import math
import threading
from datetime import datetime

A_SECOND = 10.0
AT_ONCE = 100


class Pace:
    """A bucket of AT_ONCE requests that fills by A_SECOND; safe to use from several threads."""

    def __init__(self) -> None:
        self._left = float(AT_ONCE)
        self._at: datetime | None = None
        self._one = threading.Lock()

    def wait_seconds(self, now: datetime) -> int:
        """0, and the request is counted; or after how many seconds it may come again."""
        with self._one:
            passed = max(0.0, (now - self._at).total_seconds()) if self._at else 0.0
            self._at = now
            self._left = min(float(AT_ONCE), self._left + passed * A_SECOND)
            if self._left < 1:
                return max(1, math.ceil((1 - self._left) / A_SECOND))
            self._left -= 1
            return 0
