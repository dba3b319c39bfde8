"""Lets only news through: what was told on a channel is told anew only where it became worse."""

from __future__ import annotations

from alerts.pipeline.candidate import Candidate
from alerts.pipeline.decision import Decision, on


def deduplicate(candidate: Candidate) -> Decision:
    """Says what is new about the alert here. What only grows never comes this far: its message is edited."""
    if candidate.told_as:
        return on("deduplicate", f"was told as {candidate.told_as} and is {candidate.severity} now")
    return on("deduplicate", "was not told here before")
