"""Kept posts are looked at again after 1, 7 and 30 days, with a fake source at the contract."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import accumulate
from typing import Any

import pytest
from msgspec.structs import replace

from listener import looking_again
from listener.looking_again import MOST_TRIES
from listener.store import alerts, heard, mentions, rechecking, spending
from listener.store import sources as states
from listener.store.purge import erase_author
from sources.contract import Change, Page, SourceBusy, SourceUnavailable
from sources.post import Author, Engagement, Post, PostKey

Make = Callable[..., Any]
START = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


@pytest.fixture
def service(source: Any) -> Make:
    """Makes a source that looks again: `now_there` is what the service holds; what it does not hold is deleted."""

    class Service(source):  # type: ignore[misc]  # the fixture is a class
        recheck_at_once = 2

        def __init__(self, name: str, pages: Sequence[Any], **options: Any) -> None:
            super().__init__(name, pages, **options)
            self.now_there: dict[PostKey, Post] = {post.key: post for page in pages for post in page.posts}
            self.silent_about: set[PostKey] = set()
            self.looked: list[list[str]] = []
            self.failures: list[Exception] = []

        async def recheck(self, keys: Sequence[PostKey], now: datetime) -> Page:
            assert 0 < len(keys) <= self.recheck_at_once
            self.looked.append([key.external_id for key in keys])
            if self.failures:
                raise self.failures.pop(0)
            told = [key for key in keys if key not in self.silent_about]
            return Page(
                posts=[self.now_there[key] for key in told if key in self.now_there],
                changes=[Change(key=key) for key in told if key not in self.now_there],
            )

    return Service


def _night(app: Any) -> None:
    app.upkeep.looking_again.queue()
    asyncio.run(app.engine.run_until_idle(8))


def _poll(app: Any) -> None:
    asyncio.run(app.poll_once(list(app.sources)))


def _kept(app: Any) -> dict[str, str]:
    with app.store.read() as tx:
        found = mentions.list_mentions(tx, mentions.MentionFilter(limit=100))
    return {one.post.external_id: one.post.text for one in found}


def _looked(service: Any) -> list[str]:
    return sorted(one for keys in service.looked for one in keys)


def test_each_post_is_looked_at_after_a_day_a_week_and_a_month_and_no_more(
    make_app: Make, service: Make, post: Make, clock: Any
) -> None:
    blogs = service("blogs", [Page(posts=[post(number) for number in range(5)], cursor="1")])
    app = make_app([blogs])
    _poll(app)
    seen = []
    days = (1, 5, 1, 3, 19, 1, 3)
    for passed in days:
        clock.forward(days=passed)
        blogs.looked.clear()
        _night(app)
        seen.append(len(_looked(blogs)))
    assert dict(zip(accumulate(days), seen, strict=True)) == {1: 5, 6: 0, 7: 5, 10: 0, 29: 0, 30: 5, 33: 0}


def test_what_was_deleted_there_is_wiped_here_and_its_counts_stay(
    make_app: Make, service: Make, post: Make, clock: Any
) -> None:
    blogs = service("blogs", [Page(posts=[post(1), post(2)], cursor="1")])
    app = make_app([blogs])
    _poll(app)
    del blogs.now_there[post(1).key]
    clock.forward(days=1)
    _night(app)
    assert list(_kept(app)) == ["2"]
    with app.store.read() as tx:
        assert mentions.newest_id(tx) == 2
    clock.forward(days=6)
    blogs.looked.clear()
    _night(app)
    assert _looked(blogs) == ["2"]


def test_what_was_edited_there_is_read_anew_here_and_nobody_is_told(
    make_app: Make, service: Make, channel: Any, post: Make, clock: Any
) -> None:
    support = channel("support")
    mild = post(1, "Acme makes kettles", published_at=None)
    blogs = service("blogs", [Page(cursor="0"), Page(posts=[mild], cursor="1")])
    app = make_app([blogs], [support], brands={"Acme": "acme", "Bolt": "bolt"})
    _poll(app)
    _poll(app)
    edited = post(1, "Acme and Bolt are terrible, the worst kettles", published_at=None, engagement=Engagement(likes=9))
    blogs.now_there[mild.key] = edited
    clock.forward(days=1)
    _night(app)
    with app.store.read() as tx:
        found = {one.brand: one for one in mentions.list_mentions(tx, mentions.MentionFilter())}
        assert alerts.list_alerts(tx, limit=10) == []
    assert {brand: one.sentiment.label for brand, one in found.items()} == {"Acme": "negative", "Bolt": "negative"}
    assert found["Acme"].post.text == edited.text and found["Acme"].post.engagement.likes == 9
    assert "edited" in found["Bolt"].held
    assert support.told == []


def test_an_edit_that_no_brand_matches_any_more_is_seen_all_the_same(
    make_app: Make, service: Make, post: Make, clock: Any
) -> None:
    blogs = service("blogs", [Page(posts=[post(1, "Acme is terrible, says Jane Doe")], cursor="1")])
    app = make_app([blogs])
    _poll(app)
    blogs.now_there[post(1).key] = post(1, "I take it back")
    clock.forward(days=1)
    _night(app)
    with app.store.read() as tx:
        (found,) = mentions.list_mentions(tx, mentions.MentionFilter())
        assert mentions.count_mentions(tx, mentions.MentionFilter(search="terrible")) == 0
    assert found.post.text == "I take it back"
    assert not found.spans and not found.sentiment.reasons


def test_what_the_service_cannot_tell_stays_as_it_is(make_app: Make, service: Make, post: Make, clock: Any) -> None:
    blogs = service("blogs", [Page(posts=[post(1)], cursor="1")])
    app = make_app([blogs])
    _poll(app)
    blogs.silent_about.add(post(1).key)
    clock.forward(days=1)
    _night(app)
    assert list(_kept(app)) == ["1"]


def test_only_posts_that_the_source_brought_are_shown_to_it(
    make_app: Make, source: Any, service: Make, post: Make, clock: Any
) -> None:
    blogs = service("blogs", [Page(posts=[post(1)], cursor="1")])
    news = source("news", [Page(posts=[post(2)], cursor="1")])
    stream = source("stream", [Page(posts=[post(3)], cursor="1")])
    stream.kind, blogs.fills = "blogs-stream", ("blogs-stream",)
    app = make_app([blogs, news, stream])
    _poll(app)
    clock.forward(days=1)
    _night(app)
    assert _looked(blogs) == ["1", "3"]


def test_an_author_who_was_erased_meanwhile_is_not_brought_back(
    make_app: Make, service: Make, post: Make, clock: Any
) -> None:
    one = post(1, author=Author(id="u1", handle="ann"))
    blogs = service("blogs", [Page(posts=[one, post(2)], cursor="1")])
    app = make_app([blogs])
    _poll(app)
    with app.store.write() as tx:
        erase_author(tx, "feed", "u1", clock())
    clock.forward(days=1)
    _night(app)
    assert _looked(blogs) == ["2"]
    assert list(_kept(app)) == ["2"]


def test_a_failure_is_tried_again_that_night_and_then_left_to_the_next(
    make_app: Make, service: Make, post: Make, clock: Any
) -> None:
    blogs = service("blogs", [Page(posts=[post(1)], cursor="1")])
    app = make_app([blogs])
    _poll(app)
    clock.forward(days=1)
    blogs.failures = [SourceUnavailable("no answer") for _ in range(MOST_TRIES)]
    _night(app)
    for _ in range(MOST_TRIES + 3):
        clock.forward(minutes=20)
        asyncio.run(app.engine.run_until_idle(8))
    assert len(blogs.looked) == MOST_TRIES
    with app.store.read() as tx:
        assert states.list_sources(tx)[0].failing_since is None
    clock.forward(days=1)
    _night(app)
    assert len(blogs.looked) == MOST_TRIES + 1


def test_posts_that_are_never_shown_are_passed_over_in_the_second_night(
    make_app: Make, service: Make, post: Make, clock: Any
) -> None:
    class Stubborn(service):  # type: ignore[misc]  # the fixture is a class
        async def recheck(self, keys: Sequence[PostKey], now: datetime) -> Page:
            if "1" in [key.external_id for key in keys]:
                self.looked.append([key.external_id for key in keys])
                raise SourceUnavailable("the answer cannot be read")
            return await super().recheck(keys, now)

    blogs = Stubborn("blogs", [Page(posts=[post(number) for number in (1, 2, 3)], cursor="1")])
    app = make_app([blogs])
    _night(app)
    _poll(app)
    looked_at_3 = []
    for _ in range(3):
        clock.forward(days=1)
        _night(app)
        for _ in range(MOST_TRIES + 3):
            clock.forward(minutes=20)
            asyncio.run(app.engine.run_until_idle(8))
        looked_at_3.append("3" in _looked(blogs))
    assert looked_at_3 == [False, True, True]


def test_a_service_that_asks_for_patience_is_not_asked_before(
    make_app: Make, service: Make, post: Make, clock: Any
) -> None:
    blogs = service("blogs", [Page(posts=[post(1)], cursor="1")])
    app = make_app([blogs])
    _poll(app)
    clock.forward(days=1)
    blogs.failures = [SourceBusy("slow down", timedelta(minutes=30))]
    _night(app)
    clock.forward(minutes=20)
    asyncio.run(app.engine.run_until_idle(8))
    assert len(blogs.looked) == 1
    for _ in range(3):
        clock.forward(minutes=20)
        asyncio.run(app.engine.run_until_idle(8))
    assert len(blogs.looked) == 2


def test_a_service_that_charges_is_asked_within_its_budget(
    make_app: Make, service: Make, post: Make, clock: Any
) -> None:
    blogs = service("blogs", [Page(posts=[post(number) for number in range(6)], cursor="1")])
    blogs.budget, blogs.most_usd = Decimal("0.05"), lambda *_: Decimal(0)
    blogs.most_usd_again = lambda count: Decimal("0.02")
    app = make_app([blogs])
    _poll(app)
    clock.forward(days=1)
    with_price = blogs.recheck

    async def recheck(keys: Sequence[PostKey], now: datetime) -> Page:
        return replace(await with_price(keys, now), usd=Decimal("0.02"))

    blogs.recheck = recheck
    _night(app)
    assert len(blogs.looked) == 2
    with app.store.read() as tx:
        assert spending.spent_in(tx, "2026-11") == {"blogs": Decimal("0.04")}


def test_a_look_killed_before_it_is_kept_is_made_again(
    make_app: Make, service: Make, post: Make, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    blogs = service("blogs", [Page(posts=[post(1)], cursor="1")])
    app = make_app([blogs])
    _poll(app)
    blogs.now_there.clear()
    clock.forward(days=1)
    with monkeypatch.context() as broken:
        broken.setattr("listener.store.rechecking.note_edits", lambda *_: 1 / 0)
        _night(app)
    assert list(_kept(app)) == ["1"]
    clock.forward(minutes=20)
    asyncio.run(app.engine.run_until_idle(8))
    assert _kept(app) == {}


def test_a_person_can_have_all_that_is_kept_looked_at_now(make_app: Make, service: Make, post: Make) -> None:
    blogs = service("blogs", [Page(posts=[post(number) for number in range(5)], cursor="1")])
    app = make_app([blogs])
    _poll(app)
    del blogs.now_there[post(3).key]
    blogs.now_there[post(4).key] = post(4, "Acme is fine now")
    for _ in range(2):
        (told,) = asyncio.run(app.upkeep.looking_again.all_now(["blogs"]))
        asyncio.run(app.engine.run_until_idle(8))
        first, blogs.looked[:] = _looked(blogs), []
        assert len(first) in (5, 4)
    assert (told.posts, told.deleted, told.edited) == (4, 0, 0)
    assert _kept(app)["4"] == "Acme is fine now" and "3" not in _kept(app)


def test_a_service_that_does_not_answer_the_last_look_holds_one_alert_up_and_not_all(
    make_app: Make, service: Make, post: Make, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Hanging(service):  # type: ignore[misc]  # the fixture is a class
        async def recheck(self, keys: Sequence[PostKey], now: datetime) -> Page:
            self.looked.append([key.external_id for key in keys])
            await asyncio.sleep(60)
            raise AssertionError

    monkeypatch.setattr(looking_again, "ONE_SECONDS", 0.01)
    blogs = Hanging("blogs", [Page(posts=[post(1), post(2)], cursor="1")])
    app = make_app([blogs])
    _poll(app)
    look = app.upkeep.looking_again.one_now

    async def look_at(*numbers: int) -> list[bool | None]:
        return [await look(post(number).key, "", ["blogs"]) for number in numbers]

    assert asyncio.run(look_at(1, 2)) == [None, None]
    assert blogs.looked == [["1"]]
    clock.forward(minutes=3)
    assert asyncio.run(look_at(2)) == [None]
    assert blogs.looked == [["1"], ["2"]]


def test_looking_again_is_not_counted_as_something_heard(make_app: Make, service: Make, post: Make, clock: Any) -> None:
    blogs = service("blogs", [Page(cursor="0"), Page(posts=[post(1), post(2)], cursor="1")])
    app = make_app([blogs])
    _poll(app)
    _poll(app)
    clock.forward(days=1)
    _night(app)
    with app.store.read() as tx:
        _, counts = heard.history(tx, START - timedelta(days=1))
        done = rechecking.states(tx)
    assert counts == {("blogs", ""): {heard.hour_of(START): 2}, ("blogs", "Acme"): {heard.hour_of(START): 2}}
    assert {(state.age_days, state.done_at > START) for state in done} == {(1, True), (7, True), (30, True)}
