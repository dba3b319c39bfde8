"""What was not heard, for people and programs: gaps and what became of them, silences, posts looked at again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo

from msgspec import Struct

from alerts.wording import counted
from listener.cli.output import console, table, when
from listener.config import Config
from listener.store import Tx, gaps, heard, rechecking
from listener.store.gaps import GapCount, GapState, KeptGap
from listener.store.heard import Quiet
from listener.terminal import cut

MOST_GAPS_SHOWN = 10
MOST_GAPS = 100
"""Gaps of one source in its JSON, the newest first; `gaps` counts them all."""


class GapLine(Struct, frozen=True, kw_only=True):
    """A gap as lists show it; `state` is open (to be read back), filled, or unread (it stays so, as `trouble` says)."""

    since: datetime | None
    until: datetime | None
    why: str
    state: GapState
    noticed_at: datetime
    closed_at: datetime | None
    tries: int
    trouble: str


class SilenceLine(Struct, frozen=True, kw_only=True):
    """A silence that was told and lasts; `brand` is "" where nothing at all comes from the source."""

    brand: str
    since: datetime
    why: str


class Coverage(Struct, frozen=True, kw_only=True):
    """What of a source was not heard, and when its posts were last looked at again."""

    count: GapCount = GapCount()
    ledger: tuple[GapLine, ...] = ()
    silences: tuple[SilenceLine, ...] = ()
    last_recheck_at: datetime | None = None


def coverage(tx: Tx, config: Config) -> dict[str, Coverage]:
    """Each configured source's coverage, by its name."""
    counts = gaps.count_gaps(tx)
    newest = gaps.newest_of_each(tx, MOST_GAPS)
    quiet: dict[str, list[Quiet]] = {}
    for one in heard.list_quiet(tx):
        quiet.setdefault(one.source, []).append(one)
    looked: dict[str, datetime] = {}
    for state in rechecking.states(tx):
        looked[state.source] = max(state.done_at, looked.get(state.source, state.done_at))
    found = {}
    for name in (settings.name for settings in config.sources):
        found[name] = Coverage(
            count=counts.get(name, GapCount()),
            ledger=tuple(map(_line, newest.get(name, ()))),
            silences=tuple(SilenceLine(brand=one.brand, since=one.since, why=one.why) for one in quiet.get(name, ())),
            last_recheck_at=looked.get(name),
        )
    return found


def print_coverage(tx: Tx, sources: Mapping[str, Coverage], timezone: tzinfo) -> None:
    """Prints the silences, the newest gaps and when posts were last looked at again; nothing where nothing is amiss."""
    screen = console()
    for of_source in sources.values():
        for silence in of_source.silences:
            screen.print(f"\nSilent: {cut(silence.why, 400)}")
    newest = [gap for gap in gaps.list_gaps(tx, limit=MOST_GAPS) if gap.source in sources][:MOST_GAPS_SHOWN]
    if newest:
        screen.print()
        table(
            ["gap in", "from", "to", "state", "why"],
            ((cut(gap.source, 28), *_cells(gap, timezone)) for gap in newest),
            "",
            wide=("why",),
        )
        left = sum(one.count.unfilled + one.count.filled for one in sources.values()) - len(newest)
        if left > 0:
            screen.print(f"and {left:,} older gaps; --json lists {MOST_GAPS} of each source")
    looked = [one.last_recheck_at for one in sources.values() if one.last_recheck_at is not None]
    if looked:
        screen.print(
            f"\nLast re-check of kept posts: {when(max(looked), timezone)} ({counted(len(looked), 'source')})."
        )


def _cells(gap: KeptGap, timezone: tzinfo) -> Sequence[str]:
    trouble = f" ({gap.trouble})" if gap.trouble else ""
    since = when(gap.since, timezone) if gap.since is not None else "unknown"
    until = when(gap.until, timezone) if gap.until is not None else "unknown"
    return since, until, gap.state, cut(f"{gap.why}{trouble}", 300)


def _line(gap: KeptGap) -> GapLine:
    return GapLine(
        since=gap.since,
        until=gap.until,
        why=gap.why,
        state=gap.state,
        noticed_at=gap.noticed_at,
        closed_at=gap.closed_at,
        tries=gap.tries,
        trouble=gap.trouble,
    )
