"""Lemmy: posts and comments, through the search of one or several instances (API v3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, Field

from sources.contract import Change, Cursor, Page, Plan, SourceBusy, SourceRefused, SourceUnavailable
from sources.http import Answer, HttpDoor
from sources.instances import Hosts, patience_of_one
from sources.lemmy_asks import asks_of
from sources.lemmy_post import Listing, Row, is_gone, key_of, post_of_view, row_of
from sources.lemmy_recheck import place_of, what_became_of
from sources.loose_json import ItemUnreadable, text_of
from sources.one_by_one import look_at_each
from sources.page_walk import Reach, Shown, Walk, advance, is_past, resume
from sources.post import Post, PostKey
from sources.query.branches import branches
from sources.query.tree import Query
from sources.search_asks import at_most, meant_for
from sources.settings import Duration, NetworkSourceSettings

ITEMS = 50
"""The most that one answer holds; more is an error (FETCH_LIMIT_MAX)."""

OVERLAP = 10
"""How many of the last page are asked for again: what is deleted meanwhile moves all that follows up."""

LISTINGS: tuple[Listing, ...] = ("posts", "comments")
_BUSY = ("rate_limit_error", "too_many_requests")
_CLOSED = ("instance_is_private", "not_logged_in", "incorrect_login")


class LemmySettings(NetworkSourceSettings):
    """Settings of `kind = "lemmy"`. `reread`: how far each poll reads back again, for late and changed posts.

    `{instance}` in base_url stands for the instance's host. `pace`: the least time between two requests of one walk.
    """

    kind: Literal["lemmy"]
    instances: Annotated[Hosts, Field(validation_alias=AliasChoices("instances", "instance"))] = ("lemmy.world",)
    base_url: Annotated[str, Field(pattern=r"^https?://")] = "https://{instance}"
    backfill: Annotated[Duration, Field(ge=timedelta(0), le=timedelta(days=3650))] = timedelta(days=7)
    reread: Annotated[Duration, Field(ge=timedelta(hours=1), le=timedelta(days=30))] = timedelta(hours=24)
    most_pages: Annotated[int, Field(ge=1, le=1_000)] = 200
    pace: Annotated[Duration, Field(ge=timedelta(0), le=timedelta(hours=1))] = timedelta(seconds=10)

    def open(self) -> Lemmy:
        return Lemmy(self)


class Lemmy:
    """Searches the posts and comments that instances know of, newest first; see `Source` for the promises."""

    kind = "lemmy"
    searchable = True
    recheck_at_once = 10

    def __init__(self, settings: LemmySettings) -> None:
        self.name = settings.name
        self._instances = tuple(dict.fromkeys(instance.lower() for instance in settings.instances))
        self._base_url = settings.base_url.rstrip("/")
        self.credential = "lemmy:" + ",".join(sorted(self._instances))
        self._reach = Reach(backfill=settings.backfill, reread=settings.reread, most_pages=settings.most_pages)
        self._pace = settings.pace
        self._door = HttpDoor(allow_private=settings.allow_private)

    def plan(self, query: Query) -> Plan:
        """One ask per instance, listing and term, "instance/posts/term": one instance that fails stops no other."""
        split = branches(query)
        wanted = meant_for(split.branches, self.kind, self.name)
        terms, whole = asks_of(wanted)
        notes = [
            *split.notes,
            "only posts and comments that have reached one of the instances can be seen, in the accents that are "
            "asked for; words that stand in a post's link alone are not found",
        ]
        terms, cut = at_most(terms, len(self._instances) * len(LISTINGS))
        notes += cut
        if not whole:
            notes.append("a part of this query has no word to search for, and is not asked")
        asks = [
            f"{instance}/{listing}/{term}" for instance in self._instances for term in terms for listing in LISTINGS
        ]
        return Plan(asks=asks, coverage="partial", notes=notes)

    async def fetch(self, ask: str, cursor: Cursor | None, now: datetime) -> Page:
        """Reads the next page of one instance's search: one request. See `Source.fetch`.

        `more` together with `next_check` means: there is more, and not before that time.
        """
        instance, _, rest = ask.partition("/")
        told, _, term = rest.partition("/")
        listing: Listing = "comments" if told == "comments" else "posts"
        standing, forgotten = resume(cursor, now, self._reach)
        number, limit = page_at(standing.walk.place)
        url = f"{self._base_url.replace('{instance}', instance)}/api/v3/search"
        try:
            answer = await self._door.get(
                url, params=_params(term, listing, number, limit), accept=(200, 400, 401, 403)
            )
            found = _accepted(answer, instance)
        except SourceBusy as error:
            raise patience_of_one(error, self._instances) from error
        shown, onward = read_answer(found, listing, instance, now, standing.walk, (number - 1) * limit, limit)
        return advance(standing, shown, onward, now, self._reach, forgotten, self._pace or None)

    async def recheck(self, keys: Sequence[PostKey], now: datetime) -> Page:
        """Looks at posts and comments again, each at the instance it comes from: one request for each.

        Only that instance knows; others may not have heard. See `Rechecking.recheck`.
        """
        silent: set[str] = set()

        async def look(key: PostKey) -> Post | Change | None:
            listing, number = place_of(key)
            if key.instance in silent:
                return None
            url = f"{self._base_url.replace('{instance}', key.instance)}/api/v3/{listing.removesuffix('s')}"
            try:
                answer = await self._door.get(url, params={"id": number}, accept=(200, 404))
                return what_became_of(key, listing, answer, now)
            except (SourceBusy, SourceRefused) as error:
                silent.add(key.instance)
                raise SourceUnavailable(str(error)) from error
            except SourceUnavailable:
                silent.add(key.instance)
                raise

        return await look_at_each([key for key in keys if self._knows(key)], look, most_failures=len(keys) + 1)

    def _knows(self, key: PostKey) -> bool:
        """Whether the instance of a key can be asked: any by its name, through a proxy for one only that one."""
        reached = "{instance}" in self._base_url or self._instances == (key.instance,)
        return reached and bool(place_of(key)[1])

    async def close(self) -> None:
        await self._door.close()


def page_at(place: int) -> tuple[int, int]:
    """Gives page and limit of the answer that begins at least OVERLAP before `place` and goes farthest beyond it.

    The service counts whole pages of the limit that it is asked for, so the limit decides where a page begins.
    """
    begin = max(place - OVERLAP, 0)
    limit = max(range(ITEMS // 2, ITEMS + 1), key=lambda size: ((begin // size + 1) * size, size))
    return begin // limit + 1, limit


def read_answer(
    answer: Any, listing: Listing, instance: str, now: datetime, walk: Walk, offset: int, limit: int
) -> tuple[Shown, int | None]:
    """Reads an answer of `search` that begins at `offset`, and where to read on. Raises SourceUnavailable."""
    views = answer.get(listing) if isinstance(answer, Mapping) else None
    if not isinstance(views, list):
        raise SourceUnavailable(f"the search of {instance} answered without a list of {listing}")
    rows: list[Row] = []
    posts: list[Post] = []
    places: list[int | None] = []
    gone: list[tuple[PostKey, int | None]] = []
    unreadable: list[str] = []
    for view in views:
        try:
            row = row_of(view, listing)
            rows.append(row)
            if is_gone(view, listing):
                gone.append((key_of(view, listing, instance), row.tick))
                continue
            posts.append(post_of_view(view, listing, instance, now))
            places.append(row.tick)
        except ItemUnreadable as error:
            unreadable.append(str(error))
    if unreadable and not rows:
        raise SourceUnavailable(f"{instance} showed {len(views)} {listing} that cannot be read: {unreadable[0]}")
    onward = _onward(rows, len(views), walk, offset, limit)
    back = onward is not None and onward < walk.place
    last = Row(id=walk.tail, tick=walk.tail_at, pinned=False) if back or not rows else rows[-1]
    shown = Shown(
        posts=posts,
        places=places,
        gone=gone,
        times=[row.tick for row in rows if row.tick is not None and not row.pinned],
        unreadable=unreadable,
        tail=last.id,
        tail_at=walk.tail_at if last.tick is None else last.tick,
    )
    return shown, onward


def _onward(rows: Sequence[Row], count: int, walk: Walk, offset: int, limit: int) -> int | None:
    """Gives the place to read on from: further back where so much was deleted that this page may not follow."""
    times = [row.tick for row in rows if row.tick is not None and not row.pinned]
    follows = any(row.id == walk.tail for row in rows) or any(time > walk.tail_at for time in times)
    if offset and not follows:
        return max(offset - limit, 0)
    if count < limit or is_past(times, walk.low):
        return None
    return offset + count


def _params(term: str, listing: Listing, page: int, limit: int) -> dict[str, str | int]:
    """The parameters of one request (lemmy-js-client, Search)."""
    kind = "Comments" if listing == "comments" else "Posts"
    return {"q": term, "type_": kind, "sort": "New", "listing_type": "All", "limit": limit, "page": page}


def _accepted(answer: Answer, instance: str) -> Any:
    """Gives the answer's JSON, or the error that says what to do about a refusal."""
    if answer.status == 200:
        return answer.json()
    said: Any = answer.json() if "json" in answer.headers.get("content-type", "") else {}
    word = ascii(text_of(said, "error"))[1:-1][:80] if isinstance(said, Mapping) else ""
    if word in _BUSY:  # older versions tell it so, with status 400
        raise SourceBusy(f"{instance} asks for patience ({answer.status}: {word})")
    if answer.status in (401, 403) or word in _CLOSED:
        raise SourceRefused(
            f"{instance} shows its search only to people with an account there ({answer.status}): "
            "name another instance that shows it to everyone",
            "credentials",
        )
    raise SourceUnavailable(f"{instance} does not take this search (400{': ' if word else ''}{word})")
