"""What people can do about an alert from a message, and how a press on a button names it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from alerts.contract import Action
from alerts.handling import ACTIONS, State
from alerts.language import Language

SNOOZE_HOURS = 1
"""How long an alert is put off by the button; other lengths are for the command and the page."""

_OFFERED: dict[State, tuple[str, ...]] = {
    "open": ("ack", "assign", "resolve", "snooze", "noise"),
    "acknowledged": ("assign", "resolve", "snooze", "noise"),
    "snoozed": ("ack", "assign", "resolve", "noise"),
    "resolved": ("reopen",),
    "noise": ("reopen",),
}
"""What makes sense in which state; what was done already is not offered again."""

_PREFIX = "alert:"
_NUMBER = re.compile(r"[1-9][0-9]{0,17}")


def alert_actions(
    alert: int, language: Language, url: Callable[[str], str] | None = None, handled: State = "open"
) -> tuple[Action, ...]:
    """Gives what can be done about the alert of this number in this state, in the order in which it is shown.

    `url` gives the address that does the action of a name, for channels without buttons.
    """
    labels = {
        "ack": language.say("Acknowledge"),
        "assign": language.say("Assign to me"),
        "resolve": language.say("Resolve"),
        "snooze": language.say("Snooze 1 hour"),
        "noise": language.say("Noise"),
        "reopen": language.say("Open again"),
    }
    return tuple(
        Action(name=name, label=labels[name], alert=alert, url=url(name) if url is not None else "")
        for name in _OFFERED[handled]
    )


def sensible(actions: Sequence[Action], handled: State) -> tuple[Action, ...]:
    """Gives those of `actions` that make sense in this state."""
    return tuple(action for action in actions if action.name in _OFFERED[handled])


def button_id(action: Action) -> str:
    """Gives the name by which a service sends a press on the button back; its value is the alert's number."""
    return f"{_PREFIX}{action.name}"


def pressed(button: str, value: str) -> tuple[str, int] | None:
    """Reads what a service sent back: the action's name and the alert's number; None where it is none of ours."""
    name = button.removeprefix(_PREFIX)
    if name == button or name not in ACTIONS or not _NUMBER.fullmatch(value):
        return None
    return name, int(value)
