"""One trial of a query on request: its progress, and what it came to."""

from __future__ import annotations

from datetime import timedelta

from listener import shapes
from listener.app import wall_clock
from listener.backfill_round import looking
from listener.cli.output import json_array
from listener.cli.trial_shown import show_trial
from listener.config import Config
from listener.store import Store
from listener.trial import try_query
from sources.query import Query


def trial_round(config: Config, query: Query, days: int, examples: int, as_json: bool) -> None:
    """Looks for the query in all that is there, of the last days (0: all); keeps nothing. Raises StoreUnavailable."""
    since = wall_clock() - timedelta(days=days) if days else None
    store = Store.open(config.database_url, migrate=False, create=False)
    try:
        with looking() as progress:
            bar = progress.add_task("looking", found="", total=None)

            def tell(done: int, total: int, posts: int, found: int) -> None:
                progress.update(bar, completed=done, total=total, found=f"{posts:,} posts, {found:,} match")

            trial = try_query(store, query, config.timezone, since=since, examples=examples, tell=tell)
    finally:
        store.close()
    if as_json:
        json_array([shapes.trial(trial, query.text, since)])
    else:
        show_trial(trial, config.timezone)
