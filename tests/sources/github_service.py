"""The search of GitHub, as docs.github.com documents it."""

from __future__ import annotations

import json
import re
import shlex
import time
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from polling import START, Item

from listener.demo.loopback import LoopbackServer, Reply, Request

_SPAN = re.compile(r"updated:(?:>=(?P<since>\S+)|(?P<first>\S+?)\.\.(?P<last>\S+))")


class GitHubService(LoopbackServer):
    """Answers /search/issues: sorted by the last change, 1,000 results at the most, `allowed` searches a minute.

    A search over more than `longest` seconds times out: it shows every other result, and says so.
    """

    def __init__(self) -> None:
        super().__init__(self._answer, lambda: datetime.fromtimestamp(self.now, UTC))
        self.renew()

    def renew(self) -> None:
        """Begins anew, as another server would."""
        self.mend()
        self.asked.clear()
        self.now = START
        self.items: list[Item] = []
        self.allowed = 1_000_000
        self.longest = 10**12
        self.searches: list[str] = []
        self.tokens: list[str] = []
        self.discussions: list[str] = []
        self.sorts = True  # whether a search of discussions is sorted as it asks to be: it is not documented
        self.cap = 100
        self._minute, self._used = 0, 0

    def add(self, number: int, at: int, **told: Any) -> Item:
        """Has an issue opened at `at`, and found from then on."""
        item = Item(id=number, at=at, shown_from=at, told=told)
        self.items.append(item)
        return item

    def _answer(self, request: Request) -> Reply:
        if request.path == "/graphql":
            return self._graphql(json.loads(request.body), request.headers.get("authorization", ""))
        one = re.fullmatch(r"/repos/acme/rockets/issues/(\d+)", request.path)
        if one is not None:
            shown = [item for item in self.items if item.id == int(one[1]) and item.is_shown(self.now)]
            return _reply(issue(shown[0], self.now), 200, self._limits()) if shown else _gone(self._limits())
        if request.path != "/search/issues":
            return _reply({"message": "Not Found"}, 404, {})
        params = dict(request.query)
        asked = params.get("q", "")
        self.searches.append(asked)
        self.tokens.append(request.headers.get("authorization", ""))
        limits = self._limits()
        if self._used > self.allowed:
            return _reply({"message": "API rate limit exceeded for 127.0.0.1."}, 403, limits)
        size, page = int(params.get("per_page", "30")), int(params.get("page", "1"))
        words, span = _SPAN.sub("", asked), _SPAN.search(asked)
        words = re.sub(r"\b(is|in):\S+", "", words)
        if span is None or size > 100 or "is:" not in asked or len(words) > 256:
            return _reply({"message": "Validation Failed", "errors": []}, 422, limits)
        if page * size > 1_000:
            return _reply({"message": "Only the first 1000 search results are available"}, 422, limits)
        since, last = _tick(span["since"] or span["first"]), _tick(span["last"] or "2100-01-01T00:00:00Z")
        kind = re.findall(r"\bis:(\S+)", asked)
        found = [
            item
            for item in self.items
            if item.is_shown(self.now) and since <= item.place(self.now) <= last
            if item.told.get("is", "issue") in kind and _has(item, words)
        ]
        found.sort(key=lambda item: (item.place(self.now), item.id), reverse=params.get("order") == "desc")
        unfinished = min(last, self.now) - since > self.longest
        found = found[::2] if unfinished else found
        shown = found[(page - 1) * size : page * size]
        link = {"link": f'<{self.url}/search/issues?page={page + 1}>; rel="next"'} if len(found) > page * size else {}
        body = {
            "total_count": len(found),
            "incomplete_results": unfinished,
            "items": [issue(item, self.now) for item in shown],
        }
        return _reply(body, 200, limits | link)

    def _graphql(self, asked: dict[str, Any], token: str) -> Reply:
        """Discussions: found by a search in pages of 100, or named by their node ids."""
        if not token:
            return _reply({"message": "This endpoint requires you to be authenticated."}, 401, {})
        variables, limits = asked["variables"], self._limits()
        allowance = {"limit": self.allowed, "remaining": max(self.allowed - self._used, 0), "resetAt": "later"}
        if self._used > self.allowed:
            return _reply({"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded."}]}, 200, limits)
        known = [item for item in self.items if item.is_shown(self.now) and item.told.get("is") == "discussion"]
        if "ids" in variables:
            nodes = [next((one for one in known if node_id(one) == wanted), None) for wanted in variables["ids"]]
            errors = [
                {"type": "NOT_FOUND", "path": ["nodes", place], "message": "Could not resolve to a node."}
                for place, one in enumerate(nodes)
                if one is None
            ]
            data = {"rateLimit": allowance, "nodes": [one and discussion(one, self.now) for one in nodes]}
            return _reply({"data": data} | ({"errors": errors} if errors else {}), 200, limits)
        self.discussions.append(variables["q"])
        span = _SPAN.search(variables["q"])
        assert span is not None and 0 < variables["first"] <= 100
        words = re.sub(r"\b(sort|in):\S+", "", _SPAN.sub("", variables["q"]))
        since, last = _tick(span["since"] or span["first"]), _tick(span["last"] or "2100-01-01T00:00:00Z")
        found = [item for item in known if since <= item.place(self.now) <= last and _has(item, words)]
        found.sort(key=lambda item: (item.place(self.now), item.id), reverse=True)
        if not self.sorts:  # by the best match, whatever that is
            found.sort(key=lambda item: item.id * 7_919 % 1_009)
        size = min(variables["first"], self.cap)
        begin = int(variables["after"] or 0)
        more = begin + size < min(len(found), 1_000)
        search = {
            "discussionCount": len(found),
            "pageInfo": {"hasNextPage": more, "endCursor": str(begin + size) if more else None},
            "nodes": [discussion(item, self.now) for item in found[begin : min(begin + size, 1_000)]],
        }
        return _reply({"data": {"rateLimit": allowance, "search": search}}, 200, limits)

    def _limits(self) -> dict[str, str]:
        minute = self.now // 60
        self._used = self._used + 1 if minute == self._minute else 1
        self._minute = minute
        return {
            "x-ratelimit-limit": str(self.allowed),
            "x-ratelimit-remaining": str(max(self.allowed - self._used, 0)),
            "x-ratelimit-reset": str(int(time.time()) + 60 - self.now % 60),  # by the clock of the Date header
        }


