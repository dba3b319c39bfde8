"""What to do about GitHub's refusals: used-up allowances come as 403, 429, and in GraphQL as 200."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NoReturn

from sources.contract import SourceBusy, SourceRefused
from sources.http import Answer
from sources.loose_json import text_of
from sources.patience import asked_to_wait

UNTOLD_PAUSE = timedelta(minutes=1)  # the least, where GitHub asks for patience and does not say how much


def is_impatient(said: str) -> bool:
    """Whether a message tells of a primary or secondary limit."""
    return any(words in said.lower() for words in ("rate limit", "abuse", "rate_limited"))


def patience(words: str, headers: Mapping[str, str], now: datetime) -> SourceBusy:
    """Gives the error that says how long to wait: Retry-After, then the reset where none is left, else a minute.

    (docs.github.com, "Rate limits for the REST API", and the same for the GraphQL API)
    """
    used_up = headers.get("x-ratelimit-remaining", "").strip() == "0"
    wait = asked_to_wait(headers, now, ("x-ratelimit-reset",) if used_up else ())
    return SourceBusy(words, UNTOLD_PAUSE if wait is None else wait)


def refuse(answer: Answer, what: str, now: datetime) -> NoReturn:
    """Raises what a 403, 422 or 429 means; `what` is refused."""
    told: Any = answer.json() if "json" in answer.headers.get("content-type", "") else {}
    said = text_of(told, "message") if isinstance(told, Mapping) else ""
    words = f"GitHub refuses {what} ({answer.status}): {said[:200]!a}"
    if answer.status == 422:
        raise SourceRefused(words, "settings")
    used_up = answer.headers.get("x-ratelimit-remaining", "").strip() == "0"
    if answer.status == 429 or used_up or "retry-after" in answer.headers or is_impatient(said):
        raise patience(words, answer.headers, now)
    raise SourceRefused(f"{words}; check the token", "credentials")
