"""Holds what would be one message too many, for a channel's readers or for a channel that cannot be reached."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from alerts.pipeline.decision import Decision, on
from alerts.wording import counted
from rules.reading import SEVERITIES, Severity

HOUR = timedelta(hours=1)
URGENT_WAITS = timedelta(minutes=5)
"""So long at most what is urgent is held by a cap: then it is told with all else that is held."""

MOST_WAITING = 20
"""Messages as severe as this one that may wait for a channel; what comes then is gathered into summaries.

It waits for room and no moment, so it is due at once, and looked at as soon as there is room.
"""


class Load(Struct, frozen=True, kw_only=True):
    """What a channel has to carry. `lately`: when it was given messages within the last hour, the oldest first.

    `waiting`: how many messages of each severity are not told yet.
    """

    lately: Sequence[datetime] = ()
    waiting: dict[Severity, int] = {}

    def ahead_of(self, severity: Severity) -> int:
        """How many messages at least as severe wait."""
        worse = SEVERITIES[SEVERITIES.index(severity) :]
        return sum(count for one, count in self.waiting.items() if one in worse)

    def with_one_more(self, severity: Severity, now: datetime) -> Load:
        """The load after one more message was given."""
        waiting = {**self.waiting, severity: self.waiting.get(severity, 0) + 1}
        return Load(lately=(*self.lately, now), waiting=waiting)


def throttle(
    severity: Severity, load: Load, most_an_hour: int, urgent: Severity, now: datetime, *, has_waited: bool = False
) -> Decision:
    """Holds a message where MOST_WAITING as severe wait already, or where the hour has had its `most_an_hour` (0: any).

    What is at least as severe as `urgent` is held by the cap for URGENT_WAITS only; `has_waited`: that is over.
    """
    waiting = load.ahead_of(severity)
    if waiting >= MOST_WAITING:
        why = f"{counted(waiting, 'message')} of {severity} or worse already wait for the channel"
        return Decision(stage="throttle", verdict="held", reason=why, until=now)
    lately = [at for at in load.lately if at > now - HOUR]
    if not most_an_hour or len(lately) < most_an_hour:
        of = f" of at most {most_an_hour}" if most_an_hour else ", and there is no cap"
        return on("throttle", f"{counted(len(lately), 'message')} in the last hour{of}")
    until = lately[-most_an_hour] + HOUR
    why = f"the channel had its {most_an_hour} messages within an hour"
    if SEVERITIES.index(severity) >= SEVERITIES.index(urgent):
        if has_waited:
            return on("throttle", f"{why}, and {severity} has waited long enough")
        until = min(until, now + URGENT_WAITS)
        why += f"; {severity} waits {URGENT_WAITS // timedelta(minutes=1)} minutes at most"
    return Decision(stage="throttle", verdict="held", reason=why, until=until)
