"""Reads since when and until when an address or handle was a customer's."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_BOUNDED = re.compile(r"(?P<what>.*)\[(?P<since>[^\[\]]*)\.\.(?P<until>[^\[\]]*)\]", re.DOTALL)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def without_validity(text: str) -> tuple[str, datetime | None, datetime | None]:
    """Gives an entry without its `[since..until]`, and the two; either side may be empty.

    A day is one of UTC, and that of `until` is still the customer's: `x:jane[2024-01-01..2025-06-30]` holds until
    2025-07-01T00:00Z. Raises ValueError with a sentence.
    """
    found = _BOUNDED.fullmatch(text)
    if found is None:
        if text.endswith("]") and "[" in text:
            raise ValueError(f"{text[:80]!r} must end in [since..until], such as x:jane[2024-01-01..2025-06-30]")
        return text, None, None
    since, until = _moment(found["since"], ends=False), _moment(found["until"], ends=True)
    if since is not None and until is not None and since >= until:
        raise ValueError(f"{text[:80]!r} ends before it begins")
    return found["what"], since, until


def _moment(text: str, *, ends: bool) -> datetime | None:
    text = text.strip()
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        if ends and _DAY.fullmatch(text):
            moment += timedelta(days=1)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"{text[:40]!r} is no day such as 2024-01-31") from None
