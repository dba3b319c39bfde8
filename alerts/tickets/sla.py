"""When a ticket must be answered and solved: promises counted in working time, and what is to be told of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from alerts.calendar import ALWAYS, Calendar
from alerts.tickets.priority import Priority
from sources.post import AwareTime

Promise = Literal["first answer", "resolution"]
Word = Literal["warning", "breach"]


class Policy(Struct, frozen=True, kw_only=True):
    """What is promised for which tickets; an empty tuple matches any. Lengths are working time of `calendar`.

    A promise that is None is not made. `notify`: channels that hear of warnings and breaches beside the people.
    """

    name: str
    priorities: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    first_answer: timedelta | None = None
    resolution: timedelta | None = None
    warn_before: timedelta = timedelta(minutes=30)
    calendar: Calendar = ALWAYS
    notify: tuple[str, ...] = ()


class Timer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One promise. It runs (`due`), is paused (`left`: seconds of working time that remain), or was met (`met`).

    `warn`, or `warn_left` while it is paused: when to warn, None where that was done or is not wanted. `late`: when it
    was broken.
    """

    due: AwareTime | None = None
    warn: AwareTime | None = None
    left: float | None = None
    warn_left: float | None = None
    met: AwareTime | None = None
    late: AwareTime | None = None

    @property
    def runs(self) -> bool:
        return self.met is None and self.due is not None


