"""Notices sources, and brands in them, that have fallen silent although nothing fails."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from listener.health import Health
from listener.store import Store, Tx, heard
from listener.store import sources as states
from listener.store.heard import ALL_BRANDS, Quiet
from listener.store.sources import SourceState
from rules.silence import Rhythm, Silence, rhythm

READ_WITHIN = timedelta(hours=2)
"""A source that was read with success so lately, or within two of its own intervals, is well."""


class SilenceWatch:
    """Compares what was heard with what was to be expected, and tells the operator once, and once when it ends.

    Nothing is told of a source that fails, was refused or waits, which is told already; nor for hours in which listener
    was off, nor before a history is there.
    """

    def __init__(
        self,
        *,
        store: Store,
        health: Health,
        brands: Sequence[str],
        received: Collection[str],
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._health = health
        self._brands = tuple(brands)
        self._received = received
        self._clock = clock
        self._at_work = 0

    def at_work(self) -> None:
        """Writes down, once an hour, that listener works: silence is counted in such hours alone."""
        now = self._clock()
        if heard.hour_of(now) != self._at_work:
            with self._store.write() as tx:
                heard.at_work(tx, now)
            self._at_work = heard.hour_of(now)

    def look(self) -> None:
        """Decides for every source, and every brand in it, by the hours that are over."""
        now = self._clock()
        with self._store.read() as tx:
            working, counts = heard.history(tx, now - heard.KEPT)
            sources = {state.name: state for state in states.list_sources(tx, active_only=True)}
            known = {(quiet.source, quiet.brand): quiet for quiet in heard.list_quiet(tx)}
        begun: list[Quiet] = []
        for state in sources.values():
            if not self._is_well(state, now):
                continue
            for brand in (ALL_BRANDS, *self._brands):
                quiet = self._quiet(state, brand, counts, working, now)
                if quiet is not None:
                    begun.append(quiet)
                    if brand == ALL_BRANDS:
                        break  # who hears nothing of the source hears nothing of its brands
        ended = [quiet for quiet in known.values() if self._has_ended(quiet, sources, counts)]
        if ended or any((quiet.source, quiet.brand) not in known for quiet in begun):
            with self._store.write() as tx:
                self._tell(tx, begun, ended, sources, now)

    def _tell(
        self, tx: Tx, begun: Sequence[Quiet], ended: Sequence[Quiet], sources: Mapping[str, SourceState], now: datetime
    ) -> None:
        for quiet in ended:
            told = quiet.source in sources and quiet.brand in (ALL_BRANDS, *self._brands)
            if heard.end_quiet(tx, quiet.source, quiet.brand) and told:
                self._health.tell_heard_again(tx, quiet, now)
        for quiet in begun:
            if heard.begin_quiet(tx, quiet):
                self._health.tell_quiet(tx, quiet)

    def _is_well(self, state: SourceState, now: datetime) -> bool:
        """Whether the source is asked as always and answers; one that is told of posts needs no asking."""
        waits = state.blocked_until is not None and state.blocked_until > now
        if state.disabled_why or state.failing_since is not None or waits:
            return False
        within = max(READ_WITHIN, 2 * state.every)
        return state.name in self._received or (
            state.last_success_at is not None and now - state.last_success_at <= within
        )

    def _quiet(
        self,
        state: SourceState,
        brand: str,
        counts: Mapping[tuple[str, str], Mapping[int, int]],
        working: Collection[int],
        now: datetime,
    ) -> Quiet | None:
        usual = rhythm(counts.get((state.name, brand), {}), working)
        if usual is None:
            return None
        failed = heard.hour_of(state.last_error_at) if state.last_error_at is not None else 0
        silence = usual.silence(working, failed, now.timestamp() / 3600)
        asked = timedelta(0) if state.name in self._received else 2 * state.every
        if not silence.quiet or timedelta(hours=silence.hours) <= asked:
            return None
        since = datetime.fromtimestamp(max(usual.last, failed) * 3600, UTC)
        return Quiet(
            source=state.name, brand=brand, since=since, told_at=now, why=_why(state.name, brand, usual, silence, since)
        )

    def _has_ended(
        self,
        quiet: Quiet,
        sources: Mapping[str, SourceState],
        counts: Mapping[tuple[str, str], Mapping[int, int]],
    ) -> bool:
        if quiet.source not in sources or quiet.brand not in (ALL_BRANDS, *self._brands):
            return True
        its = counts.get((quiet.source, quiet.brand), {})
        return any(hour > heard.hour_of(quiet.since) for hour, posts in its.items() if posts)


def _why(source: str, brand: str, usual: Rhythm, silence: Silence, since: datetime) -> str:
    what = f"mention of '{brand}'" if brand else "post"
    chance = (
        "less than once in 10,000"
        if silence.chance < 0.0001
        else f"about {max(1, round(silence.chance * 10_000))} in 10,000"
    )
    return (
        f"No new {what} has come from '{source}' since about {since:%Y-%m-%d %H:%M} UTC: about "
        f"{silence.expected:,.0f} were to be expected in these {silence.hours} hours, and no wait of the weeks before "
        f"was longer than {usual.longest:,.1f} of them. The chance of none is {chance}."
    )
