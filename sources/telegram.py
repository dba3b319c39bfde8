"""Telegram: all messages of named public channels and groups, read as a user's account."""

from __future__ import annotations

import base64
import importlib.util
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Literal

import msgspec
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from sources.contract import Change, Cursor, Gap, Page, Plan, SourceRefused, SourceUnavailable
from sources.post import Post, PostKey
from sources.query.branches import branches
from sources.query.tree import Query
from sources.search_asks import meant_for
from sources.settings import Duration, SourceSettings
from sources.telegram_account import MESSAGES, MISSING, Account, NoSuchChannel, Place
from sources.telegram_post import INSTANCE, read_history
from sources.telegram_walk import MOST_ID, Standing, advance, standing_of
from sources.terms import Terms

_LINK = re.compile(rf"https://{re.escape(INSTANCE)}/([a-z0-9_]{{4,32}})/\d+")
_OF_SESSIONS = (263, 275)  # data centre, IPv4 or IPv6 address, port, key


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _plain(value: object) -> object:
    """ "@Acme" and "https://t.me/Acme" are the channel `acme`: Telegram's names know no capitals."""
    if not isinstance(value, str):
        return value
    return re.sub(r"^(@|(https://)?t\.me/(s/)?)", "", value.strip(), flags=re.IGNORECASE).rstrip("/").lower()


