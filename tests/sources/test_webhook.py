"""What a webhook takes, whom it takes it from, and what it says of the rest."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from sources.abilities import Receiving, RequestRefused
from sources.contract import EVERYTHING, Source
from sources.post import Post, storable_post
from sources.query import parse
from sources.webhook import MOST_POSTS, Webhook, WebhookSettings
from sources.webhook_signature import signature

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SECRET = "5f0c1e9a7b3d482c6e8f9a0b1c2d3e4f"


def webhook(**settings: Any) -> Webhook:
    return WebhookSettings(kind="webhook", name="shop", secret=SECRET, **settings).open()


def signed(body: bytes, at: datetime = NOW, secret: str = SECRET, kind: str = "application/json") -> dict[str, str]:
    timestamp = str(int(at.timestamp()))
    return {
        "content-type": kind,
        "x-listener-timestamp": timestamp,
        "x-listener-signature": signature(secret, timestamp, body),
    }


def taken(body: Any, kind: str = "application/json", **settings: Any) -> list[Post | ValueError]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return list(webhook(**settings).receive(signed(raw, kind=kind), raw, NOW))


def refused(body: bytes, headers: dict[str, str], **settings: Any) -> RequestRefused:
    with pytest.raises(RequestRefused) as caught:
        webhook(**settings).receive(headers, body, NOW)
    assert SECRET not in str(caught.value)
    return caught.value


def test_it_is_a_source_that_is_told_and_has_nothing_to_be_asked_for() -> None:
    source = webhook()
    assert isinstance(source, Source)
    assert isinstance(source, Receiving)
    assert source.plan(parse("acme")).asks == (EVERYTHING,)
    page = asyncio.run(source.fetch(EVERYTHING, "here", NOW))
    assert (page.posts, page.cursor, page.more) == ((), "here", False)
    asyncio.run(source.close())


def test_an_object_a_list_and_lines_bring_posts_of_this_source() -> None:
    one = {"external_id": "1", "text": "I like Acme", "author": {"handle": "@jane"}}
    [post] = taken(one)
    assert isinstance(post, Post)
    assert (post.source, post.instance, post.external_id, post.author.handle) == ("webhook", "shop", "1", "jane")
    assert taken([one, one]) == [post, post]
    lines = json.dumps(one).encode() + b"\n\n" + json.dumps(one).encode() + b"\n"
    assert taken(lines, "application/x-ndjson; charset=utf-8") == [post, post]
    assert taken([]) == []


def test_each_post_that_cannot_be_read_is_an_error_in_its_place() -> None:
    read = taken([{"text": "a"}, 5, {}, {"text": 7}, {"text": "b", "published_at": "yesterday"}, {"text": "c"}])
    assert [isinstance(one, Post) for one in read] == [True, False, False, False, False, True]
    assert [str(one) for one in read[1:5]] == [
        'is 5, must be an object such as {"external_id": "1", "text": "..."}',
        "has none of text, title, url and external_id: it is not a post",
        "text is 7, must be text",
        "published_at is 'yesterday', must be an RFC 3339 time such as '2026-11-20T08:30:00Z' "
        "or the seconds since 1970",
    ]
    broken = taken(b'{"text": "a"}\n{"text": \n{"text": "b"}', "application/jsonl")
    assert [isinstance(one, Post) for one in broken] == [True, False, True]


def test_fields_are_found_where_the_settings_say() -> None:
    body = {"event": "review", "data": {"reviews": [{"body": "Acme is fine", "who": {"login": "jane"}, "n": [4, 5]}]}}
    fields = {"text": "body", "author.handle": "who.login", "engagement.likes": "n.1", "external_id": "no.such"}
    [post] = taken(body, items="data.reviews", fields=fields)
    assert isinstance(post, Post)
    assert (post.text, post.author.handle, post.engagement.likes) == ("Acme is fine", "jane", 5)
    assert post.external_id.startswith("sha256:")
    raw = b'{"data": {}}'
    assert refused(raw, signed(raw), items="data.reviews").status == 400


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"x-listener-signature": ""}, 401, "is not signed"),
        ({"x-listener-timestamp": ""}, 401, "is not signed"),
        ({"x-listener-timestamp": "now"}, 401, "whole seconds since 1970"),
        ({"x-listener-timestamp": "9" * 4000}, 401, "whole seconds since 1970"),
        ({"x-listener-timestamp": "²"}, 401, "whole seconds since 1970"),
        ({"x-listener-timestamp": str(int(NOW.timestamp()) + 1)}, 403, "does not hold"),
        ({"x-listener-signature": "sha256=" + "0" * 64}, 403, "does not hold"),
        ({"x-listener-signature": "sha256=é"}, 403, "does not hold"),
        ({"content-type": "text/plain"}, 415, "Content-Type must be one of"),
        ({"content-type": ""}, 415, "Content-Type must be one of"),
    ],
)
def test_a_request_that_proves_nothing_or_is_of_another_kind_is_refused(
    change: dict[str, str], status: int, words: str
) -> None:
    body = b'{"text": "a"}'
    error = refused(body, signed(body) | change)
    assert error.status == status
    assert words in str(error)


def test_who_comes_by_a_link_cannot_speak_for_another_source() -> None:
    body = json.dumps({"source": "bluesky", "instance": "bsky.social", "external_id": "1", "text": "acme"}).encode()
    [signed_post] = webhook().receive(signed(body), body, NOW)
    [linked_post] = webhook().receive({"content-type": "application/json"}, body, NOW, proved=True)
    assert isinstance(signed_post, Post)
    assert isinstance(linked_post, Post)
    assert str(signed_post.key) == "bluesky:bsky.social:1"
    assert str(linked_post.key) == "webhook:shop:1"


def test_without_a_secret_only_a_sender_that_is_proved_already_is_taken() -> None:
    source = WebhookSettings(kind="webhook", name="shop").open()
    body = b'{"text": "a"}'
    with pytest.raises(RequestRefused, match="by a signed link alone"):
        source.receive(signed(body), body, NOW)
    assert len(source.receive({"content-type": "application/json"}, body, NOW, proved=True)) == 1


def test_a_body_or_secret_that_is_not_the_signed_one_is_refused() -> None:
    body = b'{"text": "a"}'
    assert refused(body + b" ", signed(body)).status == 403
    assert refused(body, signed(body, secret=SECRET[::-1])).status == 403


@pytest.mark.parametrize(("seconds", "holds"), [(-300, True), (300, True), (-301, False), (301, False)])
def test_a_signature_holds_for_five_minutes_either_way(seconds: int, holds: bool) -> None:
    body = b'{"text": "a"}'
    headers = signed(body, NOW + timedelta(seconds=seconds))
    if holds:
        assert len(webhook().receive(headers, body, NOW)) == 1
    else:
        error = refused(body, headers)
        assert error.status == 403
        assert "301 s " in str(error) and ("behind" if seconds < 0 else "ahead of") in str(error)


def test_a_body_that_is_no_json_or_holds_too_many_posts_is_refused_whole() -> None:
    for body in (b"", b"{", b"[" * 100_000, b'{"a": ' + b"9" * 5_000 + b"}"):
        assert refused(body, signed(body)).status == 400
    many = json.dumps([{"text": "a"}] * (MOST_POSTS + 1)).encode()
    assert refused(many, signed(many)).status == 413


KEYS = st.sampled_from(["text", "title", "author", "handle", "published_at", "data"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
)
BODIES = st.binary(max_size=200) | VALUES.map(lambda value: json.dumps(value).encode())


@settings(max_examples=200, deadline=None)
@given(BODIES, st.sampled_from(["application/json", "application/x-ndjson"]))
def test_any_bytes_of_a_signed_sender_are_posts_or_sentences(body: bytes, kind: str) -> None:
    for options in ({}, {"fields": {"text": "data.text", "author.handle": "author"}, "items": "data"}):
        try:
            read = webhook(**options).receive(signed(body, kind=kind), body, NOW)
        except RequestRefused as error:
            assert error.status in (400, 413)
            continue
        for one in read:
            if isinstance(one, Post):
                assert storable_post(one, NOW) == one
            else:
                assert "\n" not in str(one)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"secret": "short"}, "openssl rand -hex 32"),
        ({"secret": "a" * 64}, "openssl rand -hex 32"),
        ({"every": "5m"}, "never asked"),
        ({"fields": {"txt": "a"}}, "names 'txt', must be some of: source"),
        ({"fields": {"text": "a..b"}}, "keys with full stops between them"),
        ({"items": ".a"}, "keys with full stops between them"),
        ({"evry": "5m"}, "extra"),
    ],
)
def test_settings_that_would_not_work_are_told_without_their_secret(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match="(?i)" + words.replace("(", "\\(")) as caught:
        WebhookSettings(**{"kind": "webhook", "name": "shop", "secret": SECRET} | wrong)
    assert SECRET not in str(caught.value)
