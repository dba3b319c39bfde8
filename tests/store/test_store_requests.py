"""A request that is repeated is known by its key and its body, for its source alone and for a time."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from listener.store import Store, requests, sources
from listener.store.requests import Given, forget_answers, put_answer


def test_the_first_answer_of_a_key_is_kept_and_given_again(store: Store, now: datetime) -> None:
    with store.write() as tx:
        assert put_answer(tx, "shop", "k", b"body", '{"accepted":1}', now) is None
    with store.write() as tx:
        again = put_answer(tx, "shop", "k", b"body", '{"accepted":2}', now)
        assert again == Given('{"accepted":1}', same_body=True)
        assert put_answer(tx, "shop", "k", b"Body", "{}", now) == Given('{"accepted":1}', same_body=False)
        assert put_answer(tx, "survey", "k", b"Body", "{}", now) is None


def test_an_answer_whose_transaction_fails_is_not_kept(store: Store, now: datetime) -> None:
    with pytest.raises(ZeroDivisionError), store.write() as tx:
        put_answer(tx, "shop", "k", b"body", "{}", now)
        1 / 0  # noqa: B018 - a defect between the two
    with store.write() as tx:
        assert put_answer(tx, "shop", "k", b"body", "{}", now) is None


def test_answers_are_forgotten_after_their_time(store: Store, now: datetime) -> None:
    with store.write() as tx:
        put_answer(tx, "shop", "old", b"", "{}", now - requests.KEPT - timedelta(seconds=1))
        put_answer(tx, "shop", "new", b"", "{}", now - requests.KEPT)
        assert forget_answers(tx, now - requests.KEPT) == 1
        assert put_answer(tx, "shop", "old", b"", "{}", now) is None
        assert put_answer(tx, "shop", "new", b"", "{}", now) is not None


def test_a_source_that_is_told_is_never_due_even_if_it_was_asked_before(store: Store, now: datetime) -> None:
    hour = timedelta(hours=1)
    with store.write() as tx:
        sources.sync_sources(tx, [("shop", "feed", "c", hour), ("blog", "feed", "d", hour)], now)
        sources.sync_sources(tx, [("shop", "webhook", "c", None), ("blog", "feed", "d", hour)], now)
        assert sources.due_credentials(tx, now + timedelta(days=4_000), 10) == ["d"]
        sources.sync_sources(tx, [("shop", "feed", "c", hour)], now)
        assert sources.due_credentials(tx, now + hour, 10) == ["c"]
