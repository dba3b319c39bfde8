"""What a failure of a source means: who is told, what goes on, when it is asked again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from listener.store import sources as states
from sources.contract import Page, SourceBusy, SourceRefused

Make = Callable[..., Any]


def _state(app: Any, name: str) -> Any:
    with app.store.read() as tx:
        return next(state for state in states.list_sources(tx) if state.name == name)


def test_a_defect_of_a_source_is_told_like_a_failure_and_stops_no_other(
    make_app: Make, source: Any, post: Make
) -> None:
    broken = source("broken", [KeyError("token=secret")])
    blogs = source("blogs", [Page(posts=[post(1)], cursor="1")], credential=broken.credential)
    app = make_app([broken, blogs])
    asyncio.run(app.poll_once(["broken", "blogs"]))
    state = _state(app, "broken")
    assert (state.failures, state.last_error) == (1, "reading it failed with KeyError; the log has more")
    assert _state(app, "blogs").posts_seen == 1


def test_a_source_that_a_stop_cut_short_is_asked_first_at_the_next_start(
    make_app: Make, source: Any, clock: Any
) -> None:
    slow = source("slow", [])
    asked = asyncio.Event()

    async def hang(*_: Any) -> Page:
        asked.set()
        await asyncio.Event().wait()
        return Page(cursor="")

    slow.fetch = hang
    app = make_app([slow])

    async def main() -> None:
        stop = asyncio.Event()
        run = asyncio.create_task(app.run(stop))
        await asked.wait()
        stop.set()
        async with asyncio.timeout(10):
            await run

    asyncio.run(main())
    assert _state(app, "slow").next_at <= clock()


def test_a_round_over_all_sources_leaves_alone_who_asked_for_patience_and_who_was_refused(
    make_app: Make, source: Any, clock: Any
) -> None:
    busy = source("busy", [SourceBusy("429", timedelta(hours=1))])
    refused = source("refused", [SourceRefused("the key is wrong", "credentials")])
    app = make_app([busy, refused])
    for _ in range(2):
        asyncio.run(app.poll_once(["busy", "refused"], mended=False))
        clock.forward(minutes=5)
    assert (len(busy.asked), len(refused.asked)) == (1, 1)
    asyncio.run(app.poll_once(["busy", "refused"]))
    assert (len(busy.asked), len(refused.asked)) == (2, 2)
