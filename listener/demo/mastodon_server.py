"""Mastodon instances: hashtag timelines, as their API answers everyone."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from html import escape
from typing import Any
from urllib.parse import quote, unquote, urlencode

from listener.demo.loopback import Allowance, Clock, LoopbackServer, Reply, Request, json_reply
from listener.demo.told import TAG, Account, Toot

STATUSES, MOST_STATUSES = 20, 40
REQUESTS, WINDOW = 300, timedelta(minutes=5)
MORE_TAGS = 4  # any[], all[] and none[] together

_TAG = re.compile(rf"#({TAG})")
_MARKED = re.compile(rf"(?P<link>https?://\S+)|#(?P<tag>{TAG})|@(?P<user>\w+(?:@[\w.-]+\w)?)")


class MastodonServer(LoopbackServer):
    """Several instances behind one address, each below its host's name: `{url}/{instance}/api/v1/...`.

    Ids are snowflakes made from the time of writing (mastodon/lib/mastodon/snowflake.rb), so a post that arrives late
    from elsewhere stands below newer ones. `min_id` shows the oldest posts above it, `since_id` the newest; both newest
    first. `restricted` instances show their timelines to logged-in people only.
    """

    def __init__(
        self, toots: Sequence[Toot], instances: Sequence[str], clock: Clock, restricted: Sequence[str] = ()
    ) -> None:
        super().__init__(self._route, clock)
        self._toots = sorted(toots, key=snowflake, reverse=True)
        self._allowances = {instance: Allowance(REQUESTS, WINDOW, clock) for instance in instances}
        self._restricted = frozenset(restricted)

    @property
    def base_url(self) -> str:
        return f"{self.url}/{{instance}}"

    def _route(self, request: Request) -> Reply:
        _, instance, path = [*request.path.split("/", 2), "", ""][:3]
        allowance = self._allowances.get(instance)
        if allowance is None:
            return json_reply({"error": "Record not found"}, 404)
        allowed, remaining, reset = allowance.take()
        headers = {
            "x-ratelimit-limit": str(REQUESTS),
            "x-ratelimit-remaining": str(remaining),
            "x-ratelimit-reset": reset.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        }
        if not allowed:
            return json_reply({"error": "Too many requests"}, 429, headers)
        if path == "api/v2/instance":
            return json_reply(self._instance(instance), 200, headers)
        if path.startswith("api/v1/timelines/tag/"):
            if instance in self._restricted:
                return json_reply({"error": "This method requires an authenticated user"}, 422, headers)
            return self._timeline(request, instance, unquote(path.removeprefix("api/v1/timelines/tag/")), headers)
        if path in ("api/v2/search", "api/v1/timelines/home") or path.startswith("api/v1/streaming"):
            return json_reply({"error": "The access token is invalid"}, 401, headers)
        return json_reply({"error": "Record not found"}, 404, headers)

    def _timeline(self, request: Request, instance: str, tag: str, headers: dict[str, str]) -> Reply:
        try:
            limit = min(max(int(request.one("limit") or STATUSES), 1), MOST_STATUSES)
            low = int(request.one("min_id") or request.one("since_id") or -1)
            high = int(request.one("max_id") or 2**63)
        except ValueError:
            return json_reply({"error": "Invalid id"}, 400, headers)
        now = self.clock()
        wanted = _wanted(request, tag)
        found = [
            toot
            for toot in self._toots
            if (toot.at if _host(toot.account) == instance else toot.arrives) <= now
            and toot.visibility == "public"
            and wanted(tags_of(toot.text))
            and low < snowflake(toot) < high
        ]
        page = found[-limit:] if request.one("min_id") else found[:limit]
        if page:
            headers = headers | {"link": self._links(request, instance, tag, page)}
        return json_reply([status(toot, instance) for toot in page], 200, headers)

    def _links(self, request: Request, instance: str, tag: str, page: Sequence[Toot]) -> str:
        """The Link header (RFC 8288): "next" is older, "prev" newer."""
        kept = [(key, value) for key, value in request.query if key not in ("min_id", "max_id", "since_id")]
        address = f"https://{instance}/api/v1/timelines/tag/{quote(tag, safe='')}?"
        older = address + urlencode([*kept, ("max_id", snowflake(page[-1]))])
        newer = address + urlencode([*kept, ("min_id", snowflake(page[0]))])
        return f'<{older}>; rel="next", <{newer}>; rel="prev"'

    def _instance(self, instance: str) -> dict[str, Any]:
        access = "authenticated" if instance in self._restricted else "public"
        return {
            "domain": instance,
            "title": instance,
            "version": "4.5.2",
            "configuration": {
                "urls": {"streaming": f"wss://{instance}"},
                "timelines_access": {
                    "live_feeds": {"local": access, "remote": access},
                    "hashtag_feeds": {"local": access, "remote": access},
                },
            },
        }


def snowflake(toot: Toot) -> int:
    """The id of a post: milliseconds since 1970, then 16 bits that tell posts of one moment apart."""
    milliseconds = int(toot.at.timestamp() * 1000)
    return milliseconds << 16 | zlib.crc32(f"{toot.account.handle}{toot.text}".encode()) & 0xFFFF


def tags_of(text: str) -> set[str]:
    """The hashtags in a text, in lower case, without #."""
    return {tag.lower() for tag in _TAG.findall(text)}


