"""From an entry of Apple's customer reviews to a post."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sources.loose_json import ItemUnreadable, inner, text_of, time_of
from sources.markup import text_from_html
from sources.post import Author, Engagement, Post, storable_post

HOST = "apps.apple.com"
MOST_STARS = 5


def post_of_entry(entry: object, country: str, app: str, now: datetime) -> Post | None:
    """Gives the post for one entry, None where it is the app itself. Raises ItemUnreadable where it has no id.

    The title begins with the rating as stars, so that people see it and queries and rules can ask for it. Apple
    has no page for a single review: the link leads to all reviews of the app in that country.
    """
    if not isinstance(entry, Mapping):
        raise ItemUnreadable(f"it is {type(entry).__name__}, not an object")
    if "im:rating" not in entry and ("im:artist" in entry or "im:bundleId" in inner(entry, "id", "attributes")):
        return None
    review_id = labelled(entry, "id").strip()
    if not (review_id.isascii() and review_id.isdigit()):
        raise ItemUnreadable("its id is not a number")
    author = inner(entry, "author")
    page = labelled(author, "uri").strip()
    content = labelled(entry, "content")
    is_html = text_of(inner(entry, "content", "attributes"), "type") == "html"
    post = Post(
        source="appstore",
        instance=HOST,
        external_id=review_id,
        url=f"https://{HOST}/{country}/app/id{app}?see-all=reviews",
        title=f"{stars_of(entry)} {labelled(entry, 'title').strip()}".strip(),
        text=text_from_html(content) if is_html else content,
        published_at=updated_at(entry),
        author=Author(id=_author_id(page), name=labelled(author, "name"), url=page),
        engagement=Engagement(likes=_count(labelled(entry, "im:voteSum"))),
        kind="review",
    )
    return storable_post(post, now)


def stars_of(entry: Mapping[str, Any]) -> str:
    """Gives the rating as five stars ("★★☆☆☆"), "" where it is not one to five."""
    rating = _count(labelled(entry, "im:rating"))
    if rating is None or not 1 <= rating <= MOST_STARS:
        return ""
    return "★" * rating + "☆" * (MOST_STARS - rating)


def updated_at(entry: Mapping[str, Any]) -> datetime | None:
    """When the review was written or last changed, None where the entry does not tell."""
    return time_of(inner(entry, "updated"), "label")


def position_of(entry: object) -> int:
    """The place in Apple's order, in seconds since 1970; 0 where it is not told."""
    told = updated_at(entry) if isinstance(entry, Mapping) else None
    return 0 if told is None else int((told - datetime.fromtimestamp(0, UTC)).total_seconds())


def labelled(item: Mapping[str, Any], key: str) -> str:
    """The text that the feed keeps as `{"label": ...}` at `key`, "" where there is none."""
    return text_of(inner(item, key), "label")


def _author_id(page: str) -> str:
    """The number at the end of https://itunes.apple.com/jp/reviews/id638572168, which stays when a nickname changes."""
    number = page.rpartition("/id")[2]
    return number if number.isascii() and number.isdigit() else ""


def _count(label: str) -> int | None:
    digits = label.strip()
    if not digits.removeprefix("-").isdecimal() or not digits.isascii() or len(digits) > 15:
        return None
    return int(digits)
