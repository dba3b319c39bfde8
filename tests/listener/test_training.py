"""A team's marks are learned from on request, shown beforehand, switched on and back, and taken on by what runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, timedelta
from typing import Any, ClassVar, Literal

import msgspec
import pytest
from msgspec.structs import replace
from sqlalchemy import update

from listener.app import App
from listener.cli.train_shown import show_corrections
from listener.marked_texts import gather
from listener.ruling.rule_preview import preview_rule
from listener.store import Store, corrections
from listener.store.marks import MarkedText, keep_texts, mark_mention
from listener.store.mentions import MentionFilter, list_mentions
from listener.store.tables import CORRECTION
from listener.training import LEAST_MARKS, Lesson, learn
from rules.analysis import Setup
from rules.sentiment.analyzer_settings import VaderSettings
from rules.sentiment.analyzers import AnalyzerChoice, open_analyzer
from rules.sentiment.reader import SentimentReader
from sources import kind_terms, registry
from sources.contract import Page
from sources.kind_terms import terms_of
from sources.post import Post
from sources.settings import SourceSettings
from sources.terms import Terms

Make = Callable[..., Any]
THINGS = ["kettle", "lamp", "toaster", "parcel", "box", "door", "chair", "window", "table", "cable"]
FEELINGS = {"zorped": "negative", "blimmed": "positive", "stands": "neutral"}


class Closed(SourceSettings):
    """A kind whose terms forbid to learn from its posts."""

    terms: ClassVar[Terms] = Terms(learning="never")
    kind: Literal["closed"] = "closed"

    def open(self) -> Any:
        raise NotImplementedError


def _posts(post: Make, count: int, **fields: Any) -> list[Post]:
    """Posts with words that only this team knows."""
    words = list(FEELINGS)
    kind = fields.get("source", "feed")
    return [post(f"{kind}{n}", f"the Acme {THINGS[n % 10]} {words[n % 3]} on day {n}", **fields) for n in range(count)]


def _mark(store: Store, clock: Any, most: int = 1_000) -> None:
    """Marks each mention as its word means."""
    with store.write() as tx:
        for one in list_mentions(tx, MentionFilter(limit=most)):
            mark_mention(tx, one.id, next(FEELINGS[word] for word in FEELINGS if word in one.post.text), clock(), "ann")


@pytest.fixture
def taught(make_app: Make, source: Any, post: Make, store: Store, clock: Any) -> App:
    """An app whose sixty mentions are marked; one post more waits to be heard."""
    later = post("later", "my Acme blender zorped")
    pages = [Page(posts=_posts(post, 60), cursor="1"), Page(posts=[later], cursor="2")]
    app: App = make_app([source("blogs", pages)])
    asyncio.run(app.poll_once(["blogs"]))
    _mark(store, clock)
    return app


def _learn(app: App) -> Lesson:
    with app.store.read() as tx:
        return learn(tx, app.config, app.clock())


def _switch_on(app: App) -> int:
    lesson = _learn(app)
    with app.store.write() as tx:
        return corrections.switch_on(tx, lesson.correction, lesson.held_out, "ann", app.clock())


def _setup(app: App) -> Setup:
    app.setup.renew()
    return msgspec.json.decode(app.setup.encoded, type=Setup)


def test_a_lesson_tells_what_it_is_worth_and_which_alerts_it_makes_and_switches_nothing_on(taught: App) -> None:
    lesson = _learn(taught)
    assert (lesson.enough, lesson.helps, lesson.correction.marks) == (True, True, 60)
    assert lesson.held_out[""].fixed > lesson.held_out[""].broken
    changes = {one.rule: (one.now, one.then) for one in lesson.changes}
    assert set(changes) == {"", "angry"}
    assert changes["angry"][1] > changes["angry"][0] == 0.0
    assert _setup(taught).correction is None


def test_what_runs_takes_a_correction_on_and_back_and_says_whose_it_is(taught: App, store: Store, clock: Any) -> None:
    before = _setup(taught)
    number = _switch_on(taught)
    after = _setup(taught)
    assert before.correction is None and after.correction is not None and after.correction.marks == 60
    clock.forward(minutes=30)
    asyncio.run(taught.poll_once(["blogs"]))
    with store.read() as tx:
        (late,) = list_mentions(tx, MentionFilter(search="blender"))
    assert late.sentiment.label == "negative"
    assert late.sentiment.reasons[0].why == "speaks for negative, by your team's 60 marks"
    with store.write() as tx:
        assert corrections.take_back(tx, clock()) == number
        assert corrections.take_back(tx, clock()) is None
    assert _setup(taught).correction is None


def test_going_back_leads_to_the_correction_before(taught: App, store: Store, clock: Any) -> None:
    first, second = _switch_on(taught), _switch_on(taught)
    with store.write() as tx:
        assert corrections.in_use(tx) == second
        corrections.take_back(tx, clock())
        assert corrections.in_use(tx) == first
        found = corrections.list_corrections(tx, 9)
    assert [(one.id, one.in_use, one.taken_back_at is None) for one in found] == [
        (second, False, False), (first, True, True),
    ]  # fmt: skip
    assert found[0].held_out[""].texts == 60


def test_what_is_killed_between_learning_and_use_leaves_what_was_in_use(taught: App, store: Store) -> None:
    first = _switch_on(taught)
    lesson = _learn(taught)
    with pytest.raises(KeyboardInterrupt), store.write() as tx:
        corrections.switch_on(tx, lesson.correction, lesson.held_out, "ann", taught.clock())
        raise KeyboardInterrupt
    with store.read() as tx:
        assert corrections.in_use(tx) == first
        assert corrections.current(tx) == lesson.correction
    assert _learn(taught).correction == lesson.correction, "the same marks teach the same again"


def test_a_correction_that_cannot_be_used_is_told_and_reading_goes_on_as_shipped(
    taught: App, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    number = _switch_on(taught)
    for damage in ("{}", "nonsense", '{"format": 99}'):
        with store.write() as tx:
            tx.execute(update(CORRECTION).where(CORRECTION.c.id == number).values(correction_json=damage))
            current = corrections.current(tx)
            assert corrections.list_corrections(tx, 9)[0].reader == ("" if damage == "nonsense" else "built-in")
        assert (current is None) == (damage != "{}")
    assert "cannot be used" in caplog.text
    assert _setup(taught).correction is None


def test_what_is_learned_is_on_top_of_the_reader_that_is_configured(taught: App) -> None:
    config = replace(taught.config, reading=VaderSettings(analyzer="vader"))
    with taught.store.read() as tx:
        by_vader = learn(tx, config, taught.clock())
    texts = [one.text for one in by_vader.told.examples]
    vader = open_analyzer(AnalyzerChoice("vader")).analyze(texts)
    assert [one.shipped for one in by_vader.told.examples] == vader
    assert by_vader.correction != _learn(taught).correction


def test_what_was_learned_on_one_reader_waits_while_another_is_configured(taught: App, capsys: Any) -> None:
    number = _switch_on(taught)
    other = replace(taught.config, reading=VaderSettings(analyzer="vader"))
    with taught.store.read() as tx:
        current, found = corrections.current(tx), corrections.list_corrections(tx, 9)
        assert current is not None
        assert preview_rule(tx, other, "angry", taught.clock(), timedelta(days=28)).correction == "not in use"
        assert preview_rule(tx, taught.config, "angry", taught.clock(), timedelta(days=28)).correction == "in use"
    assert other.setup((), correction=current).correction is None
    assert taught.config.setup((), correction=current).correction == current
    assert [(one.id, one.in_use, one.reader) for one in found] == [(number, True, "built-in")]
    for reader, state in (("built-in", "in use"), ("vader", "waits")):
        show_corrections(found, UTC, reader, as_json=False)
        assert state in capsys.readouterr().out


def test_too_few_marks_are_not_enough(make_app: Make, source: Any, post: Make, store: Store, clock: Any) -> None:
    app = make_app([source("blogs", [Page(posts=_posts(post, 40), cursor="1")])])
    asyncio.run(app.poll_once(["blogs"]))
    assert not _learn(app).enough, "nothing is marked"
    _mark(store, clock, LEAST_MARKS - 1)
    assert (_learn(app).correction.marks, _learn(app).enough) == (LEAST_MARKS - 1, False)


def test_noise_is_not_learned_from_and_texts_that_a_file_brought_are(
    make_app: Make, source: Any, post: Make, store: Store, clock: Any
) -> None:
    app = make_app([source("blogs", [Page(posts=_posts(post, 3), cursor="1")])])
    asyncio.run(app.poll_once(["blogs"]))
    with store.write() as tx:
        first, second, third = list_mentions(tx, MentionFilter())
        mark_mention(tx, first.id, "noise", clock())
        mark_mention(tx, second.id, "negative", clock())
        mark_mention(tx, third.id, "negative", clock())
        mark_mention(tx, third.id, "noise", clock())
        keep_texts(tx, [MarkedText("it zorped again, so sad", "negative", "Acme")], clock(), "ann", "labels.csv")
        told = gather(tx, app.config, SentimentReader())
    assert [(one.text.text, one.label) for one in told.examples] == [
        (second.post.text, "negative"), ("it zorped again, so sad", "negative"),
    ]  # fmt: skip
    assert [one.text.brand for one in told.examples] == ["Acme", "Acme"]


def test_whoever_marks_only_mistakes_does_not_teach_that_the_reading_is_always_wrong(
    make_app: Make, source: Any, post: Make, store: Store, clock: Any
) -> None:
    app = make_app([source("blogs", [Page(posts=_posts(post, 120), cursor="1")])])
    asyncio.run(app.poll_once(["blogs"]))
    with store.write() as tx:
        heard = list_mentions(tx, MentionFilter(limit=200))
        wrong = [one for one in heard if "zorped" in one.post.text]
        for one in wrong:
            mark_mention(tx, one.id, "negative", clock())
        told = gather(tx, app.config, SentimentReader())
    assert (told.against, told.presumed) == (len(wrong), len(wrong))
    marked = {one.post.text for one in wrong}
    presumed = [one for one in told.examples if one.presumed]
    assert all(one.label == one.shipped.label and one.text.text not in marked for one in presumed)
    lesson = _learn(app)
    assert lesson.correction.marks == len(wrong), "what is presumed is no mark"
    assert lesson.held_out[""].texts == 2 * len(wrong)
    with store.write() as tx:
        for one in heard[:90]:
            mark_mention(tx, one.id, one.sentiment.label or "neutral", clock())
        assert gather(tx, app.config, SentimentReader()).presumed == 0, "enough say that it was right"


def test_what_a_services_terms_forbid_to_learn_from_is_left_out_and_counted(
    make_app: Make, source: Any, post: Make, store: Store, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = registry.settings_class
    monkeypatch.setattr(kind_terms, "settings_class", lambda kind: Closed if kind == "closed" else real(kind))
    terms_of.cache_clear()
    posts = [*_posts(post, 3), *_posts(post, 4, source="closed")]
    app = make_app([source("blogs", [Page(posts=posts, cursor="1")])])
    asyncio.run(app.poll_once(["blogs"]))
    _mark(store, clock)
    with store.read() as tx:
        told = gather(tx, app.config, SentimentReader())
    terms_of.cache_clear()
    assert (len(told.examples), told.forbidden) == (3, 4)
    for kind in ("x", "reddit"):
        assert terms_of(kind).learning == "never"
