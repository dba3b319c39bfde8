"""From an answer of X's API, in its field names before and since August 2026, to posts."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import Struct

from sources.contract import SourceUnavailable
from sources.loose_json import ItemUnreadable, count_of, inner, items_of, text_of, time_of
from sources.post import Author, Engagement, Post, storable_post

INSTANCE = "x.com"
_EPOCH = datetime(2010, 11, 4, 1, 42, 54, 657_000, tzinfo=UTC)
"""From when X's ids count milliseconds, in all bits but the lowest 22 (github.com/twitter-archive/snowflake)."""

_ID = re.compile(r"\d{1,19}")
_NO_LANGUAGE = re.compile(r"und|zxx|art|in|iw|q[a-z]{2}")  # "qme": only media, "qht": only hashtags, ...
_RENAMED = {"in": "id", "iw": "he"}


class Shown(Struct, frozen=True, kw_only=True):
    """One answer, read. `ids` of all that it shows, post or not; `users`, `others`: what else it shows, and charges.

    `gone` are the ids that X says it cannot show any more. `latest` gives the newest version of an edited post.
    """

    posts: Sequence[Post]
    ids: Sequence[int]
    newest: int
    next_token: str
    unreadable: Sequence[str]
    users: int
    others: int
    gone: Sequence[str]
    latest: Mapping[str, str]


def read_answer(answer: Any, now: datetime) -> Shown:
    """Reads an answer. Raises SourceUnavailable where it is not one of a list of posts."""
    if not isinstance(answer, Mapping) or not ("data" in answer or "meta" in answer or "errors" in answer):
        raise SourceUnavailable("X answered without posts")
    data, errors = answer.get("data", []), items_of(answer, "errors")
    if not isinstance(data, list) or ("data" not in answer and "meta" not in answer and not errors):
        raise SourceUnavailable("X answered something else than a list of posts")
    includes = inner(answer, "includes")
    users = _by_id(items_of(includes, "users"))
    others = _by_id([*items_of(includes, "tweets"), *items_of(includes, "posts")])
    posts: list[Post] = []
    ids: list[int] = []
    unreadable: list[str] = []
    for item in data:
        try:
            post = post_of(item, users, others, now)
            ids.append(int(text_of(item, "id").strip()))
            posts.append(post)
        except ItemUnreadable as error:
            unreadable.append(str(error))
    meta = inner(answer, "meta")
    newest = text_of(meta, "newest_id")
    return Shown(
        posts=posts,
        ids=ids,
        newest=max([*ids, int(newest) if _ID.fullmatch(newest) else 0]),
        next_token=text_of(meta, "next_token")[:2_000],
        unreadable=unreadable,
        users=len(users),
        others=len(others),
        gone=[*_refused(errors), *(text_of(item, "id") for item in data if _is_withheld(item))],
        latest={text_of(item, "id"): versions[-1] for item in data if (versions := _versions(item))},
    )


def post_of(item: object, users: Mapping[str, Any], others: Mapping[str, Any], now: datetime) -> Post:
    """Gives the post for one item; an edited one keeps the id of its first version. Raises ItemUnreadable.

    `text` ends after 280 characters, so the whole of a longer post is taken from its note; a repost's is cut even
    earlier, and taken from the original where that is shown.
    """
    if not isinstance(item, Mapping):
        raise ItemUnreadable(f"it is {type(item).__name__}, not an object")
    number = text_of(item, "id").strip()
    if not _ID.fullmatch(number):
        raise ItemUnreadable("its id is not a number")
    if not isinstance(item.get("text"), str):
        raise ItemUnreadable("it has no text")
    user = users.get(text_of(item, "author_id"), {})
    name = text_of(user, "username")
    related = {text_of(one, "type"): text_of(one, "id") for one in _either(item, "referenced") if _is_object(one)}
    counts = inner(item, "public_metrics")
    post = Post(
        source="x",
        instance=INSTANCE,
        external_id=(_versions(item) or [number])[0],
        url=f"https://x.com/{name or 'i/web'}/status/{number}",
        text=_text(item, others.get(related.get("retweeted") or related.get("reposted") or "", {})),
        published_at=time_of(item, "created_at") or time_of_id(int(number)),
        lang=_language(text_of(item, "lang")),
        author=Author(
            id=text_of(item, "author_id"),
            handle=name,
            name=text_of(user, "name"),
            url=f"https://x.com/{name}" if name else "",
            followers=count_of(inner(user, "public_metrics"), "followers_count"),
        ),
        engagement=Engagement(
            likes=count_of(counts, "like_count"),
            replies=count_of(counts, "reply_count"),
            reposts=_first(count_of(counts, "retweet_count"), count_of(counts, "repost_count")),
            views=count_of(counts, "impression_count"),
        ),
        in_reply_to=related.get("replied_to", ""),
        kind="comment" if "replied_to" in related else "post",
    )
    return storable_post(post, now)


