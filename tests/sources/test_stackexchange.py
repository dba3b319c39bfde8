"""Stack Exchange: the real collector against a server that answers as its API does."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from polling import DEFECTS, NOW, START, History, Reader, histories, seed_defect, walk_through
from stackexchange_service import StackExchangeService

from sources.contract import Source, SourceBusy, SourceError, SourceRefused, SourceUnavailable
from sources.query import parse
from sources.stackexchange import StackExchange, StackExchangeSettings, read_answer
from sources.stackexchange_post import host_of

ASK = "stackoverflow/acme"


@pytest.fixture(scope="module")
def server() -> Iterator[StackExchangeService]:
    with StackExchangeService() as service:
        yield service


@pytest.fixture
def service(server: StackExchangeService) -> StackExchangeService:
    server.renew()
    return server


def opened(service: StackExchangeService, **more: Any) -> StackExchange:
    told = {"kind": "stackexchange", "name": "so", "base_url": service.base_url, "allow_private": True}
    return StackExchangeSettings.model_validate(told | more).open()


def reader(service: StackExchangeService, ask: str = ASK, **more: Any) -> Reader:
    return Reader(opened(service, **more), service, ask)


def unasked(**more: Any) -> StackExchange:
    return StackExchangeSettings.model_validate({"kind": "stackexchange", "name": "so"} | more).open()


# What a post becomes


def test_a_question_keeps_author_time_text_link_counts_and_tags(service: StackExchangeService) -> None:
    service.add(
        7, START - 60, title="Acme & <b>", body="<p>We <i>tried</i> it: <code>a &lt; b</code></p>", tags=["acme", "c++"]
    )
    read = reader(service)
    read.poll(START)
    (post,) = read.kept
    assert str(post.key) == "stackexchange:stackoverflow.com:7"
    assert post.url == "https://stackoverflow.com/questions/7/acme-rockets"
    assert (post.title, post.text) == ("Acme & <b>", "We tried it: a < b\n\n#acme #c++")
    assert post.published_at == NOW - timedelta(seconds=60)
    assert (post.author.id, post.author.handle, post.author.name) == ("7", "7@stackoverflow.com", "Jane & Joe")
    assert post.author.url == "https://stackoverflow.com/users/7/jane-joe"
    assert (post.engagement.likes, post.engagement.replies, post.engagement.views) == (-1, 2, 31)
    assert (post.lang, post.kind) == ("", "post")


def test_each_site_is_asked_by_itself_and_has_its_own_numbers(service: StackExchangeService) -> None:
    service.add(7, START - 60)
    service.add(7, START - 60, site="es.stackoverflow", owner={"display_name": "user1", "user_type": "does_not_exist"})
    source = opened(service, sites=["stackoverflow", "ES.stackoverflow"])
    asks = source.plan(parse("acme")).asks
    assert list(asks) == ["stackoverflow/acme", "es.stackoverflow/acme"]
    posts = [post for ask in asks for post in asyncio.run(source.fetch(ask, None, NOW)).posts]
    assert [str(post.key) for post in posts] == [
        "stackexchange:stackoverflow.com:7",
        "stackexchange:es.stackoverflow.com:7",
    ]
    assert [post.lang for post in posts] == ["", "es"]
    assert (posts[1].author.handle, posts[1].author.name) == ("", "user1")


@pytest.mark.parametrize(
    ("site", "host"),
    [
        ("stackoverflow", "stackoverflow.com"),
        ("stackoverflow.com", "stackoverflow.com"),
        ("math", "math.stackexchange.com"),
        ("math.meta", "math.meta.stackexchange.com"),
        ("math.stackexchange.com", "math.stackexchange.com"),
        ("pt.stackoverflow", "pt.stackoverflow.com"),
        ("meta.superuser", "meta.superuser.com"),
        ("mathoverflow.net", "mathoverflow.net"),
        ("mathoverflow", "mathoverflow.net"),
    ],
)
def test_a_site_is_the_same_by_each_of_its_names(site: str, host: str) -> None:
    assert host_of(site) == host


@pytest.mark.parametrize("broken", [None, 17, "no", [], {}, {"question_id": "javascript:1"}, {"question_id": {"a": 1}}])
def test_an_item_that_cannot_be_read_is_a_note_and_the_others_are_kept(broken: Any) -> None:
    shown = read_answer({"items": [{"question_id": 1}, broken, {"question_id": 2}]}, "stackoverflow.com", NOW)
    assert [post.external_id for post in shown.posts] == ["1", "2"]
    assert len(shown.unreadable) == 1


_HOSTILE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["\ud83d", "javascript:x", 10**40]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
_FIELDS = [
    "question_id",
    "title",
    "body",
    "tags",
    "owner",
    "link",
    "creation_date",
    "score",
    "answer_count",
    "view_count",
]
_WRAPPER = ["has_more", "backoff", "quota_max", "quota_remaining", "error_id", "error_message", "error_name"]


@given(
    st.dictionaries(st.sampled_from(_WRAPPER), _HOSTILE),
    st.lists(_HOSTILE | st.dictionaries(st.sampled_from(_FIELDS), _HOSTILE), max_size=4) | _HOSTILE,
    st.sampled_from([200, 400, 502]),
)
@settings(max_examples=120, deadline=None)
def test_hostile_answers_raise_nothing_but_source_errors(
    server: StackExchangeService, wrapper: dict[str, Any], items: Any, status: int
) -> None:
    server.renew()
    server.fail(status, body=json.dumps(wrapper | {"items": items}))
    source = opened(server)
    try:
        page = asyncio.run(source.fetch(ASK, None, NOW))
    except SourceError as error:
        assert str(error).isprintable()
    else:
        for post in page.posts:
            assert post.url.startswith("https://stackoverflow.com/")
            post.text.encode("utf-8")


# What is asked


def test_questions_are_asked_for_by_the_second_newest_first_with_their_text(service: StackExchangeService) -> None:
    reader(service, "math/acme", backfill="2d", key="k3y").poll(START)
    assert service.params == [
        {
            "site": "math",
            "q": "acme",
            "sort": "creation",
            "order": "desc",
            "pagesize": "100",
            "filter": "withbody",
            "fromdate": str(START - 2 * 86_400),
            "key": "k3y",
        }
    ]


@pytest.mark.parametrize(
    ("query", "asks"),
    [
        ("acme", ["acme"]),
        ('"acme rockets" OR @acmehelp OR acme', ["acmehelp", "acme"]),
        ("acme NOT coyote", ["acme"]),
        ("c++ OR {ACME}", ['"c++"', "ACME"]),
        ("reliab* acme", ["acme"]),
        ("reliab*", []),
        ("author:jane OR lang:en", []),
        ("acme lang:en author:jane", ["acme"]),
        ("source:feed acme", []),
        ("source:so acme", ["acme"]),
        ("রকেট", ["রকেট"]),
    ],
)
def test_a_query_is_asked_in_the_fewest_searches(query: str, asks: list[str]) -> None:
    plan = unasked().plan(parse(query))
    assert list(plan.asks) == [f"stackoverflow/{ask}" for ask in asks]
    assert plan.coverage == "partial" and any("answers and comments" in note for note in plan.notes)


def test_a_long_query_is_asked_with_fewer_words() -> None:
    (ask,) = unasked().plan(parse(" ".join(f"word{number:03}" for number in range(200)))).asks
    assert len(ask.encode()) <= 260 and "word000" in ask


def test_it_is_a_source_that_never_shows_its_key() -> None:
    told = StackExchangeSettings.model_validate({"kind": "stackexchange", "name": "so", "key": "k3y"})
    assert isinstance(told.open(), Source)
    assert "k3y" not in repr(told) and "k3y" not in told.open().credential


# Never skip


@pytest.mark.parametrize(("burst", "requests"), [(1_200, 15), pytest.param(5_000, 60, marks=pytest.mark.soak)])
def test_a_burst_between_two_polls_is_kept_whole(service: StackExchangeService, burst: int, requests: int) -> None:
    read = reader(service)
    service.add(1, START - 10)
    read.poll(START)
    for number in range(burst):
        service.add(100 + number, START + number * 1_800 // burst)
    service.params.clear()
    read.poll(START + 1_800)
    assert len(read.ids()) == burst + 1 and read.gaps == []
    assert len(service.params) <= requests


def test_more_than_a_page_in_one_second_is_a_gap_of_that_second(service: StackExchangeService) -> None:
    for number in range(130):
        service.add(100 + number, START - 100)
    service.add(1, START - 200)
    read = reader(service)
    read.poll(START)
    assert len(read.ids()) == 101
    (gap,) = read.gaps
    assert (gap.since, gap.until) == (NOW - timedelta(seconds=100), NOW - timedelta(seconds=99))


def test_a_walk_is_cut_at_its_pages_and_the_rest_is_a_gap(service: StackExchangeService) -> None:
    service.cap = 10
    for number in range(100):
        service.add(100 + number, START - 100 + number)
    read = reader(service, most_pages=3)
    read.poll(START)
    assert len(service.params) == 3 and len(read.gaps) == 1
    assert read.missing(START, 0) == set()


def through(server: StackExchangeService, history: History) -> None:
    server.renew(history.cap)
    for item in history.items:
        item.moved_at.clear()  # questions stand where they were asked
    walk_through(history, reader(server, reread="1h"))


@given(history=histories(lag=3_600))
@settings(max_examples=40, deadline=None)
def test_what_the_service_had_is_kept_or_told_as_a_gap(server: StackExchangeService, history: History) -> None:
    through(server, history)


@pytest.mark.parametrize("defect", DEFECTS)
def test_the_property_finds_seeded_defects(
    server: StackExchangeService, monkeypatch: pytest.MonkeyPatch, defect: str
) -> None:
    seed_defect(monkeypatch, "sources.stackexchange", defect)

    def property_(history: History) -> None:
        through(server, history)

    searched = settings(max_examples=200, deadline=None, database=None, derandomize=True, phases=[Phase.generate])
    with pytest.raises((AssertionError, BaseExceptionGroup)):
        searched(given(history=histories(lag=3_600))(property_))()


def test_votes_and_edits_are_yielded_again_and_nothing_else_is(service: StackExchangeService) -> None:
    first, _ = service.add(1, START - 100), service.add(2, START - 50)
    read = reader(service)
    read.poll(START)
    read.poll(START + 1_800)
    assert [post.external_id for post in read.kept] == ["2", "1"]
    first.told["score"] = 40
    read.poll(START + 3_600)
    first.told["body"] = "<p>Acme again</p>"
    read.poll(START + 5_400)
    assert [(post.external_id, post.engagement.likes) for post in read.kept[2:]] == [("1", 40), ("1", 40)]
    assert read.kept[-1].text.startswith("Acme again")


# Limits


def test_a_backoff_holds_every_ask_back_until_it_is_over(service: StackExchangeService) -> None:
    service.backoff = 30
    source = opened(service)
    page = asyncio.run(source.fetch(ASK, None, NOW))
    assert page.next_check == timedelta(seconds=30) and not page.more
    other = "math/acme"
    held = asyncio.run(source.fetch(other, None, NOW + timedelta(seconds=10)))
    assert (held.more, held.next_check, held.cursor) == (True, timedelta(seconds=20), "")
    assert len(service.params) == 1
    assert not asyncio.run(source.fetch(other, held.cursor, NOW + timedelta(seconds=30))).more
    assert [params["site"] for params in service.params] == ["stackoverflow", "math"]


def test_with_little_of_the_day_left_the_rest_is_spread_over_it(service: StackExchangeService) -> None:
    service.quota, service.left = 300, 25
    page = asyncio.run(opened(service).fetch(ASK, None, NOW))
    assert page.next_check == timedelta(hours=12) / 24
    service.left = 1
    source = opened(service)
    assert asyncio.run(source.fetch(ASK, None, NOW)).next_check == timedelta(hours=12)
    held = asyncio.run(source.fetch(ASK, "x", NOW + timedelta(hours=11)))
    assert held.next_check == timedelta(hours=1) and len(service.params) == 2


def test_a_throttled_address_waits_as_long_as_it_is_told(service: StackExchangeService) -> None:
    service.left = 0
    with pytest.raises(SourceBusy) as told:
        reader(service).poll(START)
    assert told.value.retry_after == timedelta(seconds=4_321)


# Errors


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (429, "", SourceBusy),
        (503, "", SourceBusy),
        (500, "oops", SourceUnavailable),
        (502, "<html>", SourceUnavailable),
        (400, "<html>", SourceUnavailable),
        (402, "", SourceRefused),
        (403, "no", SourceRefused),
        (410, "", SourceRefused),
        (200, "<html>", SourceUnavailable),
        (200, "[]", SourceUnavailable),
        (200, '{"items": 3}', SourceUnavailable),
        (200, "", SourceUnavailable),
        (200, '{"error_id": 500, "error_name": "internal_error", "error_message": "x"}', SourceUnavailable),
        (200, '{"error_id": 502, "error_name": "throttle_violation", "backoff": 40}', SourceBusy),
        (200, '{"error_id": 400, "error_message": "`key` k3y is unknown"}', SourceRefused),
    ],
)
def test_what_is_no_answer_is_an_error_and_never_nothing_found(
    service: StackExchangeService, status: int, body: str, error: type[SourceError]
) -> None:
    service.fail(status, body=body, retry_after=40 if status in (429, 503) else None)
    with pytest.raises(error) as told:
        reader(service, key="k3y").poll(START)
    assert "k3y" not in str(told.value)
    if isinstance(told.value, SourceBusy):
        assert told.value.retry_after == timedelta(seconds=40)
    if isinstance(told.value, SourceRefused) and "error_id" in body:
        assert told.value.why == "credentials"


def test_a_site_that_does_not_exist_is_a_mistake_of_the_settings(service: StackExchangeService) -> None:
    with pytest.raises(SourceRefused, match="No site found") as told:
        reader(service, "nowhere/acme").poll(START)
    assert told.value.why == "settings"


# Recordings

RECORDINGS = os.environ.get("LISTENER_RECORDINGS")
needs_recordings = pytest.mark.skipif(not RECORDINGS, reason="LISTENER_RECORDINGS names no folder of recorded answers")


@needs_recordings
def test_every_recorded_question_becomes_a_whole_post() -> None:
    recorded = Path(RECORDINGS or "") / "stackexchange" / "static-questions.json"
    answer = json.loads(recorded.read_text("utf-8"))
    read = read_answer(answer, "stackoverflow.com", NOW)
    assert read.unreadable == [] and len(read.posts) == len(answer["items"]) > 0
    for post, item in zip(read.posts, answer["items"], strict=True):
        assert (post.external_id, post.url) == (str(item["question_id"]), item["link"])
        assert post.published_at == datetime.fromtimestamp(item["creation_date"], UTC)
        assert post.author.id == str(item["owner"]["user_id"]) and post.author.url == item["owner"]["link"]
        assert post.engagement.likes == item["score"] and post.engagement.views == item["view_count"]
        assert post.engagement.replies == item["answer_count"]
        assert post.title and all(f"#{tag}" in post.text for tag in item["tags"])
