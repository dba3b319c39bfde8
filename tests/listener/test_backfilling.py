"""A query that is new is looked for in what is kept already, and nobody is told of what it finds."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from listener.backfilling import Backfill
from listener.cli.tree import app as command
from listener.store import Store, alerts, backfill, mentions
from listener.store.backfill import HELD, Stand
from rules.analysis import BrandSetup, RuleSetup, Setup
from sources.contract import Page
from sources.post import Author, PostKey

Make = Callable[..., Any]
RULE = RuleSetup("angry", "sentiment.score <= -0.4", "high")


@pytest.fixture
def kept(make_app: Make, source: Any, post: Make) -> Any:
    """Twelve posts that mention Acme; every third is about its kettle, and one was seen by a second source."""
    posts = [
        post(number, f"Acme is terrible, my {'kettle' if number % 3 == 0 else 'lamp'} broke again, the {number}th time")
        for number in range(12)
    ]
    told = [source("blogs", [Page(posts=posts, cursor="1")]), source("news", [Page(posts=posts[:1], cursor="1")])]
    app = make_app(told, rules=())
    asyncio.run(app.poll_once(["blogs", "news"]))
    return app


def _filling(app: Any, query: str, **more: Any) -> Backfill:
    setup = Setup(brands=(BrandSetup("Acme", "acme"), BrandSetup("Kettles", query)), rules=(RULE,), **more)
    return Backfill(app.store, setup, "Kettles", app.clock, page=5)


def _quiet(stand: Stand, newest: int) -> None:
    pass


def _found(store: Store) -> list[Any]:
    with store.read() as tx:
        return mentions.list_mentions(tx, mentions.MentionFilter(brand="Kettles", limit=100, oldest_first=True))


def _forget(store: Store) -> None:
    with store.write() as tx:
        tx.exec_driver_sql("DELETE FROM mention WHERE brand = 'Kettles'")


def test_it_finds_what_is_kept_and_tells_nobody(kept: Any) -> None:
    done = _filling(kept, "kettle NOT lamp").run(_quiet)
    assert (done.posts, done.matched, done.new) == (12, 4, 4)
    found = _found(kept.store)
    assert [one.post.external_id for one in found] == ["0", "3", "6", "9"]
    assert found[0].seen_by == ("blogs", "news")
    assert all(one.held == HELD and one.rules and one.spans and one.sentiment.label == "negative" for one in found)
    with kept.store.read() as tx:
        assert alerts.list_alerts(tx) == []
    again = _filling(kept, "kettle NOT lamp").run(_quiet)
    assert (again.posts, again.matched, again.new) == (12, 4, 0)
    assert _found(kept.store) == found


def test_it_finds_just_what_listening_would_have_found(kept: Any) -> None:
    for query, numbers in (
        ("source:news", ["0"]),
        ("kettle NOT source:news", ["3", "6", "9", "0"]),  # as "blogs" brought it, it is wanted
        ("author:user4 OR site:nowhere.example", ["4"]),
        ("nothing here", []),
    ):
        filling = _filling(kept, query)
        filling.run(_quiet)
        assert {one.post.external_id for one in _found(kept.store)} == set(numbers), query
        _forget(kept.store)


def test_one_that_is_stopped_goes_on_where_it_stood(kept: Any) -> None:
    def stop_after_a_page(stand: Stand, newest: int) -> None:
        assert newest == 12
        if stand.posts:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _filling(kept, "kettle").run(stop_after_a_page)
    assert [one.post.external_id for one in _found(kept.store)] == ["0", "3"]
    first: list[Stand] = []
    done = _filling(kept, "kettle").run(lambda stand, newest: first.append(stand))
    assert (first[0].posts, done.posts, done.new) == (5, 12, 4)
    with kept.store.read() as tx:
        assert backfill.stand_of(tx, "Kettles", "kettle").posts == 0, "one that came to its end begins anew"


def test_one_for_another_query_begins_anew(kept: Any) -> None:
    with kept.store.write() as tx:
        backfill.put_stand(tx, Stand(brand="Kettles", query="lamp", after=11, posts=11))
    assert _filling(kept, "kettle").run(_quiet).new == 4


def test_what_was_deleted_or_edited_meanwhile_is_left_alone(kept: Any) -> None:
    filling = _filling(kept, "kettle")
    with kept.store.read() as tx:
        posts = backfill.posts_after(tx, 0, 100)
        wholes = backfill.whole_posts(tx, filling._sought.among(posts, {}))
    found = filling._read(wholes, {})
    with kept.store.write() as tx:
        mentions.tombstone_posts(tx, [PostKey("feed", "example.org", "3")], kept.clock())
        tx.exec_driver_sql("UPDATE post SET content_hash = x'00' WHERE external_id = '6'")
        assert backfill.put_found(tx, found) == 2
    assert [one.post.external_id for one in _found(kept.store)] == ["0", "9"]
    assert _filling(kept, "kettle").run(_quiet).posts == 11


def test_a_source_that_forbids_to_match_customers_forbids_it_here(kept: Any) -> None:
    from rules.directory import Customer, Identity

    customers = (Customer(id="c0", identities=(Identity("feed", "user0"),)),)
    _filling(kept, "kettle", customers=customers).run(_quiet)
    assert [one.customer.id if one.customer else "" for one in _found(kept.store)] == ["c0", "", "", ""]
    _forget(kept.store)
    _filling(kept, "kettle", customers=customers, unmatched_seen_by=("news",)).run(_quiet)
    assert [one.customer for one in _found(kept.store)] == [None] * 4


def test_the_command_shows_what_it_found(make_app: Make, source: Any, post: Make, tmp_path: Path) -> None:
    app = make_app([source("blogs", [Page(posts=[post(1, author=Author(handle="ann")), post(2)], cursor="1")])])
    asyncio.run(app.poll_once(["blogs"]))
    config = tmp_path / "config.toml"
    config.write_text(
        '[[brands]]\nname = "Acme"\nquery = "acme"\n[[brands]]\nname = "Kettles"\nquery = "kettle author:ann"\n'
    )

    def run(*arguments: str) -> Any:
        return CliRunner().invoke(command, ["query", "backfill", *arguments, "--config", str(config)])

    told = run("Kettles", "--json")
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout) == [{"brand": "Kettles", "posts": 2, "matched": 1, "new": 1}]
    assert "2 posts looked at: 1 mention Kettles, 0 of them new. Nobody is told" in " ".join(
        run("Kettles").stdout.split()
    )
    assert run("Nobody").exit_code == 2
