"""Says in one line what people have done about an alert."""

from __future__ import annotations

from datetime import datetime

from alerts.handling import Handling
from alerts.language import Language


def handled_words(handling: Handling, now: datetime, language: Language) -> str:
    """Gives "Resolved by Ben"; "" for an alert that nobody has taken up."""
    by = handling.by or language.say("somebody")
    match handling.state_at(now):
        case "acknowledged" if handling.assignee and handling.assignee != handling.by:
            return language.say("Given to {person} by {by}", person=handling.assignee, by=by)
        case "acknowledged":
            return language.say("Taken up by {by}", by=by)
        case "snoozed":
            until = f"{handling.until:%Y-%m-%d %H:%M} UTC" if handling.until is not None else ""
            return language.say("Put off until {until} by {by}", until=until, by=by)
        case "resolved":
            return language.say("Resolved by {by}", by=by)
        case "noise":
            return language.say("Marked as noise by {by}", by=by)
    return ""
