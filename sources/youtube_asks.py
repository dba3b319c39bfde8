"""How a query is asked of YouTube: in few searches, since a day has only a hundred."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sources.query.branches import Branch
from sources.query.tree import Term
from sources.search_asks import shortened, spoken, without_covered

CHANNEL = "channel:"
"""Begins the ask for the comments on a channel's videos; a search never has a colon outside quotes."""

MOST_QUERY_BYTES = 300
"""No limit is documented for `q`; the search box takes about this much."""

DAY = timedelta(days=1)


def searches(branches: Sequence[Branch]) -> tuple[list[str], bool]:
    """Gives the searches for the branches, and whether some branch cannot be asked.

    Branches of one word or phrase are joined by `|` (OR); the search has no brackets, so others stand alone.
    """
    parts = [_parts(branch) for branch in branches]
    asks = without_covered([part for part in parts if part])
    single = {" ".join(part) for part in parts if len(part) == 1}
    joined: list[str] = []
    alone: list[str] = []
    for ask in asks:
        if ask not in single:
            alone.append(ask)
        elif joined and len(f"{joined[-1]}|{ask}".encode()) <= MOST_QUERY_BYTES:
            joined[-1] = f"{joined[-1]}|{ask}"
        else:
            joined.append(ask)
    return [*joined, *alone], not all(parts)


def between_searches(asks: int, a_day: int) -> timedelta:
    """Gives how long each of `asks` rests between two searches, so that all can be made `a_day` times in all."""
    return DAY * max(asks, 1) / a_day


def pace_words(asks: int, a_day: int) -> str:
    """Says how often the searches of one query can be made."""
    minutes = round(between_searches(asks, a_day).total_seconds() / 60)
    return (
        f"YouTube allows {a_day} searches a day: with the {asks} of this query alone, each is made every {minutes} "
        "minutes at the most, less often with every further query"
    )


def search_params(ask: str, since: int, until: int | None) -> dict[str, str | int]:
    """The parameters of one search (developers.google.com/youtube/v3/docs/search/list)."""
    params: dict[str, str | int] = {
        "part": "snippet",
        "type": "video",
        "order": "date",
        "safeSearch": "none",
        "maxResults": 50,
        "q": ask,
        "publishedAfter": _time(since),
    }
    if until is not None:
        params["publishedBefore"] = _time(until)
    return params


def _time(tick: int) -> str:
    return datetime.fromtimestamp(max(tick, 0), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _parts(branch: Branch) -> tuple[str, ...]:
    """Gives what to search for: fewer words than wanted find more, so what cannot be said is left out.

    `|` and a leading `-` would mean something to the search; quotes take that from them.
    """
    words = [said for word in branch.words if not (isinstance(word, Term) and word.wildcard) and (said := spoken(word))]
    return shortened(words, MOST_QUERY_BYTES)