def issue(item: Item, now: int) -> dict[str, Any]:
    """An issue as it is answered."""
    told = {"title": "Acme rockets", "body": "They **fly**.", "login": "jane-doe"} | item.told
    request = told.get("is") == "pull-request"
    page = f"https://github.com/acme/rockets/{'pull' if request else 'issues'}/{item.id}"
    return {
        "id": item.id,
        "number": item.id,
        "html_url": page,
        "repository_url": "https://api.github.com/repos/acme/rockets",
        "title": told["title"],
        "user": {"login": told["login"], "id": 12, "html_url": f"https://github.com/{told['login']}", "type": "User"},
        "state": "open",
        "comments": told.get("comments", 3),
        "created_at": _iso(item.at),
        "updated_at": _iso(item.place(now)),
        "reactions": {"total_count": 6, "+1": 5, "-1": 1},
        "body_text": told["body"].replace("*", ""),
        "score": 1.0,
    } | ({"pull_request": {"html_url": page}} if request else {})


def node_id(item: Item) -> str:
    """The id of a discussion, as GitHub's newer ones look."""
    return f"D_kwDOABC{item.id}"


def discussion(item: Item, now: int) -> dict[str, Any]:
    """A discussion as it is answered in GraphQL."""
    told = {"title": "Acme rockets", "body": "They **fly**.", "login": "jane-doe"} | item.told
    author = {"login": told["login"], "url": f"https://github.com/{told['login']}", "databaseId": 12}
    return {
        "id": node_id(item),
        "title": told["title"],
        "body": told["body"],
        "bodyText": told["body"].replace("*", ""),
        "url": f"https://github.com/acme/rockets/discussions/{item.id}",
        "createdAt": _iso(item.at),
        "updatedAt": _iso(item.place(now)),
        "upvoteCount": told.get("votes", 5),
        "comments": {"totalCount": told.get("comments", 3)},
        "author": author,
    }


def _gone(limits: dict[str, str]) -> Reply:
    return _reply({"message": "Not Found", "documentation_url": "https://docs.github.com/rest"}, 404, limits)


def _has(item: Item, asked: str) -> bool:
    """Whether all words stand in the title or the text, phrases side by side, and the author is the one asked for."""
    shown = issue(item, item.at)
    return _says(f"{shown['title']} {shown['body_text']}", shown["user"]["login"], asked)


@lru_cache(10_000)
def _says(text: str, login: str, asked: str) -> bool:
    words = " ".join(re.findall(r"\w+", text.lower()))
    for part in shlex.split(asked):
        if part.startswith("author:"):
            if part.removeprefix("author:") != login:
                return False
            continue
        wanted = " ".join(re.findall(r"\w+", part.lower()))
        if not re.search(rf"\b{re.escape(wanted)}\b", words):
            return False
    return True


def _tick(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def _iso(tick: int) -> str:
    return datetime.fromtimestamp(tick, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _reply(told: dict[str, Any], status: int, headers: dict[str, str]) -> Reply:
    told_headers = {"content-type": "application/json; charset=utf-8"} | headers
    return Reply(status=status, body=json.dumps(told).encode(), headers=told_headers)
