"""The operator is told of silence once, and once when it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from listener.store import heard
from sources.contract import Page, SourceUnavailable

Make = Callable[..., Any]


def _history(app: Any, clock: Any, brand: str = "", days: int = 21) -> None:
    """Posts every hour of the last days; listener was at work all the time."""
    with app.store.write() as tx:
        for hour in range(days * 24, 0, -1):
            at = clock() - timedelta(hours=hour)
            heard.at_work(tx, at)
            heard.count_mentions(tx, "blogs", [brand] * 5, at)


def _hours(app: Any, clock: Any, hours: int) -> None:
    for _ in range(hours):
        clock.forward(hours=1)
        app.upkeep.silence.at_work()
        asyncio.run(app.poll_once(["blogs"]))


def _made(make_app: Make, source: Any, channel: Any, pages: Any = ()) -> tuple[Any, Any, Any]:
    operator, support = channel("ops"), channel("support")
    blogs = source("blogs", pages)
    return make_app([blogs], [operator, support], operator=["ops"]), blogs, (operator, support)


def test_silence_is_told_to_the_operator_once_and_once_when_it_ends(
    make_app: Make, source: Any, channel: Any, post: Make, clock: Any
) -> None:
    app, blogs, (operator, support) = _made(make_app, source, channel, [Page(cursor="1")])
    _history(app, clock)
    _hours(app, clock, 6)
    assert [message.title for message in operator.told] == ["Source 'blogs' is unusually silent"]
    assert "to be expected" in operator.told[0].text
    with app.store.read() as tx:
        assert [(quiet.source, quiet.brand) for quiet in heard.list_quiet(tx)] == [("blogs", "")]
    blogs.pages = [Page(posts=[post(1)], cursor="2")]
    _hours(app, clock, 2)
    assert [message.title for message in operator.told[1:]] == ["Source 'blogs' is heard again"]
    assert all("silent" not in message.title and "heard" not in message.title for message in support.told)
    with app.store.read() as tx:
        assert heard.list_quiet(tx) == []


def test_silence_is_told_where_a_timetable_calls_listener_poll_too(
    make_app: Make, source: Any, channel: Any, clock: Any
) -> None:
    app, _, (operator, _) = _made(make_app, source, channel, [Page(cursor="1")])
    _history(app, clock)
    for _ in range(6):
        clock.forward(hours=1)
        asyncio.run(app.poll_once(["blogs"]))
    assert [message.title for message in operator.told] == ["Source 'blogs' is unusually silent"]


def test_hours_in_which_some_sources_alone_were_polled_by_name_count_for_none(
    make_app: Make, source: Any, channel: Any, clock: Any
) -> None:
    operator = channel("ops")
    app = make_app([source("blogs", [Page(cursor="1")]), source("news", [])], [operator], operator=["ops"])
    _history(app, clock)
    for _ in range(6):
        clock.forward(hours=1)
        asyncio.run(app.poll_once(["blogs"]))
    assert not operator.told


def test_a_brand_can_fall_silent_in_a_source_that_is_heard(
    make_app: Make, source: Any, channel: Any, post: Make, clock: Any
) -> None:
    app, blogs, (operator, _) = _made(make_app, source, channel, [Page(cursor="1")])
    _history(app, clock)
    _history(app, clock, "Acme")
    for number in range(7):
        later = clock() + timedelta(hours=1)
        blogs.pages = [Page(posts=[post(number, "of something else", published_at=later)], cursor=f"n{number}")]
        _hours(app, clock, 1)
    assert [message.title for message in operator.told] == ["Source 'blogs' is unusually silent about 'Acme'"]


def test_a_source_that_fails_is_not_told_to_be_silent_too(
    make_app: Make, source: Any, channel: Any, clock: Any
) -> None:
    app, _, (operator, _) = _made(make_app, source, channel, [SourceUnavailable("down") for _ in range(9)])
    _history(app, clock)
    _hours(app, clock, 7)
    assert [message.title for message in operator.told] == ["Source 'blogs' is failing"]


def test_a_listener_that_was_off_does_not_take_that_for_silence(
    make_app: Make, source: Any, channel: Any, clock: Any
) -> None:
    app, _, (operator, _) = _made(make_app, source, channel, [Page(cursor="1")])
    _history(app, clock)
    clock.forward(days=5)
    _hours(app, clock, 1)
    assert operator.told == []


def test_nothing_is_told_in_the_first_days(make_app: Make, source: Any, channel: Any, clock: Any) -> None:
    app, _, (operator, _) = _made(make_app, source, channel, [Page(cursor="1")])
    _history(app, clock, days=6)
    _hours(app, clock, 8)
    assert operator.told == []


def test_only_posts_newer_than_all_before_count_as_heard(make_app: Make, source: Any, post: Make, clock: Any) -> None:
    first, second = post(1), post(2, published_at=clock())
    pages = [
        Page(posts=[first], cursor="1"),
        Page(posts=[first, second], cursor="2"),
        Page(posts=[first, second], cursor="3"),
    ]
    app = make_app([source("blogs", pages)])
    for _ in range(3):
        asyncio.run(app.poll_once(["blogs"]))
    with app.store.read() as tx:
        _, counts = heard.history(tx, clock() - timedelta(days=1))
    assert counts[("blogs", "")] == {heard.hour_of(clock()): 1}


def test_counts_are_forgotten_when_nothing_is_decided_by_them(make_app: Make, source: Any, clock: Any) -> None:
    app = make_app([source("blogs", [])])
    _history(app, clock, days=2)
    clock.forward(days=61)
    with app.store.write() as tx:
        assert heard.forget(tx, clock()) > 40
