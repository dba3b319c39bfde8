"""What fuzzing starts from: small answers in each service's documented shape, and real ones where somebody has them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
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
    "discussions": {"data": {"search": {
        "discussionCount": 1, "pageInfo": {"hasNextPage": False, "endCursor": "Y3"}, "nodes": [{
            "id": "D_1", "title": "acme", "body": "it **broke**", "bodyText": "it broke", "upvoteCount": 1,
            "url": "https://github.com/a/b/discussions/3", "createdAt": "2026-11-20T11:00:00Z",
            "updatedAt": "2026-11-20T11:00:00Z", "comments": {"totalCount": 2},
            "author": {"login": "ann", "url": "https://github.com/ann", "databaseId": 1}}]},
        "rateLimit": {"limit": 5000, "remaining": 4999, "resetAt": "2026-11-20T13:00:00Z"}},
        "errors": [{"type": "FORBIDDEN", "path": ["search", "nodes", 1], "message": "no access"}]},
    "mastodon-search": {"accounts": [], "statuses": [_STATUS], "hashtags": []},
    "reddit": {"kind": "Listing", "data": {"after": "t3_1abc", "dist": 2, "children": [
        {"kind": "t3", "data": {
            "name": "t3_1abd", "id": "1abd", "title": "acme", "selftext": "broke &amp; bent", "author": "ann",
            "author_fullname": "t2_a", "permalink": "/r/a/comments/1abd/acme/", "url": "https://acme.example",
            "created_utc": _AT + 0.5, "score": 3, "num_comments": 1, "removed_by_category": None}},
        {"kind": "t1", "data": {
            "name": "t1_1abe", "id": "1abe", "body": "acme", "author": "[deleted]", "link_id": "t3_1abd",
            "parent_id": "t3_1abd", "created_utc": _AT, "score": 1}}]}},
    "x": {"data": [{
        "id": "1990000000000000000", "author_id": "7", "text": "acme https://t.co/a", "lang": "en", "created_at": _ISO,
        "edit_history_tweet_ids": ["1990000000000000000"], "note_tweet": {"text": "acme &amp; co"},
        "referenced_tweets": [{"type": "replied_to", "id": "1980000000000000000"}],
        "withheld": {"country_codes": ["XY"]},
        "entities": {"urls": [{"url": "https://t.co/a", "expanded_url": "https://acme.example"}]},
        "public_metrics": {"like_count": 1, "reply_count": 0, "retweet_count": 2, "impression_count": 9}}],
        "includes": {"users": [{
            "id": "7", "username": "ann", "name": "Ann", "public_metrics": {"followers_count": 3}}]},
        "errors": [{"type": "https://api.x.com/2/problems/resource-not-found", "resource_type": "tweet",
                    "resource_id": "5", "title": "Not Found Error", "detail": "gone"}],
        "meta": {"newest_id": "1990000000000000000", "oldest_id": "1", "result_count": 1, "next_token": "b26v"}},
    "youtube": {"kind": "youtube#searchListResponse", "nextPageToken": "CBk", "items": [{
        "id": {"kind": "youtube#video", "videoId": "dQw4w9WgXcQ"}, "statistics": {
            "likeCount": "1", "viewCount": "9", "commentCount": "2"},
        "snippet": {"publishedAt": "2026-11-20T11:00:00Z", "channelId": "UC1", "title": "acme &#39;s",
                    "description": "x", "channelTitle": "Ann", "defaultLanguage": "en"}}]},
    "youtube-comments": {"kind": "youtube#commentThreadListResponse", "nextPageToken": "Q", "items": [{
        "id": "UgxAAAAAAAAAAAAAAAAAAAAAA1", "snippet": {"videoId": "dQw4w9WgXcQ", "totalReplyCount": 2,
            "topLevelComment": {"id": "UgxAAAAAAAAAAAAAAAAAAAAAA1", "snippet": {
                "videoId": "dQw4w9WgXcQ", "textDisplay": "acme<br>broke", "authorDisplayName": "@ann", "likeCount": 1,
                "authorChannelId": {"value": "UC2"}, "publishedAt": "2026-11-20T11:00:00Z"}}},
        "replies": {"comments": [{"id": "UgxAAAAAAAAAAAAAAAAAAAAAA1.1", "snippet": {
            "parentId": "UgxAAAAAAAAAAAAAAAAAAAAAA1", "textOriginal": "so sorry", "authorDisplayName": "Acme",
            "publishedAt": "2026-11-20T11:30:00Z"}}]}}]},
    "stackexchange": {"has_more": False, "quota_remaining": 9, "items": [{
        "question_id": 1, "title": "acme", "body": "<p>x</p>", "link": "https://stackoverflow.com/q/1", "score": 1,
        "creation_date": _AT, "last_activity_date": _AT, "view_count": 1, "answer_count": 0, "tags": ["a"],
        "owner": {"user_id": 1, "display_name": "Ann", "link": "https://stackoverflow.com/u/1"}}]},
}  # fmt: skip
_AGAIN: Mapping[str, Any] = {
    "discourse": {**_JSON["discourse"]["latest_posts"][0], "topic_title": "acme", "hidden": False},
    "github": _JSON["github"]["items"][0],
    "hackernews": {"id": 1, "type": "story", "by": "ann", "time": _AT, "title": "acme", "url": "https://acme.example",
                   "text": "<p>broke", "score": 5, "descendants": 2, "dead": False, "deleted": False, "parent": 0},
    "lemmy": {"post_view": _JSON["lemmy"]["posts"][0]},
    "mastodon": [{**_STATUS, "id": "1"}],
}  # fmt: skip
_MAIL = (
    b"From: =?utf-8?q?Ann_=C3=96?= <ann@example.org>\r\nTo: team@acme.example\r\nSubject: =?iso-8859-1?b?YWNtZQ==?=\r\n"
    b"Message-ID: <1@example.org>\r\nIn-Reply-To: <0@acme.example>\r\nDate: Fri, 20 Nov 2026 11:00:00 +0000\r\n"
)
_PLAIN_MAIL = _MAIL + b"\r\nIt broke.\r\n\r\nOn Thu, Acme wrote:\r\n> all is well\r\n-- \r\nAnn\r\n"
_PARTED_MAIL = _MAIL + (
    b"MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n"
    b"Content-Type: text/plain; charset=windows-1252; format=flowed\r\n"
    b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    b"It broke=2E\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    b"PHA+SXQgYnJva2U8YmxvY2txdW90ZT5vbGQ8L2Jsb2NrcXVvdGU+\r\n--b--\r\n"
)
_COMMIT = {"operation": "create", "collection": "app.bsky.feed.post", "rkey": "3k", "cid": "bafy", "record": {
    "$type": "app.bsky.feed.post", "text": "acme", "createdAt": _ISO, "langs": ["en"],
    "labels": {"values": [{"val": "spam"}]}}}  # fmt: skip
_NEWER = {"$type": "network.bsky.jetstream.subscribeEvents#commit", "seq": 5, "did": "did:plc:abc",
          "witnessedAt": _ISO, **_COMMIT}  # fmt: skip
_FRAMES = (
    {"did": "did:plc:abc", "time_us": _AT * 10**6, "kind": "commit", "commit": _COMMIT},
    {"did": "did:plc:abc", "time_us": _AT * 10**6, "kind": "account", "account": {
        "active": False, "status": "deleted", "did": "did:plc:abc", "seq": 1, "time": _ISO}},
    {"$type": "#message", "payload": _NEWER},
    {"$type": "error", "error": "CursorTooOld", "message": "x"},
)  # fmt: skip
_SAID = (
    b"* OK [CAPABILITY IMAP4rev1] ready\r\n* CAPABILITY IMAP4rev1\r\nTAG OK done\r\nTAG OK in\r\n* 1 EXISTS\r\n"
    b"* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 5] x\r\nTAG OK [READ-ONLY] done\r\n* SEARCH 4\r\nTAG OK done\r\n"
    b"* SEARCH 4\r\nTAG OK done\r\n"
)
_RECORD = b'* 1 FETCH (UID 4 RFC822.SIZE %d INTERNALDATE "20-Nov-2026 11:00:00 +0000" BODY[]<0> {%d}\r\n'
_SHOWN = _RECORD % (len(_PLAIN_MAIL), len(_PLAIN_MAIL))
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
    "events": (
        b":thump\n\nevent: update\ndata: " + json.dumps(_STATUS).encode() + b"\n\nevent: delete\ndata: "
        b"115580000000000000\n\nevent: status.update\r\ndata:{\r\ndata:}\r\n\r\n",
    ),
    "frames": (b"\n".join(json.dumps(frame).encode() for frame in _FRAMES), json.dumps(_FRAMES[2]).encode()),
    "mail": (_PLAIN_MAIL, _PARTED_MAIL),
    "mailbox": (_SAID + _SHOWN + _PLAIN_MAIL + b")\r\nTAG OK done\r\n* BYE\r\nTAG OK x\r\n",),
    "opml": (
        b"<?xml version='1.0'?><opml version='2.0'><body><outline text='News'><outline type='rss' text='B &amp; C' "
        b"xmlUrl='https://blog.example/feed?a&b=1'/></outline></body></opml>",
    ),
    "server": (
        b"/ingest/survey?link=1872936000.FIZZJtzXwaHSi6m4Bb7CmpyDRJKi3MfEs_cpTPSCY7Y\ncontent-type: application/json\n"
        b'idempotency-key: 1\n\n[{"text":"acme"},{"text":5}]',
        b"/ingest/shop\ncontent-type: application/json\nx-listener-timestamp: 1795176000\nx-listener-signature: sha256="
        b'58ad2051b42e767c72f54b0e08d8fdc5678b381448d5d6b0804e41b2e4e37230\n\n[{"text":"acme"},{"text":5}]',
    ),
    "signature": (
        b"1795334400." + b"A" * 43 + b"\n{}",
        b"1763640000.sha256=" + b"0" * 64 + b'\n[{"text":"acme"}]',
    ),
    "site": (
        b'</feed>; rel=alternate; type=application/rss+xml; title="Blog"\n\n'
        b"<!doctype html><html><head><base href='/x/'>"
        b"<link rel='alternate' type='application/atom+xml' title='A' href='atom.xml'></head></html>",
        b"\n\n<html><body>no feed</body></html>",
    ),
    "customers": (b"id,name,tier,owner,emails,handles\nc1,Ann,gold,ben,a@b.example;c@d.example,x:ann\n",),
    "interactions": (
        b'customer,identity,at,channel,kind,direction,text,outcome\nc1,,2026-11-20,phone,call,in,"It broke",\n'
        b",x:ann,1763629800,web,survey,,,nps 2\n",
        b'{"email": "a@b.example", "at": "2026-11-20T09:00:00Z", "kind": "survey", "outcome": "4/5"}',
    ),
    "text": (b"Acme broke my parcel, worst support EVER!!! :( https://x.example @acme #fail", "অ্যাকমে খুব খারাপ".encode()),
}
_RECORDED: Mapping[str, str] = {
    "answer-feed": "feeds-*/**/*", "answer-hackernews": "hackernews/**/*.json",
    "answer-mastodon": "mastodon-*/**/*.json",
    "answer-bluesky": "bluesky-xrpc-*/**/*.json", "answer-github": "github/**/*.json",
    "answer-stackexchange": "stackexchange/**/*.json", "answer-discourse": "discourse/**/*.json",
    "answer-appstore": "appstore-reviews/**/*.json", "answer-x": "x-*/**/*.json*",
    "answer-reddit": "reddit-go-reddit/**/*.json", "answer-youtube": "youtube/*/*.json",
    "answer-youtube-comments": "youtube/comment*/*.json", "again-hackernews": "hackernews/firebase/*.json",
    "again-discourse": "discourse/post.json", "frames": "bluesky-jetstream/**/*.jsonl", "mail": "email/**/*",
}  # fmt: skip
_MOST_BYTES = 20_000


def seeds(target: str) -> Iterator[bytes]:
    """Gives the inputs that fuzzing a target starts from."""
    way, _, name = target.partition("-")
    documents = {"answer": _JSON, "again": _AGAIN}.get(way, {})
    if name in documents:
        yield json.dumps(documents[name]).encode()
    if target == "history":
        yield _history()
    yield from _OTHER.get(target, ())


def _history() -> bytes:
    """An answer of Telegram, as its client's own types write it: their numbers change with its layers."""
    from telethon.tl import types

    group, at = types.PeerChannel(7), datetime.fromtimestamp(_AT, UTC)
    words = [types.TextWithEntities(text, []) for text in ("acme?", "yes")]
    poll = types.Poll(id=1, hash=1, question=words[0], answers=[types.PollAnswer(words[1], b"1")])
    reactions = types.MessageReactions(results=[types.ReactionCount(types.ReactionEmoji("+"), 4)])
    told = {"views": 3, "forwards": 2, "reactions": reactions, "from_id": types.PeerUser(9), "edit_date": at}
    messages = [
        types.Message(3, group, date=at, message="acme", reply_to=types.MessageReplyHeader(reply_to_msg_id=1), **told),
        types.Message(2, group, date=at, message="", media=types.MessageMediaPoll(poll, types.PollResults())),
        types.MessageService(1, group, date=at, action=types.MessageActionPinMessage()),
        types.MessageEmpty(4, group),
    ]
    names = [types.Username("acme_two", active=True)]
    channel = types.Channel(7, "Acme", types.ChatPhotoEmpty(), at, username="acme", usernames=names, megagroup=True)
    users = [types.User(9, first_name="Ann", username="ann")]
    answer = types.messages.ChannelMessages(1, 4, messages, [], [channel], users)
    return bytes(answer)


def recorded(target: str) -> Iterator[bytes]:
    """Gives real answers from the folder that LISTENER_RECORDINGS names, where it is set."""
    folder = os.environ.get("LISTENER_RECORDINGS")
    if folder and target in _RECORDED:
        for path in sorted(Path(folder).glob(_RECORDED[target])):
            if path.is_file() and path.stat().st_size <= _MOST_BYTES:
                yield path.read_bytes()
