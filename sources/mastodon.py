"""Mastodon: the hashtag timelines of one or several instances; with a token the search and the streams of one."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, Self
from urllib.parse import quote

from msgspec.structs import replace
from pydantic import AfterValidator, AliasChoices, Field, SecretStr, model_validator

from sources import mastodon_recheck as looking_again
from sources import mastodon_search as searching
from sources import mastodon_stream as streaming
from sources import page_walk
from sources.allowance import wait_if_nearly_used_up
from sources.contract import Cursor, Page, Plan, SourceBusy, SourceError, SourceRefused, SourceUnavailable
from sources.event_stream import events_of
from sources.http import Answer, HttpDoor
from sources.instances import Hosts, patience_of_one
from sources.loose_json import ItemUnreadable
from sources.mastodon_ids import SeenIds
from sources.mastodon_post import id_of, post_of_status
from sources.mastodon_tags import tag_of, tags_of
from sources.mastodon_walk import Reach, Shown, advance, resume
from sources.post import Post, PostKey
from sources.query.branches import branches
from sources.query.tree import Query
from sources.search_asks import meant_for
from sources.settings import Duration, NetworkSourceSettings

STATUSES = 40  # the most that one answer holds

SIGN_OF_LIFE = timedelta(minutes=1)
"""An instance sends a heartbeat every 15 s; one a minute is told onwards."""


def _sendable(token: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[!-~]{1,512}", token.get_secret_value()):
        raise ValueError("must be one word of ASCII letters, digits and signs")
    return token


Tag = Annotated[str, Field(pattern=r"^#?[^\s#/?&]+$", max_length=100)]


class MastodonSettings(NetworkSourceSettings):
    """Settings of `kind = "mastodon"`. `reread`: how far each poll reads back again, for late and changed posts.

    `{instance}` in base_url stands for the instance's host. Without `tags` they come from the brands' queries.
    `token`: of an account at the one instance that is named then.
    """

    kind: Literal["mastodon"]
    instances: Annotated[Hosts, Field(validation_alias=AliasChoices("instances", "instance"))] = ("mastodon.social",)
    tags: Annotated[tuple[Tag, ...], Field(max_length=100)] = ()
    token: Annotated[SecretStr, AfterValidator(_sendable)] | None = None
    stream: bool = True
    base_url: Annotated[str, Field(pattern=r"^https?://")] = "https://{instance}"
    backfill: Annotated[Duration, Field(ge=timedelta(0), le=timedelta(days=3650))] = timedelta(days=7)
    reread: Annotated[Duration, Field(ge=timedelta(hours=1), le=timedelta(days=30))] = timedelta(hours=2)

    @model_validator(mode="after")
    def _one_token_for_one_instance(self) -> Self:
        if self.token is not None and len({instance.lower() for instance in self.instances}) > 1:
            raise ValueError(
                "has a token, which one instance gave: name that one alone, and the others in another source"
            )
        return self

    def open(self) -> Mastodon:
        return Mastodon(self)


class Mastodon:
    """Reads hashtag timelines forward in time; see `Source` for the promises."""

    kind = "mastodon"
    searchable = True

    recheck_at_once = looking_again.STATUSES

    def __init__(self, settings: MastodonSettings) -> None:
        self.name = settings.name
        self._instances = tuple(dict.fromkeys(instance.lower() for instance in settings.instances))
        self._tags = tuple(tag for told in settings.tags if (tag := tag_of(told)))
        self._base_url = settings.base_url.rstrip("/")
        self.credential = "mastodon:" + ",".join(sorted(self._instances))
        self._reach = Reach(backfill=settings.backfill, reread=settings.reread)
        self._has_token = settings.token is not None
        self._streams = self._has_token and settings.stream
        self._seen = SeenIds()
        headers = {}
        if settings.token is not None:
            headers["authorization"] = f"Bearer {settings.token.get_secret_value()}"
        self._door, self._public_door = (
            HttpDoor(allow_private=settings.allow_private, headers=told, reset_headers=("x-ratelimit-reset",))
            for told in (headers, {})
        )

    def plan(self, query: Query) -> Plan:
        """One ask per instance and tag, "instance/tag": one instance that fails stops no other.

        With a token one per search, too: "instance/search:words".
        """
        split = branches(query)
        wanted = meant_for(split.branches, self.kind, self.name)
        tags, notes = (self._tags, ()) if self._tags else tags_of(wanted)
        asks = [f"{instance}/{tag}" for instance in self._instances for tag in tags] if wanted else []
        blind = (
            "without an account only posts that carry one of the asked hashtags can be seen, and only those that "
            "have reached one of the instances"
        )
        requests = 2 * len(asks)  # what is new, and the empty page behind it
        if self._has_token:
            searches, unasked = searching.asks_of(wanted)
            asks += [f"{self._instances[0]}/{search}" for search in searches]
            notes = [*notes, *unasked]
            requests += len(searches)
            blind = (
                "posts without one of the asked hashtags are found only if their authors agreed to be searched, and "
                "the instance has a search of posts and has heard of them"
            )
        return Plan(asks=asks, coverage="partial", notes=[*split.notes, blind, *notes], requests=requests)

    async def fetch(self, ask: str, cursor: Cursor | None, now: datetime) -> Page:
        """Reads the next page of one instance's timeline of one tag, or of its search: one request. See `Source.fetch`.

        `more` together with `next_check` means: there is more, and not before that time.
        """
        instance, _, what = ask.partition("/")
        try:
            if what.startswith(searching.PREFIX):
                return await self._search(instance, what.removeprefix(searching.PREFIX), cursor, now)
            return await self._timeline(instance, what, cursor, now)
        except SourceBusy as error:
            raise patience_of_one(error, self._instances) from error

    async def _timeline(self, instance: str, tag: str, cursor: Cursor | None, now: datetime) -> Page:
        standing, forgotten = resume(cursor, now, self._reach)
        # since_id would give the newest page and skip what lies between; min_id goes forward without a hole.
        params = {"min_id": standing.at, "limit": STATUSES}
        url = f"{self._base(instance)}/api/v1/timelines/tag/{quote(tag, safe='')}"
        answer = await self._door.get(url, params=params, accept=(200, 401, 403, 404, 422))
        shown = read_answer(self._accepted(answer, instance, "hashtag timeline"), instance, now, self._seen)
        wish = wait_if_nearly_used_up(answer.headers, "x-ratelimit", now)
        return advance(standing, shown, forgotten, self._reach, wish)

    async def _search(self, instance: str, words: str, cursor: Cursor | None, now: datetime) -> Page:
        reach = page_walk.Reach(
            backfill=self._reach.backfill, reread=self._reach.reread, most_pages=searching.MOST_PAGES
        )
        standing, forgotten = page_walk.resume(cursor, now, reach)
        url = f"{self._base(instance)}/api/v2/search"
        params = searching.params_of(words, standing.walk)
        answer = await self._door.get(url, params=params, accept=(200, 401, 403, 404, 422))
        told = self._accepted(answer, instance, "search of posts")
        shown, onward = searching.read_answer(told, instance, now, standing.walk, self._seen)
        wish = wait_if_nearly_used_up(answer.headers, "x-ratelimit", now)
        return page_walk.advance(standing, shown, onward, now, reach, forgotten, wish)

    def streams(self, queries: Sequence[Query]) -> Sequence[str]:
        """One stream per tag, "stream:instance/tag", where there is a token. The tags are polled all the same."""
        if not self._streams:
            return ()
        polled = dict.fromkeys(ask for query in queries for ask in self.plan(query).asks)
        tagged = [ask for ask in polled if f"/{searching.PREFIX}" not in ask]
        return [streaming.PREFIX + ask for ask in tagged[: streaming.MOST_STREAMS]]

    async def read(self, ask: str, cursor: Cursor | None, clock: Callable[[], datetime]) -> AsyncIterator[Page]:
        """Gives posts, edits and deletions of a tag as they come in. See `Streaming.read`.

        No gap is told of what it missed: the polls of the same tag read that. So no refusal of the stream is more than
        a failure of it, either.
        """
        instance, _, tag = ask.removeprefix(streaming.PREFIX).partition("/")
        told_at = clock()
        try:
            url = f"{await self._stream_address(instance)}/api/v1/streaming/hashtag"
            async with self._door.stream(url, params={"tag": tag}) as answer:
                yield Page(cursor=streaming.LIVE)
                async with aclosing(events_of(answer.pieces, answer.shown)) as pieces:
                    async for events in pieces:
                        now = clock()
                        page = streaming.page_of_events(events, instance, now, self._seen)
                        if page.posts or page.changes or page.notes or now - told_at >= SIGN_OF_LIFE:
                            told_at = now
                            yield page
        except SourceRefused as error:
            raise SourceUnavailable(f"{error}; the hashtags of {instance} are polled on") from error

    async def recheck(self, keys: Sequence[PostKey], now: datetime) -> Page:
        """Looks at posts again: those whose id on one of the instances is known. See `Rechecking.recheck`."""
        asked: dict[str, dict[int, PostKey]] = {}
        for key in keys:
            place = self._seen.place_of(key, self._instances)
            if place is not None:
                asked.setdefault(place[0], {})[place[1]] = key
        pages: list[Page] = []
        failures: list[SourceError] = []
        for instance, ids in asked.items():
            try:
                pages.append(await self._look(instance, ids, now))
            except SourceError as error:
                failures.append(error)
        if failures and not pages:
            raise failures[0]
        return Page(
            posts=[post for page in pages for post in page.posts],
            changes=[change for page in pages for change in page.changes],
            notes=[*(note for page in pages for note in page.notes), *map(str, failures)],
        )

    async def _look(self, instance: str, ids: looking_again.Asked, now: datetime) -> Page:
        """Nobody logs in for that where it can be helped: to an account whom an author has blocked, all that the author
        wrote looks as if it were deleted.
        """
        url = looking_again.address_of(self._base(instance), list(ids))
        try:
            answer = await self._public_door.get(url)
        except SourceRefused:
            if not self._has_token:
                raise
            answer = await self._door.get(url)
            return replace(looking_again.page_of_statuses(answer.json(), ids, instance, now), changes=())
        return looking_again.page_of_statuses(answer.json(), ids, instance, now)

    def _base(self, instance: str) -> str:
        return self._base_url.replace("{instance}", instance)

    async def _stream_address(self, instance: str) -> str:
        answer = await self._door.get(f"{self._base(instance)}/api/v2/instance", accept=(200, 404))
        return streaming.address_of(answer.json() if answer.status == 200 else None, self._base(instance))

    def _accepted(self, answer: Answer, instance: str, what: str) -> Any:
        """Gives the answer's JSON, or the error that says what to do about a refusal."""
        if answer.status == 200:
            return answer.json()
        if answer.status == 404:
            raise SourceUnavailable(f"{instance} has no {what} (404): it may not be a Mastodon server, or be moved")
        if self._has_token:
            raise SourceRefused(
                f"{instance} does not take the token for its {what} ({answer.status}): "
                "it must be of an account there, with read access (read:statuses, read:search)",
                "credentials",
            )
        raise SourceRefused(
            f"{instance} shows its {what} only to people with an account there ({answer.status}): "
            "give a `token`, or name another instance that shows it to everyone",
            "credentials",
        )

    async def close(self) -> None:
        await self._door.close()
        await self._public_door.close()


def read_answer(answer: Any, instance: str, now: datetime, seen: SeenIds) -> Shown:
    """Reads a timeline. Raises SourceUnavailable where it is none, or where nothing tells how to go on from it."""
    if not isinstance(answer, list):
        raise SourceUnavailable(f"{instance} answered without a list of posts")
    posts: list[Post] = []
    places: list[int] = []
    ids: list[int] = []
    unreadable: list[str] = []
    for status in answer:
        try:
            ids.append(id_of(status))
            post = post_of_status(status, instance, now)
        except ItemUnreadable as error:
            unreadable.append(str(error))
            continue
        if post is not None:
            seen.note(instance, status, post)
            posts.append(post)
            places.append(ids[-1])
    if unreadable and not ids:
        raise SourceUnavailable(f"{instance} showed {len(answer)} posts that cannot be read: {unreadable[0]}")
    return Shown(posts=posts, places=places, ids=ids, unreadable=unreadable)
