"""Lemmy: the real collector against a server that answers as an instance's search does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from lemmy_service import LemmyService, view_of
from polling import NOW, START, History, Item, Reader, histories, walk_through
from pydantic import ValidationError

import sources.lemmy as collector
import sources.page_walk as walking
from listener.demo.loopback import Reply, json_reply
from sources.contract import Source, SourceBusy, SourceRefused, SourceUnavailable
from sources.lemmy import Lemmy, LemmySettings, page_at
from sources.query import parse


@pytest.fixture(scope="module")
def server() -> Iterator[LemmyService]:
    with LemmyService() as running:
        yield running


@pytest.fixture
def lemmy(server: LemmyService) -> LemmyService:
    server.renew()
    return server


def opened(server: LemmyService, **more: Any) -> Lemmy:
    told = {
        "kind": "lemmy",
        "name": "l",
        "base_url": server.base_url,
        "allow_private": True,
        "instance": "home.example",
    }
    return LemmySettings.model_validate(told | more).open()


class LemmyReader(Reader):
    """Names what was kept by the number at the end of its address."""

    def ids(self) -> set[str]:
        return {post.external_id.rpartition("/")[2] for post in self.kept}


def reader_of(server: LemmyService, ask: str = "home.example/posts/acme", **more: Any) -> LemmyReader:
    return LemmyReader(opened(server, **more), server, ask)


# What a post becomes


def test_a_post_is_the_same_wherever_it_is_seen(lemmy: LemmyService) -> None:
    lemmy.add(
        5,
        START - 60,
        name="Acme &amp; rockets",
        body="They **fly**",
        url="https://acme.example/fly",
        language_id=32,
        counts={"score": 12, "comments": 3},
    )
    posts = []
    for host in ("home.example", "other.example"):
        reader = reader_of(lemmy, f"{host}/posts/acme")
        reader.poll(START)
        posts += reader.kept
    assert posts[0] == posts[1]
    post = posts[0]
    assert (post.instance, post.external_id) == ("far.example", "https://far.example/post/5")
    assert (post.url, post.title) == ("https://far.example/post/5", "Acme & rockets")
    assert post.text == "They **fly**\n\nhttps://acme.example/fly"
    assert (post.published_at, post.lang, post.kind) == (NOW - timedelta(seconds=60), "de", "post")
    assert (post.engagement.likes, post.engagement.replies) == (12, 3)
    assert (post.author.handle, post.author.name, post.author.id) == (
        "jane@far.example",
        "Jane",
        "https://far.example/u/jane",
    )


def test_a_comment_answers_its_post_and_has_no_title(lemmy: LemmyService) -> None:
    lemmy.add(9, START - 5, listing="comments", content="Acme?", counts={"score": -2, "child_count": 4}, language_id=0)
    reader = reader_of(lemmy, "home.example/comments/acme")
    reader.poll(START)
    (post,) = reader.kept
    assert (post.kind, post.title, post.text) == ("comment", "", "Acme?")
    assert (post.external_id, post.in_reply_to) == ("https://far.example/comment/9", "https://far.example/post/5")
    assert (post.engagement.likes, post.engagement.replies, post.lang) == (-2, 4, "")


@pytest.mark.parametrize(
    ("number", "code"), [(0, ""), (1, "aa"), (18, "bn"), (32, "de"), (37, "en"), (183, "zu"), (999, "")]
)
def test_the_language_is_told_by_its_number(lemmy: LemmyService, number: int, code: str) -> None:
    lemmy.add(1, START - 5, language_id=number)
    reader = reader_of(lemmy)
    reader.poll(START)
    assert reader.kept[0].lang == code


@pytest.mark.parametrize("broken", [None, 5, "text", [], {}, {"post": 3}, {"post": {"id": 4, "ap_id": None}}])
def test_an_item_that_cannot_be_read_is_a_note_and_the_others_are_kept(lemmy: LemmyService, broken: Any) -> None:
    good = [view_of(Item(id=number, at=START - number)) for number in (1, 2)]
    lemmy.closed["home.example"] = json_reply({"posts": [good[0], broken, good[1]]})
    reader = reader_of(lemmy)
    reader.poll(START)
    assert reader.ids() == {"1", "2"}
    assert len(reader.notes) == 1 and reader.notes[0].startswith("1 item was unreadable: ")


@pytest.mark.parametrize(
    "odd",
    [
        {"name": 5, "body": None, "language_id": "en", "published": "soon", "creator": {"name": ["x"], "actor_id": 5}},
        {"name": "\x00\ud800<script>x</script>", "counts": {"score": 10**40, "comments": "many"}},
        {"published": "0000-00-00T00:00:00Z", "url": {"a": 1}, "language_id": -3},
        {"ap_id": "https://[bad", "url": "javascript:alert(1)"},
        {"published": "9999-12-31T23:59:59-23:59", "featured_local": "yes"},
    ],
)
def test_odd_values_lose_neither_the_item_nor_the_others(lemmy: LemmyService, odd: dict[str, Any]) -> None:
    items = [Item(id=1, at=START - 1, told=odd), Item(id=2, at=START - 2)]
    lemmy.closed["home.example"] = json_reply({"posts": [view_of(item) for item in items]})
    reader = reader_of(lemmy)
    reader.poll(START)
    assert len(reader.kept) == 2 and "2" in reader.ids()
    for post in reader.kept:
        (post.text + post.title + post.url + post.author.handle).encode()
        assert not post.url.startswith("javascript")


@given(
    body=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=9),
        lambda part: (
            st.lists(part)
            | st.dictionaries(
                st.sampled_from(["posts", "comments", "post", "id", "ap_id", "published", "creator"]), part
            )
        ),
    )
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_answer_raises_anything_but_a_source_error(server: LemmyService, body: Any) -> None:
    server.renew()
    server.closed["home.example"] = json_reply(body)
    try:
        reader_of(server).poll(START)
    except SourceUnavailable as error:
        assert "\n" not in str(error)


# What is asked


@pytest.mark.parametrize(
    ("query", "terms"),
    [
        ("acme", ["acme"]),
        ('"Acme Rockets"', ["acme rockets"]),
        ('"acme rockets" OR acme', ["acme"]),
        ("acme refund", ["refund"]),
        ("(refund OR broken) acme", ["acme"]),
        ("acme lang:de NOT coyote", ["acme"]),
        ("#acme OR @acmehelp@far.example", ["acme"]),
        ("reliab*", ["reliab"]),
        ("Café", ["caf"]),
        ("c++", ["c++"]),
        ('"don\'t fly"', ["don t fly"]),
        ("site:acme.example", []),
        ("\u0985\u09cd\u09af\u09be\u0995\u09ae\u09c7", ["\u0985\u09cd\u09af\u09be\u0995\u09ae\u09c7"]),
        ("lang:de", []),
        ("acme source:feed", []),
        ("acme source:lemmy", ["acme"]),
    ],
)
def test_a_query_is_asked_by_its_fewest_terms_in_posts_and_comments(query: str, terms: list[str]) -> None:
    plan = LemmySettings(kind="lemmy", name="l").open().plan(parse(query))
    assert list(plan.asks) == [f"lemmy.world/{listing}/{term}" for term in terms for listing in ("posts", "comments")]
    assert plan.coverage == "partial" and plan.notes


@pytest.mark.parametrize(
    ("query", "texts"),
    [
        ('"acme rockets"', ["ACME\nRockets", "the acme-rockets", "acme: rockets"]),
        ("acme refund", ["refund from Acme", "acme, REFUND"]),
        ("Café", ["cafe", "CAF\u00c9", "cafe\u0301"]),
        ("#acme", ["#Acme"]),
    ],
)
def test_what_a_query_wants_is_found_however_it_is_spelled(lemmy: LemmyService, query: str, texts: list[str]) -> None:
    for number, text in enumerate(texts):
        lemmy.add(number, START - 5, name=text)
    source = opened(lemmy)
    found: set[str] = set()
    for ask in source.plan(parse(query)).asks:
        reader = LemmyReader(source, lemmy, ask)
        reader.poll(START)
        found |= reader.ids()
    assert len(found) == len(texts)


def test_a_long_phrase_is_asked_with_its_first_words() -> None:
    plan = LemmySettings(kind="lemmy", name="l").open().plan(parse('"' + " ".join(["rocket"] * 100) + '"'))
    assert all(len(ask) < 260 and "rocket rocket" in ask for ask in plan.asks) and plan.asks


def test_the_first_request_asks_for_everything_of_everyone(lemmy: LemmyService) -> None:
    reader_of(lemmy, "home.example/comments/acme rockets").poll(START)
    assert lemmy.params == [
        {"q": "acme rockets", "type_": "Comments", "sort": "New", "listing_type": "All", "limit": "50", "page": "1"}
    ]


def test_every_place_has_a_page_that_overlaps_and_leads_on() -> None:
    for place in range(collector.ITEMS, 20_000):
        page, limit = page_at(place)
        assert (page - 1) * limit <= place - collector.OVERLAP < place < page * limit
        assert limit <= collector.ITEMS


def test_it_is_a_source_that_names_each_instance_once() -> None:
    told = {"kind": "lemmy", "name": "l", "instances": ["Lemmy.world", "lemmy.world", "feddit.org"]}
    source = LemmySettings.model_validate(told).open()
    assert isinstance(source, Source)
    assert [ask.partition("/")[0] for ask in source.plan(parse("acme")).asks] == ["lemmy.world"] * 2 + [
        "feddit.org"
    ] * 2


@pytest.mark.parametrize("wrong", [{"instances": []}, {"instance": "https://lemmy.world"}, {"reread": "10m"}])
def test_settings_that_cannot_work_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        LemmySettings.model_validate({"kind": "lemmy", "name": "l"} | wrong)


# Never skip


@pytest.mark.parametrize("count", [1_200, pytest.param(5_000, marks=pytest.mark.soak)])
def test_a_burst_between_two_polls_is_kept_whole(lemmy: LemmyService, count: int) -> None:
    reader = reader_of(lemmy)
    lemmy.add(1, START - 10)
    reader.poll(START)
    for number in range(count):
        lemmy.add(100 + number, START + number // 7)
    reader.poll(START + 900)
    assert len(reader.ids()) == count + 1 and reader.gaps == []
    assert reader.pages <= count / (collector.ITEMS - collector.OVERLAP) * 1.3


def test_a_quiet_search_is_one_request(lemmy: LemmyService) -> None:
    for number in range(60):
        lemmy.add(number, START - 86_400 * 30 - number)
    reader = reader_of(lemmy)
    reader.poll(START)
    assert reader.pages == 1


def test_pinned_posts_on_top_end_no_walk(lemmy: LemmyService) -> None:
    for number in range(3):
        lemmy.add(number, START - 86_400 * 100, featured_local=True)
    for number in range(120):
        lemmy.add(100 + number, START - number)
    reader = reader_of(lemmy)
    reader.poll(START)
    reader.poll(START + 86_400 * 2)
    reader.poll(START + 86_400 * 4)
    assert len(reader.ids()) == len(reader.kept) == 123 and reader.gaps == []


@pytest.mark.parametrize("deleted", [5, 9, 10, 30, 70, 119])
def test_what_is_deleted_between_two_pages_hides_nothing_else(lemmy: LemmyService, deleted: int) -> None:
    for number in range(200):
        lemmy.add(number, START - number)
    for item in lemmy.items[:deleted]:
        item.deleted_at = START + 5
    reader = reader_of(lemmy)
    reader.poll(START, pace=10)
    assert {str(number) for number in range(deleted, 200)} <= reader.ids()
    assert reader.gaps == []


def test_a_walk_is_cut_at_its_pages_and_the_rest_is_a_gap(lemmy: LemmyService) -> None:
    for number in range(500):
        lemmy.add(number, START - number)
    reader = reader_of(lemmy, most_pages=3)
    reader.poll(START)
    assert reader.pages == 3 and len(reader.gaps) == 1
    assert reader.missing(START, START - 7 * 86_400) == set()


@pytest.mark.parametrize("cursor", ["{", "[]", "\ud800", '{"read_to": "x"}'])
def test_a_cursor_that_cannot_be_read_begins_anew_and_is_a_gap(lemmy: LemmyService, cursor: str) -> None:
    lemmy.add(1, START - 10)
    reader = reader_of(lemmy)
    reader.cursor = cursor
    reader.poll(START)
    assert len(reader.ids()) == 1
    assert [(gap.since, gap.until) for gap in reader.gaps] == [(None, NOW - timedelta(days=7))]


def denser(history: History) -> History:
    """Five posts for each, some seconds apart, and minutes between two requests: walks of many pages."""
    items = [
        replace(item, id=item.id * 10 + n, at=item.at - n * 7, deleted_at=item.deleted_at + n * 40)
        for item in history.items
        for n in range(5)
    ]
    return replace(history, items=items, pace=history.pace * 40)


def walk(server: LemmyService, history: History) -> None:
    """Pages of a few posts, so that short histories take many; the service's limit shrinks with them."""
    size = history.cap + 6
    server.renew(most=size)
    with patch.object(collector, "ITEMS", size), patch.object(collector, "OVERLAP", 1):
        walk_through(denser(history), reader_of(server, reread="2h"))


