"""Business calendars: when people are at work, and how much working time lies between two moments."""

from __future__ import annotations

from collections.abc import Container, Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from msgspec import Struct

_DAY = timedelta(days=1)
_MOST_DAYS = 7 * 1_100  # more than MOST_HOLIDAYS closed weeks in a row, so that every search ends
_LONGEST_OPEN = 400  # days; a calendar that is open for longer without a gap counts as one that never closes

MOST_HOLIDAYS = 1_000

Hours = tuple[timedelta, timedelta]
"""From and until, as the clock on the wall says, counted from midnight; until is past 24 h for a night shift."""


class Calendar(Struct, frozen=True, kw_only=True):
    """Hours of a week in a time zone, and days on which nobody works.

    `hours`: seven entries, Monday first. A night shift belongs to the day on which it begins. A calendar without any
    hours is open day and night, holidays or not. Moments go in and come out aware; what comes out is UTC.
    """

    name: str = ""
    timezone: tzinfo = UTC
    hours: tuple[tuple[Hours, ...], ...] = ((),) * 7
    holidays: Container[date] = frozenset()

    @property
    def is_always_open(self) -> bool:
        return not any(self.hours)

    def is_open(self, at: datetime) -> bool:
        """Whether somebody is at work at this moment; the moment of closing is closed."""
        if self.is_always_open:
            return True
        return self.opens_next(at) == at

    def opens_next(self, at: datetime) -> datetime:
        """The first moment from `at` on that is open: `at` itself where it is."""
        at = at.astimezone(UTC)
        if self.is_always_open:
            return at
        start, _ = next(self._spans(at))
        return max(start, at)

    def closes_next(self, at: datetime) -> datetime | None:
        """When the working time that `at` lies in, or else the next one, ends; None where it never does."""
        if self.is_always_open:
            return None
        start, end = next(self._spans(at.astimezone(UTC)))
        return end if end - start < timedelta(days=_LONGEST_OPEN) else None

    def after(self, at: datetime, worked: timedelta) -> datetime:
        """The moment at which `worked` working time has passed since `at`. Raises OverflowError past the year 9999."""
        at = at.astimezone(UTC)
        if self.is_always_open or worked <= timedelta(0):
            return at + worked
        left = worked
        while True:
            for start, end in self._spans(at):
                begin = max(start, at)
                if end - begin >= left:
                    return begin + left
                left -= end - begin
            at += timedelta(days=_MOST_DAYS)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """How much working time lies in [start, end); zero where end is not later."""
        start, end = start.astimezone(UTC), end.astimezone(UTC)
        if end <= start:
            return timedelta(0)
        if self.is_always_open:
            return end - start
        total = timedelta(0)
        for opens, closes in self._spans(start):
            if opens >= end:
                break
            total += min(closes, end) - max(opens, start)
        return total

    def _spans(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The working times that end after `at`, in order; those that touch are one."""
        pending: tuple[datetime, datetime] | None = None
        for start, end in self._of_each_day(at):
            if end <= at or end <= start:
                continue
            if pending is None:
                pending = (start, end)
            elif start <= pending[1] and pending[1] - pending[0] < timedelta(days=_LONGEST_OPEN):
                pending = (pending[0], max(pending[1], end))
            else:
                yield pending
                pending = (max(start, pending[1]), end)
        if pending is not None:
            yield pending

    def _of_each_day(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        first = at.astimezone(self.timezone).date() - 2 * _DAY  # a night shift that began yesterday may still go on
        for number in range(_MOST_DAYS):
            day = first + number * _DAY
            if day in self.holidays:
                continue
            for start, end in self.hours[day.weekday()]:
                yield self._moment(day, start), self._moment(day, end)

    def _moment(self, day: date, clock: timedelta) -> datetime:
        """When the clock on the wall of that day shows it; an hour that a change of clocks leaves out moves along."""
        midnight = datetime.combine(day, time(), self.timezone)
        return (midnight + clock).astimezone(UTC)  # adding moves the clock on the wall, changes of it or not


ALWAYS = Calendar()
"""Open day and night."""

_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def read_hours(written: dict[str, str]) -> tuple[tuple[Hours, ...], ...]:
    """Reads {"mon-fri": "09:00-17:30", "sat": "10:00-12:00, 13:00-15:00"}; "22:00-06:00" goes into the next morning.

    Raises ValueError with a sentence.
    """
    week: list[tuple[Hours, ...]] = [()] * 7
    for days, times in written.items():
        hours = tuple(sorted(_read_span(span) for span in times.split(",")))
        for number in _read_days(days):
            if week[number]:
                raise ValueError(f"names {_WEEK[number]!r} twice")
            week[number] = hours
    return tuple(week)


def _read_days(written: str) -> Iterator[int]:
    first, dash, last = (part.strip().casefold()[:3] for part in written.partition("-"))
    names = (first, last if dash else first)
    if any(name not in _WEEK for name in names) or len(written) > 24:
        raise ValueError(f"has the days {written[:24]!r}, must be such as 'mon', 'sat' or 'mon-fri'")
    start, end = (_WEEK.index(name) for name in names)
    yield from range(start, end + 1) if start <= end else (*range(start, 7), *range(end + 1))


def _read_span(written: str) -> Hours:
    start, _, end = written.partition("-")
    try:
        opens, closes = _clock(start), _clock(end)
    except ValueError:
        raise ValueError(f"has the hours {written.strip()[:40]!r}, must be such as '09:00-17:30'") from None
    if opens == closes or opens >= _DAY:
        raise ValueError(f"has the hours {written.strip()[:40]!r}, which end where they begin")
    return opens, closes if closes > opens else closes + _DAY


def _clock(written: str) -> timedelta:
    if written.strip() == "24:00":
        return _DAY
    read = time.fromisoformat(written.strip())
    if read.tzinfo is not None:
        raise ValueError("a time of day has no zone of its own here")
    return timedelta(hours=read.hour, minutes=read.minute)
