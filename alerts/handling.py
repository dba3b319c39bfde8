"""What people did about an alert: the states it can be in, and what each action makes of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal, get_args

from msgspec import Struct
from msgspec.structs import replace

State = Literal["open", "acknowledged", "snoozed", "resolved", "noise"]
STATES: tuple[State, ...] = get_args(State)

Action = Literal["ack", "assign", "resolve", "snooze", "noise", "reopen"]
ACTIONS: tuple[Action, ...] = get_args(Action)

Via = Literal["slack", "mail", "cli", "console", "desk", "listener"]
"""By which way somebody acted; "listener" is the program itself."""

LONGEST_SNOOZE = timedelta(days=90)
_BECOMES: dict[Action, State] = {
    "ack": "acknowledged",
    "assign": "acknowledged",
    "resolve": "resolved",
    "snooze": "snoozed",
    "noise": "noise",
    "reopen": "open",
}


class Handling(Struct, frozen=True, kw_only=True):
    """How an alert stands with the people: its state, whose it is, and who said so last, when, by which way.

    `until`: when a snooze ends. `at` is None where nobody has done anything yet.
    """

    alert_id: int
    state: State = "open"
    assignee: str = ""
    until: datetime | None = None
    by: str = ""
    via: str = ""
    at: datetime | None = None

    def state_at(self, now: datetime) -> State:
        """The state as it counts at that time: a snooze ends by itself."""
        ended = self.state == "snoozed" and self.until is not None and self.until <= now
        return "open" if ended else self.state

    def needs_somebody(self, now: datetime) -> bool:
        """Whether nobody has taken the alert up: open, and not put off."""
        return self.state_at(now) == "open"


class Event(Struct, frozen=True, kw_only=True):
    """One line of an alert's trail: what became of it when, by whom, by which way, and why in words.

    `what` is a short name such as "acknowledged", "grouped" or "escalated". `reason` holds our words and names of
    people, rules and channels; never words of a post, which must be able to go without the trail.
    """

    alert_id: int
    at: datetime
    what: str
    by: str = ""
    via: str = ""
    channel: str = ""
    reason: str = ""


class Changed(Struct, frozen=True, kw_only=True):
    """What an action came to. `changed` is False where the alert stood so already; then nothing was written."""

    before: Handling
    after: Handling
    changed: bool


def act(
    before: Handling,
    action: Action,
    *,
    by: str,
    via: str,
    now: datetime,
    until: datetime | None = None,
    assignee: str | None = None,
) -> Changed:
    """What an action makes of an alert. The last one wins, whatever was before; the same twice changes nothing.

    "ack" makes the alert theirs who acknowledge it. "snooze" needs `until`, after `now` and at
    most LONGEST_SNOOZE later; "assign" needs `assignee`. Raises ValueError with a sentence where that is not so.
    """
    if action == "snooze":
        _check_end(until, now)
    if action == "assign" and not (assignee or "").strip():
        raise ValueError("an alert is assigned to somebody: name a person")
    whose = before.assignee
    if action == "assign":
        whose = (assignee or "").strip()
    elif action == "ack":
        whose = by or whose
    after = Handling(
        alert_id=before.alert_id,
        state=_BECOMES[action],
        assignee="" if action == "reopen" else whose,
        until=until if action == "snooze" else None,
        by=by,
        via=via,
        at=now,
    )
    same_state = before.state_at(now) == after.state and before.until == after.until
    if same_state and before.assignee == after.assignee and (before.by == by or action in ("reopen", "assign")):
        return Changed(before=before, after=before, changed=False)
    return Changed(before=before, after=after, changed=True)


def grown_worse(before: Handling, now: datetime) -> Changed:
    """What becomes of an alert whose severity rose: it is open again and keeps its assignee.

    What was marked as noise stays so: it is the same story, which somebody has read.
    """
    if before.state in ("open", "noise"):
        return Changed(before=before, after=before, changed=False)
    after = replace(before, state="open", until=None, by="", via="listener", at=now)
    return Changed(before=before, after=after, changed=True)


def snooze_over(before: Handling, now: datetime) -> Changed:
    """What becomes of an alert whose snooze has ended; unchanged where it has not."""
    if before.state != "snoozed" or before.state_at(now) == "snoozed":
        return Changed(before=before, after=before, changed=False)
    after = replace(before, state="open", until=None, by="", via="listener", at=now)
    return Changed(before=before, after=after, changed=True)


def event_of(changed: Changed, action: Action) -> Event:
    """The trail's line for an action that changed something."""
    after = changed.after
    assert after.at is not None
    what = {"assign": "assigned", "reopen": "reopened"}.get(action, after.state)
    reason = ""
    if action == "assign":
        reason = f"given to {after.assignee}"
    elif action == "snooze" and after.until is not None:
        reason = f"until {after.until:%Y-%m-%d %H:%M} UTC"
    elif action == "noise":
        reason = "its mentions are marked as noise"
    return Event(alert_id=after.alert_id, at=after.at, what=what, by=after.by, via=after.via, reason=reason)


def _check_end(until: datetime | None, now: datetime) -> None:
    if until is None:
        raise ValueError("a snooze needs an end: say for how long")
    if until <= now:
        raise ValueError("a snooze must end later than now")
    if until - now > LONGEST_SNOOZE:
        raise ValueError(f"a snooze can last {LONGEST_SNOOZE.days} days at most")