@given(history=histories(lag=3_600))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_the_instance_had_is_kept_or_told_as_a_gap(server: LemmyService, history: History) -> None:
    walk(server, history)


def _mark_early(monkeypatch: pytest.MonkeyPatch) -> None:
    def early(standing: Any, shown: Any, onward: Any, *rest: Any) -> Any:
        return walking.advance(standing, shown, None, *rest)

    monkeypatch.setattr(collector, "advance", early)


def _nothing_again(monkeypatch: pytest.MonkeyPatch) -> None:
    begin = walking._begin
    monkeypatch.setattr(walking, "_begin", lambda low, read_to, tick: begin(read_to, read_to, tick))


def _stop_at_known(monkeypatch: pytest.MonkeyPatch) -> None:
    def stops(standing: Any, shown: Any, onward: Any, *rest: Any) -> Any:
        known = any(post.external_id in standing.traces for post in shown.posts)
        return walking.advance(standing, shown, None if known else onward, *rest)

    monkeypatch.setattr(collector, "advance", stops)


def _no_overlap(monkeypatch: pytest.MonkeyPatch) -> None:
    def asks(place: int) -> tuple[int, int]:
        return place // collector.ITEMS + 1, collector.ITEMS

    monkeypatch.setattr(collector, "page_at", asks)
    monkeypatch.setattr(
        collector, "_onward", lambda rows, count, walk, offset, limit: offset + count if count else None
    )


