"""Reads what stands around alerts at a moment: silences, open spikes, sources that are not heard."""

from __future__ import annotations

from datetime import datetime

from alerts.pipeline.stages import Surroundings
from listener.alerting.setup import AlertingSetup
from listener.store import Tx, silences, spikes


def surroundings(tx: Tx, setup: AlertingSetup, now: datetime, *, about_spikes: bool = False) -> Surroundings:
    """What the stages go by, as the database has it now. `about_spikes`: whether one of the alerts is a spike."""
    return Surroundings(
        now=now,
        timezone=setup.timezone,
        spikes=spikes.open_spikes(tx, now),
        outages=spikes.outages(tx, now) if about_spikes else (),
        silences=silences.active(tx, now),
        campaigns=setup.campaigns,
        cooldowns=setup.cooldowns,
    )