class Clocks(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The promises of one ticket, by the policy of that name ("" is none)."""

    policy: str = ""
    answer: Timer | None = None
    resolution: Timer | None = None


class Told(Struct, frozen=True, kw_only=True):
    """That somebody should hear of a promise: it is due soon, or it was due and is broken."""

    word: Word
    promise: Promise
    due: datetime


NO_CLOCKS = Clocks()
_NEVER = datetime.max.replace(tzinfo=UTC)


def policy_for(policies: Sequence[Policy], priority: Priority, tier: str, brand: str) -> Policy | None:
    """The first policy that is for such a ticket; case makes no difference."""

    def fits(allowed: Sequence[str], value: str) -> bool:
        return not allowed or value.strip().casefold() in {one.casefold() for one in allowed}

    return next(
        (
            one
            for one in policies
            if fits(one.priorities, priority) and fits(one.tiers, tier) and fits(one.brands, brand)
        ),
        None,
    )


def started(policy: Policy | None, now: datetime) -> Clocks:
    """The clocks of a ticket that is opened now."""
    if policy is None:
        return NO_CLOCKS
    return Clocks(
        policy=policy.name,
        answer=_begun(policy, policy.first_answer, now),
        resolution=_begun(policy, policy.resolution, now),
    )


def reopened(clocks: Clocks, policy: Policy | None, now: datetime) -> Clocks:
    """A ticket that comes back is promised a resolution anew; its first answer was given or missed the first time."""
    if policy is None:
        return replace(clocks, resolution=None)
    return replace(clocks, policy=policy.name, resolution=_begun(policy, policy.resolution, now))


def changed(clocks: Clocks, policy: Policy | None, now: datetime, *, more_pressing: bool) -> Clocks:
    """The clocks under another policy, counted from now. What was promised never gets later where it presses more."""
    if policy is None:
        return Clocks(answer=_settled(clocks.answer), resolution=_settled(clocks.resolution))
    return Clocks(
        policy=policy.name,
        answer=_moved(clocks.answer, policy, policy.first_answer, now, more_pressing=more_pressing),
        resolution=_moved(clocks.resolution, policy, policy.resolution, now, more_pressing=more_pressing),
    )


def paused(clocks: Clocks, calendar: Calendar, now: datetime) -> Clocks:
    """Stops what runs: the ticket waits for the customer."""
    return replace(
        clocks,
        answer=None if clocks.answer is None else _paused(clocks.answer, calendar, now),
        resolution=None if clocks.resolution is None else _paused(clocks.resolution, calendar, now),
    )


def resumed(clocks: Clocks, calendar: Calendar, now: datetime) -> Clocks:
    """Goes on with what was paused: as much working time is left as there was."""
    return replace(
        clocks,
        answer=None if clocks.answer is None else _resumed(clocks.answer, calendar, now),
        resolution=None if clocks.resolution is None else _resumed(clocks.resolution, calendar, now),
    )


def answered(clocks: Clocks, at: datetime) -> Clocks:
    """The first answer was given; a later one changes nothing."""
    return replace(clocks, answer=_met(clocks.answer, at))


def solved(clocks: Clocks, at: datetime) -> Clocks:
    """The ticket is solved. Where nobody had answered, that was the answer."""
    return replace(clocks, answer=_met(clocks.answer, at), resolution=_met(clocks.resolution, at))


def told_now(clocks: Clocks, now: datetime) -> tuple[Clocks, list[Told]]:
    """What has to be told by now, each once: give the clocks back to be kept, so that it is not told again."""
    told: list[Told] = []
    answer = _told(clocks.answer, "first answer", now, told)
    resolution = _told(clocks.resolution, "resolution", now, told)
    return replace(clocks, answer=answer, resolution=resolution), told


def next_look(clocks: Clocks) -> datetime | None:
    """When the clocks have something to tell next; None where nothing runs."""
    times = []
    for timer in (clocks.answer, clocks.resolution):
        if timer is not None and timer.runs and timer.late is None:
            times += [time for time in (timer.warn, timer.due) if time is not None]
    return min(times, default=None)


def most_pressing(clocks: Clocks) -> tuple[Promise, Timer] | None:
    """The promise to look at: one that is not met yet, the earliest first; None where there is none."""
    open_ones: list[tuple[Promise, Timer]] = []
    if clocks.answer is not None and clocks.answer.met is None:
        open_ones.append(("first answer", clocks.answer))
    if clocks.resolution is not None and clocks.resolution.met is None:
        open_ones.append(("resolution", clocks.resolution))
    running = [one for one in open_ones if one[1].due is not None]
    if running:
        return min(running, key=lambda one: one[1].due or _NEVER)
    return min(open_ones, key=lambda one: one[1].left or 0.0, default=None)


def _begun(policy: Policy, target: timedelta | None, now: datetime) -> Timer | None:
    if target is None:
        return None
    calendar = policy.calendar
    early = target - policy.warn_before
    warns = timedelta() < policy.warn_before < target
    return Timer(due=calendar.after(now, target), warn=calendar.after(now, early) if warns else None)


def _moved(
    timer: Timer | None, policy: Policy, target: timedelta | None, now: datetime, *, more_pressing: bool
) -> Timer | None:
    if timer is not None and (timer.met is not None or timer.late is not None):
        return timer
    fresh = _begun(policy, target, now)
    if timer is None or fresh is None:
        return fresh
    if timer.due is None:  # it is paused, and stays so
        fresh = _paused(fresh, policy.calendar, now)
        return timer if more_pressing and (timer.left or 0.0) <= (fresh.left or 0.0) else fresh
    assert fresh.due is not None
    return timer if more_pressing and timer.due <= fresh.due else fresh


def _paused(timer: Timer, calendar: Calendar, now: datetime) -> Timer:
    if not timer.runs:
        return timer
    assert timer.due is not None
    warn_left = None if timer.warn is None else _worked(calendar, now, timer.warn)
    return Timer(left=_worked(calendar, now, timer.due), warn_left=warn_left, late=timer.late or _over(timer, now))


def _resumed(timer: Timer, calendar: Calendar, now: datetime) -> Timer:
    if timer.met is not None or timer.left is None:
        return timer
    warn = None if timer.warn_left is None else calendar.after(now, timedelta(seconds=timer.warn_left))
    return Timer(due=calendar.after(now, timedelta(seconds=timer.left)), warn=warn, late=timer.late)


def _met(timer: Timer | None, at: datetime) -> Timer | None:
    if timer is None or timer.met is not None:
        return timer
    # an answer that was given in time and is told of only now was not late after all
    late = timer.late if timer.late is not None and timer.late < at else _over(timer, at)
    return replace(timer, met=at, warn=None, warn_left=None, left=None, late=late)


def _over(timer: Timer, at: datetime) -> datetime | None:
    """When it was broken, if it was by then."""
    return timer.due if timer.due is not None and timer.due < at else None


def _told(timer: Timer | None, promise: Promise, now: datetime, told: list[Told]) -> Timer | None:
    if timer is None or not timer.runs or timer.late is not None:
        return timer
    assert timer.due is not None
    if timer.due <= now:
        told.append(Told(word="breach", promise=promise, due=timer.due))
        return replace(timer, warn=None, late=timer.due)
    if timer.warn is not None and timer.warn <= now:
        told.append(Told(word="warning", promise=promise, due=timer.due))
        return replace(timer, warn=None)
    return timer


def _settled(timer: Timer | None) -> Timer | None:
    """What is left of a promise where none is made any more: whether it was kept."""
    return timer if timer is not None and (timer.met is not None or timer.late is not None) else None


def _worked(calendar: Calendar, since: datetime, until: datetime) -> float:
    return calendar.between(since, until).total_seconds() if until > since else 0.0