@pytest.mark.parametrize("defect", [_mark_early, _nothing_again, _stop_at_known], ids=lambda defect: defect.__name__)
def test_the_property_finds_seeded_defects(
    server: LemmyService, monkeypatch: pytest.MonkeyPatch, defect: Callable[[pytest.MonkeyPatch], None]
) -> None:
    defect(monkeypatch)

    def property_(history: History) -> None:
        walk(server, history)

    searched = settings(max_examples=200, deadline=None, database=None, derandomize=True, phases=[Phase.generate])
    with pytest.raises((AssertionError, BaseExceptionGroup)):
        searched(given(history=histories(lag=3_600))(property_))()


def test_a_position_from_a_clock_that_was_ahead_begins_anew_and_is_a_gap(lemmy: LemmyService) -> None:
    ahead = START + 86_400 * 400
    lemmy.add(1, ahead - 10)
    reader = reader_of(lemmy)
    reader.poll(ahead)
    lemmy.items.clear()
    lemmy.add(2, START - 10)
    reader.poll(START)
    assert reader.ids() == {"1", "2"} and "future" in reader.gaps[0].why


def test_pages_that_do_not_overlap_would_lose_what_deletions_move_up(
    lemmy: LemmyService, monkeypatch: pytest.MonkeyPatch
) -> None:
    _no_overlap(monkeypatch)
    with pytest.raises(AssertionError):
        test_what_is_deleted_between_two_pages_hides_nothing_else(lemmy, 30)


