from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
import typer.main
import typer.testing

from alerts.contract import Limits, Message, Receipt
from alerts.settings import ChannelSettings
from listener.app import App
from listener.config import Config
from listener.configuration.alerting import AlertingTables
from listener.configuration.digests import DigestSettings, NamedDigestSettings
from listener.configuration.people import CalendarSettings
from listener.configuration.tables import (
    BrandSettings,
    CustomerHealthSettings,
    ListenerSettings,
    OperatorSettings,
    RuleSettings,
)
from listener.store import Store
from sources.contract import EVERYTHING, Page, Plan
from sources.post import Author, Post
from sources.query import Query
from sources.settings import SourceSettings, Strict


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **length: float) -> None:
        self.now += timedelta(**length)


class FakeSource:
    """A source at the contract: its pages are told beforehand; an error in their place is raised."""

    def __init__(
        self, name: str, pages: Sequence[Page | Exception], *, credential: str = "", asks: Sequence[str] = ()
    ) -> None:
        self.name, self.kind = name, "feed"
        self.credential = credential or f"host:{name}"
        self.searchable = bool(asks)
        self._asks = list(asks)
        self.pages = list(pages)
        self.asked: list[tuple[str, str | None]] = []

    def plan(self, query: Query) -> Plan:
        return Plan(asks=self._asks or [EVERYTHING], coverage="superset")

    async def fetch(self, ask: str, cursor: str | None, now: datetime) -> Page:
        self.asked.append((ask, cursor))
        answer = self.pages.pop(0) if self.pages else Page(cursor=cursor or "")
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def close(self) -> None:
        pass


class FakeChannel:
    """A channel at the contract: keeps what it is told; an error told beforehand is raised instead."""

    def __init__(self, name: str, answers: Sequence[Exception | None] = ()) -> None:
        self.name, self.kind = name, "slack"
        self.limits = Limits(title=150, text=3_000)
        self.can_edit = False
        self.answers = list(answers)
        self.told: list[Message] = []
        self.tries = 0

    async def send(self, message: Message) -> Receipt:
        self.tries += 1
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None:
            raise answer
        self.told.append(message)
        return Receipt(id=str(len(self.told)))

    async def close(self) -> None:
        pass


@pytest.fixture(scope="session", autouse=True)
def commands_built_once() -> Iterator[None]:
    """Typer builds the tree of all commands at each call, which takes longer than most of them do."""
    built = cache(typer.main.get_command)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("typer.main.get_command", built)
        patch.setattr("typer.testing._get_command", built)
        yield


@pytest.fixture(scope="module", autouse=True)  # and not longer: tests of the store may run in the same process
def databases_copied(pattern: Path) -> Iterator[None]:
    """A new database is a copy of one with its tables; that they are made is asked where stores are opened."""
    usual = Store.open.__func__  # type: ignore[attr-defined]

    def opened(cls: type[Store], url: str, *, migrate: bool = True, create: bool = True) -> Store:
        file = Path(url.removeprefix("sqlite:///"))
        if migrate and create and url.startswith("sqlite:///") and not file.exists():
            with suppress(OSError):  # the store says what is wrong
                shutil.copy(pattern, file)
        return usual(cls, url, migrate=migrate, create=create)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Store, "open", classmethod(opened))
        yield


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{tmp_path / 'listener.db'}")
    yield opened
    opened.close()


@pytest.fixture
def post() -> Callable[..., Post]:
    def make(number: int | str, text: str = "Acme is terrible, my kettle broke again", **fields: Any) -> Post:
        told: dict[str, Any] = {
            "source": "feed",
            "instance": "example.org",
            "external_id": str(number),
            "url": f"https://example.org/posts/{number}",
            "text": text,
            "published_at": datetime(2026, 11, 22, 7, 30, tzinfo=UTC),
            "author": Author(handle=f"user{number}"),
        }
        return Post(**{**told, **fields})

    return make


class FakeSourceSettings(SourceSettings):
    """Settings that open the fake they were given."""

    kind: str = "feed"
    fake: Any = None

    def open(self) -> Any:
        return self.fake


class FakeChannelSettings(ChannelSettings):
    kind: str = "slack"
    fake: Any = None

    def open(self) -> Any:
        return self.fake


ANGRY = RuleSettings(name="angry", when="sentiment.score <= -0.4", severity="high", notify=("support",))


@pytest.fixture
def source() -> type[FakeSource]:
    return FakeSource


@pytest.fixture
def channel() -> type[FakeChannel]:
    return FakeChannel


@pytest.fixture
def make_app(store: Store, clock: Clock, tmp_path: Path) -> Iterator[Callable[..., App]]:
    """Puts a real App together around fakes: everything between the source and the channel is the product's own."""
    made: list[App] = []

    def make(
        sources: Sequence[FakeSource] = (),
        channels: Sequence[FakeChannel] = (),
        *,
        brands: dict[str, str] | None = None,
        rules: Sequence[RuleSettings] = (ANGRY,),
        digest: DigestSettings | None = None,
        digests: Sequence[NamedDigestSettings] = (),
        operator: Sequence[str] = (),
        reading: Strict | None = None,
        health: Sequence[str] = (),
        directories: Sequence[Any] = (),
        replies: Sequence[Any] = (),
        alerting: AlertingTables | None = None,
        calendars: Sequence[CalendarSettings] = (),
        asks: Mapping[str, Mapping[str, Any]] = {},
        **more: Any,
    ) -> App:
        config = Config(
            path=tmp_path / "config.toml",
            listener=ListenerSettings(),
            brands=tuple(BrandSettings(name=name, query=query) for name, query in (brands or {"Acme": "acme"}).items()),
            sources=tuple(
                FakeSourceSettings(name=fake.name, fake=fake, archive=getattr(fake, "archive", None))
                for fake in sources
            ),
            channels=tuple(
                FakeChannelSettings(name=fake.name, fake=fake, **asks.get(fake.name, {})) for fake in channels
            ),
            alerting=alerting or AlertingTables(),
            calendar_settings=tuple(calendars),
            rules=tuple(rules),
            digest=digest,
            digest_settings=tuple(digests),
            operator=OperatorSettings(notify=tuple(operator)),
            reading=reading,
            customer_health=CustomerHealthSettings(notify=tuple(health)),
            directories=tuple(directories),
            replies=tuple(replies),
            **more,
        )
        app = App(config, store, clock=clock, jitter=Random(1), workers=0)
        app.start()
        made.append(app)
        return app

    yield make
    for app in made:
        app.workers.close()
