"""Kept posts looked at again: there as they are now, gone, or not told; nothing unfit ever makes one gone."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from discourse_service import DiscourseService
from hackernews_service import HackerNewsService
from hypothesis import given, settings
from hypothesis import strategies as st
from lemmy_service import LemmyService
from polling import NOW, START, Item
from stackexchange_service import StackExchangeService

from listener.demo.loopback import LoopbackServer, Reply, Request, json_reply
from sources import discourse_recheck, hackernews_item, stackexchange_recheck
from sources.abilities import Rechecking
from sources.contract import EVERYTHING, Page, Source, SourceBusy, SourceError, SourceUnavailable
from sources.discourse_post import Forum
from sources.http import Answer
from sources.one_by_one import look_at_each
from sources.post import Post, PostKey
from sources.registry import kinds, settings_class

LATER = NOW + timedelta(days=1)


@dataclass
class World:
    """One kind on a service of this machine. `add` has something posted that every post of the kind must survive."""

    kind: str
    service: Any
    settings: dict[str, Any]
    asks: Sequence[str]

    def open(self, **more: Any) -> Source:
        told = {"kind": self.kind, "name": "one", "allow_private": True} | self.settings | more
        return settings_class(self.kind).model_validate(told).open()

    def add(self, number: int, **told: Any) -> Item:
        if self.kind == "discourse":
            told = {"topic_id": number} | told
        item: Item = self.service.add(number, START - 600 - number, **told)
        return item

    def posts(self) -> list[Post]:
        """What the normal reading gives."""

        async def read() -> list[Post]:
            source = self.open()
            posts: list[Post] = []
            for ask in self.asks:
                cursor: str | None = None
                for _ in range(50):
                    page = await source.fetch(ask, cursor, NOW)
                    posts += page.posts
                    cursor = page.cursor
                    if not page.more:
                        break
            return posts

        return asyncio.run(read())


def hackernews() -> World:
    service = HackerNewsService()
    return World("hackernews", service, {"base_url": service.base_url, "items_url": service.items_url}, ["acme"])


def stackexchange() -> World:
    service = StackExchangeService()
    settings = {"base_url": service.base_url, "sites": ["stackoverflow", "math"]}
    return World("stackexchange", service, settings, ["stackoverflow/acme", "math/acme"])


def lemmy() -> World:
    service = LemmyService()
    settings = {"base_url": service.base_url, "instances": ["home.example"], "pace": "0s"}
    return World("lemmy", service, settings, ["home.example/posts/acme", "home.example/comments/acme"])


def discourse() -> World:
    service = DiscourseService()
    return World("discourse", service, {"base_url": service.url}, [EVERYTHING])


WORLDS = {"hackernews": hackernews, "stackexchange": stackexchange, "lemmy": lemmy, "discourse": discourse}


@pytest.fixture(scope="module", params=sorted(WORLDS))
def started(request: pytest.FixtureRequest) -> Iterator[World]:
    world = WORLDS[request.param]()
    with world.service:
        yield world


@pytest.fixture
def world(started: World) -> World:
    started.service.renew()
    return started


def looked(world: World, keys: Sequence[PostKey], now: datetime = LATER) -> Page:
    async def look() -> Page:
        source = world.open()
        assert isinstance(source, Rechecking)
        world.service.now = int(now.timestamp())
        page = await source.recheck(keys, now)
        await source.close()
        return page

    return asyncio.run(look())


def several(world: World) -> list[Post]:
    for number in range(1, 6):
        world.add(number)
    if world.kind == "lemmy":
        world.add(6, listing="comments", content="Acme *comment*")
    if world.kind == "hackernews":
        world.add(6, story=1, parent=2, text="Acme &amp; <i>co</i><p>more")
        world.add(7, text="Ask <b>acme</b>", url="https://acme.example/x", points=9, replies=4)
    if world.kind == "discourse":
        world.add(6, post_number=3, reply_to_post_number=2)
    if world.kind == "stackexchange":
        world.add(6, site="math")
    world.service.now = START
    posts = world.posts()
    assert len(posts) >= 5
    return posts


def test_a_post_that_is_there_is_given_with_the_very_key_and_words_of_the_normal_reading(world: World) -> None:
    posts = several(world)
    page = looked(world, [post.key for post in posts])
    assert not page.changes and not page.notes
    assert sorted(page.posts, key=lambda post: post.key) == sorted(posts, key=lambda post: post.key)


def test_a_post_that_was_deleted_is_told_and_no_other_is(world: World) -> None:
    posts = several(world)
    world.service.items[1].deleted_at = START + 60
    world.service.items[-1].deleted_at = START + 60
    page = looked(world, [post.key for post in posts])
    gone = {change.key.external_id.rpartition("/")[2] for change in page.changes}
    assert gone == {str(world.service.items[1].id), str(world.service.items[-1].id)}
    assert len(page.posts) == len(posts) - 2
    assert all(change.deleted and change.key in {post.key for post in posts} for change in page.changes)


def test_a_post_that_was_edited_is_given_as_it_is_now(world: World) -> None:
    (item, other) = (world.add(1), world.add(2))
    posts = {post.external_id.rpartition("/")[2]: post for post in world.posts()}
    changed = {"title": "Acme jets", "name": "Acme jets", "topic_title": "Acme jets", "cooked": "<p>Acme jets</p>"}
    item.told |= changed if world.kind != "stackexchange" else {"title": "Acme jets"}
    if world.kind == "hackernews":
        world.service.now = START
        world.service.items.remove(item)
        world.service._items = [one for one in world.service._items if one.id != 1]
        world.add(1, title="Acme jets")
    page = looked(world, [posts["1"].key, posts["2"].key])
    now = {post.external_id.rpartition("/")[2]: post for post in page.posts}
    assert now["2"] == posts["2"] and other.id == 2
    assert now["1"].key == posts["1"].key and now["1"].title == "Acme jets" != posts["1"].title


def test_keys_of_other_services_and_odd_ones_are_never_asked_for(world: World) -> None:
    (post,) = (world.add(1), world.posts())[1]
    world.service.asked.clear()
    key = post.key
    odd = [
        PostKey("feed", key.instance, key.external_id),
        PostKey(key.source, "elsewhere.example", "1"),
        PostKey(key.source, key.instance, "../admin"),
        PostKey(key.source, key.instance, "1;2?x=1"),
        PostKey(key.source, key.instance, "9" * 400),
        PostKey(key.source, key.instance, ""),
    ]
    page = looked(world, odd)
    assert not page.posts and not page.changes
    assert not [path for path in world.service.asked if "search" not in path]


def _same(reply: Reply, _: Request) -> Reply:
    return reply


KEYS = {
    "hackernews": PostKey("hackernews", "news.ycombinator.com", "1"),
    "stackexchange": PostKey("stackexchange", "stackoverflow.com", "1"),
    "lemmy": PostKey("lemmy", "far.example", "https://far.example/post/1"),
}
HTML = "<html><title>One moment</title>Checking your browser</html>"
UNFIT = [
    Reply(status=status, body=body.encode(), headers={"content-type": media, **more})
    for status in (200, 400, 404, 410, 500, 502, 503)
    for body, media, more in [
        (HTML, "text/html", {}),
        ("", "text/plain", {}),
        ("{}", "application/json", {}),
        ("[]", "application/json", {}),
        ('{"items": null, "id": 99}', "application/json", {}),
        ('{"message": "Not Found"}', "application/json", {}),
        ("null", "application/json", {}),
        (HTML, "text/html", {"cf-mitigated": "challenge"}),
    ]
]


@pytest.mark.parametrize("status", [200, 400, 404, 410, 500, 502, 503])
def test_a_robot_page_an_error_or_an_odd_answer_never_makes_a_post_deleted(world: World, status: int) -> None:
    world.add(1)
    (post,) = world.posts()
    for reply in [reply for reply in UNFIT if reply.status == status]:
        try:
            with patch.object(world.service, "_answer", partial(_same, reply)):
                page = looked(world, [post.key])
        except SourceError as error:
            assert str(error).isprintable()
        else:
            assert not page.changes and not page.posts


_HOSTILE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["\ud83d", "javascript:x", 1]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
_NAMES = ["id", "items", "post_view", "comment_view", "question_id", "type", "title", "post", "ap_id", "text", "url"]
_NAMES += ["cooked", "post_number", "topic_id", "has_more", "by", "time", "owner", "created_at", "error", "errors"]


@given(st.dictionaries(st.sampled_from(_NAMES), _HOSTILE, max_size=8), st.sampled_from([200, 404]))
@settings(max_examples=30, deadline=None)
def test_hostile_answers_raise_nothing_but_source_errors(started: World, told: dict[str, Any], status: int) -> None:
    key = KEYS.get(started.kind) or PostKey("discourse", started.service.url.removeprefix("http://"), "1")
    try:
        with patch.object(started.service, "_answer", partial(_same, json_reply(told, status))):
            page = looked(started, [key])
    except SourceError as error:
        assert str(error).isprintable()
    else:
        assert all(found.key == key for found in page.posts)


@pytest.mark.parametrize("status", [401, 402, 403, 429])
def test_a_refusal_is_an_error_or_tells_nothing(world: World, status: int) -> None:
    world.add(1)
    (post,) = world.posts()
    reply = json_reply({}, status, {"retry-after": "77"})
    try:
        with patch.object(world.service, "_answer", partial(_same, reply)):
            page = looked(world, [post.key])
    except SourceBusy as busy:
        assert status == 429 and busy.retry_after == timedelta(seconds=77)
    except SourceError:
        pass
    else:
        assert not page.changes and not page.posts


def test_an_answer_of_stack_exchange_that_may_not_be_whole_deletes_nothing() -> None:
    with StackExchangeService() as service:
        world = World("stackexchange", service, {"base_url": service.base_url}, ["stackoverflow/acme"])
        for number in range(1, 5):
            world.add(number)
        posts = world.posts()
        service.cap = 2
        page = looked(world, [post.key for post in posts])
        assert len(page.posts) == 2 and not page.changes


def test_stack_exchange_is_not_asked_again_before_its_backoff_is_over() -> None:
    with StackExchangeService() as service:
        settings = {"base_url": service.base_url, "sites": ["stackoverflow", "math"]}
        world = World("stackexchange", service, settings, ["stackoverflow/acme", "math/acme"])
        world.add(1)
        world.add(2, site="math")
        keys = [post.key for post in world.posts()]
        service.backoff = 30
        source = world.open()
        assert isinstance(source, Rechecking)
        page = asyncio.run(source.recheck(keys, LATER))
        assert len(page.posts) == 1 and page.next_check == timedelta(seconds=30)
        with pytest.raises(SourceBusy) as busy:
            asyncio.run(source.recheck(keys, LATER + timedelta(seconds=10)))
        assert busy.value.retry_after == timedelta(seconds=20)


def test_lemmy_asks_only_the_instance_that_a_post_comes_from_and_believes_only_its_own_address() -> None:
    with LemmyService() as service:
        world = World("lemmy", service, {"base_url": service.base_url}, ["lemmy.world/posts/acme"])
        item = world.add(1)
        (post,) = world.posts()
        service.asked.clear()
        assert len(looked(world, [post.key]).posts) == 1
        assert [path.partition("?")[0] for path in service.asked] == ["/far.example/api/v3/post"]
        item.told["ap_id"] = "https://far.example/post/999"
        page = looked(world, [post.key])
        assert not page.posts and not page.changes


def test_a_busy_database_of_an_old_lemmy_is_no_deletion() -> None:
    with LemmyService() as service:
        world = World("lemmy", service, {"base_url": service.base_url}, ["lemmy.world/posts/acme"])
        world.add(1)
        (post,) = world.posts()
        service.closed["far.example"] = json_reply({"error": "couldnt_find_post"}, 400)
        with pytest.raises(SourceUnavailable):
            looked(world, [post.key])


def test_an_instance_that_does_not_answer_spares_the_posts_of_the_others() -> None:
    with LemmyService() as service:
        world = World("lemmy", service, {"base_url": service.base_url}, ["lemmy.world/posts/acme"])
        for number in range(1, 5):
            host = "far" if number % 2 else "down"
            world.add(number, ap_id=f"https://{host}.example/post/{number}")
        keys = [post.key for post in world.posts()]
        service.closed["down.example"] = Reply(status=500)
        service.asked.clear()
        page = looked(world, keys)
        assert len(page.posts) == 2 and len(page.notes) == 1 and not page.changes
        assert len([path for path in service.asked if "down" in path]) == 1


def test_dead_items_of_hacker_news_are_gone_and_unknown_ones_are_not_told() -> None:
    replies = {"1": {"id": 1, "type": "story", "dead": True, "title": "Acme"}, "2": None, "3": {"id": 3, "type": "job"}}
    server = LoopbackServer(lambda request: json_reply(replies[request.path[-6]]), lambda: NOW)
    with server:
        settings = {"kind": "hackernews", "name": "hn", "items_url": server.url, "allow_private": True}
        source = settings_class("hackernews").model_validate(settings).open()
        assert isinstance(source, Rechecking)
        keys = [PostKey("hackernews", "news.ycombinator.com", number) for number in replies]
        page = asyncio.run(source.recheck(keys, NOW))
    assert [change.key.external_id for change in page.changes] == ["1"] and not page.posts


def test_a_post_of_a_forum_that_may_not_be_seen_any_more_is_not_told() -> None:
    with DiscourseService() as service:
        world = World("discourse", service, {"base_url": service.url}, [EVERYTHING])
        world.add(1)
        (post,) = world.posts()
        service.refuse_with = json_reply({"errors": ["no"], "error_type": "invalid_access"}, 403)
        page = looked(world, [post.key])
        assert not page.posts and not page.changes


def test_a_service_out_of_order_is_left_after_a_few_posts() -> None:
    asked: list[PostKey] = []
    keys = [PostKey("hackernews", "news.ycombinator.com", str(number)) for number in range(20)]

    async def look(key: PostKey) -> None:
        asked.append(key)
        raise SourceUnavailable("down")

    with pytest.raises(SourceUnavailable):
        asyncio.run(look_at_each(keys, look))
    assert len(asked) == 3


def test_no_kind_that_could_only_guess_looks_again() -> None:
    guessing = {"appstore": {"app": "1"}, "gdelt": {}, "feed": {"url": "https://a.example/"}}
    for kind, told in guessing.items():
        assert kind in kinds()
        source = settings_class(kind).model_validate({"kind": kind, "name": "one"} | told).open()
        assert not isinstance(source, Rechecking)


RECORDINGS = os.environ.get("LISTENER_RECORDINGS")
needs_recordings = pytest.mark.skipif(not RECORDINGS, reason="LISTENER_RECORDINGS names no folder of recorded answers")


def recorded(path: str) -> Any:
    return json.loads((Path(RECORDINGS or "") / path).read_text("utf-8"))


@needs_recordings
@pytest.mark.parametrize("name", ["hackernews.json", "ask-hn.json"])
def test_recorded_items_of_hacker_news_become_whole_posts(name: str) -> None:
    item = recorded(f"hackernews/firebase/{name}")
    post = hackernews_item.what_became_of(PostKey("hackernews", "news.ycombinator.com", str(item["id"])), item, NOW)
    assert isinstance(post, Post)
    assert (post.external_id, post.title, post.author.handle) == (str(item["id"]), item["title"], item["by"])
    assert (post.engagement.likes, post.engagement.replies) == (item["score"], item["descendants"])
    assert post.published_at == datetime.fromtimestamp(item["time"], UTC)
    assert item.get("url", "") in post.text and post.kind == "post"


@needs_recordings
def test_a_recorded_post_of_a_forum_is_given_with_the_title_of_its_topic() -> None:
    item = recorded("discourse/post.json")
    answer = Answer(status=200, url="", headers={}, body=json.dumps(item).encode())
    found = discourse_recheck.what_became_of(PostKey("discourse", "forum.example", str(item["id"])), answer)
    assert isinstance(found, discourse_recheck.Topic) and found.number == item["topic_id"]
    forum = Forum("https://forum.example", "forum.example")
    about = {"id": item["topic_id"], "title": "Welcome"}
    post = discourse_recheck.post_as_it_is_now(found, about, forum, NOW)
    assert post is not None and (post.title, post.external_id) == ("Welcome", str(item["id"]))
    assert discourse_recheck.post_as_it_is_now(found, recorded("discourse/topic.json"), forum, NOW) is None


@needs_recordings
def test_recorded_questions_are_given_and_those_that_are_not_among_them_are_gone() -> None:
    answer = recorded("stackexchange/static-questions.json") | {"has_more": False}
    numbers = [str(item["question_id"]) for item in answer["items"]]
    asked = {number: PostKey("stackexchange", "stackoverflow.com", number) for number in [*numbers, "1"]}
    page = stackexchange_recheck.what_became_of(asked, answer, "stackoverflow.com", NOW)
    assert [post.external_id for post in page.posts] == numbers
    assert [change.key.external_id for change in page.changes] == ["1"]
