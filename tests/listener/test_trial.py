"""A query is tried on what is there before it is adopted: how many posts, on which days, from where, in what mood."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from listener.cli.tree import app as command
from listener.store import Store, archive, mentions
from listener.trial import Trial, try_query
from rules.match import Matcher
from sources.contract import Page
from sources.post import Author
from sources.query import parse

Make = Callable[..., Any]
LOVED, HATED, FLAT = "I love this kettle", "acme sold me a terrible kettle", "a kettle"


@pytest.fixture
def there(make_app: Make, source: Any, post: Make, clock: Any) -> Any:
    """Kettles: one kept and seen twice, two archived, one of them of the day before and without a date."""
    kept = post(1, HATED, published_at=clock() - timedelta(hours=1))
    blogs = source("blogs", [Page(posts=[kept, post(2, "no pot"), post(3, LOVED)], cursor="1")])
    blogs.archive = timedelta(days=9)
    yesterday = source("yesterday", [Page(posts=[post(4, FLAT, published_at=None)], cursor="1")])
    yesterday.archive = timedelta(days=9)
    app = make_app([blogs, source("news", [Page(posts=[kept], cursor="1")]), yesterday])
    clock.forward(days=-1)
    asyncio.run(app.poll_once(["yesterday"]))
    clock.forward(days=1)
    asyncio.run(app.poll_once(["blogs", "news"]))
    return app


def tried(store: Store, query: str, **options: Any) -> Trial:
    return try_query(store, parse(query), UTC, page=2, **options)


def test_it_counts_kept_and_archived_posts_by_day_and_source_with_their_mood(there: Any) -> None:
    told: list[tuple[int, int, int, int]] = []
    found = tried(there.store, "kettle", tell=lambda *one: told.append(one))
    assert (found.posts, found.found, found.archived) == (4, 3, 2)
    assert {day: part.posts for day, part in found.days.items()} == {date(2026, 11, 21): 1, date(2026, 11, 22): 2}
    assert {name: part.posts for name, part in found.sources.items()} == {"blogs": 2, "news": 1, "yesterday": 1}
    assert found.days[date(2026, 11, 21)].mood == 0.0
    assert found.sources["news"].mood == pytest.approx(-0.4767)
    assert found.mood == pytest.approx((0.6369 - 0.4767) / 3, abs=1e-4)
    assert [(one.post.external_id, one.archived) for one in found.examples] == [("3", True), ("1", False), ("4", True)]
    assert told[-1][0] == told[-1][1]
    assert told[-1][2:] == (4, 3)


def test_it_keeps_nothing(there: Any) -> None:
    tried(there.store, "kettle")
    with there.store.read() as tx:
        assert len(archive.posts_after(tx, 0, 99)) == 3
        assert mentions.count_mentions(tx, mentions.MentionFilter()) == 1


def test_only_the_last_days_are_looked_at_where_so_told(there: Any, clock: Any) -> None:
    found = tried(there.store, "kettle", since=clock() - timedelta(hours=12))
    assert (found.posts, found.found) == (3, 2)


def test_what_names_a_source_is_found_by_who_saw_it(there: Any) -> None:
    assert tried(there.store, "source:news").found == 1
    assert tried(there.store, "source:blogs").found == 3
    assert tried(there.store, "kettle NOT source:news NOT source:blogs").found == 1


def test_days_are_those_of_the_zone_that_is_asked_for(there: Any) -> None:
    found = try_query(there.store, parse("love"), ZoneInfo("Pacific/Kiritimati"))
    assert list(found.days) == [date(2026, 11, 22)]
    found = try_query(there.store, parse("love"), ZoneInfo("Pacific/Honolulu"))
    assert list(found.days) == [date(2026, 11, 21)]


def test_as_many_examples_as_asked_for_and_the_newest(there: Any) -> None:
    assert tried(there.store, "kettle", examples=0).examples == []
    (one,) = tried(there.store, "kettle", examples=1).examples
    assert one.at == datetime(2026, 11, 22, 7, 30, tzinfo=UTC)


def test_the_command_draws_it_and_escapes_what_came_from_outside(
    make_app: Make, source: Any, post: Make, tmp_path: Path
) -> None:
    rude = post(1, "a kettle \x1b[31m\u202e!", author=Author(handle="\x1b]0;x"))
    blogs = source("blogs", [Page(posts=[rude, post(2, LOVED)], cursor="1")])
    blogs.archive = timedelta(days=9)
    app = make_app([blogs])
    asyncio.run(app.poll_once(["blogs"]))
    config = tmp_path / "config.toml"
    config.write_text('[[brands]]\nname = "Acme"\nquery = "acme"\n[[brands]]\nname = "Kettles"\nquery = "kettle"\n')

    def run(*arguments: str) -> Any:
        return CliRunner().invoke(command, ["query", "try", *arguments, "--config", str(config)])

    told = run("kettle")
    assert told.exit_code == 0, told.output
    assert "2 posts of 2 would have been found, 2 of them archived; mood +0.32." in told.stdout
    assert "2026-11-22" in told.stdout
    assert "█" in told.stdout
    assert "\x1b" not in told.stdout
    assert "\u202e" not in told.stdout
    (shape,) = json.loads(run("Kettles", "--json", "--limit", "1").stdout)
    assert (shape["query"], shape["found"], len(shape["examples"])) == ("kettle", 2, 1)
    assert "0 posts of 2 would have been found." in run("nothing").stdout
    wrong = run('"kettle')
    assert wrong.exit_code == 2
    assert "^" in wrong.output
    status = CliRunner().invoke(command, ["status", "--config", str(config)])
    assert "Archived: 2 posts that no brand wants, since 2026-11-22 08:00; roughly 1 MB." in status.stdout


def test_without_a_database_it_says_so_and_makes_none(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[[brands]]\nname = "Acme"\nquery = "acme"\n')
    told = CliRunner().invoke(command, ["query", "try", "kettle", "--config", str(config)])
    assert told.exit_code != 0
    assert not (tmp_path / "listener.db").exists()


def test_a_post_that_cannot_be_matched_spoils_no_other(there: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = Matcher.wanted

    def breaking(self: Matcher, posts: Any, seen_by: str = "") -> Any:
        if any(one.external_id == "2" for one in posts):
            raise ValueError("a defect")
        return usual(self, posts, seen_by)

    monkeypatch.setattr(Matcher, "wanted", breaking)
    found = tried(there.store, "love")
    assert [one.post.external_id for one in found.examples] == ["3", "2"]
