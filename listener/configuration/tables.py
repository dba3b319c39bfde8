"""The settings of listener itself: what each table of config.toml can hold."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, field_validator

from alerts.settings import SpokenLanguage
from listener.configuration.times import timezone_of
from listener.web.address import host_and_port
from rules.health import WEIGHTS, Part
from rules.own import OwnAccounts
from rules.reading import Severity
from sources.settings import Duration, Name, Strict, strong_secret

SQLITE = ("sqlite", "sqlite+pysqlite")
POSTGRESQL = ("postgresql+psycopg", "postgresql", "postgres")


def _database(value: SecretStr) -> SecretStr:
    """Says nothing of what is there: an address may hold a password."""
    address = value.get_secret_value()
    scheme, mark, rest = address.partition("://")
    if scheme in SQLITE and mark:
        if not rest.startswith("/") or rest.partition("?")[0].strip("/") in ("", ":memory:"):
            raise ValueError("must name a file: sqlite:///listener.db")
        return value
    if scheme not in POSTGRESQL or not mark:
        raise ValueError("must begin with sqlite:/// or postgresql+psycopg://")
    try:
        named = len(urlsplit(address).path) > 1
    except ValueError:
        named = False
    if not named:
        raise ValueError("must name a database: postgresql+psycopg://user@host/name")
    return value


def _bind(value: str) -> str:
    host_and_port(value)  # raises ValueError with a sentence
    return value


def _public_url(value: str) -> str:
    try:
        parts = urlsplit(value)
        plain = parts.scheme in ("http", "https") and parts.hostname and not (parts.query or parts.fragment)
        named = plain and parts.username is None and parts.port != 0
    except ValueError:
        named = False
    if value and not named:
        raise ValueError('must be the address under which others reach this server: "https://listener.example.org"')
    return value.rstrip("/")


def _own_account(value: str) -> str:
    OwnAccounts([value])  # raises ValueError with a sentence
    return value


class ListenerSettings(Strict):
    """`[listener]`: where things are kept, for how long, and how people are told: time zone and language."""

    database: Annotated[SecretStr, AfterValidator(_database)] = SecretStr("sqlite:///listener.db")
    timezone: Annotated[ZoneInfo, BeforeValidator(timezone_of)] = ZoneInfo("UTC")
    language: Annotated[SpokenLanguage, Field(min_length=1)] = "en"
    retention: Annotated[Duration, Field(ge=timedelta(days=1), le=timedelta(days=36_500))] = timedelta(days=365)
    max_age: Annotated[Duration, Field(ge=timedelta(minutes=1), le=timedelta(days=3_650))] = timedelta(hours=24)
    workers: Annotated[int, Field(ge=0, le=64)] = 1


class BrandSettings(Strict):
    """`[[brands]]`: what to listen for, and which accounts speak for the brand itself."""

    name: Name
    query: Annotated[str, Field(min_length=1)]
    own: tuple[Annotated[str, AfterValidator(_own_account)], ...] = ()


FILE = "csv"
"""The kind of `[[customers]]` where none is told."""


class CustomersSettings(Strict):
    """`[[customers]]`: a file that says who the customers are."""

    kind: Literal["csv"] = "csv"
    path: Path


class RuleSettings(Strict):
    """`[[rules]]`: when to speak, how bad it is, and who is told. Without `brands` it is for all of them."""

    name: Name
    when: Annotated[str, Field(min_length=1)]
    severity: Severity
    notify: tuple[str, ...] = ()
    ticket: Annotated[str, Field(max_length=80)] = ""  # "builtin", or the name of a desk
    brands: tuple[str, ...] = ()
    cooldown: Annotated[Duration, Field(ge=timedelta(minutes=1), le=timedelta(days=30))] | None = None


class CustomerHealthSettings(Strict):
    """`[customer_health]`: what a customer's health is made of, and who is told when it falls within a week.

    `weights` given here take the place of those that rules.health ships; 0 leaves a part out.
    """

    weights: dict[Part, Annotated[float, Field(ge=0, le=1_000_000)]] = {}
    half_life: Annotated[Duration, Field(ge=timedelta(days=1), le=timedelta(days=365))] = timedelta(days=14)
    renewal_field: Annotated[str, Field(min_length=1, max_length=200)] = "renewal_date"
    renewal_within: Annotated[Duration, Field(ge=timedelta(days=1), le=timedelta(days=3_650))] = timedelta(days=90)
    fall: Annotated[float, Field(ge=1, le=100)] = 15.0
    notify: tuple[str, ...] = ()

    @field_validator("weights")
    @classmethod
    def _weighs_something(cls, weights: dict[Part, float]) -> dict[Part, float]:
        if not any({**WEIGHTS, **weights}.values()):
            raise ValueError("leave no part at all: at least one must be greater than 0")
        return weights

    @property
    def all_weights(self) -> dict[Part, float]:
        """What each part counts for."""
        return {**WEIGHTS, **self.weights}


class WebSettings(Strict):
    """`[web]`: the HTTP server inside `listener run`, where it listens, how others know it, what signs its links."""

    bind: Annotated[str, AfterValidator(_bind)] = "127.0.0.1:8080"
    public_url: Annotated[str, AfterValidator(_public_url)] = ""
    secret: Annotated[SecretStr, AfterValidator(strong_secret)] | None = None

    @property
    def address(self) -> str:
        """Where others send to, without a slash at its end."""
        return self.public_url or f"http://{self.bind}"


class OperatorSettings(Strict):
    """`[operator]`: who is told that a source fails, and that it is well again; nobody, unless named."""

    notify: tuple[str, ...] = ()
