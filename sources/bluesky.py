"""Bluesky: its search, with or without a login."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, Self

from msgspec.structs import replace
from pydantic import AfterValidator, Field, SecretStr, model_validator

from sources.allowance import wait_if_nearly_used_up
from sources.bluesky_asks import MILLISECOND, POSTS, asks_of, params_of
from sources.bluesky_post import is_hidden, post_of_view, span_of
from sources.bluesky_recheck import POSTS as POSTS_AT_ONCE
from sources.bluesky_recheck import address_of, page_of_views
from sources.bluesky_session import BlueskySession
from sources.contract import Cursor, Gap, Page, Plan, SourceError, SourceRefused, SourceUnavailable
from sources.http import Answer, HttpDoor
from sources.loose_json import ItemUnreadable, text_of
from sources.post import Post, PostKey
from sources.query.branches import branches
from sources.query.tree import Query
from sources.settings import Duration, NetworkSourceSettings, without_login
from sources.taking_turns import TakingTurns
from sources.window_fill import standing_in
from sources.window_walk import Reach, Shown, Standing, advance, page_of, resume

PACE = timedelta(seconds=60)
"""Between two requests without a login: Bluesky closes anonymous search when robots lean on it."""

MOST_ASKS = 60
MOST_ASKS_LOGGED_IN = 600
"""Searches for one query; who looks for more names than that reads the whole stream (bluesky-jetstream)."""


def _account(name: str) -> str:
    """A handle or a DID; an e-mail address would log in, too, and is nobody's business here."""
    name = name.removeprefix("@")
    if name and not re.fullmatch(r"did:[a-z]+:[A-Za-z0-9._:%-]+|[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", name):
        raise ValueError("must be a handle such as jane.bsky.social")
    return name


class BlueskySettings(NetworkSourceSettings):
    """Settings of `kind = "bluesky"`. `reread`: how far each poll reads back again, for late and changed posts.

    `handle` and `app_password`: an account to search as, at `pds_url`. `pace`: the least time between two requests
    without one; a mirror of one's own needs none.
    """

    kind: Literal["bluesky"]
    every: Annotated[Duration, Field(ge=PACE, le=timedelta(days=30))] = timedelta(minutes=15)
    handle: Annotated[str, Field(max_length=253), AfterValidator(_account)] = ""
    app_password: Annotated[SecretStr, Field(min_length=1, max_length=256)] | None = None
    pds_url: Annotated[str, Field(pattern=r"^https?://[^?#@\s]+$")] = "https://bsky.social"
    base_url: Annotated[str, Field(pattern=r"^https?://")] = "https://api.bsky.app"
    backfill: Annotated[Duration, Field(ge=timedelta(0), le=timedelta(days=3650))] = timedelta(days=7)
    reread: Annotated[Duration, Field(ge=timedelta(minutes=15), le=timedelta(days=30))] = timedelta(minutes=15)
    most_pages: Annotated[int, Field(ge=1, le=1_000)] = 60
    pace: Annotated[Duration, Field(ge=timedelta(0), le=timedelta(hours=1))] = PACE

    @model_validator(mode="after")
    def _both_or_neither(self) -> Self:
        if bool(self.handle) != (self.app_password is not None):
            raise ValueError("needs both handle and app_password to log in, or neither")
        return self

    def open(self) -> Bluesky:
        return Bluesky(self)


