"""Kept mentions are read back in the order of their times, each once, whatever the size of a page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from listener.store import Store, replay
from listener.store.mentions import put_results, tombstone_posts
from listener.store.replay import count_replayed, replayed
from rules.analysis import Read

MakeRead = Callable[..., Read]


def test_each_mention_of_the_time_comes_once_and_in_order(
    store: Store, make_read: MakeRead, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "PAGE", 3)
    # several of one moment, kept in another order than they were written
    hours = [5, 1, 1, 1, 1, 9, 3, 2, 1, 30]
    reads = [make_read(str(n), published_at=now - timedelta(hours=hour)) for n, hour in enumerate(hours)]
    reads += [make_read("0", published_at=now - timedelta(hours=5), brand="Other")]
    with store.write() as tx:
        put_results(tx, reads, "blogs", False, now)
        tombstone_posts(tx, [reads[6].post.key], now)
    since = now - timedelta(hours=10)
    with store.read() as tx:
        pages = list(replayed(tx, since, now))
        found = [(one.post.external_id, one.brand) for page in pages for one in page]
        acme = [one.post.external_id for page in replayed(tx, since, now, ["Acme"]) for one in page]
        few = [one.post.external_id for page in replayed(tx, since, now - timedelta(hours=2), ["Acme"]) for one in page]
        counted = count_replayed(tx, since, now), count_replayed(tx, since, now, ["Other"])
    assert acme == ["5", "0", "7", "1", "2", "3", "4", "8"]
    assert sorted(found) == sorted([*((one, "Acme") for one in acme), ("0", "Other")])
    assert few == ["5", "0"] and all(len(page) <= 3 for page in pages)
    assert counted == (10, 1)
