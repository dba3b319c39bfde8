"""What became of an issue or pull request of GitHub that was once read, found again by its link."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sources.contract import Change, SourceRefused, SourceUnavailable
from sources.github_post import post_of_issue
from sources.github_refusals import refuse
from sources.http import Answer
from sources.loose_json import ItemUnreadable, text_of
from sources.post import Post, PostKey

_LINK = re.compile(
    r"https?://[^/?#]+/([A-Za-z0-9_-]{1,60})/((?!\.{1,2}/)[A-Za-z0-9_.-]{1,100})/(?:issues|pull)/(\d{1,15})", re.ASCII
)
_PLAIN_IDS = re.compile(r"\d{1,20}", re.ASCII)


def path_of(key: PostKey, link: str) -> str:
    """Gives where the interface shows the issue, "" where key and link name none."""
    found = _LINK.fullmatch(link) if _PLAIN_IDS.fullmatch(key.external_id) else None
    return "" if found is None else f"/repos/{found[1]}/{found[2]}/issues/{found[3]}"


def what_became_of(key: PostKey, answer: Answer, host: str, now: datetime) -> Post | Change | None:
    """Reads an answer of `issues/{number}` (docs.github.com/rest/issues). Raises SourceBusy, SourceUnavailable.

    Only a 404 or 410 in GitHub's words says that an issue is gone: it, or its repository, is deleted or hidden. One
    that bears another number now was moved to another repository, and is a post of its own there.
    """
    if answer.status in (403, 429):
        try:
            refuse(answer, "to show this issue", now)
        except SourceRefused:
            return None  # this one: a repository may be blocked
    told: Any = answer.json()
    if not isinstance(told, Mapping):
        raise SourceUnavailable("GitHub answered something that is no issue")
    said = text_of(told, "message")
    if answer.status in (404, 410):
        if not said or ("documentation_url" not in told and "deleted" not in said):
            raise SourceUnavailable(f"GitHub answered {answer.status} without saying why")
        return None if "disabled" in said else Change(key=key)
    try:
        post = post_of_issue(told, host, now)
    except ItemUnreadable as error:
        raise SourceUnavailable(f"GitHub answered something that is no issue: {error}") from None
    return post if post.key == key else None
