"""Notices that much more is said of a brand than usual, and makes that an alert of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from alerts.alert import AlertIntent, ReadMention
from alerts.wording import counted
from listener.alerting.candidates import SPIKE
from listener.alerting.deciding import Alerting
from listener.configuration.alerting import SpikeSettings
from listener.store import Store, Tx, alerts, heard, spikes
from listener.store.loading import load
from listener.store.spikes import Heard
from rules.reading import RuleMatch
from rules.spikes import Spike, spike

LOOK_EVERY = timedelta(minutes=1)
WINDOW = timedelta(hours=1)
MOST_MENTIONS = 200
"""Mentions that one look adds to a spike, the newest."""

_GREAT_PART = 0.2
"""A story that makes up so much of the hour is part of what the spike is about."""


class SpikeWatch:
    """Looks at each brand's last hour; an hour with little in it costs one short question."""

    def __init__(
        self,
        *,
        store: Store,
        alerting: Alerting,
        settings: SpikeSettings | None,
        brands: Sequence[str],
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._alerting = alerting
        self._settings = settings
        self._brands = tuple(brands)
        self._clock = clock

    def look(self) -> None:
        """Makes or grows the alert of each brand that has a spike now."""
        settings = self._settings
        if settings is None:
            return
        now = self._clock()
        with self._store.read() as tx:
            lately = heard.lately(tx, now, 60)
            loud = [one for one in self._brands if sum(lately.get(one, ())) >= settings.least]
            if not loud:
                return
            working, counts = heard.history(tx, now - heard.KEPT)
        for brand in loud:
            by_hour: Counter[int] = Counter()
            for (_, of), its in counts.items():
                if of == brand:
                    by_hour.update(its)
            found = spike(
                by_hour,
                working,
                now.timestamp() / 3600,
                sum(lately[brand]),
                least=settings.least,
                times=settings.times,
            )
            if found is not None:
                with self._store.write() as tx:
                    self._tell(tx, brand, found, settings, now)

    def _tell(self, tx: Tx, brand: str, found: Spike, settings: SpikeSettings, now: datetime) -> None:
        hour = spikes.heard_since(tx, brand, now - WINDOW)
        if not hour:
            return  # all of it was written by the brand itself, or is gone
        key = spikes.spike_of(tx, brand, now) or f"spike:{brand}:{now.isoformat()}"
        about = _of_great_stories(hour)[:MOST_MENTIONS]
        known = spikes.already_in(tx, key, [one.mention for one in about])
        mentions = load(tx, [one.mention for one in about if one.mention not in known])
        mentions.sort(key=lambda one: (-(one.post.author.followers or 0), one.id))
        rule = RuleMatch(name=SPIKE, severity=settings.severity, reason=_why(brand, found))
        intents = [_intent(one, key, rule, settings) for one in mentions]
        told = alerts.put_alerts(tx, intents, now)
        self._alerting.take_in(tx, told, intents, {one.id: one for one in mentions}, now)


def _of_great_stories(hour: Sequence[Heard]) -> list[Heard]:
    """The mentions of the stories that make up much of the hour; all where none does."""
    stories = Counter(one.story for one in hour if one.story)
    great = {story for story, count in stories.items() if count >= _GREAT_PART * len(hour) and count > 1}
    return [one for one in hour if one.story in great] or list(hour)


def _intent(mention: ReadMention, key: str, rule: RuleMatch, settings: SpikeSettings) -> AlertIntent:
    return AlertIntent(
        key=key,
        story=mention.story,
        severity=settings.severity,
        brand=mention.brand,
        mention_id=mention.id,
        rules=(rule,),
        channels=settings.notify,
        kind="spike",
        followers=mention.post.author.followers or 0,
    )


def _why(brand: str, found: Spike) -> str:
    usual = f"{found.expected:.1f}" if found.expected < 10 else f"{found.expected:.0f}"
    return f"{counted(found.count, 'mention')} of '{brand}' within an hour, where {usual} are usual at this time"
