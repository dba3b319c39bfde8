"""GDELT: news articles of many countries and languages, through the search of its DOC 2.0 interface."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar, Literal, NoReturn

from msgspec.structs import replace
from pydantic import Field

from sources.contract import Cursor, Gap, Page, Plan, SourceBusy, SourceError, SourceRefused, SourceUnavailable
from sources.gdelt_ask import asks_of
from sources.gdelt_post import post_of_article, seen_at
from sources.http import HttpDoor
from sources.http_words import first_words
from sources.query.branches import branches
from sources.query.tree import Query
from sources.search_asks import at_most, meant_for
from sources.settings import Duration, NetworkSourceSettings, without_login
from sources.shown_items import shown_items
from sources.taking_turns import TakingTurns
from sources.terms import Terms
from sources.window_fill import standing_in
from sources.window_walk import Lost, Reach, Shown, Standing, advance, page_of, resume, time_at

ARTICLES = 250
"""The most that one answer shows."""

PACE = timedelta(seconds=8)
"""Between two requests: GDELT allows one in five seconds for each address, and shuts out for minutes who is faster."""

SHUT_OUT = timedelta(minutes=5)
"""How long GDELT is left alone after it asked for patience; it tells no time itself."""

SECOND = timedelta(seconds=1)
WINDOW = timedelta(days=90) // SECOND  # the search reaches back three months
_TOO_OLD = "GDELT searches no further back than three months"

_ESCAPE = re.compile(r'\\(?:(u[0-9a-fA-F]{4}|["\\/bfnrt])|)')
_PATIENCE = re.compile(r"limit requests|too many requests|rate limit|every \d+ seconds", re.IGNORECASE)
_QUERY_REFUSED = re.compile(
    r"(query|phrase|keywords?|search|parenthes[ei]s)\b.{0,80}\b(too (short|long|common)|illegal|invalid|not recognized|"
    r"must|may only)|invalid (query|mode|date)|illegal (query|character)",
    re.IGNORECASE | re.DOTALL,
)


class GdeltSettings(NetworkSourceSettings):
    """Settings of `kind = "gdelt"`. `reread`: how far each poll reads back again, for articles listed late.

    `pace`: the least time between two requests of this source; a mirror of one's own needs none.
    """

    terms: ClassVar[Terms] = Terms(attribution="GDELT Project, https://www.gdeltproject.org/")

    kind: Literal["gdelt"]
    every: Annotated[Duration, Field(ge=timedelta(minutes=15), le=timedelta(days=30))] = timedelta(minutes=15)
    base_url: Annotated[str, Field(pattern=r"^https?://")] = "https://api.gdeltproject.org/api/v2"
    backfill: Annotated[Duration, Field(ge=timedelta(0), le=timedelta(days=90))] = timedelta(days=7)
    reread: Annotated[Duration, Field(ge=timedelta(hours=2), le=timedelta(days=30))] = timedelta(hours=2)
    most_pages: Annotated[int, Field(ge=1, le=1_000)] = 50
    pace: Annotated[Duration, Field(ge=timedelta(0), le=timedelta(hours=1))] = PACE

    def open(self) -> Gdelt:
        return Gdelt(self)


class Gdelt:
    """Searches news by the time at which GDELT met them, newest first; see `Source` for the promises."""

    kind = "gdelt"
    searchable = True

    def __init__(self, settings: GdeltSettings) -> None:
        self.name = settings.name
        self._url = settings.base_url.rstrip("/") + "/doc/doc"
        self.credential = f"gdelt:{without_login(settings.base_url)}"  # the limit counts per address of ours
        self._reach = Reach(
            backfill=settings.backfill // SECOND, reread=settings.reread // SECOND, most_pages=settings.most_pages
        )
        self._pace = settings.pace
        self._turns = TakingTurns()
        self._end_belongs = False  # whether GDELT was seen to show the last second of a window, too
        self._door = HttpDoor(allow_private=settings.allow_private)

    def plan(self, query: Query) -> Plan:
        """Alternatives are drawn together, since each search costs `pace`."""
        split = branches(query)
        wanted = meant_for(split.branches, self.kind, self.name)
        asks, unasked = asks_of([branch for branch in wanted if branch.words or not _only_names_us(branch.fields)])
        notes = [
            *split.notes,
            "GDELT searches whole articles, translated to English, and shows their headlines: only articles whose "
            f'headline fulfils the query become mentions, unless it ends in OR source:"{self.name}"',
        ]
        if unasked:
            notes.append(
                "a part of this query has no whole word of three Latin letters and no site to search for, "
                "and is not asked"
            )
        asks, cut = at_most(asks)
        return Plan(asks=asks, coverage="partial", notes=[*notes, *cut])

    async def fetch(self, ask: str, cursor: Cursor | None, now: datetime) -> Page:
        """Reads the next window of the walk: one request, and none within `pace` of the last. See `Source.fetch`.

        `more` together with `next_check` means: there is more, and not before that time.
        """
        held_back = self._turns.held_back(ask, cursor, now)
        if held_back is not None:
            return held_back
        tick = int(now.timestamp())
        standing, forgotten = resume(cursor, tick, self._reach)
        standing, unreachable = _within_reach(standing, tick)
        try:
            page = await self._read(ask, cursor, standing, [*forgotten, *unreachable], now)
        except SourceError:
            self._turns.rest(ask, Page(cursor=cursor or ""), now, self._pace)
            raise
        self._turns.rest(ask, page, now, self._pace)
        return page

    async def fill(self, ask: str, gap: Gap, cursor: Cursor | None, now: datetime) -> Page:
        """Reads the next window of the gap: one request, and none within `pace` of the last. See `Filling.fill`."""
        oldest = (now - WINDOW * SECOND).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        if gap.until is not None and gap.until <= oldest:
            return Page(gaps=[replace(gap, why=_TOO_OLD)])
        left = self._turns.left(now)
        if left is not None:
            return Page(cursor=cursor or "", more=True, next_check=left)
        reachable = gap if gap.since is not None and gap.since >= oldest else replace(gap, since=oldest)
        standing = standing_in(reachable, cursor, now, SECOND, self._reach)
        begins = reachable is not gap and not standing.walk.pages
        since = None if gap.since is None else int(gap.since.timestamp())
        lost = [Lost(since, standing.walk.low, _TOO_OLD)] if begins else []
        self._turns.pause(now, self._pace)
        return await self._read(ask, cursor, standing, lost, now)

    async def close(self) -> None:
        await self._door.close()

    async def _read(
        self, ask: str, cursor: Cursor | None, standing: Standing, lost: Sequence[Lost], now: datetime
    ) -> Page:
        tick = int(now.timestamp())
        since, until = standing.walk.since, standing.walk.until
        # Whether the ends of a window belong to it is not documented: a second to spare, until one was seen.
        end = tick if until is None else until - self._end_belongs
        try:
            answer = await self._door.get(self._url, params=_params(ask, since - 1, end))
        except SourceBusy as error:
            raise SourceBusy(str(error), max(error.retry_after or SHUT_OUT, SHUT_OUT)) from error
        shown = _from(since, read_answer(answer.body, now))
        if until is not None and not self._end_belongs and any(seen >= until for seen, _ in shown.spans):
            self._end_belongs = True
            if shown.full:  # of the second to spare, of which there is too much: asked again without it
                return Page(cursor=cursor or "", more=True, next_check=self._pace or None)
        step = advance(standing, shown, tick, self._reach)
        return page_of(step, shown, lost, SECOND, self._pace or None)


def read_answer(body: bytes, now: datetime) -> Shown:
    """Reads an article list. Raises SourceBusy, SourceRefused or SourceUnavailable where it is a notice instead."""
    articles = _articles(body)
    full = len(articles) >= ARTICLES
    return shown_items(articles, _span, lambda article: post_of_article(article, now), full=full)


def _span(article: object) -> tuple[int, int] | None:
    seen = seen_at(article)
    return None if seen is None else (seen, seen)


def _articles(body: bytes) -> Sequence[Any]:
    """Gives the articles of an answer: none for an empty one and for `{}`, with which GDELT says "nothing found"."""
    text = body.decode("utf-8-sig", "replace").strip()
    if not text:
        return ()
    answer = _json(text) if text.startswith("{") else None
    if not isinstance(answer, Mapping):
        _refuse(text, body)
    articles = answer.get("articles")
    if isinstance(articles, list):
        return articles
    if answer:
        raise SourceUnavailable("GDELT answered without a list of articles")
    return ()


def _json(text: str) -> Any:
    """Reads JSON in which headlines stand as they were found, with tabs and backslashes; None where it is none."""
    for attempt in (text, _ESCAPE.sub(lambda found: found[0] if found[1] else r"\\", text)):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _refuse(text: str, body: bytes) -> NoReturn:
    """GDELT tells what is wrong in plain text, and with status 200."""
    if not text.startswith("<"):
        if _PATIENCE.search(text[:400]):
            raise SourceBusy("GDELT asks for patience: one request in five seconds for each address", SHUT_OUT)
        if _QUERY_REFUSED.search(text[:400]):
            raise SourceRefused(f"GDELT does not take this search: {first_words(body)}", "settings")
    raise SourceUnavailable(f"GDELT answered something that is no list of articles: {first_words(body)}")


def _only_names_us(fields: Sequence[Any]) -> bool:
    """`OR source:gdelt` keeps whatever the other parts of the query find; it has nothing to ask for itself."""
    return bool(fields) and all(field.name == "source" for field in fields)


def _from(since: int, shown: Shown) -> Shown:
    """Leaves out the posts of the second to spare before the window; they belong to another one."""
    kept = [one for one in zip(shown.posts, shown.places, strict=True) if one[1] == 0 or one[1] >= since]
    return replace(shown, posts=[post for post, _ in kept], places=[place for _, place in kept])


def _within_reach(standing: Standing, now: int) -> tuple[Standing, Sequence[Lost]]:
    """What is older than GDELT's search after a long pause cannot be read any more, and is told."""
    walk, oldest = standing.walk, now - WINDOW
    if walk.pages or walk.low >= oldest:
        return standing, ()
    reachable = replace(walk, low=oldest, since=max(walk.since, oldest))
    return replace(standing, walk=reachable), (Lost(walk.low, oldest, _TOO_OLD),)


def _params(ask: str, start: int, end: int) -> dict[str, str | int]:
    """The parameters of one request (blog.gdeltproject.org, "GDELT DOC 2.0 API Debuts")."""
    params: dict[str, str | int] = {
        "query": ask,
        "mode": "ArtList",
        "format": "json",
        "maxrecords": ARTICLES,
        "sort": "DateDesc",
    }
    for name, tick in (("startdatetime", start), ("enddatetime", end)):
        time = time_at(tick, SECOND)
        if time is not None:
            params[name] = f"{time:%Y%m%d%H%M%S}"
    return params
