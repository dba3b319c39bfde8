"""Keeps a page of a source with the cursor that covers it, or neither."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from listener.deletions import delete_posts
from listener.engine.contract import Engine
from listener.held_page import HeldPage
from listener.store import Tx, archive, gaps, heard
from listener.store import sources as states
from listener.taking_in import take_in
from sources.contract import Cursor, Page


def keep_page(
    tx: Tx,
    engine: Engine,
    source: str,
    ask: str,
    stood: tuple[Cursor, int] | None,
    page: Page,
    now: datetime,
    *,
    keep_read: Callable[[Tx], object] | None = None,
) -> bool:
    """Keeps the page, its cursor and the job that reads it, in the caller's transaction.

    `stood` is where the source stood when the page was read: its cursor and epoch, None at first. False: somebody
    else has moved it since, and nothing of the page may be kept. `keep_read` keeps the posts as they were read already,
    so that they need no job; it is not for a first page. What nobody wants of a HeldPage is archived.
    """
    old, epoch = stood if stood is not None else (None, 0)
    moved = page.cursor != old or page.reached is not None
    if moved and not states.advance(tx, source, ask, old, page.cursor, epoch, now, reached=page.reached):
        return False
    if keep_read is None:
        take_in(tx, engine, source, page.posts, now, first_reading=old is None)
    else:
        heard.count_posts(tx, source, page.posts, now, first_reading=False)
        keep_read(tx)
    if isinstance(page, HeldPage):
        archive.put_posts(tx, page.ready, source, now)
    delete_posts(tx, engine, source, [change.key for change in page.changes if change.deleted], page.departures, now)
    if page.gaps:
        gaps.put_gaps(tx, source, ask, page.gaps, now)
    return True
