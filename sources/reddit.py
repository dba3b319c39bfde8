"""Reddit: a search of posts, and all posts and comments of named subreddits, for those who hold an approved app."""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator

from sources.allowance import wait_if_nearly_used_up
from sources.contract import Change, Cursor, Gap, Page, Plan, SourceBusy, SourceRefused, SourceUnavailable
from sources.http import Answer
from sources.library_door import LibraryDoor
from sources.loose_json import unreadable_note
from sources.page_walk import MILLISECOND, TOP, Reach, advance, is_past, resume
from sources.patience import asked_to_wait
from sources.post import PostKey
from sources.query.branches import Branch, branches
from sources.query.tree import Hashtag, Query, Term
from sources.reddit_post import Listing, name_of, read_listing
from sources.search_asks import at_most, meant_for, shortened, spoken, without_covered
from sources.settings import Duration, NetworkSourceSettings, without_login
from sources.taking_turns import TakingTurns
from sources.terms import Terms
from sources.window_walk import time_at

THINGS = 100
"""The most that one page of a listing holds; Reddit shows about ten such pages of one."""

MOST_SHOWN = 900
MOST_QUERY_BYTES = 500
UNTOLD_PAUSE = timedelta(minutes=1)
EVERYWHERE = "all"
_TOKEN = "/api/v1/access_token"  # noqa: S105 - an address
_PREFIX = {"search": "t3", "posts": "t3", "comments": "t1"}

