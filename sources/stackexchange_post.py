"""From a question of the Stack Exchange API to a post."""

from __future__ import annotations

import html
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sources.loose_json import ItemUnreadable, count_of, inner, items_of, text_of
from sources.markup import text_from_html
from sources.post import Author, Engagement, Post, storable_post

_OWN_NAMES = frozenset({"stackoverflow", "serverfault", "superuser", "askubuntu", "stackapps"})
_LANGUAGES = frozenset({"es", "ja", "pt", "ru"})
"""Stack Overflow in other languages than English; there, posts must be in them."""


def host_of(site: str) -> str:
    """Gives the host of a site by its name in the API: `math` and `math.stackexchange.com` are the same site."""
    site = site.lower()
    if site in ("mathoverflow", "meta.mathoverflow"):
        return f"{site}.net"
    if site.endswith((".com", ".net")):
        return site
    return f"{site}.com" if site.rpartition(".")[2] in _OWN_NAMES else f"{site}.stackexchange.com"


def post_of_question(question: object, host: str, now: datetime) -> Post:
    """Gives the post for one question of the site at `host`. Raises ItemUnreadable where it has no id.

    Its tags stand at the end of the text as hashtags, since its author chose them. Names are no handles there (two
    people may have the same), so the handle is the number of the account and the site that counted it.
    """
    if not isinstance(question, Mapping):
        raise ItemUnreadable(f"it is {type(question).__name__}, not an object")
    number = text_of(question, "question_id").strip()
    if not (number.isascii() and number.isdigit()):
        raise ItemUnreadable("its question_id is not a number")
    owner = inner(question, "owner")
    user = text_of(owner, "user_id")
    tags = " ".join(f"#{tag}" for tag in items_of(question, "tags") if isinstance(tag, str) and tag)
    link = text_of(question, "link")
    post = Post(
        source="stackexchange",
        instance=host,
        external_id=number,
        url=link if link.startswith(f"https://{host}/") else f"https://{host}/q/{number}",
        title=html.unescape(text_of(question, "title")),
        text=f"{text_from_html(text_of(question, 'body'))}\n\n{tags}".strip(),
        published_at=created_at(question),
        lang=_language_of(host),
        author=Author(
            id=user,
            handle=f"{user}@{host}" if user else "",
            name=html.unescape(text_of(owner, "display_name")),
            url=text_of(owner, "link"),
        ),
        engagement=Engagement(
            likes=count_of(question, "score"),
            replies=count_of(question, "answer_count"),
            views=count_of(question, "view_count"),
        ),
    )
    return storable_post(post, now)


def created_at(question: Mapping[str, Any]) -> datetime | None:
    """When the question was asked, None where it does not tell a time that a calendar has."""
    seconds = count_of(question, "creation_date")
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _language_of(host: str) -> str:
    first, _, rest = host.partition(".")
    return first if rest == "stackoverflow.com" and first in _LANGUAGES else ""
