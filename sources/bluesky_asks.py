"""What Bluesky's search is asked for a query, and what a request of it says."""

from __future__ import annotations

from datetime import timedelta

from sources.bluesky_post import HOST
from sources.query.branches import Branch
from sources.query.tree import Term
from sources.search_asks import found_at, meant_for, shortened, spoken, values_of, without_covered
from sources.window_walk import time_at

POSTS = 100
"""The most that one answer holds."""

MOST_QUERY_BYTES = 300  # no limit is documented; well under what an address takes

MILLISECOND = timedelta(milliseconds=1)


def asks_of(branches: tuple[Branch, ...], kind: str, name: str) -> tuple[list[str], bool]:
    """Gives one ask per branch, since the service knows no OR, and whether every branch can be asked.

    A branch without a whole word cannot.
    """
    parts = [_parts(branch) for branch in found_at(meant_for(branches, kind, name), HOST)]
    return without_covered([part for part in parts if part]), all(parts)


def params_of(ask: str, since: int, until: int | None, onward: str = "") -> dict[str, str | int]:
    """The parameters of one request (lexicon app.bsky.feed.searchPosts; times must be whole ISO 8601)."""
    params: dict[str, str | int] = {"q": ask, "sort": "latest", "limit": POSTS}
    for name, tick in (("since", since), ("until", until)):
        time = time_at(tick, MILLISECOND)
        if time is not None:
            params[name] = time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if onward:
        params["cursor"] = onward
    return params


def _parts(branch: Branch) -> tuple[str, ...]:
    """Gives what to search for: fewer words than wanted find more, so what cannot be said is left out.

    `lang:` is left out too: the service goes by the language that an app claims, and many posts claim none.
    """
    words = [said for word in branch.words if not (isinstance(word, Term) and word.wildcard) and (said := spoken(word))]
    if not words:
        authors = [name.removeprefix("@") for name in values_of(branch, "author")[:1]]
        words = [f"from:{name}" for name in authors if _is_handle(name)]
    return shortened(words, MOST_QUERY_BYTES)


def _is_handle(name: str) -> bool:
    """Handles are domain names (atproto.com/specs/handle)."""
    return "." in name and name.isascii() and name.replace(".", "").replace("-", "").isalnum()
