"""How long to leave a service alone when little of what it allows is left."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sources.patience import asked_to_wait


def wait_if_nearly_used_up(headers: Mapping[str, str], prefix: str, now: datetime) -> timedelta | None:
    """Gives the time until `<prefix>-reset` when less than a tenth of `<prefix>-limit` is `<prefix>-remaining`.

    None when there is more left, or the headers (lower-case names) do not tell.
    """
    limit, remaining = headers.get(f"{prefix}-limit", ""), headers.get(f"{prefix}-remaining", "")
    if not (limit.isascii() and limit.isdigit() and remaining.isascii() and remaining.isdigit()):
        return None
    if len(limit) > 15 or int(remaining[:15]) * 10 >= int(limit):
        return None
    known = {name: value for name, value in headers.items() if name != "retry-after"}
    return asked_to_wait(known, now, (f"{prefix}-reset",))
