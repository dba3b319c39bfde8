"""From an issue, pull request or discussion of GitHub's search to a post."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sources.loose_json import ItemUnreadable, count_of, inner, text_of, time_of
from sources.markup import text_from_either
from sources.post import Author, Engagement, Post, storable_post


def span_of_change(issue: object) -> tuple[int, int] | None:
    """Gives the second in which it was last changed, None where it does not tell."""
    changed = (time_of(issue, "updated_at") or time_of(issue, "updatedAt")) if isinstance(issue, Mapping) else None
    return None if changed is None else (int(changed.timestamp()),) * 2


def post_of_discussion(discussion: object, host: str, now: datetime) -> Post:
    """Gives the post for one discussion at `host`. Raises ItemUnreadable where it has no node id.

    Discussions and issues are numbered apart, so its key is the node id, which no number is.
    """
    if not isinstance(discussion, Mapping):
        raise ItemUnreadable(f"it is {type(discussion).__name__}, not an object")
    node = text_of(discussion, "id").strip()
    if not node or node.isdigit():
        raise ItemUnreadable("its id is not that of a node")
    author = inner(discussion, "author")
    seen = text_of(discussion, "bodyText").replace("\r\n", "\n")
    post = Post(
        source="github",
        instance=host,
        external_id=node,
        url=text_of(discussion, "url"),
        title=text_of(discussion, "title"),
        text=seen or text_from_either(text_of(discussion, "body")),
        published_at=time_of(discussion, "createdAt"),
        author=Author(id=text_of(author, "databaseId"), handle=text_of(author, "login"), url=text_of(author, "url")),
        engagement=Engagement(
            likes=count_of(discussion, "upvoteCount"), replies=count_of(inner(discussion, "comments"), "totalCount")
        ),
    )
    return storable_post(post, now)


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
