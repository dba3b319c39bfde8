"""The settings of a reader behind an OpenAI-compatible address: `[reading]` with `analyzer = "openai"`."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr

from sources.settings import Duration, Strict

Usd = Annotated[Decimal, Field(ge=0, le=1_000_000, allow_inf_nan=False)]


def _web_address(value: str) -> str:
    """Refuses what is no web address without repeating it. Raises ValueError."""
    try:
        parts = urlsplit(value)
        fit = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
        fit = fit and (parts.port or 1) > 0 and not (parts.query or parts.fragment)
    except ValueError:
        fit = False
    if not fit:
        raise ValueError('must be a web address such as "https://api.openai.com/v1", with the key beside it as `key`')
    return value.rstrip("/")


def _key(value: SecretStr) -> SecretStr:
    key = value.get_secret_value()
    if not key or any(not "!" <= character <= "~" for character in key):
        raise ValueError("must be a key as the service shows it, without spaces")
    return value


class EndpointSettings(Strict):
    """Which model is asked where, for what, and how much money may be spent on it.

    `asks`: "every" mention, or only those of which the built-in reader is "unsure" or that it cannot read. Prices are
    US dollars for a million tokens; where nothing is charged they are 0. `most_per_day` is US dollars a day (UTC).
    """

    analyzer: Literal["openai"] = "openai"
    base_url: Annotated[str, AfterValidator(_web_address)] = "https://api.openai.com/v1"
    model: Annotated[str, Field(min_length=1, max_length=200)]
    key: Annotated[SecretStr, AfterValidator(_key)] | None = None
    asks: Literal["every", "unsure"] = "every"
    together: Annotated[int, Field(ge=1, le=50)] = 10  # posts in one request
    usd_per_million_read: Usd
    usd_per_million_written: Usd
    most_per_day: Annotated[Usd, Field(gt=0)]
    timeout: Annotated[Duration, Field(ge=timedelta(seconds=1), le=timedelta(minutes=2))] = timedelta(seconds=30)
    allow_private: bool = False

    def cost(self, read_tokens: int, written_tokens: int) -> Decimal:
        """US dollars for so many tokens."""
        read, written = self.usd_per_million_read * read_tokens, self.usd_per_million_written * written_tokens
        return (read + written) / 1_000_000
