"""What people talk about is counted by the hour, found in new mentions, shown by a command and told to rules."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from alerts.digests.digest import render_digest
from listener.cli.sparks import sparkline
from listener.cli.tree import app as command
from listener.configuration.tables import RuleSettings
from listener.store import Store, topics
from listener.store.digest import digest_data
from listener.store.mentions import MentionFilter, list_mentions
from rules.analysis import Analyser, BrandSetup, BrandTerms, Setup
from rules.batch import analyse_batch
from sources.contract import Page
from sources.post import Post

Make = Callable[..., Any]
DOCS = Path(__file__).resolve().parents[2] / "docs"
ENDS = ("today", "again", "as always", "it seems", "for now", "I guess", "so far", "by the way")
USUAL = ("is warm", "is fair", "stands here", "looks nice", "reads well")  # short: each is a story of its own
ABOUT_FIRE = RuleSettings(name="fire", when='"plug melted" in topics', severity="high", notify=("support",))
NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


def _week(post: Make, until: datetime = NOW) -> list[Post]:
    """Forty quiet posts of three weeks ago, twenty of yesterday, and eight about one thing."""
    old, new = until - timedelta(days=20), until - timedelta(days=1)
    texts = [(f"my Acme {USUAL[n % 5]} {ENDS[n % 8]}", old) for n in range(40)]
    texts += [(f"my Acme {USUAL[n % 5]} {ENDS[n % 7]}", new) for n in range(20)]
    texts += [(f"the Acme Plug melted {end}", new) for end in ENDS]
    return [post(n, text, published_at=at + timedelta(minutes=n)) for n, (text, at) in enumerate(texts)]


def test_a_new_mention_holds_the_current_topics_and_rules_may_ask_for_them(
    make_app: Make, source: Any, channel: Any, post: Make, store: Store, clock: Any
) -> None:
    late = post("late", "Now my Acme plug melted, too", published_at=NOW + timedelta(minutes=20))
    calm = post("calm", "My Acme is calm", published_at=NOW + timedelta(minutes=20))
    pages = [Page(posts=_week(post), cursor="1"), Page(posts=[late, calm], cursor="2")]
    app = make_app([source("blogs", pages)], [channel("support")], rules=[ABOUT_FIRE])
    asyncio.run(app.poll_once(["blogs"]))
    with store.read() as tx:
        assert topics.current_terms(tx) == {"Acme": ("plug melted",)}
    clock.forward(minutes=30)
    app.setup.renew()
    asyncio.run(app.poll_once(["blogs"]))
    with store.read() as tx:
        found = {one.post.external_id: one for one in list_mentions(tx, MentionFilter(limit=2))}
    assert found["late"].topics == ("plug melted",)
    assert [rule.name for rule in found["late"].rules] == ["fire"]
    assert "plug melted" in found["late"].rules[0].reason
    assert (found["calm"].topics, found["calm"].rules) == ((), ())


def test_topics_are_counted_once_an_hour_and_only_where_something_was_said(
    make_app: Make, source: Any, post: Make, store: Store, clock: Any
) -> None:
    app = make_app([source("blogs", [Page(posts=_week(post), cursor="1"), Page(posts=[post("x")], cursor="2")])])
    assert app.upkeep.topics.look() == []
    asyncio.run(app.poll_once(["blogs"]))
    clock.forward(minutes=59)
    asyncio.run(app.poll_once(["blogs"]))
    assert app.upkeep.topics.look() == []
    clock.forward(minutes=1, seconds=-1)  # the schedule's hour may be a moment shorter than the clock's
    assert app.upkeep.topics.look() == ["Acme"]
    clock.forward(hours=23)
    assert app.upkeep.topics.look() == []
    clock.forward(hours=1)
    assert app.upkeep.topics.look() == ["Acme"]


def test_topics_of_a_brand_that_is_gone_are_forgotten(make_app: Make, source: Any, post: Make, store: Store) -> None:
    app = make_app([source("blogs", [Page(posts=_week(post), cursor="1")])])
    asyncio.run(app.poll_once(["blogs"]))
    make_app(brands={"Bolt": "bolt"}).upkeep.topics.look()
    with store.read() as tx:
        assert topics.kept_topics(tx) == {}


def test_a_brand_whose_topics_cannot_be_counted_stops_no_other(
    make_app: Make, source: Any, post: Make, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app([source("blogs", [Page(posts=_week(post), cursor="1")])], brands={"Acme": "acme", "Again": "acme"})
    count = topics.count_topics

    def fails_for_one(tx: Any, brand: str, *told: Any, **more: Any) -> Any:
        if brand == "Acme":
            raise OverflowError("too much was said")
        return count(tx, brand, *told, **more)

    monkeypatch.setattr(topics, "count_topics", fails_for_one)
    asyncio.run(app.poll_once(["blogs"]))  # which counts topics too
    with store.read() as tx:
        assert set(topics.kept_topics(tx)) == {"Again"}


def test_new_topics_build_no_new_matcher() -> None:
    import msgspec

    from rules import batch

    bare = Setup(brands=(BrandSetup("Acme", "acme"),), rules=())
    talked = msgspec.structs.replace(bare, topics=(BrandTerms("Acme", ("battery",)),))
    posts = msgspec.json.encode([Post(source="feed", instance="", external_id="1", text="Acme battery")])

    def read(setup: Setup) -> list[str]:
        answer = analyse_batch(posts, msgspec.json.encode(setup), "", NOW.isoformat())
        found: list[str] = msgspec.json.decode(answer)[0]["reading"]["topics"]
        return found

    assert read(bare) == []
    assert read(talked) == ["battery"]
    assert read(bare) == []
    newest = [kept.analyser for kept in batch._kept.values()][-2:]
    assert newest[0] is not newest[1]
    assert newest[0]._matcher is newest[1]._matcher


def test_what_fails_in_topics_hides_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(self: Any, text: str) -> tuple[str, ...]:
        raise RuntimeError("odd text")

    monkeypatch.setattr("rules.topic_finding.TopicFinder.find", fails)
    setup = Setup(brands=(BrandSetup("Acme", "acme"),), rules=(), topics=(BrandTerms("Acme", ("battery",)),))
    posts = [Post(source="feed", instance="", external_id="1", text="Acme battery")]
    (read,) = Analyser(setup).analyse(posts, "", NOW)
    assert read.reading.topics == ()
    assert [trouble.part for trouble in read.troubles] == ["topics"]


@pytest.fixture
def home(make_app: Make, source: Any, post: Make, clock: Any, tmp_path: Path) -> Path:
    """A folder whose database holds a week that ends now."""
    now = datetime.now(UTC)
    clock.now = now
    (tmp_path / "config.toml").write_text('[[brands]]\nname = "Acme"\nquery = "acme"\n')
    asyncio.run(make_app([source("blogs", [Page(posts=_week(post, now), cursor="1")])]).poll_once(["blogs"]))
    return tmp_path


def _run(folder: Path, *words: str) -> Any:
    return CliRunner().invoke(command, ["topics", *words, "--config", str(folder / "config.toml")])


def test_the_command_shows_topics_with_numbers_and_an_example(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    shown = _run(home).output
    assert "28 mentions. Compared with the 28 d before." in shown
    (line,) = [line for line in shown.splitlines() if line.startswith("plug melted") or line.startswith("Plug melted")]
    assert re.search(r"Plug melted +8 +0 +new +[▁▂▃▄▅▆▇█ ]+.*%.*user\d+: the Acme Plug melted", line)


def test_json_has_just_the_documented_keys(home: Path) -> None:
    rows = json.loads(_run(home, "--json", "--days", "7", "--brand", "Acme").output)
    section = (DOCS / "json.md").read_text("utf-8").split("\n## topic\n")[1].split("\n## ")[0]
    documented = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`[^|]+) \|", section, re.M))))
    assert [set(row) for row in rows] == [documented]
    assert (rows[0]["term"], rows[0]["trend"], rows[0]["mentions"]) == ("plug melted", "new", 8)
    assert json.loads(_run(home, "--json", "--limit", "1", "--days", "1").output) != rows


@pytest.mark.parametrize(
    ("words", "said"), [(["--brand", "Bolt"], "no brand is named 'Bolt'"), (["--days", "0"], "--days")]
)
def test_wrong_use_is_told(home: Path, words: list[str], said: str) -> None:
    result = _run(home, *words)
    assert result.exit_code == 2
    assert said in result.output


def test_the_digest_tells_what_rose_in_every_form(home: Path, store: Store, clock: Any) -> None:
    with store.read() as tx:
        data = digest_data(tx, clock.now - timedelta(days=7), clock.now, ["Acme"])
    message = render_digest(data, timezone=UTC, key="d")
    assert "What people talk about" in message.text and "What people talk about" in message.html
    for form in (message.text, re.sub(r"<[^>]+>", "", message.html), str(message.blocks)):
        assert re.search(r"Plug melted.{1,4}8 mentions, none the week before", form)
    assert "https://example.org/posts/" in message.text


def test_a_sparkline_has_a_bar_for_each_count() -> None:
    assert sparkline((0, 1, 4, 8)) == " ▁▄█"
    assert sparkline((0, 0)) == "  "
    assert sparkline(()) == ""