def status(toot: Toot, instance: str) -> dict[str, Any]:
    """The post as `instance` tells it (docs.joinmastodon.org/entities/Status)."""
    account = toot.account
    user, _, host = account.handle.partition("@")
    number = str(snowflake(toot))
    return {
        "id": number,
        "created_at": _time(toot.at),
        "in_reply_to_id": str(snowflake(toot) - (3_600_000 << 16)) if toot.answers else None,
        "in_reply_to_account_id": None,
        "sensitive": bool(toot.warning),
        "spoiler_text": toot.warning,
        "visibility": toot.visibility,
        "language": toot.lang or None,
        "uri": f"https://{host}/users/{user}/statuses/{number}",
        "url": f"https://{host}/@{user}/{number}",
        "replies_count": toot.replies,
        "reblogs_count": toot.boosts,
        "favourites_count": toot.favourites,
        "quotes_count": 0,
        "edited_at": None,
        "content": content(toot.text, instance),
        "reblog": None,
        "account": _account(account, instance),
        "media_attachments": [],
        "mentions": [],
        "tags": [{"name": tag, "url": f"https://{instance}/tags/{quote(tag)}"} for tag in sorted(tags_of(toot.text))],
        "emojis": [],
        "card": None,
        "poll": None,
    }


def content(text: str, instance: str) -> str:
    """The HTML of a post: paragraphs, and links as Mastodon writes them, with the ends hidden."""
    paragraphs = [part.strip() for part in text.strip().split("\n\n") if part.strip()]
    return "".join(f"<p>{_lines(paragraph, instance)}</p>" for paragraph in paragraphs)


def _lines(text: str, instance: str) -> str:
    written, at = "", 0
    for found in _MARKED.finditer(text):
        written += escape(text[at : found.start()], quote=False) + _mark(found, instance)
        at = found.end()
    return (written + escape(text[at:], quote=False)).replace("\n", "<br />")


def _mark(found: re.Match[str], instance: str) -> str:
    if link := found["link"]:
        scheme, _, rest = link.partition("://")
        return (
            f'<a href="{escape(link)}" target="_blank" rel="nofollow noopener"><span class="invisible">{scheme}://</span>'
            f'<span class="{"ellipsis" if len(rest) > 30 else ""}">{escape(rest[:30])}</span>'
            f'<span class="invisible">{escape(rest[30:])}</span></a>'
        )
    if tag := found["tag"]:
        address = f"https://{instance}/tags/{quote(tag)}"
        return f'<a href="{address}" class="mention hashtag" rel="tag">#<span>{escape(tag)}</span></a>'
    user, _, host = found["user"].partition("@")
    address = f"https://{host or instance}/@{user}"
    return f'<span class="h-card"><a href="{address}" class="u-url mention">@<span>{user}</span></a></span>'


def _account(account: Account, instance: str) -> dict[str, Any]:
    user, _, host = account.handle.partition("@")
    return {
        "id": str(zlib.crc32(account.handle.encode())),
        "username": user,
        "acct": user if host == instance else account.handle,
        "display_name": account.name,
        "locked": False,
        "bot": account.bot,
        "discoverable": True,
        "group": False,
        "created_at": "2022-11-05T00:00:00.000Z",
        "note": content(account.note, instance),
        "url": f"https://{host}/@{user}",
        "uri": f"https://{host}/users/{user}",
        "avatar": f"https://{host}/avatars/original/missing.png",
        "followers_count": account.followers,
        "following_count": 180,
        "statuses_count": 1200,
        "emojis": [],
        "fields": [],
    }


def _wanted(request: Request, tag: str) -> Any:
    """Whether a post with these tags belongs in the timeline: any, all and none count beside the tag itself."""
    more = {name: [one.lower() for one in request.every(name)][:MORE_TAGS] for name in ("any", "all", "none")}
    first = {tag.lower(), *more["any"]}
    return lambda tags: bool(first & tags) and all(one in tags for one in more["all"]) and not set(more["none"]) & tags


def _host(account: Account) -> str:
    return account.handle.partition("@")[2]


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