def time_of_id(number: int) -> datetime | None:
    """Gives when an id was made; None for the first, small ones, which tell no time."""
    try:
        return _EPOCH + timedelta(milliseconds=number >> 22) if number >> 22 else None
    except OverflowError:
        return None


def _text(item: Mapping[str, Any], original: Mapping[str, Any]) -> str:
    if original:
        head = re.match(r"RT @\w{1,15}: ", text_of(item, "text"))
        return f"{head[0] if head else ''}{_text(original, {})}"
    for part in (inner(item, "note_tweet"), inner(item, "note_post"), item):
        if text := text_of(part, "text"):
            return html.unescape(_with_links(text, inner(part, "entities") or inner(item, "entities")))
    return ""


def _with_links(text: str, entities: Mapping[str, Any]) -> str:
    """Puts in the links that X has shortened: that is what the author wrote, and what can be searched for."""
    for link in items_of(entities, "urls")[:100]:
        if _is_object(link):
            short, meant = text_of(link, "url"), text_of(link, "expanded_url")
            if short.startswith("https://t.co/") and meant.startswith(("http://", "https://")):
                text = text.replace(short, meant[:2_000])
    return text


def _versions(item: object) -> list[str]:
    """The ids of an edited post, the first one first; empty where it tells none."""
    if not isinstance(item, Mapping):
        return []
    told = items_of(item, "edit_history_tweet_ids") or items_of(item, "edit_history_post_ids")
    return [one for one in told if isinstance(one, str) and _ID.fullmatch(one)]


def _refused(errors: Sequence[Any]) -> list[str]:
    """The ids that stand for posts which were deleted, or are no longer public; other errors tell of no post."""
    return [
        told
        for error in errors
        if _is_object(error) and text_of(error, "resource_type") in ("tweet", "post")
        if text_of(error, "type").rpartition("/")[2] in ("resource-not-found", "not-authorized-for-resource")
        if (told := text_of(error, "resource_id") or text_of(error, "value"))
        if text_of(error, "parameter") in ("ids", "id", "")
    ]


def _is_withheld(item: object) -> bool:
    """Whether a post is withheld everywhere: for copyright, or in "XX" or "XY", X's words for all countries."""
    told = inner(item, "withheld") if isinstance(item, Mapping) else {}
    return told.get("copyright") is True or any(code in ("XX", "XY") for code in items_of(told, "country_codes"))


def _either(item: Mapping[str, Any], name: str) -> Sequence[Any]:
    return items_of(item, f"{name}_tweets") or items_of(item, f"{name}_posts")


def _by_id(items: Sequence[Any]) -> dict[str, Mapping[str, Any]]:
    return {text_of(item, "id"): item for item in items if isinstance(item, Mapping)}


def _language(told: str) -> str:
    return _RENAMED.get(told, "") if _NO_LANGUAGE.fullmatch(told) else told


def _first(*counts: int | None) -> int | None:
    return next((count for count in counts if count is not None), None)


def _is_object(item: object) -> bool:
    return isinstance(item, Mapping)
