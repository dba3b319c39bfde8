"""The data path with fakes at the contracts and everything between them real."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from alerts.contract import DeliveryFailed
from listener.configuration.digests import DigestSettings
from listener.configuration.tables import RuleSettings
from listener.store import alerts, mentions, outbox_counts
from listener.store import gaps as ledger
from listener.store import sources as states
from sources.contract import Gap, Page, SourceBusy, SourceRefused, SourceUnavailable
from sources.post import Post

Make = Callable[..., Any]


def _poll(app: Any) -> None:
    asyncio.run(app.poll_once(list(app.sources)))


def _mentions(app: Any) -> list[Any]:
    with app.store.read() as tx:
        return mentions.list_mentions(tx, mentions.MentionFilter(limit=10_000))


def _alerts(app: Any) -> list[Any]:
    with app.store.read() as tx:
        return alerts.list_alerts(tx, limit=10_000)


def test_a_post_becomes_a_mention_and_an_alert_with_its_reason(
    make_app: Make, source: Any, channel: Any, post: Make
) -> None:
    support = channel("support")
    app = make_app([source("blogs", [Page(posts=[post(1), post(2, "Nothing to see")], cursor="1")])], [support])
    _poll(app)
    assert [one.post.external_id for one in _mentions(app)] == ["1"]
    assert len(support.told) == 1
    assert "terrible" in support.told[0].text
    assert "https://example.org/posts/1" in support.told[0].text


def test_the_cursor_moves_with_what_it_covers_and_is_used_next_time(make_app: Make, source: Any, post: Make) -> None:
    blogs = source("blogs", [Page(posts=[post(1)], cursor="one", more=True), Page(posts=[post(2)], cursor="two")])
    app = make_app([blogs])
    _poll(app)
    _poll(app)
    assert [cursor for _, cursor in blogs.asked] == [None, "one", "two"]
    assert len(_mentions(app)) == 2


def test_a_walk_that_is_to_pause_goes_on_when_the_pause_is_over(
    make_app: Make, source: Any, post: Make, clock: Any
) -> None:
    paced = Page(posts=[post(1)], cursor="one", more=True, next_check=timedelta(minutes=1))
    slow = source("slow", [paced, Page(posts=[post(2)], cursor="two")])
    app = make_app([slow])
    _poll(app)
    assert [cursor for _, cursor in slow.asked] == [None]
    clock.forward(seconds=61)
    app.queue_polls()
    asyncio.run(app.engine.run_until_idle(4))
    assert [cursor for _, cursor in slow.asked] == [None, "one"]


def test_a_post_seen_by_two_sources_and_two_queries_gives_one_alert(
    make_app: Make, source: Any, channel: Any, post: Make
) -> None:
    support = channel("support")
    app = make_app(
        [source("blogs", [Page(posts=[post(1)], cursor="1")]), source("news", [Page(posts=[post(1)], cursor="1")])],
        [support],
        brands={"Acme": "acme", "Acme Kettles": "acme AND kettle"},
    )
    _poll(app)
    kept = _mentions(app)
    assert sorted(one.brand for one in kept) == ["Acme", "Acme Kettles"]
    assert all(sorted(one.seen_by) == ["blogs", "news"] for one in kept)
    assert len(_alerts(app)) == 1
    assert len(support.told) == 1
    assert sorted(_alerts(app)[0].brands) == ["Acme", "Acme Kettles"]


def test_one_source_that_fails_stops_no_other(make_app: Make, source: Any, post: Make) -> None:
    app = make_app(
        [
            source("down", [SourceUnavailable("no answer from down.example")]),
            source("blogs", [Page(posts=[post(1)], cursor="1")]),
        ]
    )
    _poll(app)
    assert len(_mentions(app)) == 1
    with app.store.read() as tx:
        states_by_name = {state.name: state for state in states.list_sources(tx)}
    assert states_by_name["down"].last_error == "no answer from down.example"
    assert states_by_name["blogs"].failing_since is None


def test_failing_is_told_once_when_it_starts_and_once_when_it_ends(
    make_app: Make, source: Any, channel: Any, clock: Any
) -> None:
    operator = channel("ops")
    down = source("down", [SourceUnavailable("no answer") for _ in range(5)] + [Page(cursor="1"), Page(cursor="1")])
    app = make_app([down], [operator], operator=["ops"])
    for _ in range(7):
        clock.forward(hours=1)
        _poll(app)
    assert [message.title for message in operator.told] == ["Source 'down' is failing", "Source 'down' is heard again"]


def test_one_time_out_is_not_news(make_app: Make, source: Any, channel: Any, clock: Any) -> None:
    operator = channel("ops")
    app = make_app([source("slow", [SourceUnavailable("time-out"), Page(cursor="1")])], [operator], operator=["ops"])
    for _ in range(2):
        clock.forward(hours=1)
        _poll(app)
    assert operator.told == []


def test_a_refused_source_is_asked_no_more_until_a_person_names_it(
    make_app: Make, source: Any, channel: Any, clock: Any
) -> None:
    operator = channel("ops")
    refused = source("keyed", [SourceRefused("the key is wrong", "credentials"), Page(cursor="1")])
    app = make_app([refused], [operator], operator=["ops"])
    _poll(app)
    clock.forward(days=1)
    app.queue_polls()
    asyncio.run(app.engine.run_until_idle(4))
    assert len(refused.asked) == 1
    _poll(app)
    assert len(refused.asked) == 2
    assert operator.told[0].title == "Source 'keyed' has been refused"


def test_one_refused_ask_of_several_is_trouble_and_not_the_end_of_the_source(
    make_app: Make, source: Any, channel: Any, post: Make, clock: Any
) -> None:
    operator = channel("ops")
    pages = [SourceRefused("this instance wants a token", "credentials"), Page(posts=[post(1)], cursor="1")]
    several = source("fediverse", pages, asks=["closed.example/acme", "open.example/acme"])
    app = make_app([several], [operator], operator=["ops"])
    _poll(app)
    assert len(_mentions(app)) == 1
    assert operator.told == []
    clock.forward(hours=1)
    app.queue_polls()
    asyncio.run(app.engine.run_until_idle(4))
    assert len(several.asked) == 4


def test_a_busy_service_is_left_alone_for_as_long_as_it_asks(make_app: Make, source: Any, clock: Any) -> None:
    busy = source("busy", [SourceBusy("429", timedelta(minutes=30)), Page(cursor="1")])
    other = source("same key", [], credential=busy.credential)
    app = make_app([busy, other])
    _poll(app)
    clock.forward(minutes=29)
    app.queue_polls()
    asyncio.run(app.engine.run_until_idle(4))
    assert len(busy.asked) + len(other.asked) <= 2
    asked_before = len(busy.asked)
    clock.forward(minutes=2)
    app.queue_polls()
    asyncio.run(app.engine.run_until_idle(4))
    assert len(busy.asked) == asked_before + 1


def test_what_a_source_could_not_read_is_a_declared_gap(make_app: Make, source: Any, clock: Any) -> None:
    gap = Gap(since=None, until=clock.now, why="the feed turned over completely")
    app = make_app([source("fast", [Page(cursor="1", gaps=[gap])])])
    _poll(app)
    with app.store.read() as tx:
        assert [kept.why for kept in ledger.list_gaps(tx)] == ["the feed turned over completely"]


def test_an_old_post_is_kept_and_never_alerted_and_says_so(
    make_app: Make, source: Any, channel: Any, post: Make, clock: Any
) -> None:
    support = channel("support")
    old = post(1, published_at=clock.now - timedelta(days=3))
    app = make_app([source("blogs", [Page(posts=[old], cursor="1")])], [support])
    _poll(app)
    assert support.told == []
    assert "max_age" in _mentions(app)[0].held


def test_an_undated_post_of_a_first_reading_alerts_nobody_and_of_a_later_one_does(
    make_app: Make, source: Any, channel: Any, post: Make, clock: Any
) -> None:
    support = channel("support")
    pages = [
        Page(posts=[post(1, published_at=None)], cursor="1"),
        Page(posts=[post(2, "Acme is awful, never again, my oven exploded twice", published_at=None)], cursor="2"),
    ]
    app = make_app([source("blogs", pages)], [support])
    _poll(app)
    assert support.told == []
    clock.forward(hours=1)
    _poll(app)
    assert len(support.told) == 1


def test_a_rule_that_asks_for_a_ticket_opens_one_with_its_reason(
    make_app: Make, source: Any, channel: Any, post: Make
) -> None:
    from listener.store import tickets

    rule = RuleSettings(
        name="angry", when="sentiment.score < -0.4", severity="high", notify=("support",), ticket="builtin"
    )
    app = make_app([source("blogs", [Page(posts=[post(1)], cursor="1")])], [channel("support")], rules=[rule])
    _poll(app)
    with app.store.read() as tx:
        opened = tickets.list_tickets(tx, limit=10)
    assert len(opened) == 1
    assert "terrible" in opened[0].reason


def test_a_channel_that_is_down_delays_its_own_messages_and_nothing_else(
    make_app: Make, source: Any, channel: Any, post: Make, clock: Any
) -> None:
    slack = channel("slack", [DeliveryFailed("503", ambiguous=True) for _ in range(50)])
    mail = channel("mail")
    rule = RuleSettings(name="angry", when="sentiment.score < -0.4", severity="high", notify=("slack", "mail"))
    app = make_app(
        [source("blogs", [Page(posts=[post(1), post(2, "Acme ruined my day, awful broken junk")], cursor="1")])],
        [slack, mail],
        rules=[rule],
    )
    _poll(app)
    assert len(mail.told) == 2
    assert slack.told == []
    slack.answers.clear()
    clock.forward(minutes=16)
    app.queue_deliveries()
    asyncio.run(app.engine.run_until_idle(4))
    assert len(slack.told) == 2


def test_a_channel_that_is_down_is_tried_once_a_turn(make_app: Make, source: Any, channel: Any, post: Make) -> None:
    slack = channel("support", [DeliveryFailed("503") for _ in range(50)])
    texts = [f"Acme number {number} is terrible and broke my house again today" for number in range(20)]
    app = make_app(
        [source("blogs", [Page(posts=[post(n, text) for n, text in enumerate(texts)], cursor="1")])], [slack]
    )
    _poll(app)
    assert slack.tries == 1


def test_a_message_that_can_never_be_told_is_set_down_as_dead_and_the_next_is_told(
    make_app: Make, source: Any, channel: Any, post: Make
) -> None:
    slack = channel("support", [DeliveryFailed("400 invalid_blocks", permanent=True)])
    app = make_app(
        [source("blogs", [Page(posts=[post(1), post(2, "Acme ruined my day, awful broken junk")], cursor="1")])],
        [slack],
    )
    _poll(app)
    assert len(slack.told) == 1
    with app.store.read() as tx:
        assert outbox_counts.stats(tx).dead == 1


def test_a_digest_that_fell_due_while_nothing_ran_is_made_up_for_once(
    make_app: Make, source: Any, channel: Any, post: Make, clock: Any
) -> None:
    mail = channel("support")
    app = make_app(
        [source("blogs", [Page(posts=[post(1)], cursor="1")])],
        [mail],
        digest=DigestSettings(notify=("support",)),
        rules=[],
    )
    assert app.queue_digest() == []  # a first start owes nobody the digest of a day it did not live
    _poll(app)
    clock.forward(days=2)
    assert app.queue_digest() == ["support"]
    assert app.queue_digest() == []
    app.queue_deliveries()
    asyncio.run(app.engine.run_until_idle(4))
    assert [message.kind for message in mail.told] == ["digest"]


def test_the_same_batch_read_twice_changes_nothing_the_second_time(
    make_app: Make, source: Any, channel: Any, post: Make
) -> None:
    support = channel("support")
    page: list[Post] = [post(1), post(2)]
    app = make_app([source("blogs", [Page(posts=page, cursor="1"), Page(posts=page, cursor="2")])], [support])
    _poll(app)
    before = (_mentions(app), len(support.told))
    _poll(app)
    assert (_mentions(app), len(support.told)) == before


def test_a_worker_that_dies_three_times_on_a_batch_sets_it_aside_and_the_rest_goes_on(
    make_app: Make, source: Any, channel: Any, post: Make, clock: Any, monkeypatch: Any
) -> None:
    from listener.store import inbox

    operator = channel("ops")
    app = make_app(
        [
            source("poison", [Page(posts=[post("poison")], cursor="1")]),
            source("blogs", [Page(posts=[post(1)], cursor="1")]),
        ],
        [operator],
        operator=["ops"],
    )
    real = app.workers.analyse

    async def dying(posts: bytes, setup: bytes, seen_by: str, now: str) -> bytes:
        if b"poison" in posts:
            raise RuntimeError("the process died")
        return await real(posts, setup, seen_by, now)

    monkeypatch.setattr(app.workers, "analyse", dying)
    for _ in range(4):
        _poll(app)
        clock.forward(minutes=20)
    assert [one.post.external_id for one in _mentions(app)] == ["1"]
    with app.store.read() as tx:
        aside = inbox.list_set_aside(tx, 10)
    assert len(aside) == 1
    assert "the process died" in aside[0].why
    assert [message.title for message in operator.told] == ["Posts from 'poison' could not be read"]
