"""X: recent posts through its paid search, and mentions of the brand's own account."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from msgspec.structs import replace
from pydantic import AfterValidator, Field, SecretStr

from sources.allowance import wait_if_nearly_used_up
from sources.contract import Change, Cursor, Page, Plan, SourceBusy, SourceError, SourceRefused, SourceUnavailable
from sources.http import Answer
from sources.library_door import LibraryDoor
from sources.loose_json import items_of, text_of
from sources.patience import asked_to_wait
from sources.post import PostKey
from sources.query.branches import branches
from sources.query.tree import Query
from sources.search_asks import at_most, found_at, is_latin, meant_for
from sources.settings import Duration, NetworkSourceSettings, without_login
from sources.taking_turns import TakingTurns
from sources.terms import Terms
from sources.x_post import INSTANCE, Shown, read_answer
from sources.x_query import searches, words_of
from sources.x_walk import Reach, Standing, advance, encoded, ended_early, resume, without_token

if TYPE_CHECKING:
    import requests

POSTS = 100
"""The most that one answer holds; the price of as many is set aside before each request."""

SECOND = timedelta(seconds=1)
UNTOLD_PAUSE = timedelta(minutes=1)  # the least, where X asks for patience and does not say how much
_BUILT_IN = "https://api.twitter.com"  # where tweepy asks
_LEAST = 10  # the smallest page that X gives
_MENTIONS = "mentions "
_SEARCH = "search "

_FIELDS = ["author_id", "created_at", "entities", "in_reply_to_user_id", "lang", "public_metrics"]

Dollars = Annotated[Decimal, Field(ge=0, le=1_000_000, max_digits=12, decimal_places=6)]


def _sendable(token: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[!-~]+", token.get_secret_value()):
        raise ValueError("must be one word of ASCII letters, digits and signs")
    return token


class XSettings(NetworkSourceSettings):
    """Settings of `kind = "x"`. `monthly_budget_usd` has no default: nobody spends money without having named a sum.

    `user_id`: the number of the brand's own account, whose mentions are read, too. Prices are X's, per post and per
    author shown; whether it bills authors is not certain, so they are counted.
    """

    terms: ClassVar[Terms] = Terms(identity_matching="opt-in", learning="never", exportable="ids", attribution="X")

    kind: Literal["x"]
    bearer_token: Annotated[SecretStr, AfterValidator(_sendable)]
    monthly_budget_usd: Dollars
    user_id: Annotated[str, Field(pattern=r"^(\d{1,19})?$")] = ""
    page_size: Annotated[int, Field(ge=_LEAST, le=POSTS)] = POSTS
    backfill: Annotated[Duration, Field(ge=timedelta(0), le=timedelta(days=6))] = timedelta(days=1)
    reread: Annotated[Duration, Field(ge=timedelta(0), le=timedelta(hours=12))] = timedelta(minutes=5)
    most_pages: Annotated[int, Field(ge=1, le=1_000)] = 50
    usd_a_post: Dollars = Decimal("0.005")
    usd_a_mention: Dollars = Decimal("0.001")
    usd_a_user: Dollars = Decimal("0.010")
    field_names: Literal["tweet", "post"] = "tweet"
    base_url: Annotated[str, Field(pattern=r"^https?://[^/?#]+")] = "https://api.x.com"

    def open(self) -> X:
        return X(self)

    def budget_usd(self) -> Decimal:
        return self.monthly_budget_usd


class X:
    """Searches the last seven days, newest first; see `Source` for the promises, and `Charging` for the money."""

    kind = "x"
    searchable = True
    recheck_at_once = 100

    def __init__(self, settings: XSettings) -> None:
        self.name = settings.name
        self.credential = f"x:{without_login(settings.base_url)}"
        self.budget = settings.monthly_budget_usd
        self._settings = settings
        self._reach = Reach(
            backfill=settings.backfill // SECOND, reread=settings.reread // SECOND, most_pages=settings.most_pages
        )
        self._turns = TakingTurns()
        base_url = settings.base_url.rstrip("/")
        self._door = LibraryDoor(base_url, allow_private=settings.allow_private, stands_for={_BUILT_IN: base_url})

    def plan(self, query: Query) -> Plan:
        """As few searches as X's length allows, and one for the mentions of the brand's own account."""
        split = branches(query)
        wanted = found_at(meant_for(split.branches, self.kind, self.name), INSTANCE)
        asks, cut = at_most(searches(wanted))
        notes = [*split.notes, *cut]
        asked = all(words_of(branch) for branch in wanted)
        latin = all(is_latin(word.text) for branch in wanted for word in branch.words)
        if not asked:
            notes.append("a part of this query has no whole word or author to search for, and is not asked")
        if not latin:
            notes.append("words of other scripts than Latin are found as they are written, not with endings")
        told = [f"{_SEARCH}{ask}" for ask in asks]
        if self._settings.user_id:
            told.append(f"{_MENTIONS}{self._settings.user_id}")
            notes.append("mentions of the account are read, too; those are kept that the query matches")
        return Plan(
            asks=told,
            coverage="superset" if asked and latin and not cut else "partial",
            notes=notes,
            requests=len(told),
            usd_a_post=self._settings.usd_a_post + self._settings.usd_a_user,
        )

    def most_usd(self, ask: str, cursor: Cursor | None) -> Decimal:
        """A full page, each post by another author. See `Charging`."""
        return self._settings.page_size * (self._price(ask) + self._settings.usd_a_user)

    def most_usd_again(self, count: int) -> Decimal:
        """What looking at `count` kept posts again costs at the most."""
        return count * self._settings.usd_a_post

    async def fetch(self, ask: str, cursor: Cursor | None, now: datetime) -> Page:
        """Reads the next page of the walk: one request. See `Source.fetch`."""
        held_back = self._turns.held_back(ask, cursor, now)
        if held_back is not None:
            return held_back
        tick = int(now.timestamp())
        standing, forgotten = resume(cursor, tick, self._reach, limited=ask.startswith(_SEARCH))
        answer = await self._asked(ask, standing)
        if answer.status == 400 and standing.walk.token:
            return Page(cursor=encoded(without_token(standing)), gaps=forgotten, more=True)
        pause = wait_if_nearly_used_up(answer.headers, "x-rate-limit", now)
        shown = self._read(answer, now, self.most_usd(ask, cursor))
        page = advance(standing, shown, tick, self._reach, forgotten)
        if ask.startswith(_MENTIONS) and not page.more and (gap := self._beyond(standing, shown)):
            page = replace(page, gaps=[*page.gaps, gap])
        page = replace(page, next_check=pause, usd=self._cost(shown, self._price(ask)))
        self._turns.rest(ask, page, now, pause)
        return page

    async def recheck(self, keys: Sequence[PostKey], now: datetime) -> Page:
        """Asks which of the posts are gone: deleted, withheld or no longer public. See `Rechecking.recheck`.

        X takes edits for thirty minutes only, so a post that is there is as it was; its authors, which would cost
        twice as much as the posts, are not asked for, and `posts` stays empty.
        """
        wanted = {key.external_id: key for key in keys if key.external_id.isdigit()}
        if not wanted:
            return Page()

        def work(client: Any) -> None:
            client.get_tweets(list(wanted))

        shown = self._read(await self._through(work), now, self.most_usd_again(len(wanted)))
        gone = [Change(key=wanted[one]) for one in dict.fromkeys(shown.gone) if one in wanted]
        return Page(changes=gone, usd=self._cost(shown, self._settings.usd_a_post))

    async def close(self) -> None:
        """Nothing is held between two requests."""

    async def _asked(self, ask: str, standing: Standing) -> Answer:
        walk, told = standing.walk, self._fields()
        told["max_results"] = self._settings.page_size
        if walk.low:
            told["since_id"] = walk.low
        else:
            told["start_time"] = datetime.fromtimestamp(max(walk.low_at, 0), UTC)
        if walk.below:
            told["until_id"] = walk.below
        search, of = ask.startswith(_SEARCH), ask.partition(" ")[2]
        if walk.token:
            told["next_token" if search else "pagination_token"] = walk.token

        def work(client: Any) -> None:
            if search:
                client.search_recent_tweets(of, **told)
            else:
                client.get_users_mentions(of, **told)

        return await self._through(work)

    async def _through(self, work: Any) -> Answer:
        """Has tweepy ask; what came is read here, since it drops headers and the newer field names."""
        import requests
        import tweepy

        logging.getLogger("tweepy").setLevel(logging.ERROR)  # below that it writes the token into the log

        def asked(session: requests.Session) -> None:
            token = self._settings.bearer_token.get_secret_value()
            client = tweepy.Client(token, return_type=requests.Response, wait_on_rate_limit=False)
            client.session = session
            if self._settings.field_names == "post":  # a name that tweepy does not know
                session.params = {"post.fields": ",".join(_FIELDS + _named("post"))}
            work(client)

        return (await self._door.ask(asked))[-1]

    def _fields(self) -> dict[str, Any]:
        """What to ask for (docs.x.com, "Fields", "Expansions"). Posts referred to would cost like any other."""
        told: dict[str, Any] = {"user_fields": ["name", "username", "public_metrics"], "expansions": ["author_id"]}
        if self._settings.field_names == "tweet":
            told["tweet_fields"] = _FIELDS + _named("tweet")
        return told

    def _read(self, answer: Answer, now: datetime, most: Decimal) -> Shown:
        """Gives what was shown. An answer that cannot be read was charged all the same, at most `most`."""
        _refuse_unless_answered(answer, now)
        try:
            return read_answer(answer.json(), now)
        except SourceUnavailable as error:
            error.usd = most
            raise

    def _price(self, ask: str) -> Decimal:
        return self._settings.usd_a_mention if ask.startswith(_MENTIONS) else self._settings.usd_a_post

    def _cost(self, shown: Shown, a_post: Decimal) -> Decimal:
        """Posts that X shows twice within a day it charges once, as a rule; here each counts."""
        posts = len(shown.ids) + len(shown.unreadable) + shown.others
        return posts * a_post + shown.users * self._settings.usd_a_user

    def _beyond(self, standing: Standing, shown: Shown) -> Any:
        walk = standing.walk
        oldest = min([*([walk.oldest] if walk.oldest else []), *shown.ids], default=0)
        walk = replace(walk, shown=walk.shown + len(shown.ids), oldest=oldest)
        return ended_early(replace(standing, walk=walk), "X shows the newest 800 mentions only")


def _named(dialect: str) -> list[str]:
    """The fields whose names changed in August 2026."""
    return [f"edit_history_{dialect}_ids", f"note_{dialect}", f"referenced_{dialect}s"]


def _refuse_unless_answered(answer: Answer, now: datetime) -> None:
    """Raises what a refusal asks for (docs.x.com, "Response codes and errors"); a refused request costs nothing."""
    if answer.status == 200:
        return
    error = _refusal(answer, now)
    error.usd = Decimal(0)
    raise error


def _refusal(answer: Answer, now: datetime) -> SourceError:
    status, said = answer.status, _said(answer)
    words = f"X refuses us ({status}): {said!a}"
    capped = any(sign in said.lower() for sign in ("usage-capped", "usagecap", "usage cap", "credit", "spend"))
    if status == 402 or (status in (403, 429) and capped):
        return SourceRefused(f"{words}; add credits or raise the spending limit in X's console", "money")
    if status in (401, 403):
        return SourceRefused(f"{words}; check bearer_token and what its app may do", "credentials")
    if status == 400:
        return SourceRefused(f"X does not take this search: {said!a}", "settings")
    wait = asked_to_wait(answer.headers, now, ("x-rate-limit-reset",) if status == 429 else ())
    if status == 429:
        return SourceBusy(words, UNTOLD_PAUSE if wait is None else wait)
    if status == 503 and wait is not None:
        return SourceBusy(words, wait)
    if status == 410:
        return SourceRefused(words, "gone")
    return SourceUnavailable(f"X answered {status}")


def _said(answer: Answer) -> str:
    """What the service says of its refusal, cut short; none of it is ours to believe."""
    try:
        told = answer.json()
    except SourceUnavailable:
        return ""
    if not isinstance(told, Mapping):
        return ""
    first = next((one for one in items_of(told, "errors") if isinstance(one, Mapping)), {})
    parts = (text_of(told, "title"), text_of(told, "type").rpartition("/")[2], text_of(told, "detail"))
    said = [part for part in (*parts, text_of(first, "message")) if part]
    return " ".join(" ".join(dict.fromkeys(said)).split())[:200]
