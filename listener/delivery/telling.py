"""Puts together all that tells: the channels, the CRMs that take notes, and the outbox's way out to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from random import Random
from typing import Any

from alerts.contract import AlertChannel
from alerts.voice import Voice
from listener.alerting.deciding import Alerting
from listener.alerting.setup import alerting_setup
from listener.alerting.spike_watch import SpikeWatch
from listener.config import Config
from listener.delivery.deliver import Deliverer, Outlet
from listener.delivery.messages import Messages
from listener.digests.making import DIGEST, digest_maker
from listener.directories.notes import ContactNotes
from listener.engine.contract import Engine
from listener.health import Health
from listener.store import Store, Tx, jobs, outbox

TASK = "deliver"


class Telling:
    """What waits in the outbox is told here, each channel for itself, so that none waits for another.

    `kinds`: the kind of each source, whose terms say what may go where. `outlets`: what else takes deliveries, each
    under a name of its own.
    """

    def __init__(
        self,
        config: Config,
        *,
        store: Store,
        engine: Engine,
        health: Health,
        kinds: Mapping[str, str],
        clock: Callable[[], datetime],
        jitter: Random,
        outlets: Mapping[str, Outlet] = {},
    ) -> None:
        self._store = store
        self._engine = engine
        self._clock = clock
        self._outlets = outlets
        self.channels: Mapping[str, AlertChannel] = {settings.name: settings.open() for settings in config.channels}
        self.notes: Mapping[str, ContactNotes] = {one.name: one.open_notes() for one in config.writing_back}
        self.alerting = Alerting(alerting_setup(config, self.channels))
        self.spikes = SpikeWatch(
            store=store,
            alerting=self.alerting,
            settings=config.alerting.spikes,
            brands=[brand.name for brand in config.brands],
            clock=clock,
        )
        voices = {
            name: Voice(
                kind=channel.kind,
                limits=channel.limits,
                timezone=config.timezone,
                language=config.language_of(name),
            )
            for name, channel in self.channels.items()
        }
        self.messages = Messages(store, voices, clock)
        self.messages.kinds[DIGEST] = digest_maker(config, store)
        self.deliverer = Deliverer(
            store=store,
            channels=self.channels,
            messages=self.messages,
            setup=self.alerting.setup,
            health=health,
            timezone=config.timezone,
            clock=clock,
            jitter=jitter,
            notes=self.notes,
            kinds=kinds,
            language_of=config.language_of,
            outlets=outlets,
        )
        engine.task(TASK, self._deliver, timeout_seconds=900)

    def tells(self, channel: str) -> bool:
        """Whether what waits for this channel can be told: it, or the CRM or desk of that name, is configured."""
        return channel in self.channels or channel in self.notes or channel in self._outlets

    def due(self, tx: Tx) -> list[str]:
        """The channels that have something to tell now and no turn queued or running."""
        due = outbox.channels_due(tx, self._clock())
        known = jobs.busy_keys(tx, TASK) if due else ()
        return [channel for channel in due if self.tells(channel) and f"{TASK}:{channel}" not in known]

    def decisions_due(self, tx: Tx) -> bool:
        """Whether an alert waits whose time has come, or for which there is room now."""
        return self.alerting.work_is_due(tx, self._clock())

    def decide(self, *, waits_are_over: bool = False) -> None:
        """Decides about all alerts whose time has come."""
        with self._store.write() as tx:
            self.alerting.round(tx, self._clock(), waits_are_over=waits_are_over)

    def queue(self, tx: Tx, channels: list[str]) -> None:
        """One turn for each of these channels."""
        for channel in channels:
            self._engine.enqueue(tx, TASK, {"channel": channel}, key=f"{TASK}:{channel}")

    async def close(self) -> None:
        """Frees connections."""
        for channel in self.channels.values():
            await channel.close()
        for notes in self.notes.values():
            await notes.close()

    async def _deliver(self, args: Mapping[str, Any]) -> None:
        if self.tells(str(args["channel"])):
            await self.deliverer.drain(str(args["channel"]))
