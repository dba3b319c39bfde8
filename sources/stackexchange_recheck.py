"""What became of questions of Stack Exchange that were once read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sources.contract import Change, Page, SourceUnavailable
from sources.loose_json import ItemUnreadable, text_of, unreadable_note
from sources.post import Post, PostKey
from sources.stackexchange_post import post_of_question

ALL_OF_THEM: Mapping[str, str | int] = {"pagesize": 100, "filter": "withbody", "order": "desc", "sort": "creation"}
"""The parameters of one request for up to 100 questions (api.stackexchange.com/docs/questions-by-ids)."""


def numbers_of(keys: Sequence[PostKey], host: str) -> dict[str, PostKey]:
    """Gives those of the keys that name questions of the site at `host`, by their numbers."""
    return {
        key.external_id: key
        for key in keys
        if (key.source, key.instance) == ("stackexchange", host)
        if key.external_id.isascii() and key.external_id.isdigit() and len(key.external_id) <= 15
    }


def what_became_of(asked: Mapping[str, PostKey], answer: Any, host: str, now: datetime) -> Page:
    """Reads an answer of `questions/{ids}`: what a whole one does not show is gone. Raises SourceUnavailable.

    An answer that is not surely whole, and one with an item that cannot be read, has nothing gone.
    """
    items = answer.get("items") if isinstance(answer, Mapping) else None
    if not isinstance(items, list):
        raise SourceUnavailable("Stack Exchange answered without a list of questions")
    posts: list[Post] = []
    there: set[str] = set()
    unreadable: list[str] = []
    for item in items:
        there.add(text_of(item, "question_id") if isinstance(item, Mapping) else "")
        try:
            post = post_of_question(item, host, now)
        except ItemUnreadable as error:
            unreadable.append(str(error))
            continue
        if post.external_id in asked:
            posts.append(post)
    whole = answer.get("has_more") is False and not unreadable
    gone = [Change(key=key) for number, key in asked.items() if number not in there] if whole else []
    return Page(posts=posts, changes=gone, notes=unreadable_note(unreadable))