class Bluesky:
    """Searches Bluesky's posts, newest first; see `Source` for the promises."""

    kind = "bluesky"
    searchable = True
    fills = ("bluesky-jetstream",)

    recheck_at_once = POSTS_AT_ONCE

    def __init__(self, settings: BlueskySettings) -> None:
        self.name = settings.name
        self._base_url = settings.base_url.rstrip("/")
        self._reach = Reach(
            backfill=settings.backfill // MILLISECOND,
            reread=settings.reread // MILLISECOND,
            most_pages=settings.most_pages,
        )
        self._turns = TakingTurns()
        self._closed: SourceError | None = None
        self._closed_until = datetime.min.replace(tzinfo=UTC)
        self._door = HttpDoor(allow_private=settings.allow_private, reset_headers=("ratelimit-reset",))
        if settings.app_password is None:
            self._session, self._pace = None, settings.pace
            self.credential = f"bluesky:{without_login(settings.base_url)}"  # the limit counts per address of ours
        else:
            self._session = BlueskySession(self._door, settings.pds_url, settings.handle, settings.app_password)
            self._pace = timedelta()
            self.credential = f"bluesky:{settings.handle.lower()}@{without_login(settings.pds_url)}"

    def plan(self, query: Query) -> Plan:
        """One ask per branch, since the service knows no OR. A branch without a word cannot be asked."""
        split = branches(query)
        asks, whole = asks_of(split.branches, self.kind, self.name)
        notes = [
            *split.notes,
            "posts that their authors hide from logged-out people, or moderators removed, stay unseen",
        ]
        if not whole:
            notes.append("a part of this query has no whole word or author to search for, and is not asked")
        most = MOST_ASKS if self._session is None else MOST_ASKS_LOGGED_IN
        if len(asks) > most:
            notes.append(
                f"this query makes {len(asks)} searches, of which the first {most} are asked: "
                "`bluesky-jetstream` reads every post and matches it here"
            )
        asks = asks[:most]
        if self._pace and len(asks) > 1:
            notes.append(f"without a login one search is made every {self._pace.seconds} s, so a round takes longer")
        return Plan(asks=asks, coverage="partial", notes=notes)

    async def fetch(self, ask: str, cursor: Cursor | None, now: datetime) -> Page:
        """Reads the next window of the walk: one request. See `Source.fetch`.

        `more` together with `next_check` means: there is more, and not before that time.
        """
        held_back = self._turns.held_back(ask, cursor, now)
        if held_back is not None:
            return held_back
        tick = int(now.timestamp() * 1000)
        standing, forgotten = resume(cursor, tick, self._reach)
        shown, pause = await self._search(ask, standing, now)
        page = page_of(advance(standing, shown, tick, self._reach), shown, forgotten, MILLISECOND, pause)
        self._turns.rest(ask, page, now, pause)
        return page

    async def fill(self, ask: str, gap: Gap, cursor: Cursor | None, now: datetime) -> Page:
        """Reads on in a stretch that this source or the stream of the same service left out. See `Filling.fill`."""
        left = self._turns.left(now)
        if left is not None:
            return Page(cursor=cursor or "", more=True, next_check=left)
        standing = standing_in(gap, cursor, now, MILLISECOND, self._reach)
        shown, pause = await self._search(ask, standing, now)
        self._turns.pause(now, pause)
        step = advance(standing, shown, int(now.timestamp() * 1000), self._reach)
        return page_of(step, shown, (), MILLISECOND, pause)

    async def recheck(self, keys: Sequence[PostKey], now: datetime) -> Page:
        """Looks at posts again. See `Rechecking.recheck`.

        Nobody logs in for that: who is blocked by an author would take their posts for deleted.
        """
        address = address_of(self._base_url, keys)
        if not address:
            return Page()
        answer = await self._door.get(address, accept=(200, 400, 401, 403))
        if answer.status != 200:
            raise SourceUnavailable(f"Bluesky does not show its posts without a login ({answer.status})")
        page = page_of_views(answer.json(), keys, now)
        return replace(page, next_check=wait_if_nearly_used_up(answer.headers, "ratelimit", now))

    async def _search(self, ask: str, standing: Standing, now: datetime) -> tuple[Shown, timedelta | None]:
        """Makes one request; gives what it showed, and how long to make no other one.

        What one search was refused with, without a login, stands for the others until the next may be made.
        """
        if self._closed is not None and now < self._closed_until:
            raise self._closed.with_traceback(None)
        try:
            return await self._ask(ask, standing, now)
        except SourceError as error:
            about_this_one = isinstance(error, SourceRefused) and error.why == "settings"
            self._closed, self._closed_until = None if about_this_one else error, now + self._pace
            raise

    async def _ask(self, ask: str, standing: Standing, now: datetime) -> tuple[Shown, timedelta | None]:
        walk = standing.walk
        params = params_of(ask, walk.since, walk.until, walk.onward if self._session else "")
        method = "app.bsky.feed.searchPosts"
        if self._session is None:
            answer = await self._door.get(f"{self._base_url}/xrpc/{method}", params=params, accept=(200, 400, 401, 403))
        else:
            answer = await self._session.get(method, params, now)
        shown = read_answer(_accepted(answer, self._session is not None), now, logged_in=self._session is not None)
        wait = wait_if_nearly_used_up(answer.headers, "ratelimit", now) or timedelta()
        return shown, max(self._pace, wait) or None

    async def close(self) -> None:
        await self._door.close()


def read_answer(answer: Any, now: datetime, *, logged_in: bool = False) -> Shown:
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
    onward = text_of(answer, "cursor")
    full = len(views) >= POSTS or bool(onward)
    return Shown(
        posts=posts,
        places=places,
        spans=spans,
        unreadable=unreadable,
        full=full,
        onward=onward if logged_in else "",
    )


def _accepted(answer: Answer, logged_in: bool) -> Any:
    """Gives the answer's JSON, or the error that says what to do about a refusal."""
    if answer.status == 200:
        return answer.json()
    said: Any = {}
    if "json" in answer.headers.get("content-type", ""):
        said = answer.json()
    words = ascii(text_of(said, "message") or text_of(said, "error"))[:200] if isinstance(said, Mapping) else ""
    if answer.status == 400:
        raise SourceRefused(f"Bluesky does not take this search (400): {words}", "settings")
    if logged_in and answer.status == 401:
        raise SourceRefused(f"Bluesky does not let this account search (401: {words})", "credentials")
    if logged_in:
        raise SourceUnavailable("Bluesky does not let this account search for now (403)")
    if answer.status == 401:
        raise SourceRefused(
            f"Bluesky wants a login for its search (401: {words}): anonymous search is closed; "
            "give handle and app_password, or point base_url to a server that answers without them",
            "credentials",
        )
    # The edge answers so whenever Bluesky shuts anonymous search for a while; it opens again by itself.
    raise SourceUnavailable(
        "Bluesky has closed its search for people without an account (403), as it does at times; it is asked "
        "again later. If it stays closed, give handle and app_password"
    )
