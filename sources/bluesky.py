"""Bluesky: its public search, as far as it answers without an account."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field

from sources.allowance import wait_if_nearly_used_up
from sources.bluesky_post import HOST, is_hidden, post_of_view, span_of
from sources.contract import Cursor, Page, Plan, SourceRefused, SourceUnavailable
from sources.http import Answer, HttpDoor
from sources.loose_json import ItemUnreadable, text_of
from sources.post import Post
from sources.query.branches import Branch, branches
from sources.query.tree import Query, Term
from sources.search_asks import found_at, meant_for, shortened, spoken, values_of, without_covered
from sources.settings import Duration, NetworkSourceSettings
from sources.window_walk import Reach, Shown, advance, page_of, resume, time_at

POSTS = 100
"""The most that one answer holds; what lies behind it (`cursor`) is for logged-in people only."""

MOST_QUERY_BYTES = 300  # no limit is documented; well under what an address takes
PACE = timedelta(seconds=60)
"""Between two requests: Bluesky closes anonymous search when robots lean on it."""

MILLISECOND = timedelta(milliseconds=1)


class BlueskySettings(NetworkSourceSettings):
    """Settings of `kind = "bluesky"`. `reread`: how far each poll reads back again, for late and changed posts.

    `pace`: the least time between two requests of one walk; a mirror of one's own needs none.
    """

    kind: Literal["bluesky"]
    every: Annotated[Duration, Field(ge=PACE, le=timedelta(days=30))] = timedelta(minutes=15)
    base_url: Annotated[str, Field(pattern=r"^https?://")] = "https://api.bsky.app"
    backfill: Annotated[Duration, Field(ge=timedelta(0), le=timedelta(days=3650))] = timedelta(days=7)
    reread: Annotated[Duration, Field(ge=timedelta(minutes=15), le=timedelta(days=30))] = timedelta(minutes=15)
    most_pages: Annotated[int, Field(ge=1, le=1_000)] = 60
    pace: Annotated[Duration, Field(ge=timedelta(0), le=timedelta(hours=1))] = PACE

    def open(self) -> Bluesky:
        return Bluesky(self)


class Bluesky:
    """Searches Bluesky's posts, newest first; see `Source` for the promises."""

    kind = "bluesky"
    searchable = True

    def __init__(self, settings: BlueskySettings) -> None:
        self.name = settings.name
        self._url = settings.base_url.rstrip("/") + "/xrpc/app.bsky.feed.searchPosts"
        self.credential = f"bluesky:{settings.base_url}"  # the limit counts per address of ours
        self._reach = Reach(
            backfill=settings.backfill // MILLISECOND,
            reread=settings.reread // MILLISECOND,
            most_pages=settings.most_pages,
        )
        self._pace = settings.pace
        self._door = HttpDoor(allow_private=settings.allow_private, reset_headers=("ratelimit-reset",))

    def plan(self, query: Query) -> Plan:
        """One ask per branch, since the service knows no OR. A branch without a word cannot be asked."""
        split = branches(query)
        parts = [_parts(branch) for branch in found_at(meant_for(split.branches, self.kind, self.name), HOST)]
        notes = [
            *split.notes,
            "posts that their authors hide from logged-out people, or moderators removed, stay unseen",
        ]
        if not all(parts):
            notes.append("a part of this query has no whole word or author to search for, and is not asked")
        return Plan(asks=without_covered([part for part in parts if part]), coverage="partial", notes=notes)

    async def fetch(self, ask: str, cursor: Cursor | None, now: datetime) -> Page:
        """Reads the next window of the walk: one request. See `Source.fetch`.

        `more` together with `next_check` means: there is more, and not before that time.
        """
        tick = int(now.timestamp() * 1000)
        standing, forgotten = resume(cursor, tick, self._reach)
        walk = standing.walk
        answer = await self._door.get(
            self._url, params=_params(ask, walk.since, walk.until), accept=(200, 400, 401, 403)
        )
        shown = read_answer(_accepted(answer), now)
        wish = max(self._pace, wait_if_nearly_used_up(answer.headers, "ratelimit", now) or self._pace)
        return page_of(advance(standing, shown, tick, self._reach), shown, forgotten, MILLISECOND, wish or None)

    async def close(self) -> None:
        await self._door.close()


def read_answer(answer: Any, now: datetime) -> Shown:
    """Reads an answer of searchPosts. Raises SourceUnavailable where it is not one."""
    views = answer.get("posts") if isinstance(answer, Mapping) else None
    if not isinstance(views, list):
        raise SourceUnavailable("the search of Bluesky answered without a list of posts")
    posts: list[Post] = []
    places: list[int] = []
    spans: list[tuple[int, int]] = []
    unreadable: list[str] = []
    for view in views:
        span = span_of(view)
        spans += [] if span is None else [span]
        if is_hidden(view):
            continue
        try:
            posts.append(post_of_view(view, now))
            places.append(0 if span is None else span[1])
        except ItemUnreadable as error:
            unreadable.append(str(error))
    # A page of fewer with a cursor was full before the service took out what it may not show.
    full = len(views) >= POSTS or bool(text_of(answer, "cursor"))
    return Shown(posts=posts, places=places, spans=spans, unreadable=unreadable, full=full)


def _accepted(answer: Answer) -> Any:
    """Gives the answer's JSON, or the error that says what to do about a refusal."""
    if answer.status == 200:
        return answer.json()
    said: Any = {}
    if "json" in answer.headers.get("content-type", ""):
        said = answer.json()
    words = ascii(text_of(said, "message") or text_of(said, "error"))[:200] if isinstance(said, Mapping) else ""
    if answer.status == 400:
        raise SourceRefused(f"Bluesky does not take this search (400): {words}", "settings")
    if answer.status == 401:
        raise SourceRefused(
            f"Bluesky wants a login for its search (401: {words}): anonymous search is closed; "
            "disable this source, or point base_url to a server that answers without one",
            "credentials",
        )
    # The edge answers so whenever Bluesky shuts anonymous search for a while; it opens again by itself.
    raise SourceUnavailable(
        "Bluesky has closed its search for people without an account (403), as it does at times; it is asked "
        "again later. If it stays closed, disable this source or point base_url to a server that answers"
    )


def _parts(branch: Branch) -> tuple[str, ...]:
    """Gives what to search for: fewer words than wanted find more, so what cannot be said is left out.

    `lang:` is left out too: the service goes by the language that an app claims, and many posts claim none.
    """
    words = [said for word in branch.words if not (isinstance(word, Term) and word.wildcard) and (said := spoken(word))]
    if not words:
        authors = [name.removeprefix("@") for name in values_of(branch, "author")[:1]]
        words = [f"from:{name}" for name in authors if _is_handle(name)]
    return shortened(words, MOST_QUERY_BYTES)


def _is_handle(name: str) -> bool:
    """Handles are domain names (atproto.com/specs/handle)."""
    return "." in name and name.isascii() and name.replace(".", "").replace("-", "").isalnum()


def _params(ask: str, since: int, until: int | None) -> dict[str, str | int]:
    """The parameters of one request (lexicon app.bsky.feed.searchPosts; times must be whole ISO 8601)."""
    params: dict[str, str | int] = {"q": ask, "sort": "latest", "limit": POSTS}
    for name, tick in (("since", since), ("until", until)):
        time = time_at(tick, MILLISECOND)
        if time is not None:
            params[name] = time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return params
