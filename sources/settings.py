"""The words that settings of all kinds share: durations, names, strictness."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, field_validator

from sources.contract import Source
from sources.terms import Terms

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DURATION = re.compile(r"(\d+)\s*([smhdw])")
_FEWEST_CHARACTERS, _FEWEST_KINDS = 32, 10


def parse_duration(value: object) -> object:
    """Reads "15m", "24h", "1h30m", "365d" as a timedelta; leaves what already is one. Raises ValueError."""
    if not isinstance(value, str):
        if isinstance(value, timedelta):
            return value
        raise ValueError('must be a length of time such as "15m", "24h" or "365d"')
    text = value.strip().lower()
    if not text or _DURATION.sub("", text).strip():
        raise ValueError(f'is {value!r}, must be a length of time such as "15m", "24h" or "365d"')
    total = timedelta()
    try:
        for number, unit in _DURATION.findall(text):
            total += timedelta(**{_UNITS[unit]: int(number)})
    except OverflowError:
        raise ValueError(f"is {value!r}, which is longer than can be counted") from None
    return total


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
Name = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\s:/\x00-\x1f][^\x00-\x1f]*$")]


def strong_secret(value: SecretStr) -> SecretStr:
    """Refuses what could be guessed; says nothing of what is there. Raises ValueError."""
    secret = value.get_secret_value()
    if len(secret) < _FEWEST_CHARACTERS or len(set(secret)) < _FEWEST_KINDS:
        raise ValueError("must be long and random, at least 32 characters: openssl rand -hex 32 makes one")
    return value


class Strict(BaseModel):
    """A frozen model that takes no key it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, str_strip_whitespace=True)


class SourceSettings(Strict, ABC):
    """What every kind of source can be told. Each kind narrows `kind` to a Literal and says how it opens.

    `terms` is what the service asks of those who use its posts; a kind whose service asks for something names it.
    """

    terms: ClassVar[Terms] = Terms()

    kind: str
    name: Name
    every: Annotated[Duration, Field(ge=timedelta(seconds=1), le=timedelta(days=30))] = timedelta(minutes=15)
    archive: Annotated[Duration, Field(ge=timedelta(hours=1), le=timedelta(days=3650))] | None = None
    identity_matching: bool | None = None  # whether its authors may be matched with customers; None: as `terms` say

    @field_validator("identity_matching")
    @classmethod
    def _within_terms(cls, value: bool | None) -> bool | None:
        if value and cls.terms.identity_matching == "never":
            raise ValueError("cannot be true: the service's terms forbid to tie its authors to people known elsewhere")
        return value

    @property
    def matches_identities(self) -> bool:
        """Whether authors that this source shows are matched with customers."""
        if self.identity_matching is None:
            return self.terms.identity_matching == "allowed"
        return self.identity_matching

    @abstractmethod
    def open(self) -> Source:
        """The source that these settings describe; asks nothing yet."""

    def budget_usd(self) -> Decimal | None:
        """What the source may spend in a calendar month (UTC), in US dollars; None where its service is free."""
        return None

    def warnings(self) -> Sequence[str]:
        """What whoever checks the configuration should know of this source: an ending service, say. Plain sentences."""
        return ()


class InboundSourceSettings(SourceSettings, ABC):
    """What every kind can be told whose posts are brought to it by requests: it is never asked, so never `every`."""

    @field_validator("every", mode="before")
    @classmethod
    def _never_asked(cls, value: object) -> object:
        raise ValueError("has no meaning here: this source is told of posts and never asked. Leave it out")

    @property
    def proves_senders(self) -> bool:
        """Whether the source knows its senders by itself; one that does not takes posts by signed links alone."""
        return True


class NetworkSourceSettings(SourceSettings, ABC):
    """What every kind that asks a service over the network can be told, too."""

    allow_private: bool = False  # whether addresses on private networks may be asked


def without_login(address: str) -> str:
    """Gives a configured address as a credential may be named by it: without user, password and query."""
    return re.sub(r"//[^/?#]*@", "//", address).partition("?")[0]
