"""Hacker News: stories and comments, through the search that Algolia keeps of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field

from sources.contract import Change, Cursor, Gap, Page, Plan, SourceUnavailable
from sources.hackernews_item import number_of, what_became_of
from sources.hackernews_post import HOST, post_of_hit, published_at
from sources.http import HttpDoor
from sources.loose_json import count_of
from sources.one_by_one import look_at_each
from sources.post import Post, PostKey
from sources.query.branches import Branch, branches
from sources.query.tree import Hashtag, Query, Term, Word
from sources.search_asks import MOST_ASKS, found_at, is_latin, meant_for, shortened, spoken, values_of, without_covered
from sources.settings import Duration, NetworkSourceSettings, without_login
from sources.shown_items import shown_items
from sources.window_fill import standing_in
from sources.window_walk import Lost, Reach, Shown, Standing, advance, page_of, resume

HITS = 1_000
"""One answer never shows more, and there is no second page behind it (paginationLimitedTo)."""

MOST_QUERY_BYTES = 512
"""Algolia cuts a longer query off."""

MAX_BYTES = 32 * 1024 * 1024  # a thousand long comments, each sent twice (once highlighted)
SECOND = timedelta(seconds=1)


class HackerNewsSettings(NetworkSourceSettings):
    """Settings of `kind = "hackernews"`. `reread`: how far each poll reads back again, for late and changed posts.

    `base_url` is where posts are searched, `items_url` where kept ones are looked at again.
    """

    kind: Literal["hackernews"]
    base_url: Annotated[str, Field(pattern=r"^https?://")] = "https://hn.algolia.com/api/v1"
    items_url: Annotated[str, Field(pattern=r"^https?://")] = "https://hacker-news.firebaseio.com/v0"
    backfill: Annotated[Duration, Field(ge=timedelta(0), le=timedelta(days=3650))] = timedelta(days=7)
    reread: Annotated[Duration, Field(ge=timedelta(minutes=30), le=timedelta(days=30))] = timedelta(hours=24)
    most_pages: Annotated[int, Field(ge=1, le=1_000)] = 50

    def open(self) -> HackerNews:
        return HackerNews(self)


class HackerNews:
    """Searches Hacker News by date; see `Source` for the promises."""

    kind = "hackernews"
    searchable = True
    recheck_at_once = 20

    def __init__(self, settings: HackerNewsSettings) -> None:
        self.name = settings.name
        self._url = settings.base_url.rstrip("/") + "/search_by_date"
        self._items_url = settings.items_url.rstrip("/") + "/item"
        self.credential = f"hackernews:{without_login(settings.base_url)}"  # the limit counts per address of ours
        self._reach = Reach(
            backfill=settings.backfill // SECOND, reread=settings.reread // SECOND, most_pages=settings.most_pages
        )
        self._door = HttpDoor(allow_private=settings.allow_private, max_bytes=MAX_BYTES)

    def plan(self, query: Query) -> Plan:
        """One ask per branch. A branch without a word to search for reads everything that is posted."""
        split = branches(query)
        wanted = found_at(meant_for(split.branches, self.kind, self.name), HOST)
        asks = without_covered([_parts(branch) for branch in wanted])
        everything = len(asks) > MOST_ASKS
        asks = [""] if everything else asks
        latin = all(is_latin(word.text) for branch in wanted for word in branch.words)
        notes = list(split.notes)
        if not latin:
            notes.append("words of other scripts than Latin are found from their beginning on, not behind a prefix")
        if everything:
            notes.append(f"this query has more than {MOST_ASKS} alternatives: every story and comment is read instead")
        elif "" in asks:
            notes.append("nothing in a part of this query can be searched for: every story and comment is read")
        if not asks:
            notes.append("this query asks for other sources or sites only")
        return Plan(asks=asks, coverage="superset" if latin else "partial", notes=notes)

    async def fetch(self, ask: str, cursor: Cursor | None, now: datetime) -> Page:
        """Reads the next window of the walk: one request. See `Source.fetch`."""
        standing, forgotten = resume(cursor, int(now.timestamp()), self._reach)
        return await self._read(ask, standing, forgotten, now)

    async def fill(self, ask: str, gap: Gap, cursor: Cursor | None, now: datetime) -> Page:
        """Reads the next window of the gap: one request. See `Filling.fill`."""
        return await self._read(ask, standing_in(gap, cursor, now, SECOND, self._reach), (), now)

    async def recheck(self, keys: Sequence[PostKey], now: datetime) -> Page:
        """Looks at posts again, one request for each: the search keeps deleted ones. See `Rechecking.recheck`."""

        async def look(key: PostKey) -> Post | Change | None:
            answer = await self._door.get(f"{self._items_url}/{key.external_id}.json")
            return what_became_of(key, answer.json(), now)

        return await look_at_each([key for key in keys if number_of(key)], look)

    async def close(self) -> None:
        await self._door.close()

    async def _read(self, ask: str, standing: Standing, forgotten: Sequence[Lost], now: datetime) -> Page:
        walk = standing.walk
        answer = await self._door.get(self._url, params=_params(ask, walk.since, walk.until))
        shown = read_answer(answer.json(), now)
        return page_of(advance(standing, shown, int(now.timestamp()), self._reach), shown, forgotten, SECOND)


def read_answer(answer: Any, now: datetime) -> Shown:
    """Reads an answer of `search_by_date`. Raises SourceUnavailable where it is not one."""
    hits = answer.get("hits") if isinstance(answer, Mapping) else None
    if not isinstance(hits, list):
        raise SourceUnavailable(f"the search of {HOST} answered without a list of hits")
    found = count_of(answer, "nbHits")
    if not hits and found and answer.get("exhaustiveNbHits") is not False:
        raise SourceUnavailable(f"the search of {HOST} counted {found} posts and showed none")
    full = len(hits) >= HITS or (found is not None and found > len(hits))
    return shown_items(hits, _span, lambda hit: post_of_hit(hit, now), full=full)


def _span(hit: object) -> tuple[int, int] | None:
    posted = published_at(hit) if isinstance(hit, Mapping) else None
    return None if posted is None else (int(posted.timestamp()),) * 2


def _parts(branch: Branch) -> tuple[str, ...]:
    """Gives what to search for. Exclusions stay here: the service would apply them to links and authors too."""
    words = [f"{said}*" if _grows(word) else said for word in branch.words if (said := spoken(word))]
    if not words:
        authors = [name.removeprefix("@") for name in values_of(branch, "author")[:1]]
        words = [f"author:{name}" for name in authors if _is_user(name)]
    return shortened(words, MOST_QUERY_BYTES)


def _grows(word: Word) -> bool:
    """Whether more letters may follow: after a wildcard, and in scripts that add endings or no spaces."""
    return (isinstance(word, Term | Hashtag) and word.wildcard) or not is_latin(word.text)


def _is_user(name: str) -> bool:
    return bool(name) and name.isascii() and name.replace("_", "").replace("-", "").isalnum()


def _params(ask: str, since: int, until: int | None) -> dict[str, str | int]:
    """The parameters of one request (hn.algolia.com/api; typos and prefixes off: the last word is to be whole)."""
    author = f",author_{ask.removeprefix('author:')}" if ask.startswith("author:") else ""
    words = [] if author else ask.split(" ")
    window = f"created_at_i>={since}" + ("" if until is None else f",created_at_i<{until}")
    return {
        "query": " ".join(word.removesuffix("*") for word in words),
        "tags": f"(story,comment){author}",
        "numericFilters": window,
        "hitsPerPage": HITS,
        "page": 0,
        "typoTolerance": "false",
        "queryType": "prefixAll" if any(word.endswith("*") for word in words) else "prefixNone",
        "advancedSyntax": "true",
    }
