"""One back-fill on request: its progress, and what it came to."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from listener.app import wall_clock
from listener.backfilling import Backfill
from listener.cli.output import console, json_array
from listener.config import Config
from listener.reader_setup import current_setup
from listener.store import Store
from listener.store.backfill import Stand
from listener.terminal import safe


def backfill_round(config: Config, brand: str, as_json: bool) -> None:
    """Looks for the brand's query in all that is there, going on where it was stopped. Raises StoreUnavailable."""
    store = Store.open(config.database_url)
    try:
        with store.read() as tx:
            setup = current_setup(tx, config)
        filling = Backfill(store, setup, brand, wall_clock)
        with looking() as progress:
            bar = progress.add_task(safe(brand), found="", total=None)

            def tell(stand: Stand, newest: int) -> None:
                found = f"{stand.posts:,} posts, {stand.matched:,} match"
                progress.update(bar, completed=min(stand.after + stand.archived, newest), total=newest, found=found)

            done = filling.run(tell)
    finally:
        store.close()
    if as_json:
        json_array([{"brand": brand, "posts": done.posts, "matched": done.matched, "new": done.new}])
        return
    console().print(
        safe(
            f"{done.posts:,} posts looked at: {done.matched:,} mention {brand}, {done.new:,} of them new. "
            "Nobody is told of these."
        )
    )


def looking() -> Progress:
    """A bar on standard error, so that what is printed stays as it is documented."""
    return Progress(
        TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[found]}"),
        TimeRemainingColumn(), console=Console(stderr=True, highlight=False, markup=False, emoji=False), transient=True,
    )  # fmt: skip
