"""Stack Exchange: questions on Stack Overflow and its sister sites, through their API."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AliasChoices, BeforeValidator, Field, SecretStr

from sources.contract import Cursor, Gap, Page, Plan, SourceBusy, SourceRefused, SourceUnavailable
from sources.http import Answer, HttpDoor
from sources.loose_json import count_of, text_of
from sources.post import PostKey
from sources.query.branches import Branch, branches
from sources.query.tree import Query, Term
from sources.search_asks import at_most, meant_for, shortened, spoken, without_covered
from sources.settings import Duration, NetworkSourceSettings, without_login
from sources.shown_items import shown_items
from sources.stackexchange_post import created_at, host_of, post_of_question
from sources.stackexchange_recheck import ALL_OF_THEM, numbers_of, what_became_of
from sources.taking_turns import TakingTurns
from sources.terms import Terms
from sources.window_fill import standing_in
from sources.window_walk import Lost, Reach, Shown, Standing, advance, page_of, resume

QUESTIONS = 100
"""The most that one answer holds (api.stackexchange.com/docs/paging)."""

MOST_QUERY_BYTES = 240  # no limit is documented for `q`; a search box there takes 240 characters
LONGEST_BACKOFF = timedelta(days=1)  # allowances are counted by the day
SECOND = timedelta(seconds=1)


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Site = Annotated[str, Field(pattern=r"^(?i:[a-z0-9]([a-z0-9.-]*[a-z0-9])?)$", max_length=100)]


class StackExchangeSettings(NetworkSourceSettings):
    """Settings of `kind = "stackexchange"`. `reread`: how far each poll reads back again, for late and changed ones.

    `key` is an application's key, which is free and raises the allowance from 300 to 10,000 requests a day.
    """

    terms: ClassVar[Terms] = Terms(attribution="Stack Exchange, CC BY-SA")

    kind: Literal["stackexchange"]
    every: Annotated[Duration, Field(ge=timedelta(minutes=1), le=timedelta(days=30))] = timedelta(minutes=30)
    sites: Annotated[
        tuple[Site, ...],
        BeforeValidator(_listed),
        Field(min_length=1, max_length=50, validation_alias=AliasChoices("sites", "site")),
    ] = ("stackoverflow",)
    key: SecretStr | None = None
    base_url: Annotated[str, Field(pattern=r"^https?://")] = "https://api.stackexchange.com/2.3"
    backfill: Annotated[Duration, Field(ge=timedelta(0), le=timedelta(days=3650))] = timedelta(days=7)
    reread: Annotated[Duration, Field(ge=timedelta(hours=1), le=timedelta(days=30))] = timedelta(hours=24)
    most_pages: Annotated[int, Field(ge=1, le=1_000)] = 100

    def open(self) -> StackExchange:
        return StackExchange(self)


class StackExchange:
    """Searches the questions of each site by the time they were asked; see `Source` for the promises."""

    kind = "stackexchange"
    searchable = True
    recheck_at_once = QUESTIONS

    def __init__(self, settings: StackExchangeSettings) -> None:
        self.name = settings.name
        self._sites = tuple(dict.fromkeys(site.lower() for site in settings.sites))
        self._key = settings.key.get_secret_value() if settings.key is not None else ""
        self._base_url = settings.base_url.rstrip("/")
        self.credential = f"stackexchange:{without_login(settings.base_url)}"  # the allowance counts per our address
        self._reach = Reach(
            backfill=settings.backfill // SECOND, reread=settings.reread // SECOND, most_pages=settings.most_pages
        )
        self._turns = TakingTurns()
        self._door = HttpDoor(allow_private=settings.allow_private)

    def plan(self, query: Query) -> Plan:
        """One ask per site and branch, "site/words". A branch without a whole word cannot be asked."""
        split = branches(query)
        parts = [_parts(branch) for branch in meant_for(split.branches, self.kind, self.name)]
        notes = [*split.notes, "answers and comments cannot be searched, and stay unseen"]
        if not all(parts):
            notes.append("a part of this query has no whole word to search for, and is not asked")
        asks, cut = at_most(without_covered([part for part in parts if part]), len(self._sites))
        notes += cut
        return Plan(asks=[f"{site}/{ask}" for site in self._sites for ask in asks], coverage="partial", notes=notes)

    async def fetch(self, ask: str, cursor: Cursor | None, now: datetime) -> Page:
        """Reads the next window of the walk: one request. See `Source.fetch`.

        `more` together with `next_check` means: there is more, and not before that time.
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

    async def recheck(self, keys: Sequence[PostKey], now: datetime) -> Page:
        """Looks at questions again, one request for each site. See `Rechecking.recheck`."""
        pages: list[Page] = []
        for site in self._sites:
            numbers = numbers_of(keys, host_of(site))
            if not numbers:
                continue
            left = self._turns.left(now)
            if left is not None and pages:
                break  # the other sites another time: to begin anew would have the same end
            if left is not None:
                raise SourceBusy("Stack Exchange asks for patience", left)
            told = await self._ask(f"questions/{';'.join(numbers)}", {"site": site, **ALL_OF_THEM}, now)
            pages.append(what_became_of(numbers, told, host_of(site), now))
            self._turns.pause(now, asked_pause(told, now))
        return Page(
            posts=[post for page in pages for post in page.posts],
            changes=[change for page in pages for change in page.changes],
            next_check=self._turns.left(now),
            notes=[note for page in pages for note in page.notes],
        )

    async def close(self) -> None:
        await self._door.close()

    async def _read(
        self, ask: str, standing: Standing, forgotten: Sequence[Lost], now: datetime
    ) -> tuple[Page, timedelta | None]:
        """Asks for a window; gives its page, and how long no other request may be made."""
        site, _, words = ask.partition("/")
        told = await self._ask("search/advanced", _params(site, words, standing.walk.since, standing.walk.until), now)
        shown = read_answer(told, host_of(site), now)
        pause = asked_pause(told, now)
        wish = max([wait for wait in (pause, slower(told, now)) if wait is not None], default=None)
        step = advance(standing, shown, int(now.timestamp()), self._reach)
        return page_of(step, shown, forgotten, SECOND, wish), pause

    async def _ask(self, method: str, params: Mapping[str, str | int], now: datetime) -> Any:
        """Makes one request, and gives its answer."""
        key = {"key": self._key} if self._key else {}
        answer = await self._door.get(f"{self._base_url}/{method}", params={**params, **key}, accept=(200, 400, 502))
        return _accepted(answer, now, self._key)


