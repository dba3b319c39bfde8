"""Holds what a rule says of one customer, or of one brand's strangers, so soon after it was told."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta

from alerts.pipeline.candidate import Candidate
from alerts.pipeline.decision import Decision, on
from alerts.wording import length


def cooldown_key(candidate: Candidate, cooldowns: Mapping[str, timedelta]) -> str:
    """What cools down together: the rule that speaks, the brand, and the customer where one is known. "": nothing."""
    if not cooldowns.get(candidate.speaking):
        return ""
    customer = candidate.lead.customer
    parts = (candidate.speaking, candidate.lead.brand, customer.id if customer else "")
    joined = "\n".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def cooldown(
    candidate: Candidate, cooldowns: Mapping[str, timedelta], last_told: datetime | None, now: datetime
) -> Decision:
    """Holds the alert while its rule cools down. `last_told`: when this channel was last told by the same key."""
    lasts = cooldowns.get(candidate.speaking)
    if not lasts:
        return on("cooldown", "its rule has no cooldown" if candidate.speaking else "no rule spoke")
    rule = f"rule '{candidate.speaking}'"
    if candidate.cooled:
        return on("cooldown", f"{rule} has cooled down since it was held")
    if last_told is None or last_told + lasts <= now:
        return on("cooldown", f"{rule} has not spoken within {length(lasts)}")
    until = last_told + lasts
    why = f"{rule} spoke at {last_told:%H:%M} UTC and cools down for {length(lasts)}"
    return Decision(stage="cooldown", verdict="held", reason=why, until=until)
