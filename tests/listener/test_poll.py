"""What a failure of a source means: who is told, what goes on, when it is asked again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from listener.store import mentions
from listener.store import sources as states
from sources.contract import Departure, Page, SourceBusy, SourceRefused, SourceUnavailable
from sources.post import Author

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


def test_who_left_a_service_is_taken_out_also_where_the_cursor_does_not_move(
    make_app: Make, source: Any, post: Make
) -> None:
    left = Page(cursor="1", departures=[Departure(source="feed", author_id="a")])
    blogs = source("blogs", [Page(posts=[post(1, author=Author(id="a"))], cursor="1"), left])
    app = make_app([blogs])
    for kept in (1, 0):
        asyncio.run(app.poll_once(["blogs"]))
        with app.store.read() as tx:
            assert mentions.count_mentions(tx, mentions.MentionFilter()) == kept


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


def test_a_stop_between_the_begin_of_a_turn_and_its_first_step_leaves_the_source_due(
    make_app: Make, source: Any, clock: Any
) -> None:
    app = make_app([source("blogs", [])])

    async def stopped() -> None:
        turn = asyncio.create_task(app.poller.drain(app.sources["blogs"].credential))
        await asyncio.sleep(0)
        app.poller._writes.write()
        assert _state(app, "blogs").next_at > clock()
        turn.cancel()
        await asyncio.gather(turn, return_exceptions=True)

    asyncio.run(stopped())
    assert _state(app, "blogs").next_at == clock() and not app.sources["blogs"].asked


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


def _fediverse(source: Any, error: Exception) -> Any:
    """Two instances, of which one always fails."""
    several = source("fediverse", [], asks=["closed.example/acme", "open.example/acme"])
    fetch = several.fetch

    async def fails_for_one(ask: str, cursor: str | None, now: Any) -> Page:
        page: Page = await fetch(ask, cursor, now)
        if ask.startswith("closed"):
            raise error
        return page

    several.fetch = fails_for_one
    return several


def test_an_instance_that_always_refuses_is_asked_with_growing_patience_and_the_others_in_their_rhythm(
    make_app: Make, source: Any, channel: Any, clock: Any
) -> None:
    operator = channel("ops")
    several = _fediverse(source, SourceRefused("closed.example wants a token", "credentials"))
    app = make_app([several], [operator], operator=["ops"])
    for _ in range(40):
        asyncio.run(app.poll_once(["fediverse"], mended=False))
        assert _state(app, "fediverse").next_at > clock() + timedelta(minutes=13)  # `every`, and no more patience
        assert _state(app, "fediverse").next_at < clock() + timedelta(minutes=17)
        clock.forward(minutes=1)
    asked = [ask.partition(".")[0] for ask, _ in several.asked]
    assert asked.count("open") == 40 and 3 <= asked.count("closed") < 20
    assert [message.title for message in operator.told] == ["Source 'fediverse' is failing"]
    assert "A part of it is not heard" in operator.told[0].text
    assert _state(app, "fediverse").last_error == "closed.example wants a token"


def test_an_instance_that_is_well_again_is_told_once_and_asked_with_the_others(
    make_app: Make, source: Any, channel: Any, clock: Any
) -> None:
    operator = channel("ops")
    several = _fediverse(source, SourceUnavailable("closed.example answered 500"))
    app = make_app([several], [operator], operator=["ops"])

    def turns(count: int) -> None:
        for _ in range(count):
            asyncio.run(app.poll_once(["fediverse"], mended=False))
            clock.forward(minutes=1)

    turns(8)
    several.fetch = type(several).fetch.__get__(several)
    turns(16)
    assert [message.title for message in operator.told] == [
        "Source 'fediverse' is failing",
        "Source 'fediverse' is heard again",
    ]
    assert _state(app, "fediverse").failures == 0


def test_the_patience_that_one_instance_asks_for_is_kept_for_that_one(make_app: Make, source: Any, clock: Any) -> None:
    error = SourceUnavailable("closed.example asks for patience; the other instances are read on")
    error.__cause__ = SourceBusy("429", timedelta(minutes=30))
    several = _fediverse(source, error)
    app = make_app([several])
    for _ in range(0, 29, 4):
        asyncio.run(app.poll_once(["fediverse"]))
        clock.forward(minutes=4)
    asked = [ask.partition(".")[0] for ask, _ in several.asked]
    assert (asked.count("open"), asked.count("closed")) == (8, 1)
