"""A post from the fields that JSON Lines and CSV bring: lenient about what is missing, not about types."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct

from sources.post import Author, Engagement, Post, storable_post

_EPOCH = re.compile(r"-?\d{9,19}(\.\d+)?")
_PLACE = re.compile(r"`\$\.?([^`]*)`")
_WANTED = {"str": "text", "int": "a whole number", "float": "a number", "object": "an object", "bool": "true or false"}


class _AuthorFields(Struct):
    id: str | int | None = None
    handle: str | None = None
    name: str | None = None
    url: str | None = None
    email: str | None = None
    followers: int | None = None
    bio: str | None = None
    location: str | None = None
    links: str | list[str] | None = None
    verified_links: str | list[str] | None = None


class _EngagementFields(Struct):
    likes: int | None = None
    replies: int | None = None
    reposts: int | None = None
    views: int | None = None


class PostFields(Struct):
    """The fields of a post as others write them; None and absence are the same, unknown fields are let pass."""

    source: str | None = None
    instance: str | None = None
    external_id: str | int | None = None
    url: str | None = None
    title: str | None = None
    text: str | None = None
    published_at: str | int | float | None = None
    lang: str | None = None
    author: _AuthorFields | None = None
    engagement: _EngagementFields | None = None
    in_reply_to: str | int | None = None
    kind: str | None = None


FIELDS = tuple(
    name
    for field in PostFields.__struct_fields__
    for name in (
        [f"author.{part}" for part in _AuthorFields.__struct_fields__] if field == "author"
        else [f"engagement.{part}" for part in _EngagementFields.__struct_fields__] if field == "engagement"
        else [field]
    )
)  # fmt: skip
"""Every field by its dotted name: text, author.handle, engagement.likes, ..."""


def fields_from(loose: Any) -> PostFields:
    """Checks what JSON or CSV gave. Raises ValueError: one sentence with the field, its value and what it must be."""
    if not isinstance(loose, dict):
        raise ValueError(f'is {shown(loose)}, must be an object such as {{"external_id": "1", "text": "..."}}')  # noqa: TRY004 - the caller reports lines, and a line is no argument
    try:
        return msgspec.convert(_whole_numbers(loose), PostFields)
    except msgspec.ValidationError as error:
        raise ValueError(_sentence(str(error), loose)) from None


def post_from(fields: PostFields, now: datetime, source: str, instance: str) -> Post:
    """Gives the post, storable and with no time of the future. `source` and `instance` stand in where none is told.

    Raises ValueError where a value has the right type and makes no sense, or where nothing says what the post is.
    """
    if not (fields.text or fields.title or fields.url or fields.external_id):
        raise ValueError("has none of text, title, url and external_id: it is not a post")
    told = fields.source or source
    author, engagement = fields.author or _AuthorFields(), fields.engagement or _EngagementFields()
    post = Post(
        source=told,
        instance=fields.instance or (instance if told == source else ""),
        external_id="" if fields.external_id is None else str(fields.external_id),
        url=fields.url or "",
        title=fields.title or "",
        text=fields.text or "",
        published_at=_time(fields.published_at),
        lang=fields.lang or "",
        author=Author(
            id="" if author.id is None else str(author.id),
            handle=(author.handle or "").removeprefix("@"),
            name=author.name or "",
            url=author.url or "",
            email=author.email or "",
            followers=author.followers,
            bio=author.bio or "",
            location=author.location or "",
            links=_listed(author.links),
            verified_links=_listed(author.verified_links),
        ),
        engagement=Engagement(
            likes=engagement.likes,
            replies=engagement.replies,
            reposts=engagement.reposts,
            views=engagement.views,
        ),
        in_reply_to="" if fields.in_reply_to is None else str(fields.in_reply_to),
        kind=fields.kind or "post",
    )
    return storable_post(post, now)


def shown(value: object) -> str:
    """Gives a value for a message: one short line that can do no harm in a terminal or a log."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    text = value if isinstance(value, str) else str(value)[:80] if not isinstance(value, int) else _number(value)
    cut = text[:40] + "…" if len(text) > 40 else text
    safe = "".join(letter if letter.isprintable() else "\ufffd" for letter in cut)
    return f"'{safe}'" if isinstance(value, str) else safe


def _whole_numbers(loose: dict[str, Any]) -> dict[str, Any]:
    """Takes 12.0 for 12 in counts: tables with empty cells are often exported that way."""
    for name in ("author", "engagement"):
        part = loose.get(name)
        if isinstance(part, dict):
            whole = {
                key: int(value) if isinstance(value, float) and value.is_integer() else value
                for key, value in part.items()
            }
            loose = loose | {name: whole}
    return loose


def _number(value: int) -> str:
    return str(value) if abs(value) < 10**40 else "a number of more than forty digits"


def _listed(told: str | list[str] | None) -> tuple[str, ...]:
    """Links as JSON lists them, or parted by blanks in one text as a cell of CSV holds them."""
    return tuple(told.split() if isinstance(told, str) else told or ())


def _time(value: str | float | None) -> datetime | None:
    """Reads RFC 3339 (a naive time is UTC) or seconds, milliseconds or microseconds since 1970."""
    if value is None or value == "":
        return None
    wrong = ValueError(
        f"published_at is {shown(value)}, must be an RFC 3339 time such as '2026-11-20T08:30:00Z' "
        "or the seconds since 1970"
    )
    try:
        if isinstance(value, str):
            text = value.strip()
            if not _EPOCH.fullmatch(text):
                read = datetime.fromisoformat(text)
                return (read.replace(tzinfo=UTC) if read.tzinfo is None else read).astimezone(UTC)
            value = float(text)
        if not math.isfinite(value):
            raise wrong
        for _ in range(2):  # seconds stay below 10^11 until the year 5138
            if abs(value) >= 1e11:
                value /= 1000
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        raise wrong from None


def _sentence(message: str, loose: dict[str, Any]) -> str:
    """Turns msgspec's "Expected `int | null`, got `str` - at `$.author.followers`" into words about the value."""
    found = _PLACE.search(message)
    place = found[1] if found else ""
    value: Any = loose
    for part in place.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    wanted = re.search(r"Expected `([^`]*)`", message)
    types = [_WANTED.get(name, name) for name in wanted[1].split(" | ") if name != "null"] if wanted else []
    if place == "published_at":
        must = "an RFC 3339 time such as '2026-11-20T08:30:00Z' or the seconds since 1970"
    else:
        must = " or ".join(dict.fromkeys(types)) or "of another type"
    return f"{place or 'it'} is {shown(value)}, must be {must}"