def _string_session(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    try:
        whole = text[:1] == "1" and len(base64.b64decode(text[1:], b"-_", validate=True)) in _OF_SESSIONS
    except ValueError:
        whole = False
    if not whole:
        raise ValueError("is no string session of Telethon; docs/sources/telegram.md says how to make one")
    return value


def _api_hash(value: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[0-9a-fA-F]{32}", value.get_secret_value()):
        raise ValueError("must be the 32 hexadecimal digits that my.telegram.org shows beside api_id")
    return value


ChannelName = Annotated[str, BeforeValidator(_plain), Field(pattern=r"^[a-z][a-z0-9_]{3,31}$")]


class TelegramSettings(SourceSettings):
    """Settings of `kind = "telegram"`. `session` is a string session of Telethon: it opens the whole account."""

    terms: ClassVar[Terms] = Terms(identity_matching="opt-in", exportable="ids", attribution="Telegram")

    kind: Literal["telegram"]
    every: Annotated[Duration, Field(ge=timedelta(minutes=1), le=timedelta(days=30))] = timedelta(minutes=15)
    api_id: Annotated[int, Field(ge=1, lt=2**31)]
    api_hash: Annotated[SecretStr, AfterValidator(_api_hash)]
    session: Annotated[SecretStr, AfterValidator(_string_session)]
    channels: Annotated[tuple[ChannelName, ...], BeforeValidator(_listed), Field(min_length=1, max_length=100)]
    backfill: Annotated[Duration, Field(ge=timedelta(0), le=timedelta(days=365))] = timedelta(days=1)
    reread: Annotated[Duration, Field(ge=timedelta(0), le=timedelta(days=7))] = timedelta(days=1)

    def open(self) -> Telegram:
        return Telegram(self)

    def warnings(self) -> Sequence[str]:
        return () if importlib.util.find_spec("telethon") is not None else (MISSING,)


class Telegram:
    """Reads the history of channels upwards, by the ids of their messages; see `Source` for the promises."""

    kind = "telegram"
    searchable = True
    recheck_at_once = MESSAGES

    def __init__(self, settings: TelegramSettings) -> None:
        self.name = settings.name
        self.credential = f"telegram:{settings.api_id}"
        self._channels = tuple(dict.fromkeys(settings.channels))
        self._backfill = settings.backfill
        self._reread = settings.reread
        self._places: dict[str, Place] = {}
        self._account = Account(
            settings.api_id, settings.api_hash.get_secret_value(), settings.session.get_secret_value()
        )

    def plan(self, query: Query) -> Plan:
        """One ask a channel, whatever the query: every message is read once, and matched here."""
        wanted = meant_for(branches(query).branches, self.kind, self.name)
        asks = self._channels if wanted else ()
        return Plan(asks=asks, coverage="superset", requests=2 * len(asks))

    async def fetch(self, ask: str, cursor: Cursor | None, now: datetime) -> Page:
        """Reads the next hundred messages of a channel: one request, and two more at the first time."""
        standing = standing_of(cursor)
        try:
            async with self._account.asking():
                page = None if standing is None else await self._read_on(ask, standing, now)
                return page or await self._begin(ask, standing, now)
        except NoSuchChannel:
            self._places.pop(ask, None)
            words = f"there is no public channel or group @{ask} that this account may read: check `channels`"
            raise SourceRefused(words, "settings") from None

    async def recheck_by_link(self, links: Mapping[PostKey, str], now: datetime) -> Page:
        """Looks at up to 100 messages by their ids, a request a channel. See `RecheckingByLink`."""
        wanted: dict[str, dict[int, PostKey]] = defaultdict(dict)
        for key, link in links.items():
            found = _LINK.fullmatch(link)
            told = re.fullmatch(r"\d{1,19}/(\d{1,10})", key.external_id)
            if found and told and 0 < int(told[1]) <= MOST_ID:
                wanted[found[1]][int(told[1])] = key
        posts: list[Post] = []
        gone: list[Change] = []
        notes: list[str] = []
        async with self._account.asking():
            for name, keys in wanted.items():
                try:
                    here, missing = await self._look_again(name, keys, now)
                except NoSuchChannel:
                    self._places.pop(name, None)
                    notes.append(f"@{name} cannot be read any more: its messages stay as they are")
                    continue
                posts += here
                gone += [Change(key=key) for key in missing]
        return Page(posts=posts, changes=gone, notes=notes)

    async def close(self) -> None:
        await self._account.close()

    async def _begin(self, ask: str, before: Standing | None, now: datetime) -> Page:
        """Looks the name up, and reads from the first message that is new enough."""
        place = self._places[ask] = await self._account.find(ask)
        if before is not None and before.channel == place.channel:
            standing = msgspec.structs.replace(before, access_hash=place.access_hash)
        else:
            older = read_history(
                await self._account.last_before(place, now - self._backfill), place.channel, ask, now
            ).seen
            low = max((one.id for one in older), default=0)
            standing = Standing(channel=place.channel, access_hash=place.access_hash, settled=max(low, 0))
        page = await self._read_on(ask, standing, now)
        if page is None:
            raise NoSuchChannel
        if before is not None and before.channel != place.channel:
            why = f"@{ask} is another channel now, and the one that it was cannot be read any more"
            page = msgspec.structs.replace(page, gaps=[Gap(since=before.newest, until=now, why=why)])
        return page

    async def _read_on(self, ask: str, standing: Standing, now: datetime) -> Page | None:
        """Reads the next step; None where the channel no longer bears the name, which may be another's by now."""
        place = self._places[ask] = Place(standing.channel, standing.access_hash)
        try:
            answer = await self._account.above(place, standing.low)
        except NoSuchChannel:
            return None
        history = read_history(answer, standing.channel, ask, now)
        if history.names is not None and ask not in history.names:
            return None
        step = advance(standing, history.seen, now, self._reread)
        return Page(posts=step.posts, cursor=msgspec.json.encode(step.standing).decode(), more=step.more)

    async def _look_again(
        self, name: str, keys: Mapping[int, PostKey], now: datetime
    ) -> tuple[Sequence[Post], Sequence[PostKey]]:
        place = self._places.get(name) or await self._account.find(name)
        self._places[name] = place
        of_it = {number: key for number, key in keys.items() if key.external_id == f"{place.channel}/{number}"}
        if not of_it:
            return (), ()  # the name is another channel's by now
        history = read_history(await self._account.these(place, list(of_it)), place.channel, name, now)
        if not history.seen and len(of_it) > 1:
            raise SourceUnavailable("Telegram answered with none of the messages, which is hard to believe of all")
        here = {one.id: one.post for one in history.seen if one.id in of_it and one.post is not None}
        return [*here.values()], [key for number, key in of_it.items() if number not in here]
