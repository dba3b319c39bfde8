"""Asks a condition of an alert: of its leading mention, its rules and how severe it is."""

from __future__ import annotations

from datetime import datetime

from alerts.alert import ReadMention
from rules.alert_match import AlertFacts, AlertMatch
from rules.variables import Facts


def holds(match: AlertMatch, lead: ReadMention, rules: tuple[str, ...], severity: str, now: datetime) -> bool:
    """Whether the condition holds; one that has no answer for this mention does not."""
    facts = Facts(
        post=lead.post,
        brand=lead.brand,
        seen_by=lead.seen_by,
        lang=lead.lang,
        sentiment=lead.sentiment,
        urgency=lead.urgency,
        intent=lead.intent,
        waits_for_answer=lead.waits_for_answer,
        topics=lead.topics,
        customer=lead.customer,
        own=lead.own,
        now=now,
    )
    return match.holds(AlertFacts(facts=facts, rules=rules, severity=severity))
