"""The App Store: what customers write about an app, from Apple's public feed of reviews."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from sources.appstore_post import position_of, post_of_entry
from sources.appstore_walk import Shown, Standing, advance, resume
from sources.contract import Cursor, Page, Plan, SourceRefused, SourceUnavailable
from sources.http import HttpDoor
from sources.loose_json import ItemUnreadable, inner, text_of
from sources.post import Post
from sources.query.branches import branches
from sources.query.tree import Query
from sources.search_asks import meant_for, values_of
from sources.settings import Duration, NetworkSourceSettings, without_login

MANY = 20
"""Reviews that do not all vanish at once: an empty first page after so many is no answer."""

_IN_LINK = re.compile(r"https?://(?:apps|itunes)\.apple\.com/\S*?/id(\d+)(?:[?#/]\S*)?")


def _app_id(value: object) -> object:
    """Takes the number, `id` before it, or the app's page: https://apps.apple.com/us/app/acme/id123456789."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str):
        link = _IN_LINK.fullmatch(value.strip())
        return link[1] if link else value.strip().removeprefix("id")
    return value


def _listed(value: object) -> object:
    told = [value] if isinstance(value, str) else value
    return [one.lower() if isinstance(one, str) else one for one in told] if isinstance(told, list | tuple) else told


Country = Annotated[str, Field(pattern=r"^[a-z]{2}$")]


class AppStoreSettings(NetworkSourceSettings):
    """Settings of `kind = "appstore"`. `app`: its number, or the address of its page; `countries`: whose stores."""

    kind: Literal["appstore"]
    every: Annotated[Duration, Field(ge=timedelta(minutes=5), le=timedelta(days=30))] = timedelta(hours=1)
    app: Annotated[str, BeforeValidator(_app_id), Field(pattern=r"^[1-9]\d{0,14}$")]
    countries: Annotated[tuple[Country, ...], BeforeValidator(_listed), Field(min_length=1, max_length=175)] = ("us",)
    base_url: Annotated[str, Field(pattern=r"^https?://")] = "https://itunes.apple.com"

    def open(self) -> AppStore:
        return AppStore(self)


class AppStore:
    """Reads an app's reviews, country by country; see `Source` for the promises.

    Nothing can be searched for: each query is asked as the same list of countries, each of which has a cursor of its
    own, so that one that fails stops no other.
    """

    kind = "appstore"
    searchable = True

    def __init__(self, settings: AppStoreSettings) -> None:
        self.name = settings.name
        self._app = settings.app
        self._countries = tuple(dict.fromkeys(settings.countries))
        self._url = settings.base_url.rstrip("/")
        self.credential = f"appstore:{without_login(settings.base_url)}"  # Apple counts per address of ours
        self._door = HttpDoor(allow_private=settings.allow_private)

    def plan(self, query: Query) -> Plan:
        """One ask per country, whatever the query: all reviews are read, and matched here."""
        split = branches(query)
        wanted = meant_for(split.branches, self.kind, self.name)
        notes = ["Apple shows the 500 newest reviews of each country, all of which are read"]
        if not wanted:
            notes = ["this query asks for other sources only"]
        elif not any(values_of(branch, "source") and not branch.words for branch in wanted):
            notes.append(
                "only reviews in which the query's words stand become mentions, and few name the app: "
                f'add OR source:"{self.name}" to the query of the app\'s own brand to have them all'
            )
        return Plan(asks=self._countries if wanted else (), coverage="superset", notes=notes)

    async def fetch(self, ask: str, cursor: Cursor | None, now: datetime) -> Page:
        """Reads the next page of one country: one request. See `Source.fetch`."""
        standing, forgotten = resume(cursor, now)
        path = f"{ask}/rss/customerreviews/page={standing.page}/id={self._app}/sortby=mostrecent/json"
        answer = await self._door.get(f"{self._url}/{path}", accept=(200, 403))
        if answer.status == 403:
            # There is no key that could be wrong: Apple turns robots away for a while.
            raise SourceUnavailable(f"Apple refuses the reviews of '{ask}' (403); they are asked for again later")
        shown = read_answer(answer.json(), ask, self._app, now, standing)
        return advance(standing, shown, forgotten)

    async def close(self) -> None:
        await self._door.close()


def read_answer(answer: Any, country: str, app: str, now: datetime, standing: Standing) -> Shown:
    """Reads one page. Raises SourceUnavailable where it is none, SourceRefused where the app is not in that store."""
    feed = answer.get("feed") if isinstance(answer, Mapping) else None
    if not isinstance(feed, Mapping):
        raise SourceUnavailable(f"the App Store of '{country}' answered without a feed of reviews")
    posts: list[Post] = []
    places: list[int] = []
    unreadable: list[str] = []
    for entry in _one_or_many(feed.get("entry")):
        try:
            post = post_of_entry(entry, country, app, now)
        except ItemUnreadable as error:
            unreadable.append(str(error))
            continue
        if post is not None:
            posts.append(post)
            places.append(position_of(entry))
    shown = Shown(posts=posts, places=places, unreadable=unreadable)
    if standing.page == 1 and shown.empty:
        _check_emptiness(feed, country, app, standing)
    return shown


def _check_emptiness(feed: Mapping[str, Any], country: str, app: str, standing: Standing) -> None:
    """Tells "no reviews" from "no such app" and from a service that shows nothing for a while."""
    if len(standing.traces) >= MANY:
        raise SourceUnavailable(f"the App Store of '{country}' shows none of the reviews that it showed before")
    relations = {
        text_of(inner(link, "attributes"), "rel")
        for link in _one_or_many(feed.get("link"))
        if isinstance(link, Mapping)
    }
    if "self" in relations:
        return
    if standing.read_at:
        raise SourceUnavailable(f"the App Store of '{country}' does not know the app {app} any more")
    raise SourceRefused(
        f"the App Store of '{country}' knows no app {app}: correct `app`, or take the country out of `countries`",
        "settings",
    )


def _one_or_many(value: Any) -> list[Any]:
    """Apple writes a list of one as its only item, and leaves an empty one out."""
    if isinstance(value, list):
        return value
    return [] if value is None else [value]
