"""The words that settings of all channels share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr

from alerts.contract import AlertChannel
from alerts.language import LANGUAGES
from rules.reading import Severity
from sources.settings import Duration, Name, Strict

Patience = Annotated[Duration, Field(ge=timedelta(seconds=1), le=timedelta(minutes=5))]


def _web_address(value: str) -> str:
    """Refuses what is no web address, without repeating it: it may hold a secret. Raises ValueError."""
    try:
        parts = urlsplit(value)
        fit = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        fit = False
    if not fit:
        raise ValueError("must be a web address such as https://hooks.example.org/services/...")
    return value


def _secret_web_address(value: SecretStr) -> SecretStr:
    _web_address(value.get_secret_value())
    return value


def _token(value: SecretStr) -> SecretStr:
    token = value.get_secret_value()
    if not token or any(not "!" <= character <= "~" for character in token):
        raise ValueError("must be a token as the service shows it, without spaces")
    return value


WebAddress = Annotated[str, AfterValidator(_web_address)]

SecretWebAddress = Annotated[SecretStr, AfterValidator(_secret_web_address)]
"""An address that is a password itself, as those of incoming webhooks are."""

Token = Annotated[SecretStr, AfterValidator(_token)]
"""A secret that can travel in a header or an address."""


def _spoken(value: str) -> str:
    if value and value not in LANGUAGES:
        raise ValueError(f"is {value!r}, must be one of: {', '.join(LANGUAGES)}")
    return value


SpokenLanguage = Annotated[str, AfterValidator(_spoken)]
"""A language that people can be told in."""


class ChannelSettings(Strict, ABC):
    """What every kind of channel can be told. Each kind narrows `kind` to a Literal and says how it opens."""

    kind: str
    name: Name
    timeout: Patience = timedelta(seconds=20)  # for one try as a whole
    language: SpokenLanguage = ""  # "": that of [listener]
    calendar: str = ""  # outside of its hours only what is urgent is told; "": day and night
    quiet_severity: Severity = "critical"  # from which on an alert is urgent
    most_an_hour: Annotated[int, Field(ge=0, le=10_000)] = 0  # messages with alerts; 0: any number

    @abstractmethod
    def open(self) -> AlertChannel:
        """The channel that these settings describe; tells nothing yet."""

    def warnings(self) -> Sequence[str]:
        """What whoever checks the configuration should know of this channel: a missing library. Plain sentences."""
        return ()
