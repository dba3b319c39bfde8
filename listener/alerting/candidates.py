"""Says of alerts and their notices what is news, what asks to be told, and what belongs into the trail."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from alerts.handling import Event
from alerts.pipeline.candidate import Candidate, Routed
from alerts.pipeline.decision import Decision
from listener.store import alerts
from listener.store.notices import Notice
from listener.store.ranks import rank
from rules.reading import Severity

SPIKE = "spike"
"""What alerts of spikes give as the rule that speaks."""


class Asked(Struct, frozen=True, kw_only=True):
    """A channel that mentions of an alert ask for, and how severe the worst of them is."""

    routed: Routed
    severity: Severity


class Judged(Struct, frozen=True, kw_only=True):
    """A candidate with what the stages said of it, and how it stood on its channel before."""

    candidate: Candidate
    decisions: tuple[Decision, ...]
    before: Notice | None


def is_news(before: Notice | None, ask: Asked, grown: bool) -> bool:
    """Whether the stages are to be asked: the channel is new, it became worse, or what was muted goes on."""
    if before is None or rank(ask.severity) > rank(before.severity):
        return True
    return before.state == "muted" and grown


def gone(notice: Notice) -> Notice:
    """An alert of which nobody is told any more."""
    return replace(
        notice, state="muted", stage="deliver", reason="its post was deleted before it was told", due_at=None
    )


def candidate_of(brief: alerts.Brief, routed: Routed, before: Notice | None, *, waited: bool = False) -> Candidate:
    """The alert as it asks to be told; `before`: how it stood on the channel."""
    was_told = before is not None and before.told_at is not None
    return Candidate(
        alert_id=brief.id,
        kind=brief.kind,
        key=brief.key,
        severity=brief.severity,
        brands=brief.brands,
        rules=(SPIKE,) if brief.kind == "spike" else tuple(rule.name for rule in brief.lead.rules),
        lead=brief.lead,
        routed=routed,
        waited=waited,
        cooled=waited and before is not None and before.stage == "cooldown",
        told_as=before.severity if before is not None and was_told else "",
    )


def events_of(
    now_standing: Iterable[Notice], before: Mapping[tuple[int, str], Notice], now: datetime
) -> Iterable[Event]:
    """A line in the trail wherever a decision is another one than before."""
    for one in now_standing:
        was = before.get((one.alert_id, one.channel))
        if was is None or one.is_told or (was.state, was.stage) != (one.state, one.stage):
            yield Event(
                alert_id=one.alert_id,
                at=now,
                what=one.state,
                via="listener",
                channel=one.channel,
                reason=f"{one.stage}: {one.reason}",
            )