def read_answer(answer: Any, host: str, now: datetime) -> Shown:
    """Reads an answer of `search/advanced`. Raises SourceUnavailable where it is not one."""
    items = answer.get("items") if isinstance(answer, Mapping) else None
    if not isinstance(items, list):
        raise SourceUnavailable("the search of Stack Exchange answered without a list of questions")
    full = answer.get("has_more") is not False and (answer.get("has_more") is True or len(items) >= QUESTIONS)
    return shown_items(items, _span, lambda item: post_of_question(item, host, now), full=full)


def _span(question: object) -> tuple[int, int] | None:
    asked = created_at(question) if isinstance(question, Mapping) else None
    return None if asked is None else (int(asked.timestamp()),) * 2


def asked_pause(answer: Mapping[str, Any], now: datetime) -> timedelta | None:
    """Gives how long this method must not be asked: `backoff` seconds, or to the end of the day with no quota left.

    (api.stackexchange.com/docs/throttle)
    """
    backoff = count_of(answer, "backoff")
    pause = timedelta(seconds=min(max(backoff, 0), 86_400)) if backoff else timedelta()
    left = count_of(answer, "quota_remaining")
    if left is not None and left <= 0:
        pause = max(pause, _rest_of_day(now))
    return pause or None


def slower(answer: Mapping[str, Any], now: datetime) -> timedelta | None:
    """Gives the pace that makes the rest of the quota last for the day, once less than a tenth of it is left."""
    most, left = count_of(answer, "quota_max"), count_of(answer, "quota_remaining")
    if most is None or left is None or not 0 < left <= 1_000_000 or left * 10 >= most:
        return None
    return _rest_of_day(now) / left


def _rest_of_day(now: datetime) -> timedelta:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return midnight - now


def _accepted(answer: Answer, now: datetime, secret: str) -> Any:
    """Gives the answer's JSON, or the error that says what to do about a refusal.

    Refusals come as 400 whatever they are, told apart by `error_id` (api.stackexchange.com/docs/error-handling).
    """
    told = answer.json() if answer.status == 200 or "json" in answer.headers.get("content-type", "") else {}
    code = count_of(told, "error_id") if isinstance(told, Mapping) else None
    if answer.status == 200 and code is None:
        return told
    if code is None:
        raise SourceUnavailable(f"Stack Exchange answered {answer.status} without saying why")
    said = text_of(told, "error_message")
    said = said.replace(secret, "…") if secret else said
    words = f"Stack Exchange answers {str(code)[:20]}: {said[:200]!a}"
    if code == 502 or "throttle" in text_of(told, "error_name"):
        named = re.search(r"available in (\d{1,9}) seconds", said)
        wait = min(timedelta(seconds=int(named[1])), LONGEST_BACKOFF) if named else asked_pause(told, now)
        raise SourceBusy(words, wait)
    if code in (401, 402, 403, 405, 406) or (code == 400 and "key" in said.lower()):
        raise SourceRefused(f"{words}; check the key", "credentials")
    if code in (400, 404):
        raise SourceRefused(f"{words}; check the name of the site", "settings")
    raise SourceUnavailable(words)


def _parts(branch: Branch) -> tuple[str, ...]:
    """Gives what to search for: fewer words than wanted find more, so what cannot be said is left out."""
    words = [said for word in branch.words if not (isinstance(word, Term) and word.wildcard) and (said := spoken(word))]
    return shortened(words, MOST_QUERY_BYTES)


def _params(site: str, words: str, since: int, until: int | None) -> dict[str, str | int]:
    """The parameters of one request (api.stackexchange.com/docs/advanced-search; both dates are inclusive)."""
    params: dict[str, str | int] = {
        "site": site,
        "q": words,
        "sort": "creation",
        "order": "desc",
        "pagesize": QUESTIONS,
        "filter": "withbody",
        "fromdate": max(since, 0),
    }
    return params if until is None else params | {"todate": until - 1}
