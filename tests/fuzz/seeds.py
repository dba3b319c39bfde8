"""What fuzzing starts from: small answers in each service's documented shape, and real ones where somebody has them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

_AT = 1_763_640_000
_ISO = "2026-11-20T11:00:00.000Z"
_STATUS: Mapping[str, Any] = {
    "id": "115580000000000000", "uri": "https://home.example/users/ann/statuses/1", "url": "https://home.example/@ann/1",
    "created_at": _ISO, "edited_at": None, "visibility": "public", "language": "bn", "content": "<p>acme &amp; co</p>",
    "spoiler_text": "", "in_reply_to_id": None, "reblog": None, "replies_count": 1, "reblogs_count": 2,
    "favourites_count": 3, "account": {"id": "1", "acct": "ann", "display_name": "Ann", "url": "https://home.example/@ann"},
}  # fmt: skip
_JSON: Mapping[str, Any] = {
    "appstore": {"feed": {"link": [{"attributes": {"rel": "self"}}], "entry": [{
        "id": {"label": "1"}, "updated": {"label": "2026-11-20T04:00:00-07:00"}, "title": {"label": "acme"},
        "content": {"label": "broke"}, "im:rating": {"label": "1"}, "im:version": {"label": "1.0"},
        "author": {"name": {"label": "ann"}, "uri": {"label": "https://itunes.apple.com/us/reviews/id1"}}}]}},
    "bluesky": {"cursor": "1", "posts": [{
        "uri": "at://did:plc:abc/app.bsky.feed.post/3k", "cid": "bafy", "indexedAt": _ISO, "likeCount": 1,
        "author": {"did": "did:plc:abc", "handle": "ann.example", "displayName": "Ann"},
        "record": {"text": "acme", "createdAt": _ISO, "langs": ["en"], "facets": [{
            "index": {"byteStart": 0, "byteEnd": 4},
            "features": [{"$type": "app.bsky.richtext.facet#link", "uri": "https://acme.example"}]}]}}]},
    "discourse": {"latest_posts": [{
        "id": 7, "username": "ann", "name": "Ann", "created_at": _ISO, "updated_at": _ISO, "cooked": "<p>acme</p>",
        "post_number": 1, "topic_id": 2, "topic_slug": "a", "topic_title": "A", "reads": 3, "score": 0.5}]},
    "gdelt": {"articles": [{
        "url": "https://news.example/a", "title": "acme", "seendate": "20261120T110000Z", "domain": "news.example",
        "language": "English", "sourcecountry": "United States"}]},
    "github": {"total_count": 1, "incomplete_results": False, "items": [{
        "id": 1, "node_id": "I_1", "number": 2, "html_url": "https://github.com/a/b/issues/2", "title": "acme",
        "repository_url": "https://api.github.com/repos/a/b", "body": "it broke", "comments": 1,
        "user": {"login": "ann", "id": 1, "html_url": "https://github.com/ann"}, "created_at": "2026-11-20T11:00:00Z",
        "updated_at": "2026-11-20T11:00:00Z", "reactions": {"total_count": 1, "+1": 1}}]},
    "hackernews": {"nbHits": 1, "nbPages": 1, "hits": [{
        "objectID": "1", "author": "ann", "title": "acme", "url": "https://acme.example", "points": 1,
        "num_comments": 0, "created_at_i": _AT, "story_text": "<p>acme",
        "comment_text": None, "story_id": 1, "parent_id": None,
        "_tags": ["story"]}]},
    "lemmy": {"posts": [{
        "post": {"id": 1, "ap_id": "https://home.example/post/1", "name": "acme", "body": "x", "published": _ISO,
                 "deleted": False, "removed": False, "language_id": 37, "url": "https://acme.example"},
        "creator": {"id": 1, "name": "ann", "actor_id": "https://home.example/u/ann"},
        "community": {"name": "c"}, "counts": {"score": 1, "comments": 2}}]},
    "mastodon": [_STATUS],
    "stackexchange": {"has_more": False, "quota_remaining": 9, "items": [{
        "question_id": 1, "title": "acme", "body": "<p>x</p>", "link": "https://stackoverflow.com/q/1", "score": 1,
        "creation_date": _AT, "last_activity_date": _AT, "view_count": 1, "answer_count": 0, "tags": ["a"],
        "owner": {"user_id": 1, "display_name": "Ann", "link": "https://stackoverflow.com/u/1"}}]},
}  # fmt: skip
_OTHER: Mapping[str, tuple[bytes, ...]] = {
    "answer-feed": (
        b"<?xml version='1.0'?><rss version='2.0'><channel><title>B</title><item><title>acme &amp; co</title>"
        b"<link>https://blog.example/1</link><guid>1</guid><pubDate>Fri, 20 Nov 2026 11:00:00 GMT</pubDate>"
        b"<description><![CDATA[<p onclick='x'>broke]]></description></item></channel></rss>",
        b"<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>a</id><title type='html'>&lt;b>x</title>"
        b"<updated>2026-11-20T11:00:00Z</updated><content type='xhtml'><div>acme</div></content></entry></feed>",
        b'{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1","content_text":"acme","url":"https://a.example",'
        b'"date_published":"2026-11-20T11:00:00Z","authors":[{"name":"Ann"}]}]}',
    ),
    "query": (
        b'("acme rockets" OR #acme OR @acme) NOT coyote lang:en',
        b'acme NEAR/5 refund -from:ann site:x.example title:"a b"',
        "অ্যাকমে OR acme* source:feed".encode(),
    ),
    "rows": (
        b'{"external_id":"1","text":"acme","published_at":"2026-11-20T11:00:00Z","author":{"handle":"ann"}}',
        b'external_id;text;author_handle\n1;"two\nlines";ann\n2;x',
    ),
    "request": (
        b'[{"external_id":"1","text":"acme","author":{"handle":"ann"}},{"text":5}]',
        b'{"text":"acme"}\n{"title":"acme","published_at":1763640000}',
        b'{"data":{"reviews":[{"body":"acme","user":{"login":"ann"}}]}}',
    ),
    "customers": (b"id,name,tier,owner,emails,handles\nc1,Ann,gold,ben,a@b.example;c@d.example,x:ann\n",),
    "text": (b"Acme broke my parcel, worst support EVER!!! :( https://x.example @acme #fail", "অ্যাকমে খুব খারাপ".encode()),
}
_RECORDED: Mapping[str, str] = {
    "answer-feed": "feeds-*/**/*", "answer-hackernews": "hackernews/**/*.json",
    "answer-mastodon": "mastodon-*/**/*.json",
    "answer-bluesky": "bluesky-xrpc-*/**/*.json", "answer-github": "github/**/*.json",
    "answer-stackexchange": "stackexchange/**/*.json", "answer-discourse": "discourse/**/*.json",
    "answer-appstore": "appstore-reviews/**/*.json",
}  # fmt: skip
_MOST_BYTES = 20_000


def seeds(target: str) -> Iterator[bytes]:
    """Gives the inputs that fuzzing a target starts from."""
    kind = target.removeprefix("answer-")
    if kind in _JSON:
        yield json.dumps(_JSON[kind]).encode()
    yield from _OTHER.get(target, ())


def recorded(target: str) -> Iterator[bytes]:
    """Gives real answers from the folder that LISTENER_RECORDINGS names, where it is set."""
    folder = os.environ.get("LISTENER_RECORDINGS")
    if folder and target in _RECORDED:
        for path in sorted(Path(folder).glob(_RECORDED[target])):
            if path.is_file() and path.stat().st_size <= _MOST_BYTES:
                yield path.read_bytes()
