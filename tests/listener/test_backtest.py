"""A rule is asked of what is kept: what it would have told, how often rightly, and at which threshold it tells less."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from listener import app as application
from listener.app import App
from listener.cli.tree import app as command
from listener.configuration.tables import RuleSettings
from listener.ruling.backtest import Asked, Backtest, backtest
from listener.ruling.replaying import Span
from listener.ruling.rule_marks import RuleMarks, rule_marks
from listener.ruling.tuning import CannotTune, comparison_of, tune
from listener.store import Store
from listener.store.marks import mark_mention
from listener.store.mentions import MentionFilter, list_mentions
from rules.rule import Rule, compile_rule
from sources.contract import Page
from sources.post import Author, Engagement

Make = Callable[..., Any]
ANGRY = Rule("angry", "sentiment.score <= -0.4", "high")
MILD, BAD, WORST = (
    "the Acme box came late and the colour is a little off",
    "Acme is bad, my lamp broke",
    "Acme is terrible, the worst, I hate this useless broken rubbish",
)
CONFIG = """
[[brands]]
name = "Acme"
query = "acme"
[[rules]]
name = "angry"
when = "sentiment.score <= -0.4"
severity = "high"
[[rules]]
name = "loud"
when = "author.followers >= 1000 && sentiment.score < 1.5"
severity = "low"
[[rules]]
name = "quiet"
when = "customer.known"
severity = "low"
"""


@pytest.fixture
def heard(make_app: Make, source: Any, post: Make, clock: Any, tmp_path: Path) -> App:
    """An app that heard a few posts a day for four days; the same complaint was told on three sites."""
    (tmp_path / "config.toml").write_text(CONFIG)
    pages = []
    for day in range(4):
        at = clock.now + timedelta(days=day, hours=-1)
        told = [
            post(f"{day}-worst-{n}", f"{WORST} (day {day})", published_at=at, instance=f"site{n}.example")
            for n in range(3)
        ]
        loud = Author(handle="loud", followers=2_000 * (day + 1))
        told.append(post(f"{day}-love", "I love my new Acme blender", published_at=at, author=loud))
        pages.append(Page(posts=told, cursor=str(day)))
    old = post("old", f"{WORST}, long ago", published_at=clock.now - timedelta(days=9))
    pages[0] = Page(posts=[*pages[0].posts, old], cursor="0")
    app: App = make_app([source("blogs", pages)], rules=[RuleSettings(name="angry", when=ANGRY.when, severity="high")])
    for _ in range(4):
        asyncio.run(app.poll_once(["blogs"]))
        clock.forward(days=1)
    return app


def _ask(app: App, rule: Rule = ANGRY, configured: Rule | None = None, days: int = 30, **more: Any) -> Backtest:
    asked = Asked(
        rule=compile_rule(rule),
        configured=compile_rule(configured) if configured else None,
        span=Span(since=app.clock() - timedelta(days=days), until=app.clock(), brands=rule.brands, **more),
        max_age=timedelta(hours=24),
        timezone=UTC,
        shown=3,
    )
    with app.store.read() as tx:
        return backtest(tx, asked)


def _run(monkeypatch: pytest.MonkeyPatch, app: App, tmp_path: Path, *arguments: str) -> Result:
    monkeypatch.setattr(application, "wall_clock", app.clock)
    return CliRunner().invoke(command, [*arguments, "--config", str(tmp_path / "config.toml")])


def _mark(store: Store, clock: Any, wanted: str, mark: str) -> None:
    with store.write() as tx:
        for one in list_mentions(tx, MentionFilter(limit=100)):
            if wanted in one.post.text:
                mark_mention(tx, one.id, mark, clock(), "ann")


def test_what_was_told_live_would_have_been_told(heard: App, store: Store) -> None:
    found = _ask(heard)
    with store.read() as tx:
        (live,) = rule_marks(tx, heard.config, heard.clock())
    assert (found.told, found.alerts) == (12, live.told) == (12, 4)
    assert found.held == {"too old, or without a date, when they came": 1}
    assert [count for count in found.days if count] == [1, 1, 1, 1]
    assert found.a_week == pytest.approx(4 * 7 / 30)
    worst = found.alerts_shown[0]
    assert len(found.alerts_shown) == 3 and worst.mentions == 3 and worst.url and "wrote -" in worst.reason


def test_a_post_of_long_ago_is_told_where_each_counts_as_heard_at_once(heard: App) -> None:
    found = _ask(heard, at_once=True)
    assert found.alerts == 5 and found.held == {}


def test_marks_say_how_often_it_was_right(heard: App, store: Store, clock: Any) -> None:
    _mark(store, clock, "day 0", "noise")
    _mark(store, clock, "day 1", "negative")
    _mark(store, clock, "day 2", "positive")
    found = _ask(heard)
    assert found.marked == {"good": 1, "wrong sentiment": 1, "wrong customer": 0, "noise": 1}
    assert found.precision is not None and (found.precision.right, found.precision.of) == (1, 3)
    assert found.alerts == 4  # what people said later does not change what would have been told
    everything = _ask(heard, Rule("all", 'lang == "en"', "low"))
    assert everything.marked["wrong sentiment"] == 0 and everything.marked["good"] == 2


def test_another_condition_stands_beside_the_configured_one(heard: App) -> None:
    stricter = Rule("angry", "sentiment.score <= -0.4 && author.followers > 10", "high")
    found = _ask(heard, stricter, ANGRY)
    assert (found.told, found.alerts, found.compared) == (0, 0, (12, 4))
    assert _ask(heard, days=2).alerts < 4
    assert _ask(heard, Rule("angry", ANGRY.when, "high", ("Other",))).mentions == 0


def test_a_threshold_is_found_that_gives_what_is_asked(heard: App) -> None:
    loud = Rule("loud", "author.followers >= 1000 && sentiment.score < 1.5", "low")
    span = Span(since=heard.clock() - timedelta(days=7), until=heard.clock())
    with heard.store.read() as tx:
        of = comparison_of(loud.when, "author.followers")
        found = tune(tx, loud, of, 2.0, span, timedelta(hours=24))
        nothing = tune(tx, loud, of, 0.0, span, timedelta(hours=24))
        angry = tune(tx, ANGRY, comparison_of(ANGRY.when, ""), 1_000.0, span, timedelta(hours=24))
    own = next(row for row in found.rows if row.own)
    # the same praise by one author is one story, at most eight thousand followers
    assert own.alerts >= 1 and found.reached
    assert next(row for row in found.rows if row.chosen).a_week <= 2.0
    assert "sentiment.score < 1.5" in found.when and found.when.startswith("author.followers >= ")
    assert next(row for row in nothing.rows if row.chosen).alerts == 0 and nothing.chosen > 8_000
    assert angry.reached and next(row for row in angry.rows if row.chosen).alerts >= 4


def test_each_row_of_a_tuning_is_what_a_backtest_finds(heard: App) -> None:
    span = Span(since=heard.clock() - timedelta(days=30), until=heard.clock())
    for when in ("sentiment.score <= -0.4", "!(sentiment.score > -0.4)", "sentiment.score < 0.9 && !customer.known"):
        rule = Rule("x", when, "low")
        with heard.store.read() as tx:
            found = tune(tx, rule, comparison_of(when, ""), 0.5, span, timedelta(hours=24))
        for row in found.rows:
            number = comparison_of(when, "")
            asked = f"{when[: number.start]}{row.threshold:.2f}{when[number.end :]}"
            assert _ask(heard, Rule("x", asked, "low")).alerts == row.alerts


def test_a_rule_that_calculates_cannot_be_tuned(heard: App) -> None:
    when = "sentiment.score <= -0.4 - customer.confidence"
    span = Span(since=heard.clock() - timedelta(days=30), until=heard.clock())
    with heard.store.read() as tx, pytest.raises(CannotTune, match="calculates with the number"):
        tune(tx, Rule("x", when, "low"), comparison_of(when, ""), 1.0, span, timedelta(hours=24))


def test_marks_are_counted_per_rule_and_a_noisy_one_is_named(heard: App, store: Store, clock: Any) -> None:
    for day in range(3):
        _mark(store, clock, f"day {day}", "noise")
    with store.read() as tx:
        assert rule_marks(tx, heard.config, clock()) == [RuleMarks(rule="angry", told=4, noise=3)]
        assert rule_marks(tx, heard.config, clock())[0].noisy
        assert rule_marks(tx, heard.config, clock() + timedelta(days=60)) == [RuleMarks(rule="angry")]


def test_the_commands_tell_it_in_words_and_as_json(
    heard: App, store: Store, clock: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in range(3):
        _mark(store, clock, f"day {day}", "noise")
    said = _run(monkeypatch, heard, tmp_path, "rules", "backtest", "angry").output
    assert "would have told 12 times (4 after grouping" in said and "held: 1 too old" in said
    assert "right: 0% (0% to 56%) of those that people marked (0 of 3; 3 noise)" in said
    assert "https://example.org/posts/0-worst-0" in said
    asked = _run(monkeypatch, heard, tmp_path, "rules", "backtest", "angry", "--when", "sentiment.score <= -1.0")
    assert "would have told 0 times" in asked.output and "as it is configured: 12 times (4 after" in asked.output
    (row,) = json.loads(_run(monkeypatch, heard, tmp_path, "rules", "backtest", "angry", "--json").stdout)
    assert row["alerts"] == 4 and row["precision"]["of"] == 3 and len(row["alerts_shown"]) == 4
    wrong = _run(monkeypatch, heard, tmp_path, "rules", "backtest", "angry", "--when", "sentiment.scor < 1.0")
    assert wrong.exit_code == 2 and "did you mean 'sentiment.score'" in wrong.output
    assert _run(monkeypatch, heard, tmp_path, "rules", "backtest", "nope").exit_code == 2

    tuned = _run(monkeypatch, heard, tmp_path, "rules", "tune", "loud", "--alerts-a-week", "0.1")
    assert tuned.exit_code == 2 and "several thresholds" in tuned.output
    tuned = _run(
        monkeypatch, heard, tmp_path, "rules", "tune", "loud", "--alerts-a-week", "0.1", "--by", "author.followers"
    )
    assert "(chosen)" in tuned.output and "when = author.followers >= " in tuned.output
    assert _run(monkeypatch, heard, tmp_path, "rules", "tune", "quiet", "--alerts-a-week", "1").exit_code == 2

    listed = json.loads(_run(monkeypatch, heard, tmp_path, "rules", "--json").stdout)
    assert (listed[0]["told"], listed[0]["noise"], listed[0]["noisy"]) == (4, 3, True)
    assert "3 (noisy)" in _run(monkeypatch, heard, tmp_path, "rules").output
    marks = _run(monkeypatch, heard, tmp_path, "marks", "rules")
    assert "(noisy)" in marks.output and "0% (0% to 56%)" in marks.output
    assert json.loads(_run(monkeypatch, heard, tmp_path, "marks", "rules", "--json").stdout)[0]["noise"] == 3


def test_the_standing_of_a_customer_is_that_of_the_moment(
    make_app: Make, source: Any, post: Make, clock: Any, tmp_path: Path
) -> None:
    (tmp_path / "customers.csv").write_text("id,name,tier,handles\nc1,Ann,gold,feed:ann\n")
    (tmp_path / "config.toml").write_text(CONFIG + '[[customers]]\npath = "customers.csv"\n')
    from listener.config import load

    posts = [
        post(n, f"{WORST} number {n} of it", published_at=clock.now - timedelta(hours=n), author=Author(handle="ann"))
        for n in range(1, 5)
    ]
    app: App = make_app([source("blogs", [Page(posts=posts, cursor="1")])])
    with app.store.write() as tx:
        from listener.customers import read_directory

        read_directory(tx, load(tmp_path / "config.toml"), clock())
    app.setup.renew()
    asyncio.run(app.poll_once(["blogs"]))
    clock.forward(minutes=1)
    found = _ask(app, Rule("often", "customer.recent_complaints >= 3", "low"), at_once=True)
    assert found.told == 2  # the third and the fourth


def test_engagement_can_be_tuned_where_nothing_reaches_it(make_app: Make, source: Any, post: Make, clock: Any) -> None:
    app: App = make_app([source("blogs", [Page(posts=[post(1, engagement=Engagement(likes=7))], cursor="1")])])
    asyncio.run(app.poll_once(["blogs"]))
    clock.forward(minutes=1)
    span = Span(since=datetime(2026, 11, 1, tzinfo=UTC), until=clock.now)
    with app.store.read() as tx:
        rule = Rule("x", "engagement.likes > 50", "low")
        found = tune(tx, rule, comparison_of(rule.when, ""), 5.0, span, timedelta(hours=24))
    assert found.when == "engagement.likes > 6" and found.reached
