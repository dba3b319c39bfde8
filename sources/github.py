"""GitHub: issues, pull requests and discussions of all public repositories, through its search."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, Self

from msgspec.structs import replace
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator

from sources.allowance import wait_if_nearly_used_up
from sources.contract import Change, Cursor, Gap, Page, Plan, SourceBusy, SourceUnavailable
from sources.github_discussions import Discussions, Found
from sources.github_post import post_of_issue, span_of_change
from sources.github_recheck import path_of, what_became_of
from sources.github_refusals import refuse
from sources.http import HttpDoor
from sources.loose_json import items_of
from sources.one_by_one import look_at_each
from sources.post import Post, PostKey
from sources.query.branches import Branch, branches
from sources.query.tree import Query, Term
from sources.search_asks import at_most, meant_for, shortened, spoken, values_of, without_covered
from sources.settings import Duration, NetworkSourceSettings, without_login
from sources.shown_items import shown_items
from sources.taking_turns import TakingTurns
from sources.window_fill import standing_in
from sources.window_walk import Lost, Reach, Shown, Standing, Walk, advance, page_of, resume, time_at

ISSUES = 100
"""The most that one answer holds. Of ten such pages GitHub shows a search; a narrower window shows the rest."""

MOST_QUERY_BYTES = 240  # GitHub takes 256 characters of words
MAX_BYTES = 32 * 1024 * 1024  # a hundred issues of 65,536 characters
SECOND = timedelta(seconds=1)

What = Literal["issues", "pull-requests", "discussions"]
_DISCUSSION = "is:discussion"
_QUALIFIER: dict[What, str] = {"issues": "is:issue", "pull-requests": "is:pull-request", "discussions": _DISCUSSION}
_LOGIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})(?:\[bot\])?")
_BY_AUTHOR = re.compile(r"(is:\S+ )?author:")
_UNFINISHED = "GitHub did not finish a search in time and showed a part of it; narrower ones follow"


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _sendable(token: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[!-~]+", token.get_secret_value()):
        raise ValueError("must be one word of ASCII letters, digits and signs")
    return token


class GitHubSettings(NetworkSourceSettings):
    """Settings of `kind = "github"`. `reread`: how far each poll reads back again, for what the index took in late.

    `token` needs no permission at all; it raises the allowance from 10 to 30 searches a minute, and shows discussions.
    """

    kind: Literal["github"]
    what: Annotated[tuple[What, ...], BeforeValidator(_listed), Field(min_length=1, max_length=3)] = tuple(_QUALIFIER)
    token: Annotated[SecretStr, AfterValidator(_sendable)] | None = None
    base_url: Annotated[str, Field(pattern=r"^https?://[^/?#]+")] = "https://api.github.com"
    backfill: Annotated[Duration, Field(ge=timedelta(0), le=timedelta(days=3650))] = timedelta(days=7)
    reread: Annotated[Duration, Field(ge=timedelta(minutes=10), le=timedelta(days=30))] = timedelta(hours=1)
    most_pages: Annotated[int, Field(ge=1, le=1_000)] = 100

    @model_validator(mode="after")
    def _discussions_need_a_token(self) -> Self:
        if self.token is None and set(self.what) == {"discussions"}:
            raise ValueError("discussions are shown only with a token: add one, or other things to `what`")
        return self

    def open(self) -> GitHub:
        return GitHub(self)


class GitHub:
    """Searches issues by the time of their last change; see `Source` for the promises."""

    kind = "github"
    searchable = True

    def __init__(self, settings: GitHubSettings) -> None:
        self.name = settings.name
        wanted = dict.fromkeys(settings.what)
        self._untold = "discussions" in wanted and settings.token is None
        self._what = [_QUALIFIER[what] for what in wanted if what != "discussions" or not self._untold]
        self._base_url = settings.base_url.rstrip("/")
        place = settings.base_url.partition("://")[2].partition("/")[0].rpartition("@")[2]
        self._host = place.lower().removeprefix("api.")
        self.credential = f"github:{without_login(settings.base_url)}"
        self._reach = Reach(
            backfill=settings.backfill // SECOND, reread=settings.reread // SECOND, most_pages=settings.most_pages
        )
        self._turns = {"search": TakingTurns(), "graphql": TakingTurns(), "core": TakingTurns()}  # counted apart
        self.recheck_at_once = 20 if settings.token is not None else 5
        headers = {"accept": "application/vnd.github.text+json", "x-github-api-version": "2022-11-28"}
        if settings.token is not None:
            headers["authorization"] = f"Bearer {settings.token.get_secret_value()}"
        self._door = HttpDoor(allow_private=settings.allow_private, max_bytes=MAX_BYTES, headers=headers)
        self._discussions = Discussions(self._door, self._base_url, self._host)
        self._has_token = settings.token is not None

    def plan(self, query: Query) -> Plan:
        """One ask per branch for each of issues, pull requests, discussions. One without a whole word is not asked."""
        split = branches(query)
        parts = [_parts(branch) for branch in meant_for(split.branches, self.kind, self.name)]
        notes = [*split.notes, "comments, commits and code are not searched, and stay unseen"]
        if self._untold:
            notes.append("discussions are not asked for, since GitHub shows them only with a token")
        if not all(parts):
            notes.append("a part of this query has no whole word or author to search for, and is not asked")
        asks, cut = at_most(without_covered([part for part in parts if part]), len(self._what))
        notes += cut
        return Plan(asks=[f"{what} {ask}" for ask in asks for what in self._what], coverage="partial", notes=notes)

    async def fetch(self, ask: str, cursor: Cursor | None, now: datetime) -> Page:
        """Reads the next window of the walk: one request. See `Source.fetch`.

        Newest change first, though GitHub could answer the other way round: an issue that is changed during a walk goes
        to the top, where the next walk begins, and moves none of those below it out of what is still to be read.
        """
        turns = self._turns[_resource(ask)]
        held_back = turns.held_back(ask, cursor, now)
        if held_back is not None:
            return held_back
        standing, forgotten = resume(cursor, int(now.timestamp()), self._reach)
        page, pause = await self._read(ask, standing, forgotten, now)
        turns.rest(ask, page, now, pause)
        return page

    async def fill(self, ask: str, gap: Gap, cursor: Cursor | None, now: datetime) -> Page:
        """Reads the next window of the gap: one request, none within a pause. See `Filling.fill`."""
        turns = self._turns[_resource(ask)]
        left = turns.left(now)
        if left is not None:
            return Page(cursor=cursor or "", more=True, next_check=left)
        page, pause = await self._read(ask, standing_in(gap, cursor, now, SECOND, self._reach), (), now)
        turns.pause(now, pause)
        return page

    async def recheck_by_link(self, links: Mapping[PostKey, str], now: datetime) -> Page:
        """Looks at issues again one by one, and at discussions at once. See `RecheckingByLink.recheck_by_link`."""
        ours = {key: link for key, link in links.items() if (key.source, key.instance) == (self.kind, self._host)}
        paths = {key: path for key, link in ours.items() if (path := path_of(key, link))}
        nodes = [key for key in ours if not key.external_id.isdigit() and key.external_id.isascii()]

        async def look(key: PostKey) -> Post | Change | None:
            self._wait_for("core", now)
            address = self._base_url + paths[key]
            answer = await self._door.get(address, accept=(200, 403, 404, 410, 429))
            self._turns["core"].pause(now, wait_if_nearly_used_up(answer.headers, "x-ratelimit", now))
            return what_became_of(key, answer, self._host, now)

        page = await look_at_each(list(paths), look)
        if not nodes or not self._has_token:
            return page
        self._wait_for("graphql", now)
        others = await self._discussions.look(nodes, now)
        self._turns["graphql"].pause(now, others.next_check)
        return Page(
            posts=[*page.posts, *others.posts],
            changes=[*page.changes, *others.changes],
            notes=[*page.notes, *others.notes],
        )

    async def close(self) -> None:
        await self._door.close()

    async def _read(
        self, ask: str, standing: Standing, forgotten: Sequence[Lost], now: datetime
    ) -> tuple[Page, timedelta | None]:
        """Asks for a window; gives its page, and how long no other search may be made."""
        search = self._search_discussions if _resource(ask) == "graphql" else self._search_issues
        found = await search(ask, standing.walk, now)
        step = advance(standing, found.shown, int(now.timestamp()), self._reach)
        page = page_of(step, found.shown, forgotten, SECOND, found.pause)
        return replace(page, notes=[*page.notes, *found.notes]), found.pause

    async def _search_issues(self, ask: str, walk: Walk, now: datetime) -> Found:
        params: dict[str, str | int] = {"q": _words(ask, walk), "sort": "updated", "order": "desc"}
        params |= {"per_page": ISSUES, "page": 1}
        answer = await self._door.get(f"{self._base_url}/search/issues", params=params, accept=(200, 403, 422, 429))
        if answer.status != 200:
            refuse(answer, "this search", now)
        told = answer.json()
        shown = read_answer(told, self._host, now, more='rel="next"' in answer.headers.get("link", ""))
        pause = wait_if_nearly_used_up(answer.headers, "x-ratelimit", now)
        return Found(shown=shown, notes=[_UNFINISHED] if is_unfinished(told) else [], pause=pause)

    async def _search_discussions(self, ask: str, walk: Walk, now: datetime) -> Found:
        words = _words(ask.removeprefix(_DISCUSSION).strip(), walk)
        return await self._discussions.search(f"{words} sort:updated-desc", walk.onward, now)

    def _wait_for(self, resource: str, now: datetime) -> None:
        left = self._turns[resource].left(now)
        if left is not None:
            raise SourceBusy("GitHub's allowance is nearly used up", left)


def read_answer(answer: Any, host: str, now: datetime, *, more: bool) -> Shown:
    """Reads an answer of `search/issues`. Raises SourceUnavailable where it is not one.

    What an unfinished search shows tells nothing of where the rest stands: it is kept, and its places are not believed.
    """
    if not isinstance(answer, Mapping) or not isinstance(answer.get("items"), list):
        raise SourceUnavailable("the search of GitHub answered without a list of issues")
    items = items_of(answer, "items")
    unfinished = is_unfinished(answer)
    full = unfinished or more or len(items) >= ISSUES
    shown = shown_items(items, span_of_change, lambda item: post_of_issue(item, host, now), full=full)
    return replace(shown, spans=()) if unfinished else shown


def is_unfinished(answer: Mapping[str, Any]) -> bool:
    """Whether the search ran out of time and shows only what it had found by then."""
    return answer.get("incomplete_results") not in (False, None)


def _parts(branch: Branch) -> tuple[str, ...]:
    """Gives what to search for: fewer words than wanted find more, so what cannot be said is left out."""
    whole = [word for word in branch.words if not (isinstance(word, Term) and word.wildcard)]
    words = [f'"{said}"' if said in ("AND", "OR", "NOT") else said for word in whole if (said := spoken(word))]
    if not words:
        words = [f"author:{name}" for name in values_of(branch, "author")[:1] if _LOGIN.fullmatch(name)]
    return shortened(words, MOST_QUERY_BYTES)


def _words(ask: str, walk: Walk) -> str:
    """Gives the search for a window (docs.github.com/rest/search; both ends of a span of time are inclusive)."""
    first, last = _moment(max(walk.since, 0)), "" if walk.until is None else _moment(walk.until - 1)
    changed = f"updated:{first}..{last}" if last else f"updated:>={first}"
    within = "" if _BY_AUTHOR.match(ask) else " in:title,body"
    return f"{ask}{within} {changed}"


def _resource(ask: str) -> str:
    """Gives what GitHub counts an ask of ours to (docs.github.com, "Rate limits"; `x-ratelimit-resource`)."""
    return "graphql" if ask.startswith(_DISCUSSION) else "search"


def _moment(tick: int) -> str:
    time = time_at(tick, SECOND)
    return "9999-12-31T23:59:59Z" if time is None else time.isoformat(timespec="seconds").replace("+00:00", "Z")
