"""What a stage said of an alert on a channel, and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct

Stage = Literal[
    "route",
    "inhibit",
    "silence",
    "campaign",
    "cooldown",
    "group",
    "deduplicate",
    "quiet hours",
    "throttle",
    "deliver",
]
STAGES: tuple[Stage, ...] = (
    "route",
    "inhibit",
    "silence",
    "campaign",
    "cooldown",
    "group",
    "deduplicate",
    "quiet hours",
    "throttle",
    "deliver",
)
"""In the order in which they are asked. Escalation comes after them: it is about who reacts, not about who is told."""

Verdict = Literal["goes on", "waits", "held", "muted"]
"""waits: for others of its group, and is then told in its own right. held: is in the next summary. muted: is listed."""


class Decision(Struct, frozen=True, kw_only=True):
    """One stage's word. `until`: when what keeps the alert back ends, None where nobody can know."""

    stage: Stage
    verdict: Verdict
    reason: str
    until: datetime | None = None

    @property
    def goes_on(self) -> bool:
        return self.verdict == "goes on"


def on(stage: Stage, reason: str) -> Decision:
    """The alert goes on to the next stage."""
    return Decision(stage=stage, verdict="goes on", reason=reason)


def stopped(decisions: Sequence[Decision]) -> Decision | None:
    """The decision that keeps the alert back; None where all let it go on."""
    return next((one for one in decisions if not one.goes_on), None)
