"""One round of polls on request, and what it came to."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

from listener import shapes
from listener.app import App, working
from listener.cli.output import console, json_array, table
from listener.config import Config
from listener.store import alerts, mentions, outbox
from listener.store import sources as states
from listener.terminal import cut, safe

ALL = 100_000


class SourceRound(Struct, frozen=True, kw_only=True):
    """What one source brought in one round."""

    source: str
    posts: int
    error: str
    notes: str


async def poll_round(config: Config, named: Sequence[str], as_json: bool) -> int:
    """Polls the named sources once, or all; one that was refused, or asked for patience, only where it is named.

    Exit code 1 if one could not be asked, or if something is left to do or to tell.
    """
    names = list(dict.fromkeys(named)) or [settings.name for settings in config.sources]
    async with working(config, workers=0) as app:
        before, dead = _posts_seen(app), _dead(app)
        first_new = _newest(app)
        await app.poll_once(names, mended=bool(named))
        rows = _outcome(app, names, before)
        kept, told = _counts_since(app, first_new)
        left = _left(app, dead)
    if as_json:
        json_array(shapes.row(row) for row in rows)
    else:
        table(
            ["source", "posts", "trouble"],
            ((row.source, row.posts, cut(row.error or row.notes, 300)) for row in rows),
            "No source is configured.",
            wide=("trouble",),
        )
        console().print(f"\n{kept} new mention{'' if kept == 1 else 's'}, {told} new alert{'' if told == 1 else 's'}.")
    for sentence in left:
        sys.stderr.write(safe(sentence) + "\n")
    return 1 if left or any(row.error for row in rows) else 0


def _dead(app: App) -> set[int]:
    with app.store.read() as tx:
        return {one.id for one in outbox.list_deliveries(tx, "dead", ALL)}


def _left(app: App, dead_before: set[int]) -> list[str]:
    """What the round could not finish, in sentences: each channel's untold messages with the reason, and jobs."""
    with app.store.read() as tx:
        waiting = [one for one in outbox.list_deliveries(tx, "due", ALL) if app.tells(one.channel)]
        given_up = [one for one in outbox.list_deliveries(tx, "dead", ALL) if one.id not in dead_before]
    stats = app.engine.stats()
    sentences = []
    for untold, fate in ((waiting, "wait, and will be tried again"), (given_up, "were given up")):
        for channel, count in Counter(one.channel for one in untold).items():
            why = next((one.last_error for one in untold if one.channel == channel and one.last_error), "")
            sentences.append(f"Messages for '{channel}' that {fate}: {count}{f' ({why})' if why else ''}.")
    unfinished = stats.queued + stats.running + stats.retrying
    if unfinished:
        sentences.append(f"Pieces of work that failed and will be tried again: {unfinished}; see the log.")
    return sentences


def _posts_seen(app: App) -> dict[str, int]:
    with app.store.read() as tx:
        return {state.name: state.posts_seen for state in states.list_sources(tx)}


def _newest(app: App) -> tuple[int, int]:
    with app.store.read() as tx:
        return mentions.newest_id(tx), alerts.newest_id(tx)


def _counts_since(app: App, first: tuple[int, int]) -> tuple[int, int]:
    with app.store.read() as tx:
        kept = mentions.count_mentions(tx, mentions.MentionFilter(min_id=first[0] + 1))
        return kept, alerts.count_since(tx, first[1])


def _outcome(app: App, names: Sequence[str], before: dict[str, int]) -> list[SourceRound]:
    with app.store.read() as tx:
        found = {state.name: state for state in states.list_sources(tx)}
    return [
        SourceRound(
            source=name,
            posts=found[name].posts_seen - before.get(name, 0),
            error=found[name].last_error if found[name].failing_since else "",
            notes=found[name].notes,
        )
        for name in names
    ]
