"""The App Store: the real collector against a server that pages as Apple's feed of reviews does."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from appstore_service import APP, AppStoreService
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from polling import NOW, START, Item, Reader
from pydantic import ValidationError

import sources.appstore_walk as walking
from rules.match import Matcher
from sources.appstore import AppStore, AppStoreSettings, read_answer
from sources.contract import Source, SourceBusy, SourceError, SourceRefused, SourceUnavailable
from sources.query import parse

DAY = 86_400
FRESH, _ = walking.resume(None, NOW)


@pytest.fixture(scope="module")
def server() -> Iterator[AppStoreService]:
    with AppStoreService() as service:
        yield service


@pytest.fixture
def service(server: AppStoreService) -> AppStoreService:
    server.renew()
    return server


def opened(service: AppStoreService, **more: Any) -> AppStore:
    told = {"kind": "appstore", "name": "acme-app", "base_url": service.url, "app": APP, "allow_private": True}
    return AppStoreSettings.model_validate(told | more).open()


def reader_of(service: AppStoreService, ask: str = "us") -> Reader:
    return Reader(opened(service), service, ask)


# What a post becomes


def test_a_review_shows_its_stars_and_keeps_author_time_text_link_and_votes(service: AppStoreService) -> None:
    service.add(7, START - 60, rating=2, title="Crashes", text="a < b & c\nevery time", author="Jane D.", votes=3)
    reader = reader_of(service)
    reader.poll(START)
    (post,) = reader.kept
    assert str(post.key) == "appstore:apps.apple.com:7"
    assert (post.title, post.text, post.kind) == ("★★☆☆☆ Crashes", "a < b & c\nevery time", "review")
    assert post.published_at == NOW - timedelta(seconds=60)
    assert (post.author.id, post.author.name) == ("5007", "Jane D.")
    assert post.author.url == "https://itunes.apple.com/us/reviews/id5007"
    assert post.url == f"https://apps.apple.com/us/app/id{APP}?see-all=reviews"
    assert post.engagement.likes == 3


def test_the_app_itself_in_the_feed_is_no_review_and_no_note(service: AppStoreService) -> None:
    app = {"id": {"label": "https://itunes.apple.com/app", "attributes": {"im:bundleId": "x"}}, "im:artist": {}}
    review = service.entry(Item(id=1, at=START))
    service.fail(200, body=json.dumps({"feed": {"entry": [app, review]}}), path="/us/rss/customerreviews/page=1/")
    reader = reader_of(service)
    reader.poll(START)
    assert reader.ids() == {"1"} and reader.notes == []


@pytest.mark.parametrize("broken", [None, 17, "text", [], {}, {"id": {"label": "x"}}, {"id": 5}, {"id": {"label": ""}}])
def test_a_review_that_cannot_be_read_is_a_note_and_the_others_are_kept(service: AppStoreService, broken: Any) -> None:
    good = [service.entry(Item(id=n, at=START - n)) for n in (1, 2)]
    body = json.dumps({"feed": {"entry": [good[0], broken, good[1]]}})
    service.fail(200, body=body, path="/us/rss/customerreviews/page=1/")
    reader = reader_of(service)
    reader.poll(START)
    assert reader.ids() == {"1", "2"}
    assert len(reader.notes) == 1 and reader.notes[0].startswith("1 item was unreadable: ")


@pytest.mark.parametrize(
    "odd",
    [
        {"im:rating": {"label": "9"}, "title": {"label": 7}, "author": [], "content": "x"},
        {"updated": {"label": "yesterday"}, "im:voteSum": {"label": "9" * 400}},
        {"updated": {"label": "9999-12-31T23:59:59-07:00"}},
        {"updated": {"label": "0001-01-01T00:00:00+07:00"}, "im:voteSum": {"label": "٣"}},
        {"title": {"label": "Acme \x00\ud83d \u202e<script>"}, "im:rating": 3},
        {"author": {"uri": {"label": "javascript:alert(1)"}, "name": {"label": "\ud800"}}},
        {"content": {"label": "<b>x</b>", "attributes": {"type": "html"}}, "updated": None},
    ],
)
def test_odd_values_in_a_review_lose_neither_it_nor_the_others(service: AppStoreService, odd: dict[str, Any]) -> None:
    entries = [service.entry(Item(id=1, at=START - 1)) | odd, service.entry(Item(id=2, at=START - 2))]
    service.fail(200, body=json.dumps({"feed": {"entry": entries}}), path="/us/rss/customerreviews/page=1/")
    reader = reader_of(service)
    reader.poll(START)
    assert reader.ids() == {"1", "2"}
    for post in reader.kept:
        (post.title + post.text + post.author.name).encode("utf-8")
        assert not post.author.url.startswith("javascript")


# What is asked


@pytest.mark.parametrize(
    "told", [123456789, "123456789", "id123456789", "https://apps.apple.com/us/app/acme-x/id123456789?l=de"]
)
def test_an_app_is_told_by_its_number_or_its_page(service: AppStoreService, told: Any) -> None:
    service.add(1, START - 1)
    source = opened(service, app=told)
    assert asyncio.run(source.fetch("us", None, NOW)).posts


@pytest.mark.parametrize(
    "wrong",
    [
        *({"app": app} for app in ("acme", "", -5, True, None)),
        {"countries": []},
        {"countries": ["usa"]},
        {"every": "1m"},
    ],
)
def test_settings_that_name_no_app_and_no_country_are_refused(service: AppStoreService, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        opened(service, **wrong)


def test_every_query_reads_all_reviews_of_each_country_once(service: AppStoreService) -> None:
    source = opened(service, countries=["US", "de", "us"])
    assert list(source.plan(parse("acme OR rockets NOT jets")).asks) == ["us", "de"]
    assert list(source.plan(parse("acme source:feed")).asks) == []
    assert isinstance(source, Source)


def test_the_plan_says_how_to_have_reviews_that_do_not_name_the_brand(service: AppStoreService) -> None:
    source = opened(service)
    assert any('OR source:"acme-app"' in note for note in source.plan(parse("acme")).notes)
    for query in ('acme OR source:"acme-app"', "acme OR source:appstore"):
        assert not any("OR source:" in note for note in source.plan(parse(query)).notes)


def test_naming_the_source_in_a_query_makes_a_mention_of_each_review(service: AppStoreService) -> None:
    service.add(1, START - 60, title="Crashes", text="every time")
    reader = reader_of(service)
    reader.poll(START)
    mentions = Matcher({"a": parse("acme"), "b": parse("acme OR source:acme-app")}).match(reader.kept, "acme-app")
    assert [mention.brand for mention in mentions] == ["b"]


# Never skip


def test_a_quiet_poll_is_one_request_and_one_a_day_reads_every_page(service: AppStoreService) -> None:
    for n in range(600):
        service.add(n, START - n * 60)
    reader = reader_of(service)
    for at, pages in ((START, 10), (START + 3_600, 10), (START + 7_200, 1), (START + 10_800, 1), (START + 2 * DAY, 10)):
        service.asked.clear()
        reader.poll(at)
        assert len(service.asked) == pages
    assert len(reader.ids()) == len(reader.kept) == 500 and reader.gaps == []


def test_a_burst_that_apple_shows_whole_is_kept(service: AppStoreService) -> None:
    reader = reader_of(service)
    for n in range(60):
        service.add(n, START - n)
    reader.poll(START)
    for n in range(450):
        service.add(1_000 + n, START + 10 + n)
    reader.poll(START + 3_600)
    assert len(reader.ids()) == 510 and reader.gaps == []


@pytest.mark.parametrize("number", [520, 1_200, 5_000])
def test_more_than_500_reviews_between_two_polls_are_a_gap(service: AppStoreService, number: int) -> None:
    reader = reader_of(service)
    old = [service.add(n, START - 60 - n) for n in range(60)]
    reader.poll(START)
    for n in range(number):
        service.add(1_000 + n, START + 10 + n)
    old[3].told["edited_at"] = START + number + 20
    reader.poll(START + 9_000)
    (gap,) = reader.gaps
    assert gap.since == NOW - timedelta(seconds=60)
    assert gap.until is not None and "than Apple shows" in gap.why
    assert reader.missing(START + 9_000, START) == set()


def test_a_review_hidden_by_another_one_taken_away_is_found_by_the_next_poll(service: AppStoreService) -> None:
    for n in range(200):
        service.add(n, START - n)
    reader = reader_of(service)
    service.items[3].deleted_at = START + 2
    reader.poll(START, pace=1)
    assert "100" not in reader.ids()
    reader.poll(START + 3_600)
    assert "100" in reader.ids()


def test_a_crash_before_the_commit_repeats_pages_and_skips_nothing(service: AppStoreService) -> None:
    for n in range(200):
        service.add(n, START - n)
    reader = reader_of(service)
    reader.poll(START, crashes=[1, 3, 4])
    assert len(reader.ids()) == 200


def test_changes_and_votes_are_yielded_again_and_nothing_else_is(service: AppStoreService) -> None:
    first, second = service.add(1, START - 100), service.add(2, START - 50)
    reader = reader_of(service)
    reader.poll(START)
    first.told["votes"] = 4
    reader.poll(START + 3_600)
    second.told["edited_at"] = START + 5_000
    reader.poll(START + 7_200)
    reader.poll(START + 9_000)
    assert [(p.external_id, p.engagement.likes, p.text) for p in reader.kept[2:]] == [
        ("1", 4, "It flies"),
        ("2", 0, "It flies (changed)"),
    ]


@st.composite
def lives(draw: st.DrawFn) -> tuple[list[Item], list[int], int, int, list[int], bool]:
    """Reviews that are written late, changed and taken away, at any moment of any walk."""
    moment = st.one_of(st.integers(-50, 400), st.sampled_from([0, 100, 101, 200, 203]))
    posts = draw(st.lists(st.tuples(moment, st.sampled_from([0, 0, 0, 40]), st.integers(0, 600), moment), max_size=60))
    items = []
    for n, (at, late, stays, edited) in enumerate(posts):
        gone = START + at + late + stays if stays < 300 else 10**12
        told = {"edited_at": START + edited} if edited > at and n % 3 == 0 else {}
        items.append(Item(id=100 + n, at=START + at, shown_from=START + at + late, deleted_at=gone, told=told))
    polls = sorted(draw(st.lists(st.sampled_from([0, 100, 200, 300, 400]), min_size=1, max_size=4)))
    return (
        items,
        polls,
        draw(st.integers(2, 5)),
        draw(st.integers(0, 3)),
        draw(st.lists(st.integers(1, 9))),
        draw(st.booleans()),
    )


def lived(server: AppStoreService, life: tuple[list[Item], list[int], int, int, list[int], bool]) -> None:
    """Polls through a life, and once more a day later: then all that is shown is kept, the rest kept or told."""
    items, polls, cap, pace, crashes, server_tells_time = life
    server.renew(cap)
    server.items, server.tells_time = items, server_tells_time
    reader = reader_of(server)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(walking, "ENOUGH", 3)
        at = first = START + polls[0]
        for poll in polls:
            at = max(at, START + poll)
            reader.poll(at, pace, crashes)
            at = server.now + 1
        reader.poll(START + 3 * DAY)
    shown = server.shown()
    assert {str(item.id) for item in shown[: cap * 10]} <= reader.ids()
    missing = reader.missing(server.now, first + 1)
    assert not {item.id for item in items if item.id in missing and item.shown_from == item.at}


@given(life=lives())
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_apple_showed_is_kept_or_told_as_a_gap(server: AppStoreService, life: Any) -> None:
    lived(server, life)


def test_the_property_finds_a_walk_that_takes_the_first_page_for_all(
    server: AppStoreService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walking, "PAGES", 1)
    searched = settings(max_examples=150, deadline=None, database=None, derandomize=True, phases=[Phase.generate])
    with pytest.raises((AssertionError, BaseExceptionGroup)):
        searched(given(life=lives())(lambda life: lived(server, life)))()


def test_the_histories_find_other_seeded_defects(service: AppStoreService, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(walking, "_lost", lambda standing, shown, known_here: [])
        with pytest.raises((AssertionError, ValueError)):
            test_more_than_500_reviews_between_two_polls_are_a_gap(service, 520)
    service.renew()
    resume = walking.resume

    def never_whole(cursor: str | None, now: datetime) -> Any:
        standing, gaps = resume(cursor, now)
        return walking.replace(standing, whole=False), gaps

    monkeypatch.setattr("sources.appstore.resume", never_whole)
    with pytest.raises(AssertionError):
        test_a_review_hidden_by_another_one_taken_away_is_found_by_the_next_poll(service)


# Errors


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (429, "", SourceBusy),
        (403, "", SourceUnavailable),
        (500, "oops", SourceUnavailable),
        (410, "", SourceRefused),
        (200, "<html>", SourceUnavailable),
        (200, "", SourceUnavailable),
        (200, "[]", SourceUnavailable),
        (200, '{"feed": 3}', SourceUnavailable),
    ],
)
def test_what_is_no_answer_is_an_error_and_never_nothing_found(
    service: AppStoreService, status: int, body: str, error: type[SourceError]
) -> None:
    service.fail(status, body=body, retry_after=40)
    with pytest.raises(error) as told:
        reader_of(service).poll(START)
    if isinstance(told.value, SourceBusy):
        assert told.value.retry_after == timedelta(seconds=40)


def test_an_app_that_the_store_does_not_have_is_refused_and_one_without_reviews_is_not(
    service: AppStoreService,
) -> None:
    reader = reader_of(service)
    reader.poll(START)
    assert reader.kept == []
    service.apps.clear()
    with pytest.raises(SourceUnavailable, match="any more"):
        reader.poll(START + 3_600)
    with pytest.raises(SourceRefused, match="take the country out") as told:
        reader_of(service).poll(START)
    assert told.value.why == "settings"


def test_an_empty_answer_after_many_reviews_is_a_failure(service: AppStoreService) -> None:
    for n in range(30):
        service.add(n, START - n)
    reader = reader_of(service)
    reader.poll(START)
    service.items.clear()
    with pytest.raises(SourceUnavailable, match="none of the reviews"):
        reader.poll(START + 3_600)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)
LABELLED = JSON | JSON.map(lambda value: {"label": value}) | st.just({"label": "77"})
KEYS = ("id", "title", "content", "updated", "author", "im:rating", "im:voteSum", "link")
ENTRY = JSON | st.fixed_dictionaries({}, optional=dict.fromkeys(KEYS, LABELLED))


@given(JSON | st.fixed_dictionaries({"feed": JSON | st.fixed_dictionaries({}, optional={"entry": ENTRY | st.lists(
    ENTRY, max_size=4), "link": LABELLED})}))  # fmt: skip
@settings(max_examples=300, deadline=None)
def test_hostile_values_are_an_answer_or_a_source_error(answer: Any) -> None:
    try:
        shown = read_answer(answer, "us", APP, NOW, FRESH)
    except SourceError as error:
        assert "\n" not in str(error)
    else:
        walking.advance(FRESH, shown, ())


# Recordings

RECORDINGS = os.environ.get("LISTENER_RECORDINGS")


@pytest.mark.skipif(not RECORDINGS, reason="LISTENER_RECORDINGS names no folder of recorded answers")
def test_every_recorded_review_becomes_a_whole_post() -> None:
    recorded = Path(RECORDINGS or "") / "appstore-reviews" / "reviewer_customerreviews.json"
    answer = json.loads(recorded.read_text("utf-8"))
    read = read_answer(answer, "jp", "1404176564", NOW, FRESH)
    entries = answer["feed"]["entry"]
    assert read.unreadable == [] and len(read.posts) == len(entries) == 50
    for post, entry in zip(read.posts, entries, strict=True):
        rating = int(entry["im:rating"]["label"])
        assert post.external_id == entry["id"]["label"] and post.kind == "review"
        assert post.title.startswith("★" * rating + "☆" * (5 - rating))
        assert post.title.endswith(entry["title"]["label"].strip()) and post.text == entry["content"]["label"].strip()
        assert (post.author.name, post.author.url) == (
            entry["author"]["name"]["label"],
            entry["author"]["uri"]["label"],
        )
        assert post.author.id and entry["author"]["uri"]["label"].endswith(post.author.id)
        assert post.engagement.likes == int(entry["im:voteSum"]["label"])
        assert post.url and post.published_at is None  # this recording of 2020 tells no time
