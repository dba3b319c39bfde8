"""From an issue or pull request of GitHub's search to a post."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sources.loose_json import ItemUnreadable, count_of, inner, text_of, time_of
from sources.markup import text_from_either
from sources.post import Author, Engagement, Post, storable_post


def span_of_change(issue: object) -> tuple[int, int] | None:
    """Gives the second in which it was last changed, None where it does not tell."""
    changed = time_of(issue, "updated_at") if isinstance(issue, Mapping) else None
    return None if changed is None else (int(changed.timestamp()),) * 2


def post_of_issue(issue: object, host: str, now: datetime) -> Post:
    """Gives the post for one issue or pull request at `host`. Raises ItemUnreadable where it has no id.

    `body_text` is what a reader sees; a server that sends none is read from the Markdown that was written.
    """
    if not isinstance(issue, Mapping):
        raise ItemUnreadable(f"it is {type(issue).__name__}, not an object")
    number = text_of(issue, "id").strip()
    if not (number.isascii() and number.isdigit()):
        raise ItemUnreadable("its id is not a number")
    user = inner(issue, "user")
    seen = text_of(issue, "body_text").replace("\r\n", "\n")
    post = Post(
        source="github",
        instance=host,
        external_id=number,
        url=text_of(issue, "html_url"),
        title=text_of(issue, "title"),
        text=seen or text_from_either(text_of(issue, "body")),
        published_at=time_of(issue, "created_at"),
        author=Author(id=text_of(user, "id"), handle=text_of(user, "login"), url=text_of(user, "html_url")),
        engagement=Engagement(likes=count_of(inner(issue, "reactions"), "+1"), replies=count_of(issue, "comments")),
    )
    return storable_post(post, now)
