"""GitHub: issues and pull requests of all public repositories, through its search."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from msgspec.structs import replace
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from sources.allowance import wait_if_nearly_used_up
from sources.contract import Cursor, Gap, Page, Plan, SourceBusy, SourceRefused, SourceUnavailable
from sources.github_post import post_of_issue, span_of_change
from sources.http import Answer, HttpDoor
from sources.loose_json import items_of, text_of
from sources.patience import asked_to_wait
from sources.query.branches import Branch, branches
from sources.query.tree import Query, Term
from sources.search_asks import at_most, meant_for, shortened, spoken, values_of, without_covered
from sources.settings import Duration, NetworkSourceSettings
from sources.shown_items import shown_items
from sources.taking_turns import TakingTurns
from sources.window_fill import standing_in
from sources.window_walk import Lost, Reach, Shown, Standing, advance, page_of, resume, time_at

ISSUES = 100
"""The most that one answer holds. Of ten such pages GitHub shows a search; a narrower window shows the rest."""

MOST_QUERY_BYTES = 240  # GitHub takes 256 characters of words
MAX_BYTES = 32 * 1024 * 1024  # a hundred issues of 65,536 characters
UNTOLD_PAUSE = timedelta(minutes=1)  # the least, where GitHub asks for patience and does not say how much
SECOND = timedelta(seconds=1)

_QUALIFIER = {"issues": "is:issue", "pull-requests": "is:pull-request"}
_LOGIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})(?:\[bot\])?")
_UNFINISHED = "GitHub did not finish a search in time and showed a part of it; narrower ones follow"


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _sendable(token: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[!-~]+", token.get_secret_value()):
        raise ValueError("must be one word of ASCII letters, digits and signs")
    return token


class GitHubSettings(NetworkSourceSettings):
    """Settings of `kind = "github"`. `reread`: how far each poll reads back again, for what the index took in late.

    `token` needs no permission at all; it raises the allowance from 10 to 30 searches a minute.
    """

    kind: Literal["github"]
    what: Annotated[
        tuple[Literal["issues", "pull-requests"], ...], BeforeValidator(_listed), Field(min_length=1, max_length=2)
    ] = ("issues", "pull-requests")
    token: Annotated[SecretStr, AfterValidator(_sendable)] | None = None
    base_url: Annotated[str, Field(pattern=r"^https?://[^/?#]+")] = "https://api.github.com"
    backfill: Annotated[Duration, Field(ge=timedelta(0), le=timedelta(days=3650))] = timedelta(days=7)
    reread: Annotated[Duration, Field(ge=timedelta(minutes=10), le=timedelta(days=30))] = timedelta(hours=1)
    most_pages: Annotated[int, Field(ge=1, le=1_000)] = 100

    def open(self) -> GitHub:
        return GitHub(self)


class GitHub:
    """Searches issues by the time of their last change; see `Source` for the promises."""

    kind = "github"
    searchable = True

    def __init__(self, settings: GitHubSettings) -> None:
        self.name = settings.name
        self._what = [_QUALIFIER[what] for what in dict.fromkeys(settings.what)]
        self._url = settings.base_url.rstrip("/") + "/search/issues"
        place = settings.base_url.partition("://")[2].partition("/")[0].rpartition("@")[2]
        self._host = place.lower().removeprefix("api.")
        self.credential = f"github:{settings.base_url}"
        self._reach = Reach(
            backfill=settings.backfill // SECOND, reread=settings.reread // SECOND, most_pages=settings.most_pages
        )
        self._turns = TakingTurns()
        headers = {"accept": "application/vnd.github.text+json", "x-github-api-version": "2022-11-28"}
        if settings.token is not None:
            headers["authorization"] = f"Bearer {settings.token.get_secret_value()}"
        self._door = HttpDoor(allow_private=settings.allow_private, max_bytes=MAX_BYTES, headers=headers)

    def plan(self, query: Query) -> Plan:
        """One ask per branch for issues and one for pull requests. A branch without a whole word cannot be asked."""
        split = branches(query)
        parts = [_parts(branch) for branch in meant_for(split.branches, self.kind, self.name)]
        notes = [*split.notes, "comments, discussions, commits and code are not searched, and stay unseen"]
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
        held_back = self._turns.held_back(ask, cursor, now)
        if held_back is not None:
            return held_back
        standing, forgotten = resume(cursor, int(now.timestamp()), self._reach)
        page, pause = await self._read(ask, standing, forgotten, now)
        self._turns.rest(ask, page, now, pause)
        return page

    async def fill(self, ask: str, gap: Gap, cursor: Cursor | None, now: datetime) -> Page:
        """Reads the next window of the gap: one request, none within a pause. See `Filling.fill`."""
        left = self._turns.left(now)
        if left is not None:
            return Page(cursor=cursor or "", more=True, next_check=left)
        page, pause = await self._read(ask, standing_in(gap, cursor, now, SECOND, self._reach), (), now)
        self._turns.pause(now, pause)
        return page

    async def close(self) -> None:
        await self._door.close()

    async def _read(
        self, ask: str, standing: Standing, forgotten: Sequence[Lost], now: datetime
    ) -> tuple[Page, timedelta | None]:
        """Asks for a window; gives its page, and how long no other search may be made."""
        params = _params(ask, standing.walk.since, standing.walk.until)
        answer = await self._door.get(self._url, params=params, accept=(200, 403, 422, 429))
        told = _accepted(answer, now)
        shown = read_answer(told, self._host, now, more='rel="next"' in answer.headers.get("link", ""))
        pause = wait_if_nearly_used_up(answer.headers, "x-ratelimit", now)
        page = page_of(advance(standing, shown, int(now.timestamp()), self._reach), shown, forgotten, SECOND, pause)
        return (replace(page, notes=[*page.notes, _UNFINISHED]) if is_unfinished(told) else page), pause


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


def _accepted(answer: Answer, now: datetime) -> Any:
    """Gives the answer's JSON, or the error that says what to do about a refusal.

    403 and 429 both tell of used-up allowances; the order of what to believe is GitHub's own
    (docs.github.com, "Rate limits for the REST API": Retry-After, then the reset at 0 left, else a minute).
    """
    if answer.status == 200:
        return answer.json()
    told = answer.json() if "json" in answer.headers.get("content-type", "") else {}
    said = text_of(told, "message") if isinstance(told, Mapping) else ""
    words = f"GitHub refuses this search ({answer.status}): {said[:200]!a}"
    if answer.status == 422:
        raise SourceRefused(words, "settings")
    used_up = answer.headers.get("x-ratelimit-remaining", "").strip() == "0"
    impatient = "retry-after" in answer.headers or "rate limit" in said.lower() or "abuse" in said.lower()
    if answer.status == 429 or used_up or impatient:
        wait = asked_to_wait(answer.headers, now, ("x-ratelimit-reset",) if used_up else ())
        raise SourceBusy(words, UNTOLD_PAUSE if wait is None else wait)
    raise SourceRefused(f"{words}; check the token", "credentials")


def _parts(branch: Branch) -> tuple[str, ...]:
    """Gives what to search for: fewer words than wanted find more, so what cannot be said is left out."""
    whole = [word for word in branch.words if not (isinstance(word, Term) and word.wildcard)]
    words = [f'"{said}"' if said in ("AND", "OR", "NOT") else said for word in whole if (said := spoken(word))]
    if not words:
        words = [f"author:{name}" for name in values_of(branch, "author")[:1] if _LOGIN.fullmatch(name)]
    return shortened(words, MOST_QUERY_BYTES)


def _params(ask: str, since: int, until: int | None) -> dict[str, str | int]:
    """The parameters of one request (docs.github.com/rest/search; both ends of a span of time are inclusive)."""
    first, last = _moment(max(since, 0)), "" if until is None else _moment(until - 1)
    changed = f"updated:{first}..{last}" if last else f"updated:>={first}"
    within = "" if ask.partition(" ")[2].startswith("author:") else " in:title,body"
    return {"q": f"{ask}{within} {changed}", "sort": "updated", "order": "desc", "per_page": ISSUES, "page": 1}


def _moment(tick: int) -> str:
    time = time_at(tick, SECOND)
    return "9999-12-31T23:59:59Z" if time is None else time.isoformat(timespec="seconds").replace("+00:00", "Z")
