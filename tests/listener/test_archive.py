"""What no brand wants is archived where a source says so, on every way that posts take, and goes as posts go."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

import listener.reading_at_once as at_once
import listener.stream_reading as reading
from listener.archiving import Archiving, scores
from listener.backfilling import Backfill
from listener.cli.tree import app as command
from listener.config import ConfigError, load
from listener.store import Store, alerts, archive, archive_extent, mentions
from listener.store import sources as states
from listener.store.backfill import HELD, Stand
from listener.wanted_posts import Wanted
from rules.analysis import Analyser, BrandSetup, RuleSetup, Setup
from rules.text import readable
from sources.contract import EVERYTHING, Change, Departure, Gap, Page
from sources.post import Author, Post
from sources.query import parse

Make = Callable[..., Any]
OPEN = Page(cursor="0")
PLAIN = "what a lovely day, I love it"
RULE = RuleSetup("angry", "sentiment.score <= -0.4", "high")


class Stream:
    """A source that gives its pages one by one and then stays open."""

    def __init__(self, fake: Any, pages: Sequence[Page], keeps: timedelta | None) -> None:
        self.name, self.kind, self.credential, self.searchable = fake.name, fake.kind, fake.credential, fake.searchable
        self.plan, self.close, self.fetch = fake.plan, fake.close, fake.fetch
        self.archive = keeps
        self._pages = pages

    def streams(self, queries: Sequence[Any]) -> Sequence[str]:
        return (EVERYTHING,)

    async def read(self, ask: str, cursor: str | None, clock: Any) -> AsyncIterator[Page]:
        for page in self._pages:
            if cursor is None or int(page.cursor or 0) > int(cursor):
                yield page
        await asyncio.Event().wait()


@pytest.fixture
def sky(source: Any) -> Callable[..., Stream]:
    return lambda *pages, keeps=timedelta(days=7): Stream(source("sky", []), [OPEN, *pages], keeps)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KEEP_WITHIN", "MOVE_WITHIN", "RECORD_WITHIN", "LOOK_AGAIN", "INBOX_WITHIN"):
        monkeypatch.setattr(reading, name, 0.0)
    monkeypatch.setattr(at_once, "PATIENCE", 60.0)
    monkeypatch.setattr("listener.backfilling.KEPT_AT_ONCE", 2)
    monkeypatch.setattr("listener.archiving.REST", 0.0)


def streaming(app: Any, cursor: str) -> None:
    """Streams until the cursor is kept, then reads what waits in the inbox."""

    async def main() -> None:
        app.streams._look_again = 0.001
        stop = asyncio.Event()
        run = asyncio.create_task(app.streams.run(stop))
        async with asyncio.timeout(20):
            while cursor_of(app) != cursor:
                await asyncio.sleep(0.002)
        stop.set()
        await run
        await app.engine.run_until_idle(4)

    asyncio.run(main())


def cursor_of(app: Any) -> str | None:
    with app.store.read() as tx:
        stood = states.get_cursor(tx, "sky", EVERYTHING)
    return stood[0] if stood else None


def archived(app: Any) -> dict[str, float | None]:
    with app.store.read() as tx:
        return {one.post.external_id: one.score for one in archive.posts_after(tx, 0, 1_000)}


def kept(app: Any, brand: str = "") -> list[str]:
    with app.store.read() as tx:
        wanted = mentions.MentionFilter(brand=brand, limit=1_000, oldest_first=True)
        return [one.post.external_id for one in mentions.list_mentions(tx, wanted)]


def test_a_stream_archives_what_nobody_wants_with_its_score(make_app: Make, sky: Any, post: Make) -> None:
    app = make_app([sky(Page(posts=[post(1), post(2, PLAIN)], cursor="1"), Page(posts=[post(3, "so?")], cursor="2"))])
    streaming(app, "2")
    assert kept(app) == ["1"]
    assert archived(app) == {"2": SentimentIntensityAnalyzer().polarity_scores(PLAIN)["compound"], "3": 0.0}


def test_by_way_of_the_inbox_it_is_the_same(make_app: Make, sky: Any, post: Make) -> None:
    app = make_app([sky(Page(posts=[post(1), post(2, PLAIN)], cursor="1"))])
    app.streams._at_once = None
    streaming(app, "1")
    assert (kept(app), list(archived(app))) == (["1"], ["2"])


def test_without_the_setting_nothing_is_archived(make_app: Make, sky: Any, source: Any, post: Make) -> None:
    page = Page(posts=[post(1), post(2, PLAIN)], cursor="1")
    app = make_app([sky(page, keeps=None), source("blogs", [page])])
    streaming(app, "1")
    asyncio.run(app.poll_once(["blogs"]))
    assert (kept(app), archived(app)) == (["1"], {})


def test_what_is_polled_is_archived_in_its_batch(make_app: Make, source: Any, post: Make) -> None:
    page = Page(posts=[post(1), post(2, PLAIN), post(3, "no more")], cursor="1")
    blogs, news = source("blogs", [page, page]), source("news", [Page(posts=[post(4, PLAIN)], cursor="1")])
    blogs.archive = timedelta(days=1)
    app = make_app([blogs, news])
    asyncio.run(app.poll_once(["blogs", "news"]))
    asyncio.run(app.poll_once(["blogs"]))
    assert (kept(app), list(archived(app))) == (["1"], ["2", "3"])


def test_what_is_older_than_the_archive_is_not_archived(make_app: Make, source: Any, post: Make, clock: Any) -> None:
    old, new = clock() - timedelta(days=1, seconds=1), clock() - timedelta(hours=23)
    posts = [post(1, PLAIN, published_at=old), post(2, PLAIN, published_at=new), post(3, PLAIN, published_at=None)]
    blogs = source("blogs", [Page(posts=posts, cursor="1")])
    blogs.archive = timedelta(days=1)
    app = make_app([blogs])
    asyncio.run(app.poll_once(["blogs"]))
    assert list(archived(app)) == ["2", "3"]


@pytest.mark.parametrize("held", [True, False])
def test_what_is_deleted_or_whose_author_leaves_is_gone_whether_it_was_held_or_archived(
    make_app: Make, sky: Any, post: Make, monkeypatch: pytest.MonkeyPatch, held: bool
) -> None:
    by_bo = {"author": Author(id="b", handle="bo")}
    posts = [post(number, PLAIN) for number in range(1, 5)] + [post(5, PLAIN, **by_bo)]
    if held:
        monkeypatch.setattr(reading, "MOVE_WITHIN", 60.0)
    app = make_app(
        [
            sky(
                Page(posts=posts, changes=[Change(key=posts[0].key)], cursor="1"),  # in the page that brings it
                Page(
                    changes=[Change(key=posts[1].key)],
                    departures=[Departure(source="feed", author_id="b")],
                    cursor="2",
                ),
                Page(posts=[post(2, "it is here again")], gaps=[Gap(since=None, until=None, why="so")], cursor="3"),
            )
        ]
    )
    streaming(app, "3")
    assert sorted(archived(app)) == ["2", "3", "4"]


@pytest.mark.parametrize(("limit", "most"), [("MOST_UNWANTED", 3), ("MOST_CHARACTERS", 3 * len(PLAIN))])
def test_as_much_as_may_be_held_is_kept_at_once(
    make_app: Make, sky: Any, post: Make, monkeypatch: pytest.MonkeyPatch, limit: str, most: int
) -> None:
    monkeypatch.setattr(reading, "MOVE_WITHIN", 60.0)
    monkeypatch.setattr(reading, limit, most)
    app = make_app([sky(*(Page(posts=[post(number, PLAIN)], cursor=str(number)) for number in range(1, 5)))])
    streaming(app, "3")
    assert list(archived(app))[:3] == ["1", "2", "3"]


def test_a_post_that_is_edited_until_somebody_wants_it_is_kept_and_archived_no_more(
    make_app: Make, sky: Any, post: Make
) -> None:
    pages = [Page(posts=[post(1, PLAIN), post(2, PLAIN)], cursor="1"), Page(posts=[post(1)], cursor="2")]
    app = make_app([sky(*pages)])
    streaming(app, "2")
    assert (kept(app), list(archived(app))) == (["1"], ["2"])
    backfilled(app.store, "Day", "lovely OR kettle", app.clock)
    assert (kept(app, "Day"), archived(app)) == (["1", "2"], {})


def test_the_night_removes_what_is_too_old_and_what_is_archived_no_more(
    make_app: Make, store: Store, post: Make, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("listener.archiving.PRUNED_AT_ONCE", 2)
    archiving = Archiving({"sky": timedelta(days=1), "gone": timedelta(days=1)})

    def put(name: str, numbers: range) -> None:
        posts = [post(f"{name}{number}", PLAIN) for number in numbers]
        with store.write() as tx:
            archive.put_posts(tx, archiving.scored(posts, name, clock()), name, clock())

    put("sky", range(5))
    put("gone", range(3))
    clock.forward(hours=2)
    put("sky", range(5, 6))
    clock.forward(hours=23)
    assert Archiving({"sky": timedelta(days=1)}).prune(store, clock()) == 8
    with store.read() as tx:
        assert [one.post.external_id for one in archive.posts_after(tx, 0, 99)] == ["sky5"]


def test_between_two_removals_others_write_and_the_night_may_be_stopped(
    store: Store, post: Make, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("listener.archiving.PRUNED_AT_ONCE", 2)
    monkeypatch.setattr("listener.archiving.REST", 60.0)
    with store.write() as tx:
        archive.put_posts(tx, archive.made_ready((post(number), 0.0) for number in range(6)), "gone", clock())

    def left() -> int:
        with store.write() as tx:  # nobody holds the database
            return archive_extent.extent(tx).posts

    async def main() -> None:
        pruning = asyncio.create_task(Archiving({}).prune_beside(store, clock()))
        async with asyncio.timeout(20):
            while left() == 6:
                await asyncio.sleep(0.002)
        pruning.cancel()
        await asyncio.gather(pruning, return_exceptions=True)

    asyncio.run(main())
    assert left() == 4
    monkeypatch.setattr("listener.archiving.REST", 0.0)
    assert asyncio.run(Archiving({}).prune_beside(store, clock())) == 4


def test_the_purge_that_is_asked_for_does_so_too(make_app: Make, store: Store, post: Make, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[[brands]]\nname = "Acme"\nquery = "acme"\n')
    with store.write() as tx:
        archive.put_posts(tx, archive.made_ready([(post(1), 0.0), (post(2), 0.0)]), "gone", post(1).published_at)
    told = CliRunner().invoke(command, ["purge", "--yes", "--config", str(config)])
    assert told.output.strip() == "Erased: 2 archived"


def backfilled(store: Store, brand: str, query: str, clock: Any, page: int = 5) -> Stand:
    setup = Setup(brands=(BrandSetup("Acme", "acme"), BrandSetup(brand, query)), rules=(RULE,))
    return Backfill(store, setup, brand, clock, page=page).run(lambda stand, newest: None)


def test_a_back_fill_keeps_what_matches_and_tells_nobody(make_app: Make, sky: Any, post: Make) -> None:
    posts = [post(number, f"my {'lamp' if number % 3 else 'kettle'} is terrible and broke") for number in range(12)]
    app = make_app([sky(Page(posts=[*posts, post(12, "acme kettle")], cursor="1"))])
    streaming(app, "1")
    done = backfilled(app.store, "Kettles", "kettle", app.clock)
    assert (done.posts, done.matched, done.new) == (13, 5, 5)
    assert kept(app, "Kettles") == ["12", "0", "3", "6", "9"]
    assert len(archived(app)) == 8
    with app.store.read() as tx:
        found = mentions.list_mentions(tx, mentions.MentionFilter(brand="Kettles", search="kettle", limit=99))
        assert alerts.list_alerts(tx) == []
    assert len(found) == 5
    assert {(one.held, one.seen_by) for one in found if one.rules} == {(HELD, ("sky",))}
    again = backfilled(app.store, "Kettles", "kettle", app.clock)
    assert (again.posts, again.matched, again.new) == (13, 5, 0)


def test_a_back_fill_of_the_archive_that_is_stopped_goes_on_where_it_was(make_app: Make, sky: Any, post: Make) -> None:
    app = make_app([sky(Page(posts=[post(number, "a kettle") for number in range(12)], cursor="1"))])
    streaming(app, "1")

    class Stopped(Exception):
        pass

    seen: list[Stand] = []

    def tell(stand: Stand, newest: int) -> None:
        seen.append(stand)
        if stand.archived >= 5:
            raise Stopped

    setup = Setup(brands=(BrandSetup("Kettles", "kettle"),), rules=())
    with pytest.raises(Stopped):
        Backfill(app.store, setup, "Kettles", app.clock, page=5).run(tell)
    assert (len(kept(app, "Kettles")), len(archived(app))) == (5, 7)
    done = backfilled(app.store, "Kettles", "kettle", app.clock)
    assert (done.posts, done.matched, done.new) == (12, 12, 12)


@pytest.mark.parametrize(
    ("when", "first"), [("before the archived ones", 4), ("before them, all", 0), ("among them", 4)]
)
def test_a_post_that_another_back_fill_takes_out_of_the_archive_is_found_all_the_same(
    make_app: Make, sky: Any, post: Make, when: str, first: int
) -> None:
    posts = [post(number, f"a kettle{' and a lamp' * (number >= first)}") for number in range(9)]
    app = make_app([sky(Page(posts=posts, cursor="1"))])
    streaming(app, "1")
    told: list[Stand] = []

    def tell(stand: Stand, newest: int) -> None:
        told.append(stand)
        if (stand.archived == 5) if when == "among them" else (len(told) == 2):
            backfilled(app.store, "Lamps", "lamp", app.clock)

    setup = Setup(brands=(BrandSetup("Kettles", "kettle"),), rules=())
    done = Backfill(app.store, setup, "Kettles", app.clock, page=5).run(tell)
    assert sorted(kept(app, "Kettles")) == [str(number) for number in range(9)]
    assert (done.posts, done.matched, done.new) == (9, 9, 9)


WORDS = st.lists(st.sampled_from(["acme", "kettle", "lamp", "broken", "love", "#tea", "@bo"]), max_size=5)
TEXTS = st.dictionaries(st.integers(0, 30), WORDS.map(" ".join), max_size=20)
QUERIES = st.sampled_from(
    ["kettle", "lamp NOT acme", "kettle OR love", "#tea AND broken", '"kettle lamp"', "source:sky lamp", "author:user3"]
)


def heard(store: Store, brand: str, query: str, posts: Sequence[Post], clock: Any) -> None:
    """Keeps what the one brand wants and archives the rest, in batches of seven."""
    wanted = Wanted({brand: parse(query)}, Archiving({"sky": timedelta(days=7)}))
    analyser = Analyser(Setup(brands=(BrandSetup(brand, query),), rules=()))
    for start in range(0, len(posts), 7):
        chosen, others = asyncio.run(wanted.parted(posts[start : start + 7], "sky"))
        with store.write() as tx:
            mentions.put_results(tx, analyser.analyse(chosen, "sky", clock()), "sky", False, clock())
            archive.put_posts(tx, wanted.archiving.scored(others, "sky", clock()), "sky", clock())


def of_brand(store: Store, brand: str) -> list[Any]:
    with store.read() as tx:
        found = mentions.list_mentions(tx, mentions.MentionFilter(brand=brand, limit=999))
    told = [(one.post, one.spans, one.lang, one.sentiment, one.seen_by, one.first_seen_at) for one in found]
    return sorted(told, key=lambda one: int(one[0].external_id))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXTS, QUERIES)
def test_an_archive_and_a_back_fill_find_what_a_brand_that_was_there_from_the_start_has(
    tmp_path_factory: pytest.TempPathFactory, post: Make, clock: Any, texts: dict[int, str], query: str
) -> None:
    posts = [post(number, text) for number, text in texts.items()]
    folder = tmp_path_factory.mktemp("archive")
    with (
        closing(Store.open(f"sqlite:///{folder}/late.db")) as late,
        closing(Store.open(f"sqlite:///{folder}/early.db")) as early,
    ):
        heard(late, "Acme", "acme", posts, clock)
        done = backfilled(late, "New", query, clock, page=3)
        heard(early, "New", query, posts, clock)
        found = of_brand(late, "New")
        assert found == of_brand(early, "New")
        assert (done.posts, done.matched, done.new) == (len(posts), len(found), len(found))
        with late.read() as tx:
            left = {one.post.external_id for one in archive.posts_after(tx, 0, 999)}
        assert left.isdisjoint(one[0].external_id for one in found)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=40), st.text(max_size=200)), max_size=10))
def test_a_score_is_what_vader_says_of_the_post_as_it_is_read(texts: list[tuple[str, str]]) -> None:
    posts = [Post(source="sky", instance="", external_id="1", title=title, text=text) for title, text in texts]
    package = SentimentIntensityAnalyzer()
    assert scores(posts) == [package.polarity_scores(readable(one))["compound"] for one in posts]


def test_a_post_that_breaks_the_scoring_costs_no_other_its_place(
    post: Make, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(one: Post) -> str:
        if one.external_id == "2":
            raise ValueError("a defect")
        return one.text

    monkeypatch.setattr("listener.archiving.readable", broken)
    archiving = Archiving({"sky": timedelta(days=7)})
    posts = [post(number, PLAIN) for number in range(1, 4)]
    assert [one.post.external_id for one in archiving.scored(posts, "sky", clock())] == ["1", "3"]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('archive = "soon"', "sources[0].archive is 'soon', must be a length of time"),
        ('archive = "10m"', "sources[0].archive"),
        ('archive = "400d"', "sources[0].archive is longer than the retention of [listener]"),
    ],
)
def test_a_mistake_is_told_by_its_place(tmp_path: Path, line: str, says: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(
        f'[[brands]]\nname = "Acme"\nquery = "acme"\n'
        f'[[sources]]\nkind = "feed"\nname = "blogs"\nurl = "https://example.org/f"\n{line}\n'
    )
    with pytest.raises(ConfigError) as told:
        load(file)
    assert says in str(told.value)
