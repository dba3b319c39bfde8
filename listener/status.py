"""What works and what does not, source by source, and what waits to be told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from msgspec import Struct

from alerts.wording import counted
from listener import shapes
from listener.app import wall_clock
from listener.cli.output import console, json_array, kept_back, span, table, when
from listener.config import Config
from listener.coverage import Coverage, GapLine, SilenceLine, coverage, print_coverage
from listener.endpoint_settings import EndpointSettings
from listener.purse import heading_for
from listener.store import Tx, archive_extent, channel_states, inbox, notices, outbox_counts, reading_costs, spending
from listener.store import jobs as queue
from listener.store import sources as states
from listener.terminal import cut
from sources.settings import SourceSettings

MOST_SET_ASIDE = 10


class SourceStatus(Struct, frozen=True, kw_only=True):
    """How one source does; `state` is fine, new, failing, refused or waiting (asked for patience).

    `behind_seconds`: how long ago was published what a stream has been read up to; None for what is polled alone.
    """

    name: str
    kind: str
    state: str
    last_success_at: datetime | None
    next_poll_at: datetime | None
    posts_seen: int
    newest_post_at: datetime | None
    silent_seconds: float | None
    failures: int
    error: str
    notes: str
    gaps: int
    gaps_filled: int = 0
    ledger: tuple[GapLine, ...] = ()
    silences: tuple[SilenceLine, ...] = ()
    last_recheck_at: datetime | None = None
    behind_seconds: float | None = None
    usd_spent: float | None = None
    usd_budget: float | None = None
    usd_heading_for: float | None = None


def source_statuses(tx: Tx, config: Config, now: datetime, covered: Mapping[str, Coverage]) -> list[SourceStatus]:
    """Each configured source as the store last saw it."""
    known = {state.name: state for state in states.list_sources(tx)}
    reached = states.reached_at(tx)
    found = []
    spent = spending.spent_in(tx, spending.month_of(now))
    for settings in config.sources:
        state = known.get(settings.name)
        money = _money(settings, spent.get(settings.name, Decimal(0)), now)
        if state is None:
            found.append(
                SourceStatus(
                    name=settings.name, kind=settings.kind, state="new", last_success_at=None, next_poll_at=None,
                    posts_seen=0, newest_post_at=None, silent_seconds=None, failures=0, error="", notes="", gaps=0,
                    gaps_filled=0, ledger=(), silences=(), last_recheck_at=None,
                    **money,
                )
            )  # fmt: skip
            continue
        newest, cover = state.last_post_at, covered[state.name]
        found.append(
            SourceStatus(
                name=state.name,
                kind=state.kind,
                state=_state(state, now),
                last_success_at=state.last_success_at,
                next_poll_at=_next_poll(state),
                posts_seen=state.posts_seen,
                newest_post_at=newest,
                silent_seconds=(now - newest).total_seconds() if newest else None,
                failures=state.failures,
                error=state.disabled_why or (state.last_error if state.failing_since else ""),
                notes=state.notes,
                gaps=cover.count.unfilled,
                gaps_filled=cover.count.filled,
                ledger=cover.ledger,
                silences=cover.silences,
                last_recheck_at=cover.last_recheck_at,
                behind_seconds=_behind(reached.get(state.name), now),
                **money,
            )
        )
    return found


def _money(settings: SourceSettings, spent: Decimal, now: datetime) -> dict[str, float]:
    """What a paid source has spent this month, what is set aside for requests under way included; else nothing."""
    budget = settings.budget_usd()
    if budget is None:
        return {}
    ahead = heading_for(spent, now)
    return {"usd_spent": float(spent), "usd_budget": float(budget), "usd_heading_for": round(float(ahead), 2)}


def _next_poll(state: states.SourceState) -> datetime | None:
    """When a source is asked next; never where a person must act first, or where it is told and not asked."""
    if state.disabled_why or state.next_at == states.NEVER:
        return None
    return max(state.next_at, state.blocked_until or state.next_at)


def _behind(reached: datetime | None, now: datetime) -> float | None:
    return None if reached is None else max((now - reached).total_seconds(), 0.0)


def _due(status: SourceStatus, now: datetime) -> str:
    if status.behind_seconds is not None and not status.error:
        return f"streams, {span(timedelta(seconds=status.behind_seconds))} behind"
    next_poll_at = status.next_poll_at
    if next_poll_at is None:
        return "-"
    return "now" if next_poll_at <= now else f"in {span(next_poll_at - now)}"


def _state(state: states.SourceState, now: datetime) -> str:
    if state.disabled_why:
        return "refused"
    if state.blocked_until is not None and state.blocked_until > now:
        return "waiting"
    if state.failing_since is not None:
        return "failing"
    return "fine" if state.last_success_at else "new"


def print_status(tx: Tx, config: Config, *, json: bool, limit: int) -> int:
    """Prints each source and what waits. Exit code 1 if a source fails or a message could not be told."""
    now = wall_clock()
    covered = coverage(tx, config)
    statuses = source_statuses(tx, config, now, covered)
    deliveries = outbox_counts.stats(tx)
    failing = any(status.state in ("failing", "refused") for status in statuses) or deliveries.dead > 0
    told = {name for name, _ in config.told_places}
    strangers = {name: one.pending for name, one in deliveries.channels.items() if one.pending and name not in told}
    failing = failing or bool(channel_states.disabled_channels(tx)) or bool(strangers)
    statuses = statuses[:limit]
    if json:
        json_array(shapes.row(status) for status in statuses)
        return 1 if failing else 0
    table(
        ["source", "state", "last read", "next poll", "posts", "newest", "gaps"],
        (
            (
                cut(status.name, 28),
                "silent" if any(not one.brand for one in status.silences) and status.state == "fine" else status.state,
                f"{span(now - status.last_success_at)} ago" if status.last_success_at else "-",
                _due(status, now),
                status.posts_seen,
                f"{span(now - status.newest_post_at)} ago" if status.newest_post_at else "-",
                status.gaps or "-",
            )
            for status in statuses
        ),
        "No source is configured.",
    )
    for status in statuses:
        if status.error or status.notes:
            console().print(f"\n{cut(status.name, 60)}: {cut(status.error or status.notes, 400)}")
    for status in statuses:
        if status.usd_budget is not None:
            console().print(
                f"\n{cut(status.name, 60)}: ${status.usd_spent:.2f} of ${status.usd_budget:.2f} spent this month, "
                f"heading for ${status.usd_heading_for:.2f}."
            )
    print_coverage(tx, {status.name: covered[status.name] for status in statuses}, config.timezone)
    _print_archive(tx, config)
    _print_reading(tx, config, now)
    waiting, oldest = inbox.waiting(tx)
    jobs = queue.stats(tx)
    console().print(
        f"\nTo read: {waiting} batches{f', the oldest from {when(oldest, config.timezone)}' if oldest else ''}; "
        f"{jobs.retrying} failed and will be tried again."
    )
    for batch in inbox.list_set_aside(tx, MOST_SET_ASIDE):
        console().print(
            f"Set aside: {batch.count} posts of '{cut(batch.source, 60)}' (batch {batch.id}): {cut(batch.why, 300)}"
        )
    console().print(f"To tell: {deliveries.pending} messages; told: {deliveries.sent}; given up: {deliveries.dead}.")
    for name, count in sorted(strangers.items()):
        console().print(
            f"Nobody can tell what waits for '{cut(name, 60)}' ({count}): it is not configured any more. Configure a "
            "channel of this name, and it is told there."
        )
    back = notices.kept_back(tx)
    if back:
        console().print(kept_back(back))
    for name, (since, why) in channel_states.disabled_channels(tx).items():
        console().print(f"Channel '{cut(name, 60)}' is disabled since {when(since, config.timezone)}: {cut(why, 300)}")
    return 1 if failing else 0


def _print_archive(tx: Tx, config: Config) -> None:
    """How much of what no brand wants is kept; nothing where nothing is."""
    extent = archive_extent.extent(tx)
    if extent.since is not None:
        about = "" if extent.counted else "about "
        console().print(
            f"\nArchived: {about}{counted(extent.posts, 'post')} that no brand wants, since "
            f"{when(extent.since, config.timezone)}; roughly {max(round(extent.bytes / 1e6), 1):,} MB."
        )


def _print_reading(tx: Tx, config: Config, now: datetime) -> None:
    """What a model elsewhere, where one is asked, has read and cost today (UTC), and why not all was read by it."""
    if not isinstance(config.reading, EndpointSettings):
        return
    model, limit = cut(config.reading.model, 60), config.reading.most_per_day
    today = reading_costs.cost_of(tx, reading_costs.day_of(now))
    if today is None:
        console().print(f"\nReading by {model}: nothing asked today; at most ${limit:.2f} a day.")
        return
    console().print(
        f"\nReading by {model}: {today.posts} posts today in {today.requests} requests, {today.read_tokens:,} tokens "
        f"read and {today.written_tokens:,} written, ${today.usd:.4f} of ${limit:.2f}."
    )
    if today.left:
        console().print(f"Left to the built-in reader: {today.left} posts, the last since {cut(today.trouble, 300)}")
