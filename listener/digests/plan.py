"""When a digest is due, of what, and for whom."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class DigestSpan(Struct, frozen=True, kw_only=True):
    """The period [since, until) of a digest, and since when the one before it is counted."""

    before: datetime
    since: datetime
    until: datetime


class DigestPlan(Struct, frozen=True, kw_only=True):
    """One digest. `name` "" is that of `[digest]`; `language` "" is that of each channel.

    `at` and `day` are local times in `timezone`: a day on which clocks change is 23 or 25 hours long, as people there
    live it.
    """

    name: str
    weekly: bool = False
    at: time
    day: Day = "mon"
    timezone: ZoneInfo
    language: str = ""
    brands: tuple[str, ...]
    channels: tuple[str, ...]

    @property
    def days(self) -> int:
        return 7 if self.weekly else 1

    def newest(self, now: datetime) -> DigestSpan:
        """The newest whole period, as seen at `now`."""
        today = now.astimezone(self.timezone).date()
        last = today - timedelta(days=(today.weekday() - DAYS.index(self.day)) % 7) if self.weekly else today
        # compared as moments: where an hour comes twice, its clock readings alone would mislead
        if self._moment(last) > now:
            last -= timedelta(days=self.days)
        return self._span(last)

    def until_now(self, now: datetime, length: timedelta | None = None) -> DigestSpan:
        """A period that ends at `now` and is as long as this digest's, or `length`."""
        if length is not None:
            return DigestSpan(before=now - 2 * length, since=now - length, until=now)
        local = now.astimezone(self.timezone)
        ends = (
            datetime.combine(local.date() - timedelta(days=self.days * back), local.time(), self.timezone)
            for back in (2, 1)
        )
        before, since = ends
        return DigestSpan(before=before, since=since, until=now)

    def key(self, span: DigestSpan, channel: str) -> str:
        """What names the delivery of a period to a channel, so that it is queued once."""
        return f"digest:{f'{self.name}:' if self.name else ''}{span.until.isoformat()}:{channel}"

    def payload(self, span: DigestSpan) -> dict[str, Any]:
        """What the outbox keeps of it: all that its message is made of."""
        return {
            "name": self.name,
            "before": span.before.isoformat(),
            "since": span.since.isoformat(),
            "until": span.until.isoformat(),
            "brands": list(self.brands),
            "timezone": self.timezone.key,
            "language": self.language,
        }

    def _span(self, last: date) -> DigestSpan:
        days = [last - timedelta(days=self.days * back) for back in (2, 1, 0)]
        before, since, until = (self._moment(day) for day in days)
        return DigestSpan(before=before, since=since, until=until)

    def _moment(self, day: date) -> datetime:
        return datetime.combine(day, self.at, self.timezone)


def kept_span(payload: Mapping[str, Any]) -> DigestSpan:
    """The period of a delivery; one that was queued by an older version has the same length before it."""
    since, until = (datetime.fromisoformat(str(payload[end])) for end in ("since", "until"))
    before = payload.get("before")
    return DigestSpan(
        before=datetime.fromisoformat(str(before)) if before else since - (until - since), since=since, until=until
    )
