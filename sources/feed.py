"""Feeds: RSS, Atom, RDF and JSON Feed, read whole at each poll, unless the server says that nothing has changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Literal
from urllib.parse import urlsplit

from msgspec.structs import replace
from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from sources.contract import EVERYTHING, Cursor, Gap, Page, Plan
from sources.feed_address import follow, home_of, with_login
from sources.feed_cursor import Memory, as_cursor, body_hash, newest, news, oldest, recall, short_hash, turnover
from sources.feed_discovery import feed_behind, told
from sources.feed_reading import WebPage, desk
from sources.feed_schedule import next_check, validators_count
from sources.feed_services import service_of, shown_feed
from sources.http import MAX_BYTES, Answer, HttpDoor
from sources.query.tree import Query
from sources.settings import Duration, NetworkSourceSettings

WHOLE_AT_LEAST = timedelta(hours=24)
"""A server that answers "not modified" for longer is asked without conditions once: some answer so for ever."""

NOTED_EVERY = timedelta(hours=1)
"""How often it is written down that a document came once more as it was: each time costs a write."""

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/rdf+xml, application/feed+json, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
)


def _web_address(url: str) -> str:
    try:
        parts = urlsplit(url)
        fits = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # its words show what stands where a port should: of "user:pass/word@host" half the password
        fits = False
    if not fits:
        raise ValueError("must be a web address such as 'https://example.org/feed.xml'")
    return url


class FeedSettings(NetworkSourceSettings):
    """Settings of `kind = "feed"`. `max_bytes`: of a document are read; `timeout`: for one answer as a whole."""

    kind: Literal["feed"]
    url: Annotated[str, Field(max_length=4_000), AfterValidator(_web_address)]
    max_bytes: Annotated[int, Field(ge=10_000, le=100 * 1024 * 1024)] = MAX_BYTES
    timeout: Annotated[Duration, Field(ge=timedelta(seconds=1), le=timedelta(minutes=5))] = timedelta(seconds=30)

    @field_validator("url")
    @classmethod
    def _at_the_services_pace(cls, url: str, read: ValidationInfo) -> str:
        service, every = service_of(url), read.data.get("every")
        if service is not None and every is not None and every < service.at_least:
            raise ValueError(f"wants {service.at_least.seconds} s between two polls at least: set `every` to that")
        return url

    def open(self) -> Feed:
        return Feed(self)

    def warnings(self) -> Sequence[str]:
        """What the service of this feed asks of whoever reads it."""
        service = service_of(self.url)
        return (service.notice,) if service is not None and service.binding else ()


class Feed:
    """One feed; see `Source` for the promises."""

    kind = "feed"
    searchable = False

    def __init__(self, settings: FeedSettings) -> None:
        self.name = settings.name
        self.credential = urlsplit(settings.url).hostname or settings.url  # one request at a time per host
        self._url = settings.url
        service = service_of(settings.url)
        self._shown = shown_feed(settings.url) if service is not None and service.secret else ""
        self._every = settings.every
        self._door = HttpDoor(
            allow_private=settings.allow_private,
            max_bytes=settings.max_bytes,
            timeout=settings.timeout,
            headers={"accept": ACCEPT},
        )

    def plan(self, query: Query) -> Plan:
        """A feed cannot search: it is read once for all queries."""
        return Plan(asks=(EVERYTHING,), coverage="superset")

    async def fetch(self, ask: str, cursor: Cursor | None, now: datetime) -> Page:
        """Reads the document and gives what is new or changed in it; on the first reading everything.

        One request; a second one where a moved feed is gone from its new address, or "not modified" was said of
        another document than the one we have. See `Source.fetch`.
        """
        memory = self._remember(cursor)
        answer, memory = await self._ask(memory, now)
        if answer.status == 304:
            page, memory = Page(), replace(memory, **_validators(memory, answer))
        elif body_hash(answer.body) == memory.body:
            read_at = now if memory.read_at is None or now - memory.read_at >= NOTED_EVERY else memory.read_at
            page, memory = Page(), replace(memory, read_at=read_at, **_validators(memory, answer))
        else:
            try:
                page, memory = await self._read(memory, answer, now)
            except WebPage:
                if memory.address or memory.found or not (memory.page or memory.read_at is None):
                    raise  # a feed stood here before: that is its trouble, and no reason to look elsewhere
                answer, memory = await self._go_on_to_its_feed(answer, memory, now)
                page, memory = await self._read(memory, answer, now)
        memory = follow(memory, answer.permanent_url, memory.found or self._url)
        patience = None if memory.patience is None else timedelta(seconds=memory.patience)
        return replace(
            page,
            cursor=as_cursor(memory),
            next_check=next_check(self._every, answer.headers, patience, now),
            notes=[*page.notes, *_moved(memory.address), *_elsewhere(memory, self._url)],
        )

    async def close(self) -> None:
        desk().close()
        await self._door.close()

    def _remember(self, cursor: Cursor | None) -> Memory:
        """Gives the memory of this address; that of another one counts only where it says that it moved here."""
        memory, here = recall(cursor), short_hash(self._url)
        if memory is not None and memory.asked == here:
            return memory
        if memory is not None and here in [short_hash(known) for known in (memory.address, memory.found) if known]:
            return replace(memory, asked=here, found="", address="", moving="", moving_times=0)
        return Memory(asked=here, home=home_of(self._url))

    async def _ask(self, memory: Memory, now: datetime) -> tuple[Answer, Memory]:
        conditions = {}
        if memory.read_at is not None and timedelta() <= now - memory.read_at < WHOLE_AT_LEAST:
            conditions = {"if-none-match": memory.etag, "if-modified-since": memory.modified}
        conditions = {name: value for name, value in conditions.items() if value}
        address = with_login(memory.address or memory.found or self._url, self._url)
        accept = {200, 304} | ({404, 410} if memory.address or memory.found else set())
        answer = await self._door.get(address, headers=conditions, accept=accept, shown=self._shown, partial=True)
        if answer.status in (404, 410):
            memory = replace(memory, found="", address="", etag="", modified="")
            return await self._door.get(self._url, shown=self._shown, partial=True), memory
        if answer.status == 304 and not (conditions and short_hash(answer.url) == memory.answered_by):
            answer = await self._door.get(address, shown=self._shown, partial=True)
        return answer, memory

    async def _go_on_to_its_feed(self, answer: Answer, memory: Memory, now: datetime) -> tuple[Answer, Memory]:
        """Asks for the feed of the web page that the user named."""
        address = await feed_behind(answer, self._url, self._door, now)
        home = memory.home if memory.page else home_of(address)
        memory = replace(memory, page=True, found=address, home=home, etag="", modified="")
        return await self._door.get(with_login(address, self._url), partial=True), memory

    async def _read(self, memory: Memory, answer: Answer, now: datetime) -> tuple[Page, Memory]:
        understood = await desk().read(answer, memory.home, now)
        posts = understood.posts
        fresh, seen = news(posts, memory.seen)
        gaps = [gap for gap in (turnover(memory, posts, now),) if gap is not None]
        if understood.left_out:
            why = f"the feed {understood.left_out}: {len(posts)} of its entries were read"
            gaps.append(Gap(since=None, until=oldest(posts), why=why))
        memory = replace(
            memory,
            body=body_hash(answer.body),
            patience=understood.patience,
            seen=seen,
            size=len(posts) or memory.size,
            newest=newest(posts) or memory.newest,
            read_at=now,
            **_validators(memory, answer),
        )
        return Page(posts=fresh, gaps=gaps, notes=understood.notes), memory


def _elsewhere(memory: Memory, configured: str) -> tuple[str, ...]:
    if not memory.found or memory.address:
        return ()
    return (f"its address is a web page, whose feed is read: {told(memory.found, configured)}",)


def _moved(address: str) -> tuple[str, ...]:
    if not address:
        return ()
    return (f"the feed has moved for good and is read at {shown_feed(address)}: put this into its `url`",)


def _validators(memory: Memory, answer: Answer) -> dict[str, str]:
    """What to send with the next request: as sent to us, only for a document that was read whole."""
    told = answer.headers if not answer.cut and validators_count(answer.headers) else {}
    kept_on = answer.status == 304  # an answer "not modified" need not repeat them
    return {
        "etag": told.get("etag", memory.etag if kept_on else ""),
        "modified": told.get("last-modified", memory.modified if kept_on else ""),
        "answered_by": short_hash(answer.url),
    }
