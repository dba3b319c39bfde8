"""Answers of services, whatever their bytes, to the kinds that ask them: read as the product reads them."""

from __future__ import annotations

import asyncio
from collections.abc import Container
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

import msgspec

from sources.contract import EVERYTHING, Page, SourceError, SourceUnavailable
from sources.http import Answer, HttpDoor
from sources.library_door import LibraryDoor
from sources.post import Post, PostKey, storable_post
from sources.registry import settings_class

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
CHANNEL = "UC" + "a" * 22

Asked = tuple[str, dict[str, Any], str, str]
"""A kind, its settings, an ask, and the media type of its answers."""

JSON = "application/json"
_X = {"bearer_token": "t", "monthly_budget_usd": "5"}
_REDDIT = {"client_id": "i", "client_secret": "s", "user_agent": "linux:listener:1 (by /u/ann)"}
_TOKEN = {"instances": ["home.example"], "token": "t"}

ANSWERS: dict[str, Asked] = {
    "appstore": ("appstore", {"app": 1234567890, "countries": ["us"]}, "us", JSON),
    "bluesky": ("bluesky", {"pace": "0s"}, "acme", JSON),
    "discourse": ("discourse", {"base_url": "https://forum.example"}, EVERYTHING, JSON),
    "discussions": ("github", {"token": "t"}, "is:discussion acme", JSON),
    "feed": ("feed", {"url": "https://blog.example/feed"}, EVERYTHING, "application/xml"),
    "gdelt": ("gdelt", {"pace": "0s"}, "acme", JSON),
    "github": ("github", {}, "is:issue acme", JSON),
    "hackernews": ("hackernews", {}, "acme", JSON),
    "lemmy": ("lemmy", {"instances": ["home.example"]}, "home.example/posts/acme", JSON),
    "mastodon": ("mastodon", {"instances": ["home.example"], "tags": ["acme"]}, "home.example/acme", JSON),
    "mastodon-search": ("mastodon", _TOKEN, "home.example/search:acme", JSON),
    "reddit": ("reddit", _REDDIT, "search all (acme)", JSON),
    "stackexchange": ("stackexchange", {}, "stackoverflow/acme", JSON),
    "x": ("x", _X, "search acme", JSON),
    "youtube": ("youtube", {"key": "k"}, "acme", JSON),
    "youtube-comments": ("youtube", {"key": "k", "channel": CHANNEL}, f"channel:{CHANNEL}", JSON),
}
"""For each kind that asks over HTTP, each of its ways to ask."""

AGAIN: dict[str, tuple[Asked, PostKey, str]] = {
    "discourse": (ANSWERS["discourse"], PostKey("discourse", "forum.example", "7"), ""),
    "github": (ANSWERS["github"], PostKey("github", "github.com", "1"), "https://github.com/a/b/issues/2"),
    "hackernews": (ANSWERS["hackernews"], PostKey("hackernews", "news.ycombinator.com", "1"), ""),
    "lemmy": (ANSWERS["lemmy"], PostKey("lemmy", "home.example", "https://home.example/post/1"), ""),
    "mastodon": (
        ANSWERS["mastodon"],
        PostKey("mastodon", "home.example", "https://home.example/users/ann/statuses/1"),
        "",
    ),
}
"""Kinds whose answers about kept posts have another shape than those of their searches; a kept post, and its link."""


class Finding(AssertionError):
    """Something that no input may bring about."""


def read_answer(name: str, body: bytes) -> Page | None:
    """Fetches with `body` as the answer to whatever is asked, again with the cursor that gave, and once more refused.

    Then the posts that were found are looked at again.
    """
    kind, settings, ask, media_type = ANSWERS[name]
    source: Any = settings_class(kind).model_validate({"kind": kind, "name": "fuzzed", **settings}).open()
    statuses = [200]

    async def steps() -> Page | None:
        page = await _told(source.fetch(ask, None, NOW))
        cursor = page.cursor if page is not None else None
        after = await _told(source.fetch(ask, cursor, NOW))
        if page is not None and page.posts and hasattr(source, "recheck"):
            keys = [post.key for post in page.posts][: source.recheck_at_once]
            check_page(await _told(source.recheck(keys, NOW)))
        for statuses[0] in (400, 403):
            await _told(source.fetch(ask, cursor, NOW))
        await source.close()
        check_page(after)
        return page

    page: Page | None = _with_answers(steps, statuses, media_type, body)
    check_page(page)
    return page


def look_again(name: str, body: bytes) -> Page | None:
    """Looks at a kept post again with `body` as the answer to whatever is asked: as told, and as a refusal."""
    (kind, settings, _, media_type), key, link = AGAIN[name]
    source: Any = settings_class(kind).model_validate({"kind": kind, "name": "fuzzed", **settings}).open()
    statuses = [200]

    async def steps() -> Page | None:
        pages = []
        for statuses[0] in (200, 404):
            look = source.recheck_by_link({key: link}, NOW) if link else source.recheck([key], NOW)
            pages.append(await _told(look))
        await source.close()
        check_page(pages[1])
        return pages[0]

    page: Page | None = _with_answers(steps, statuses, media_type, body)
    check_page(page)
    return page


def check_page(page: Page | None) -> None:
    """Whatever was read can be kept."""
    if page is None:
        return
    posts = list(page.posts)
    if msgspec.json.decode(msgspec.json.encode(posts), type=list[Post]) != posts:
        raise Finding("posts change on their way through the inbox")
    for post in posts:
        if storable_post(post, NOW) != post or not post.external_id:
            raise Finding(f"a post that cannot be stored as it is: {post!r}")
    for text in (page.cursor, *page.notes, *(gap.why for gap in page.gaps), *(str(one.key) for one in page.changes)):
        text.encode()


def check_error(error: Exception) -> None:
    if not str(error).isprintable():
        raise Finding(f"an error that cannot be shown: {str(error)!r}") from error


async def _told(asked: Any) -> Page | None:
    try:
        page: Page = await asked
    except SourceError as error:
        check_error(error)
        return None
    return page


def _with_answers(steps: Any, statuses: list[int], media_type: str, body: bytes) -> Any:
    """Runs `steps` with every door answering `body`; a status that a request does not accept is the door's error."""

    async def answer(_: HttpDoor, url: str, accept: Container[int] = (200,), **__: Any) -> Answer:
        if statuses[0] not in accept:
            raise SourceUnavailable("answered otherwise")
        return Answer(status=statuses[0], url=url, headers={"content-type": media_type}, body=body)

    async def library(_: LibraryDoor, __: Any) -> list[Answer]:
        return [Answer(status=statuses[0], url="https://api.example/", headers={}, body=body)]

    with ExitStack() as doors:
        doors.enter_context(patch.object(HttpDoor, "get", answer))
        doors.enter_context(patch.object(HttpDoor, "post", answer))
        doors.enter_context(patch.object(LibraryDoor, "ask", library))
        return asyncio.run(steps())
