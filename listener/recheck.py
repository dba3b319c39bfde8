"""One look at all that is kept, on request, and what it came to."""

from __future__ import annotations

from collections.abc import Sequence

from listener import shapes
from listener.app import CONCURRENT_JOBS, working
from listener.cli.output import console, json_array, table
from listener.config import Config
from listener.terminal import cut


async def recheck_round(config: Config, named: Sequence[str], as_json: bool) -> int:
    """Looks at every kept post again through the named sources, or all that can. Exit code 1 where one could not."""
    async with working(config, workers=0) as app:
        able = app.upkeep.looking_again.able
        rows = await app.upkeep.looking_again.all_now(named or able)
        await app.engine.run_until_idle(CONCURRENT_JOBS)
    unable = [settings.name for settings in config.sources if settings.name not in able]
    if as_json:
        json_array(shapes.row(row) for row in rows)
    else:
        table(
            ["source", "looked at", "deleted", "edited", "trouble"],
            ((row.source, row.posts, row.deleted, row.edited, cut(row.trouble, 300)) for row in rows),
            "No source that is asked can look at its posts again.",
            wide=("trouble",),
        )
        if unable:
            console().print(f"\nCannot look at posts again: {cut(', '.join(unable), 300)}.")
    return 1 if any(row.trouble for row in rows) or any(name not in able for name in named) else 0