# Changes


def test_edits_and_votes_are_yielded_again_and_nothing_else_is(lemmy: LemmyService) -> None:
    first = lemmy.add(1, START - 100)
    lemmy.add(2, START - 50)
    reader = reader_of(lemmy)
    reader.poll(START)
    reader.poll(START + 900)
    assert len(reader.kept) == 2
    first.told["counts"] = {"score": 40}
    reader.poll(START + 1_800)
    first.told["body"] = "They do not fly"
    reader.poll(START + 2_700)
    assert [(post.engagement.likes, post.text) for post in reader.kept[2:]] == [
        (40, "They *fly*"),
        (40, "They do not fly"),
    ]


@pytest.mark.parametrize("flag", ["deleted", "removed"])
def test_a_post_that_is_shown_as_deleted_is_told_once(lemmy: LemmyService, flag: str) -> None:
    first = lemmy.add(1, START - 100)
    unknown = lemmy.add(2, START - 90)
    unknown.told[flag] = True
    reader = reader_of(lemmy)
    reader.poll(START)
    first.told[flag] = True
    changes = []
    for minute in (15, 30):
        page = _page(reader, minute)
        changes += page.changes
        assert not page.posts
    assert [str(change.key) for change in changes] == ["lemmy:far.example:https://far.example/post/1"]
    first.told[flag] = False
    assert [post.external_id for post in _page(reader, 45).posts] == ["https://far.example/post/1"]


