"""Times as people type them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from listener.cli.options import wrong_use
from sources.settings import parse_duration


def since_time(text: str) -> datetime | None:
    """Reads "24h" (ago) or "2026-11-22" or a whole RFC 3339 time; None for nothing. Exits 2 on anything else."""
    if not text:
        return None
    try:
        length = parse_duration(text)
        assert isinstance(length, timedelta)
        return datetime.now(UTC) - length
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC)  # longer ago than the calendar goes: since ever
    except ValueError:
        pass
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise wrong_use(f'{text!r} is no time: write "24h", "7d", or a date such as 2026-11-22') from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
