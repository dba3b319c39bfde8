"""GDELT: the real collector against a server that answers as its article search does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from gdelt_service import GdeltService, article
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polling import DEFECTS, NOW, START, History, Item, Reader, histories, seed_defect, walk_through

from rules.match import Matcher
from sources.contract import Page, Source, SourceBusy, SourceError, SourceRefused, SourceUnavailable
from sources.gdelt import Gdelt, GdeltSettings, read_answer
from sources.query import parse

DAY = 86_400


class Articles(Reader):
    """Knows articles by the number at the end of their address."""

    def ids(self) -> set[str]:
        return {post.url.rpartition("/")[2] for post in self.kept}


@pytest.fixture(scope="module")
def server() -> Iterator[GdeltService]:
    with GdeltService() as service:
        yield service


@pytest.fixture
def service(server: GdeltService) -> GdeltService:
    server.renew()
    return server


def opened(service: GdeltService, **more: Any) -> Gdelt:
    told = {"kind": "gdelt", "name": "news", "base_url": service.base_url, "allow_private": True, "pace": "0s"}
    return GdeltSettings.model_validate(told | more).open()


def reader_of(service: GdeltService, ask: str = "acme", **more: Any) -> Articles:
    return Articles(opened(service, **more), service, ask)


def fetched(source: Gdelt, ask: str, cursor: str | None, at: int) -> Page:
    return asyncio.run(source.fetch(ask, cursor, datetime.fromtimestamp(at, UTC)))


def plan(query: str) -> Any:
    return GdeltSettings(kind="gdelt", name="news").open().plan(parse(query))


# What a post becomes


def test_an_article_keeps_headline_link_site_and_language_and_no_time_of_its_own(service: GdeltService) -> None:
    service.add(7, START - 60, title="Acme &amp; rockets", language="German")
    reader = reader_of(service)
    reader.poll(START)
    (post,) = reader.kept
    assert (post.title, post.text, post.lang, post.kind) == ("Acme & rockets", "", "de", "article")
    assert post.url == post.external_id == "https://news.example/7"
    assert (post.source, post.instance) == ("gdelt", "gdeltproject.org")
    assert (post.author.name, post.author.url) == ("news.example", "https://news.example/")
    assert post.published_at is None


def test_two_addresses_that_are_too_long_for_an_id_stay_two_posts() -> None:
    long = [article(Item(id=n, at=START)) | {"url": "https://a.example/" + "x" * 2_500 + str(n)} for n in (1, 2)]
    posts = read_answer(json.dumps({"articles": long}).encode(), NOW).posts
    assert len({post.external_id for post in posts}) == 2
    assert all(post.url for post in posts)


@pytest.mark.parametrize(
    "broken", [None, 17, "text", [], {}, {"url": None}, {"url": {"a": 1}}, {"url": "javascript:alert(1)"}, {"url": ""}]
)
def test_an_article_that_cannot_be_read_is_a_note_and_the_others_are_kept(service: GdeltService, broken: Any) -> None:
    good = [article(Item(id=n, at=START - n)) for n in (1, 2)]
    service.fail(200, body=json.dumps({"articles": [good[0], broken, good[1]]}))
    reader = reader_of(service)
    reader.poll(START)
    assert reader.ids() == {"1", "2"}
    assert len(reader.notes) == 1 and reader.notes[0].startswith("1 item was unreadable: ")


@pytest.mark.parametrize(
    "odd",
    [
        {"title": 17, "domain": None, "language": []},
        {"seendate": "yesterday"},
        {"seendate": None},
        {"seendate": "99991231T235959Z"},
        {"seendate": "00010101T000000Z"},
        {"title": "Acme \x00\ud83d \u202e<script>alert(1)</script>"},
        {"domain": 'x"><script>', "language": "Klingon"},
    ],
)
def test_odd_values_in_an_article_lose_neither_it_nor_the_others(service: GdeltService, odd: dict[str, Any]) -> None:
    articles = [article(Item(id=n, at=START - n)) for n in (1, 2)]
    service.fail(200, body=json.dumps({"articles": [articles[0] | odd, articles[1]]}))
    reader = reader_of(service)
    reader.poll(START)
    assert reader.ids() >= {"2"}
    assert reader.ids() == {"1", "2"} or odd.get("seendate", "").startswith("0001")
    for post in reader.kept:
        post.title.encode("utf-8")


@pytest.mark.parametrize("title", [r"Acme\ 's", "Acme\tflies\nhigh", r"C:\users\acme", r"Acme \"1\" \u00e9 \q"])
def test_headlines_that_are_no_json_are_read_all_the_same(title: str) -> None:
    body = '{"articles": [{"url": "https://a.example/1", "title": "' + title + '", "seendate": "20261120T114500Z"}]}'
    (post,) = read_answer(body.encode(), NOW).posts
    assert "acme" in post.title.lower()


# What is asked


def test_the_search_is_a_list_of_articles_newest_first_within_a_window(service: GdeltService) -> None:
    reader_of(service, ask='"acme rockets" jets', backfill="2d").poll(START)
    assert service.params == [
        {
            "query": '"acme rockets" jets',
            "mode": "ArtList",
            "format": "json",
            "maxrecords": "250",
            "sort": "DateDesc",
            "startdatetime": "20261118115959",
            "enddatetime": "20261120120000",
        }
    ]


@pytest.mark.parametrize(
    ("query", "asks"),
    [
        ("acme", ["acme"]),
        ("Acme rockets", ["Acme rockets"]),
        ('acme OR "acme rockets" OR #acme2 OR @acmehelp', ["(acme OR acme2 OR acmehelp)"]),
        ('(refund OR broken OR "went late") acme', ['acme (refund OR broken OR "went late")']),
        ("(acme jets) OR (coyote lang:de)", ["acme jets", "coyote sourcelang:german"]),
        ("acme NOT coyote", ["acme"]),
        ("acme lang:tlh", ["acme"]),
        ("acme author:jane", ["acme"]),
        ("acme c++", ["acme"]),
        ("acme reliab*", ["acme"]),
        ("acme \u09b0\u0995\u09c7\u099f", ["acme"]),
        ("acme site:www.example.org", ["acme domain:example.org"]),
        ("site:example.org", ["domain:example.org"]),
        ("acme OR source:gdelt", ["acme"]),
        ('acme OR source:"news"', ["acme"]),
        ("source:feed acme", []),
        ("(source:feed acme) OR (rocket source:news)", ["rocket"]),
    ],
)
def test_a_query_is_asked_in_the_fewest_searches_that_find_all_of_it(query: str, asks: list[str]) -> None:
    assert list(plan(query).asks) == asks


@pytest.mark.parametrize("query", ["lang:en", "reliab*", "\u09b0\u0995\u09c7\u099f", "ai", "U.S."])
def test_what_gdelt_cannot_look_for_is_not_asked_and_said(query: str) -> None:
    told = plan(query)
    assert list(told.asks) == [] and told.coverage == "partial"
    assert any("is not asked" in note for note in told.notes)


def test_long_lists_of_alternatives_are_split_and_long_phrases_shortened(service: GdeltService) -> None:
    words = [f"word{number:03}" for number in range(100)]
    asks = plan(f"acme ({' OR '.join(words[:28])})").asks
    assert len(asks) == 2 and all(ask.startswith("acme (word") for ask in asks)
    for ask in [*asks, *plan(" ".join(words)).asks, *plan('"' + " ".join(words) + '"').asks]:
        assert len(ask.encode()) <= 250
        reader_of(service, ask=ask).poll(START)


WORDS = st.sampled_from(["acme", '"acme rockets"', "#jets", "@acmehelp", "ai", "c++", "reliab*", "lang:de", "{Zed}"])


@given(st.recursive(WORDS, lambda parts: st.lists(parts, min_size=2, max_size=4).flatmap(
    lambda some: st.sampled_from([f"({' OR '.join(some)})", f"({' '.join(some)})"])), max_leaves=12))  # fmt: skip
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_gdelt_takes_every_search_that_a_query_becomes(server: GdeltService, query: str) -> None:
    server.renew()
    for ask in plan(query).asks:
        reader_of(server, ask=ask).poll(START)


def test_it_is_a_source() -> None:
    assert isinstance(GdeltSettings(kind="gdelt", name="news").open(), Source)


def test_naming_the_source_in_a_query_makes_a_mention_of_articles_that_name_the_brand_only_in_their_text(
    service: GdeltService,
) -> None:
    service.add(1, START - 60, title="Rockets fly", body="built by Acme")
    reader = reader_of(service)
    reader.poll(START)
    by_query = Matcher({"a": parse("acme"), "b": parse("acme OR source:news")}).match(reader.kept, "news")
    assert [mention.brand for mention in by_query] == ["b"]


# Never skip


@pytest.mark.parametrize("number", [1_200, 5_000])
def test_a_burst_between_two_polls_is_kept_in_about_one_request_per_page(service: GdeltService, number: int) -> None:
    reader = reader_of(service)
    service.add(1, START - 10)
    reader.poll(START)
    for n in range(number):
        service.add(100 + n, START + n // 20)
    reader.poll(START + 900)
    assert len(reader.ids()) == number + 1 and reader.gaps == []
    assert len(service.params) <= number // 230 + 6


def test_more_than_250_articles_of_one_refresh_are_a_gap_of_that_moment(service: GdeltService) -> None:
    for n in range(300):
        service.add(100 + n, START - 900)
    service.add(1, START - 1_800)
    reader = reader_of(service)
    reader.poll(START)
    assert len(reader.ids()) == 251 and len(service.params) <= 6
    (gap,) = reader.gaps
    assert (gap.since, gap.until) == (NOW - timedelta(seconds=900), NOW - timedelta(seconds=899))


def test_a_pause_of_more_than_three_months_is_a_gap(service: GdeltService) -> None:
    reader = reader_of(service)
    service.add(1, START - 10)
    reader.poll(START)
    reader.poll(START + 200 * DAY)
    (gap,) = reader.gaps
    assert gap.until == NOW + timedelta(days=110)
    assert "three months" in gap.why


@given(history=histories(7_200))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_gdelt_showed_is_kept_or_told_as_a_gap(server: GdeltService, history: History) -> None:
    walked(server, history)


def walked(server: GdeltService, history: History) -> None:
    server.renew(history.cap)
    for item in history.items:
        item.moved_at.clear()  # GDELT meets an article once
    server.ends_belong = len(history.items) % 2 == 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sources.gdelt.ARTICLES", history.cap)
        walk_through(history, reader_of(server))


@pytest.mark.parametrize("defect", DEFECTS)
def test_the_property_finds_seeded_defects(server: GdeltService, monkeypatch: pytest.MonkeyPatch, defect: str) -> None:
    seed_defect(monkeypatch, "sources.gdelt", defect)
    late = Item(id=99, at=START + 100, shown_from=START + 3_000)
    items = [Item(id=100 + number, at=START + 60 * number, shown_from=START + 60 * number) for number in range(9)]
    with pytest.raises(AssertionError):
        walked(server, History(items=[*items, late], polls=[1_800, 5_400], cap=2, pace=0, crashes=[]))


def test_a_failed_step_of_a_walk_leaves_the_cursor_as_it_was(service: GdeltService) -> None:
    for n in range(600):
        service.add(n, START - n)
    reader = reader_of(service)
    page = fetched(opened(service), "acme", None, START)
    reader.cursor, reader.kept = page.cursor, list(page.posts)
    service.fail(502, times=1)
    with pytest.raises(SourceUnavailable):
        reader.poll(START + 60)
    reader.poll(START + 120)
    assert reader.missing(START, 0) == set()


# Limits


def test_no_two_requests_of_any_ask_come_within_the_pace_and_each_ask_is_read(service: GdeltService) -> None:
    """Turns as the poller takes them: each ask in order, the next turn when the longest wish is over."""
    service.pace = 5
    for n in range(600):
        service.add(n, START - n * 60, title="Acme rockets and coyotes")
    source = opened(service, pace="8s")
    cursors: dict[str, str | None] = {"acme": None, "rockets": None, "coyotes": None}
    found: dict[str, set[str]] = {ask: set() for ask in cursors}
    at, turns, more = START, 0, True
    while more:
        more, wish = False, timedelta()
        for ask, cursor in cursors.items():
            service.now = at
            page = fetched(source, ask, cursor, at)
            cursors[ask] = page.cursor or cursor
            found[ask] |= {post.url for post in page.posts}
            more = more or page.more
            wish = max(wish, page.next_check or timedelta())
        at += int(wish.total_seconds()) + 1
        turns += 1
        assert turns < 60
    assert service.refused == 0
    assert all(len(urls) == 600 for urls in found.values())
    assert len(service.params) <= 5 * len(cursors)


@pytest.mark.parametrize(("told", "wait"), [(None, 300), (40, 300), (900, 900)])
def test_a_429_is_patience_for_five_minutes_at_least(service: GdeltService, told: int | None, wait: int) -> None:
    service.fail(429, retry_after=told)
    with pytest.raises(SourceBusy) as error:
        reader_of(service).poll(START)
    assert error.value.retry_after == timedelta(seconds=wait)


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (200, "Please limit requests to one every 5 seconds or contact us", SourceBusy),
        (200, "The specified phrase is too short.", SourceRefused),
        (200, "Your query was too short or too long.", SourceRefused),
        (200, "Parentheses may only be used around OR'd statements.", SourceRefused),
        (200, "Your search contained a keyword that was too common.", SourceRefused),
        (200, "Invalid query start date.", SourceRefused),
        (200, "An error occurred, sorry.", SourceUnavailable),
        (200, "<html><title>Your query was too short</title>", SourceUnavailable),
        (200, '{"articles": 3}', SourceUnavailable),
        (200, '{"error": "x"}', SourceUnavailable),
        (200, '{"articles": [', SourceUnavailable),
        (200, "[]", SourceUnavailable),
        (500, "", SourceUnavailable),
        (402, "", SourceRefused),
        (403, "", SourceRefused),
        (410, "", SourceRefused),
    ],
)
def test_what_is_no_answer_is_an_error_and_never_nothing_found(
    service: GdeltService, status: int, body: str, error: type[SourceError]
) -> None:
    service.fail(status, body=body)
    with pytest.raises(error):
        reader_of(service).poll(START)


@pytest.mark.parametrize("body", ["", "\n", "{}", "\ufeff{}", '{"articles": []}'])
def test_an_empty_answer_means_that_nothing_was_found(service: GdeltService, body: str) -> None:
    service.fail(200, body=body)
    reader = reader_of(service)
    reader.poll(START)
    assert reader.kept == [] and reader.gaps == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)
KEYS = ("url", "title", "seendate", "domain", "language")


@given(
    st.binary(max_size=200)
    | JSON.map(lambda value: json.dumps(value).encode())
    | st.lists(JSON | st.fixed_dictionaries({}, optional=dict.fromkeys(KEYS, JSON)), max_size=5).map(
        lambda articles: json.dumps({"articles": articles}).encode()
    )
)
@settings(max_examples=300, deadline=None)
def test_hostile_bytes_are_an_answer_or_a_source_error(body: bytes) -> None:
    try:
        shown = read_answer(body, NOW)
    except SourceError as error:
        assert "\n" not in str(error)
    else:
        assert len(shown.posts) == len(shown.places)
