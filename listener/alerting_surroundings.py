"""Reads what stands around alerts at a moment: silences, open spikes, sources that are not heard."""

from __future__ import annotations

from datetime import datetime

from alerts.pipeline.stages import Surroundings
from listener.alerting_setup import AlertingSetup
from listener.store import Tx, silences


def surroundings(tx: Tx, setup: AlertingSetup, now: datetime) -> Surroundings:
    """What the stages go by, as the database has it now."""
    return Surroundings(
        now=now,
        silences=silences.active(tx, now),
        timezone=setup.timezone,
        campaigns=setup.campaigns,
        cooldowns=setup.cooldowns,
    )
