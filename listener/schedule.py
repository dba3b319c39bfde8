"""What is due, by the clock: polls, deliveries, the digest, the nightly purge."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo


class Schedule:
    """Calls what is due on the event loop. A call that is still under way is not started again."""

    def __init__(self, timezone: ZoneInfo) -> None:
        from apscheduler.schedulers.asyncio import AsyncIOScheduler  # which a single round can spare

        self._timezone = timezone
        self._scheduler = AsyncIOScheduler(timezone=timezone)

    def every(self, interval: timedelta, name: str, call: Callable[[], Awaitable[None]]) -> None:
        """Calls at once and then every `interval`."""
        from apscheduler.triggers.interval import IntervalTrigger

        self._add(name, call, IntervalTrigger(seconds=interval.total_seconds()), at_once=True)

    def daily(self, at: time, name: str, call: Callable[[], Awaitable[None]]) -> None:
        """Calls at `at` local time each day; a time missed while asleep is made up for within the day."""
        from apscheduler.triggers.cron import CronTrigger

        trigger = CronTrigger(hour=at.hour, minute=at.minute, second=at.second, timezone=self._timezone)
        self._add(name, call, trigger, at_once=False)

    def _add(self, name: str, call: Callable[[], Awaitable[None]], trigger: object, *, at_once: bool) -> None:
        first = {"next_run_time": datetime.now(self._timezone)} if at_once else {}
        self._scheduler.add_job(
            call, trigger, id=name, name=name, max_instances=1, coalesce=True, misfire_grace_time=86_400, **first
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Runs until `stop` is set."""
        self._scheduler.start()
        try:
            await stop.wait()
        finally:
            self._scheduler.shutdown(wait=False)
