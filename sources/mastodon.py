"""Mastodon: the hashtag timelines of one or several instances, as far as they are open to everyone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import quote

from pydantic import AliasChoices, Field

from sources.allowance import wait_if_nearly_used_up
from sources.contract import Cursor, Page, Plan, SourceBusy, SourceRefused, SourceUnavailable
from sources.http import Answer, HttpDoor
from sources.instances import Hosts, patience_of_one
from sources.loose_json import ItemUnreadable
from sources.mastodon_post import id_of, post_of_status
from sources.mastodon_tags import tag_of, tags_of
from sources.mastodon_walk import Reach, Shown, advance, resume
from sources.post import Post
from sources.query.branches import branches
from sources.query.tree import Query
from sources.search_asks import meant_for
from sources.settings import Duration, NetworkSourceSettings

STATUSES = 40  # the most that one answer holds

Tag = Annotated[str, Field(pattern=r"^#?[^\s#/?&]+$", max_length=100)]


class MastodonSettings(NetworkSourceSettings):
    """Settings of `kind = "mastodon"`. `reread`: how far each poll reads back again, for late and changed posts.

    `{instance}` in base_url stands for the instance's host. Without `tags` they come from the brands' queries.
    """

    kind: Literal["mastodon"]
    instances: Annotated[Hosts, Field(validation_alias=AliasChoices("instances", "instance"))] = ("mastodon.social",)
    tags: Annotated[tuple[Tag, ...], Field(max_length=100)] = ()
    base_url: Annotated[str, Field(pattern=r"^https?://")] = "https://{instance}"
    backfill: Annotated[Duration, Field(ge=timedelta(0), le=timedelta(days=3650))] = timedelta(days=7)
    reread: Annotated[Duration, Field(ge=timedelta(hours=1), le=timedelta(days=30))] = timedelta(hours=2)

    def open(self) -> Mastodon:
        return Mastodon(self)


class Mastodon:
    """Reads hashtag timelines forward in time; see `Source` for the promises."""

    kind = "mastodon"
    searchable = True

    def __init__(self, settings: MastodonSettings) -> None:
        self.name = settings.name
        self._instances = tuple(dict.fromkeys(instance.lower() for instance in settings.instances))
        self._tags = tuple(tag for told in settings.tags if (tag := tag_of(told)))
        self._base_url = settings.base_url.rstrip("/")
        self.credential = "mastodon:" + ",".join(sorted(self._instances))
        self._reach = Reach(backfill=settings.backfill, reread=settings.reread)
        self._door = HttpDoor(allow_private=settings.allow_private, reset_headers=("x-ratelimit-reset",))

    def plan(self, query: Query) -> Plan:
        """One ask per instance and tag, "instance/tag": one instance that fails stops no other."""
        split = branches(query)
        wanted = meant_for(split.branches, self.kind, self.name)
        tags, notes = (self._tags, ()) if self._tags else tags_of(wanted)
        return Plan(
            asks=[f"{instance}/{tag}" for instance in self._instances for tag in tags] if wanted else [],
            coverage="partial",
            notes=[
                *split.notes,
                "without an account only posts that carry one of the asked hashtags can be seen, and only those that "
                "have reached one of the instances",
                *notes,
            ],
        )

    async def fetch(self, ask: str, cursor: Cursor | None, now: datetime) -> Page:
        """Reads the next page of one instance's timeline of one tag: one request. See `Source.fetch`.

        `more` together with `next_check` means: there is more, and not before that time.
        """
        instance, _, tag = ask.partition("/")
        standing, forgotten = resume(cursor, now, self._reach)
        url = f"{self._base_url.replace('{instance}', instance)}/api/v1/timelines/tag/{quote(tag, safe='')}"
        # since_id would give the newest page and skip what lies between; min_id goes forward without a hole.
        params = {"min_id": standing.at, "limit": STATUSES}
        try:
            answer = await self._door.get(url, params=params, accept=(200, 401, 403, 404, 422))
        except SourceBusy as error:
            raise patience_of_one(error, self._instances) from error
        shown = read_answer(_accepted(answer, instance), instance, now)
        wish = wait_if_nearly_used_up(answer.headers, "x-ratelimit", now)
        return advance(standing, shown, forgotten, self._reach, wish)

    async def close(self) -> None:
        await self._door.close()


def read_answer(answer: Any, instance: str, now: datetime) -> Shown:
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
            posts.append(post)
            places.append(ids[-1])
    if unreadable and not ids:
        raise SourceUnavailable(f"{instance} showed {len(answer)} posts that cannot be read: {unreadable[0]}")
    return Shown(posts=posts, places=places, ids=ids, unreadable=unreadable)


def _accepted(answer: Answer, instance: str) -> Any:
    """Gives the answer's JSON, or the error that says what to do about a refusal."""
    if answer.status == 200:
        return answer.json()
    if answer.status == 404:
        raise SourceUnavailable(
            f"{instance} has no hashtag timeline (404): it may not be a Mastodon server, or be moved"
        )
    raise SourceRefused(
        f"{instance} shows its hashtag timelines only to people with an account there ({answer.status}): "
        "name another instance that shows them to everyone",
        "credentials",
    )