CLOSING = (
    "Reddit closes its API: apps that are not registered lose it on 2027-01-12, everybody in March 2027 "
    "(RSS ended on 2026-11-13, and no new apps are approved); this source will then bring nothing",
)


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _sendable(text: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[!-~]+", text.get_secret_value()):
        raise ValueError("must be one word of ASCII letters, digits and signs")
    return text


Subreddit = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{2,21}$")]


class RedditSettings(NetworkSourceSettings):
    """Settings of `kind = "reddit"`. `user_agent`: `platform:app id:version (by /u/name)`, as Reddit asks for it."""

    terms: ClassVar[Terms] = Terms(identity_matching="never", learning="never", exportable="ids", attribution="Reddit")

    kind: Literal["reddit"]
    client_id: Annotated[SecretStr, AfterValidator(_sendable)]
    client_secret: Annotated[SecretStr, AfterValidator(_sendable)]
    user_agent: Annotated[str, Field(min_length=7, max_length=200, pattern=r"^[ -~]+$")]
    what: Annotated[
        tuple[Literal["search", "posts", "comments"], ...], BeforeValidator(_listed), Field(min_length=1, max_length=3)
    ] = ("search",)
    subreddits: Annotated[tuple[Subreddit, ...], BeforeValidator(_listed), Field(max_length=20)] = ()
    backfill: Annotated[Duration, Field(ge=timedelta(0), le=timedelta(days=365))] = timedelta(days=1)
    reread: Annotated[Duration, Field(ge=timedelta(minutes=1), le=timedelta(days=7))] = timedelta(hours=1)
    most_pages: Annotated[int, Field(ge=1, le=100)] = 12
    base_url: Annotated[str, Field(pattern=r"^(https?://[^/?#]+.*)?$")] = ""

    @model_validator(mode="after")
    def _names_what_it_reads(self) -> Self:
        if not self.subreddits and set(self.what) != {"search"}:
            raise ValueError("needs `subreddits` to read posts or comments of; only a search goes over all of Reddit")
        return self

    def open(self) -> Reddit:
        return Reddit(self)

    def warnings(self) -> Sequence[str]:
        return CLOSING


class Reddit:
    """Reads listings from the newest thing down; see `Source` for the promises."""

    kind = "reddit"
    searchable = True
    recheck_at_once = THINGS

    def __init__(self, settings: RedditSettings) -> None:
        self.name = settings.name
        base_url = settings.base_url.rstrip("/")
        self.credential = f"reddit:{without_login(base_url)}"
        self._settings = settings
        self._oauth_url = base_url or "https://oauth.reddit.com"
        self._reddit_url = base_url or "https://www.reddit.com"
        self._reach = Reach(backfill=settings.backfill, reread=settings.reread, most_pages=settings.most_pages)
        self._turns = TakingTurns()
        self._door = LibraryDoor(self._oauth_url, self._reddit_url, allow_private=settings.allow_private)
        self._reddit: Any = None

    def plan(self, query: Query) -> Plan:
        """The searches, each with as many alternatives as fit, and every listing of a subreddit that is to be read."""
        subreddits = list(dict.fromkeys(self._settings.subreddits))
        asks = [f"{what} {one}" for what in self._settings.what if what != "search" for one in subreddits]
        notes: list[str] = []
        if "search" in self._settings.what:
            split = branches(query)
            parts = [_parts(branch) for branch in meant_for(split.branches, self.kind, self.name)]
            if not all(parts):
                notes.append("a part of this query has no whole word to search for, and is not asked")
            searches, cut = at_most(_batches(without_covered([part for part in parts if part])))
            notes += [*split.notes, *cut]
            within = "+".join(subreddits) or EVERYWHERE
            asks += [f"search {within} {one}" for one in searches]
        if "comments" not in self._settings.what:
            notes.append("comments cannot be searched, and stay unseen")
        return Plan(asks=asks, coverage="partial", notes=notes, requests=len(asks))

    async def fetch(self, ask: str, cursor: Cursor | None, now: datetime) -> Page:
        """Reads the next page of the listing: one request, and one for a token each hour. See `Source.fetch`."""
        held_back = self._turns.held_back(ask, cursor, now)
        if held_back is not None:
            return held_back
        standing, forgotten = resume(cursor, now, self._reach)
        what, _, of = ask.partition(" ")
        within, _, words = of.partition(" ")
        walk = standing.walk
        params: dict[str, str | int] = {"limit": THINGS}
        if walk.place != TOP:
            params["after"] = name_of(_PREFIX.get(what, "t3"), walk.place)
        path = f"r/{within}/{'new' if what == 'posts' else what}"
        if what == "search":
            params |= {"q": words, "sort": "new", "syntax": "lucene", "t": "all"}
            params["restrict_sr"] = "false" if within == EVERYWHERE else "true"
        answer = await self._asked(path, params, now)
        listing = read_listing(answer.json(), now)
        pause = _rest(answer.headers, now)
        onward, lost = _onward(listing, walk.place, walk.pages, walk.low)
        gaps = list(forgotten)
        if lost:
            oldest = min([walk.oldest, *listing.shown.times])
            gaps.append(Gap(since=time_at(walk.low, MILLISECOND), until=time_at(oldest + 1, MILLISECOND), why=lost))
        page = advance(standing, listing.shown, onward, now, self._reach, gaps, pause)
        self._turns.rest(ask, page, now, pause)
        return page

    async def recheck(self, keys: Sequence[PostKey], now: datetime) -> Page:
        """Looks at up to 100 things by their names. See `Rechecking.recheck`."""
        wanted = {key.external_id: key for key in keys}
        answer = await self._asked("api/info", {"id": ",".join(wanted)}, now)
        shown = read_listing(answer.json(), now).shown
        here = {post.external_id for post in shown.posts}
        if not here and not shown.gone and len(wanted) > 1:
            raise SourceUnavailable("Reddit answered with none of the posts, which is hard to believe of all of them")
        # A thing that cannot be read may be any of those that were asked for.
        gone = [] if shown.unreadable else [Change(key=key) for name, key in wanted.items() if name not in here]
        found = [post for post in shown.posts if post.external_id in wanted]
        return Page(posts=found, changes=gone, notes=unreadable_note(shown.unreadable))

    async def close(self) -> None:
        """Nothing is held between two requests but the token."""
        self._reddit = None

    async def _asked(self, path: str, params: dict[str, str | int], now: datetime) -> Answer:
        """Has praw sign in and ask; what came is read here."""
        known = self._reddit is not None

        def work(session: Any) -> None:
            reddit = self._reddit = self._reddit or self._opened(session)
            requestor = reddit._core.requestor
            session.headers["User-Agent"] = requestor._http.headers["User-Agent"]
            requestor._http = session
            with contextlib.suppress(Exception):  # whatever it makes of the answer: we read the answer itself
                reddit.request(method="GET", path=path, params=params)

        answer = (await self._door.ask(work))[-1]
        if answer.status == 200 and not answer.url.endswith(_TOKEN):
            return answer
        self._reddit = None
        if answer.status == 401 and known and not answer.url.endswith(_TOKEN):
            raise SourceUnavailable("Reddit does not take the token any more; the next try asks for another one")
        raise _refusal(answer, now)

    def _opened(self, session: Any) -> Any:
        """A praw client that tries once, and neither sleeps, nor asks for updates, nor reads passwords elsewhere."""
        import praw
        from prawcore.sessions import RetryStrategy

        class TryOnce(RetryStrategy):
            def _sleep_seconds(self) -> float | None:
                return None

            def consume_available_retry(self) -> RetryStrategy:
                return self

            def should_retry_on_failure(self) -> bool:
                return False

        logging.getLogger("prawcore").setLevel(logging.ERROR)
        reddit: Any = praw.Reddit(
            "DEFAULT",
            client_id=self._settings.client_id.get_secret_value(),
            client_secret=self._settings.client_secret.get_secret_value(),
            user_agent=self._settings.user_agent,
            username=None,
            password=None,
            refresh_token=None,
            oauth_url=self._oauth_url,
            reddit_url=self._reddit_url,
            check_for_updates=False,
            check_for_async=False,
            requestor_kwargs={"session": session},
        )
        reddit._core._retry_strategy_class = TryOnce
        reddit._core.rate_limiter.delay = lambda: None  # pauses are ours to keep: see TakingTurns
        return reddit


def _onward(listing: Listing, place: int, pages: int, low: int) -> tuple[int | None, str]:
    """Where to read on, None where the walk is done; and why something may be missing, "" where nothing is.

    An empty page below another one means that the thing it was to begin after is gone: reading begins at the top
    again, where what was read already is not yielded a second time.
    """
    if is_past(listing.shown.times, low):
        return None, ""
    if not listing.count and place != TOP:
        return TOP, ""
    if listing.onward is not None and listing.onward != place:
        return listing.onward, ""
    if pages * THINGS + listing.count >= MOST_SHOWN:
        return None, "Reddit shows no more than about a thousand things of a listing"
    return None, ""


def _rest(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Reddit tells what is used and what remains, not the sum (github.com/reddit-archive/reddit/wiki/API)."""
    try:
        used, remaining = float(headers["x-ratelimit-used"]), float(headers["x-ratelimit-remaining"])
        told = {"x-ratelimit-limit": str(int(used + remaining)), "x-ratelimit-remaining": str(int(remaining))}
    except (KeyError, ValueError, OverflowError):
        return None
    return wait_if_nearly_used_up({**headers, **told}, "x-ratelimit", now)


def _refusal(answer: Answer, now: datetime) -> Exception:
    status = answer.status
    if answer.url.endswith(_TOKEN) and status in (200, 400, 401, 403):
        return SourceRefused(
            "Reddit gives no token: check client_id and client_secret, and that the app is still approved",
            "credentials",
        )
    if status in (401, 403):
        words = f"Reddit refuses us ({status}): check the app, and that the subreddit is public"
        return SourceRefused(words, "credentials")
    if status == 402:
        return SourceRefused("Reddit asks for payment (402)", "money")
    if status == 410:
        return SourceRefused("Reddit's API is gone for good (410)", "gone")
    wait = asked_to_wait(answer.headers, now, ("x-ratelimit-reset",) if status == 429 else ())
    if status == 429:
        return SourceBusy("Reddit asks for patience (429)", UNTOLD_PAUSE if wait is None else wait)
    if status == 503 and wait is not None:
        return SourceBusy("Reddit asks for patience (503)", wait)
    return SourceUnavailable(f"Reddit answered {status}")


def _parts(branch: Branch) -> tuple[str, ...]:
    """What to search for. Exclusions stay here: Reddit would apply them to authors and links, too."""
    whole = [word for word in branch.words if not (isinstance(word, Term | Hashtag) and word.wildcard)]
    words = [f'"{said}"' if said.lower() in ("and", "or", "not") else said for word in whole if (said := spoken(word))]
    return shortened(words, MOST_QUERY_BYTES // 2)


def _batches(alternatives: Sequence[str]) -> list[str]:
    """Joins alternatives by OR as far as the length of a search goes."""
    found: list[str] = []
    for one in alternatives:
        part = f"({one})"
        if found and len(f"{found[-1]} OR {part}".encode()) <= MOST_QUERY_BYTES:
            found[-1] = f"{found[-1]} OR {part}"
        else:
            found.append(part)
    return found
