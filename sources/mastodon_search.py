"""What an instance's search of posts is asked with an account there, and where to read on in what it shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sources.contract import SourceUnavailable
from sources.loose_json import ItemUnreadable, time_of
from sources.mastodon_ids import SeenIds
from sources.mastodon_post import id_of, post_of_status
from sources.page_walk import Shown, Walk, is_past, tick_of
from sources.post import Post
from sources.query.branches import Branch
from sources.query.tree import Term
from sources.search_asks import shortened, spoken, without_covered

STATUSES = 40  # the most that one answer holds
OVERLAP = 10
"""Results read twice between two pages: a post deleted meanwhile moves the others up."""

MOST_PAGES = 50
MOST_ASKS = 30
MOST_QUERY_BYTES = 300

PREFIX = "search:"
"""What asks of the search begin with; no hashtag has a colon."""


def asks_of(branches: Sequence[Branch]) -> tuple[list[str], Sequence[str]]:
    """Gives the words to search for, one ask per branch since the service knows no OR; notes say what is not asked."""
    parts = [_parts(branch) for branch in branches]
    asks = without_covered([part for part in parts if part])
    notes = []
    if not all(parts):
        notes.append("a part of this query has no whole word to search for, and is looked for by its hashtags alone")
    if len(asks) > MOST_ASKS:
        notes.append(f"this query makes {len(asks)} searches, of which the first {MOST_ASKS} are asked")
    return [PREFIX + ask for ask in asks[:MOST_ASKS]], notes


def offset_of(walk: Walk) -> int:
    """Gives where the next page begins."""
    return max(walk.place - OVERLAP, 0)


def params_of(words: str, walk: Walk) -> dict[str, str | int]:
    """The parameters of one request (docs.joinmastodon.org/methods/search; `offset` needs an account's token)."""
    return {"q": words, "type": "statuses", "limit": STATUSES, "offset": offset_of(walk)}


def read_answer(answer: Any, instance: str, now: datetime, walk: Walk, seen: SeenIds) -> tuple[Shown, int | None]:
    """Reads a page of the search, and where to read on. Raises SourceUnavailable where it is none.

    An instance takes out what it may not show after it has counted a page, so a short page is not the end: an empty one
    is, behind one that shows nothing new.
    """
    statuses = answer.get("statuses") if isinstance(answer, Mapping) else None
    if not isinstance(statuses, list):
        raise SourceUnavailable(f"the search of {instance} answered without a list of posts")
    posts: list[Post] = []
    places: list[int | None] = []
    rows: list[tuple[str, int]] = []
    unreadable: list[str] = []
    for status in statuses:
        try:
            told, at = str(id_of(status)), time_of(status, "created_at")
            tick = tick_of(at) if at is not None else None
            rows += [] if tick is None else [(told, tick)]
            post = post_of_status(status, instance, now)
        except ItemUnreadable as error:
            unreadable.append(str(error))
            continue
        if post is not None:
            seen.note(instance, status, post)
            posts.append(post)
            places.append(tick)
    if unreadable and not rows:
        raise SourceUnavailable(f"{instance} showed {len(statuses)} posts that cannot be read: {unreadable[0]}")
    onward, why = _onward(rows, walk)
    kept = (walk.tail, walk.tail_at) if why == "back" or not rows else rows[-1]
    tail, tail_at = ("", 0) if why == "beyond" else kept
    times = [tick for _, tick in rows]
    shown = Shown(posts=posts, places=places, times=times, unreadable=unreadable, tail=tail, tail_at=tail_at)
    return shown, onward


def _onward(rows: Sequence[tuple[str, int]], walk: Walk) -> tuple[int | None, str]:
    """Gives the place to read on from, and why there: "on", "back" where so much was deleted that this page may not
    follow the last one, "beyond" where it showed nothing new, which may be the end or a stretch that is taken out.
    """
    begin = offset_of(walk)
    if walk.tail and begin and not any(told == walk.tail or tick > walk.tail_at for told, tick in rows):
        return max(begin - STATUSES + OVERLAP, 0), "back"
    if not rows or is_past([tick for _, tick in rows], walk.low):
        return None, "on"
    if rows[-1][0] == walk.tail:
        return begin + STATUSES, "beyond"
    return begin + max(len(rows), OVERLAP + 1), "on"


def _parts(branch: Branch) -> tuple[str, ...]:
    words = [said for word in branch.words if not (isinstance(word, Term) and word.wildcard) and (said := spoken(word))]
    return shortened(words, MOST_QUERY_BYTES)
