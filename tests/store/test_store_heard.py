"""What was heard is counted once, also where two requests bring posts of one source at the same time."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime, timedelta

from listener.store import Store, heard
from listener.store import sources as states
from sources.post import Post


def _post(number: int, at: datetime | None) -> Post:
    return Post(source="webhook", instance="shop", external_id=str(number), text="acme", published_at=at)


def test_two_requests_at_once_for_one_source_are_both_kept(store: Store, now: datetime) -> None:
    with store.write() as tx:
        states.sync_sources(tx, [("shop", "webhook", "webhook:shop", None)], now)
    counted = threading.Event()
    failed: list[Exception] = []

    def take(posts: Sequence[Post], *, first: bool) -> None:
        try:
            with store.write() as tx:
                heard.count_posts(tx, "shop", posts, now, first_reading=False)
                if first:
                    counted.set()
                    other.join(0.3)  # which is in the middle, or waits for this one
                states.record_success(tx, "shop", now, len(posts), None)
        except Exception as error:
            failed.append(error)

    def second() -> None:
        counted.wait(10)
        take([_post(2, now - timedelta(minutes=1))], first=False)

    other = threading.Thread(target=second)
    other.start()
    take([_post(1, None)], first=True)
    other.join(20)

    assert not failed
    with store.read() as tx:
        _, counts = heard.history(tx, now)
        assert [state.posts_seen for state in states.list_sources(tx)] == [2]
    assert counts == {("shop", heard.ALL_BRANDS): {heard.hour_of(now): 2}}


def test_mentions_are_counted_by_the_minute_and_after_two_days_by_the_hour(store: Store, now: datetime) -> None:
    start = now.replace(minute=0, second=0)
    moments = [start + timedelta(minutes=minute) for minute in (1, 1, 7, 30)]
    with store.write() as tx:
        for moment in moments:
            heard.count_mentions(tx, "blogs", ["Acme"], moment)
            heard.count_mentions(tx, "news", ["Acme", "Acme", "Other"], moment)
    with store.read() as tx:
        shown = heard.lately(tx, start + timedelta(minutes=30), 60)
        before = heard.history(tx, start - timedelta(days=1))
    assert sum(shown["Acme"]) == 12 and sum(shown["Other"]) == 4
    assert [(place - 59, count) for place, count in enumerate(shown["Acme"]) if count] == [(-29, 6), (-23, 3), (0, 3)]
    with store.write() as tx:
        assert heard.forget(tx, start + timedelta(days=4)) == 0
    with store.read() as tx:
        assert heard.history(tx, start - timedelta(days=1)) == before
        assert heard.lately(tx, start + timedelta(minutes=59), 60)["Acme"][0] == 12
    with store.write() as tx:
        heard.forget(tx, start + timedelta(days=4))  # what is summed up already stays as it is
        assert heard.history(tx, start - timedelta(days=1)) == before
        assert heard.forget(tx, start + heard.KEPT + timedelta(hours=2)) == 3