def _page(reader: LemmyReader, minute: int) -> Any:
    page = asyncio.run(reader.source.fetch(reader.ask, reader.cursor, NOW + timedelta(minutes=minute)))
    reader.cursor = page.cursor
    return page


# Errors


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (json_reply({"error": "rate_limit_error"}, 400), SourceBusy, "patience"),
        (Reply(status=429, headers={"retry-after": "40"}), SourceBusy, "patience"),
        (json_reply({"error": "instance_is_private"}, 400), SourceRefused, "account"),
        (json_reply({"error": "incorrect_login"}, 401), SourceRefused, "account"),
        (Reply(status=403, body=b"<html>"), SourceRefused, "account"),
        (json_reply({"error": "couldnt_get_posts\n<b>"}, 400), SourceUnavailable, "couldnt_get_posts"),
        (json_reply([], 400), SourceUnavailable, "400"),
        (Reply(status=402), SourceRefused, "402"),
        (Reply(status=404), SourceUnavailable, "404"),
        (Reply(status=410), SourceRefused, "gone"),
        (Reply(status=502), SourceUnavailable, "502"),
        (Reply(status=503, headers={"retry-after": "40"}), SourceBusy, "patience"),
        (Reply(body=b"<html>"), SourceUnavailable, "JSON"),
        (json_reply({"comments": []}), SourceUnavailable, "list of posts"),
        (json_reply({"posts": [{}]}), SourceUnavailable, "cannot be read"),
    ],
)
def test_what_is_no_answer_is_an_error_that_says_what_to_do(
    lemmy: LemmyService, answer: Reply, error: type[Exception], words: str
) -> None:
    lemmy.closed["home.example"] = answer
    with pytest.raises(error, match=words) as told:
        reader_of(lemmy).poll(START)
    assert "\n" not in str(told.value)
    if answer.headers.get("retry-after") and isinstance(told.value, SourceBusy):
        assert told.value.retry_after == timedelta(seconds=40)


def test_patience_with_one_instance_holds_up_no_other(lemmy: LemmyService) -> None:
    lemmy.closed["home.example"] = json_reply({"error": "rate_limit_error"}, 400)
    lemmy.add(1, START - 10)
    source = opened(lemmy, instance=["home.example", "other.example"])
    with pytest.raises(SourceUnavailable, match="other instances are read on"):
        LemmyReader(source, lemmy, "home.example/posts/acme").poll(START)
    reader = LemmyReader(source, lemmy, "other.example/posts/acme")
    reader.poll(START)
    assert reader.ids() == {"1"}


def test_a_walk_of_many_pages_keeps_its_pace(lemmy: LemmyService) -> None:
    for number in range(60):
        lemmy.add(number, START - number)
    page = _page(reader_of(lemmy), 0)
    assert page.more and page.next_check == timedelta(seconds=10)
    assert _page(reader_of(lemmy, pace="0s"), 0).next_check is None
