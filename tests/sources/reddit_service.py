"""The part of Reddit's API that is asked, as reddit.com/dev/api documents it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from polling import START, Item

from listener.demo.loopback import LoopbackServer, Reply, Request
from sources.reddit_post import name_of


class RedditService(LoopbackServer):
    """Gives tokens, and listings of the newest `most` things, `cap` at a time, to those who bring one."""

    def __init__(self) -> None:
        super().__init__(self._answer, lambda: datetime.fromtimestamp(self.now, UTC))
        self.renew()

    def renew(self) -> None:
        """Begins anew, as another server would."""
        self.mend()
        self.asked.clear()
        self.now = START
        self.items: list[Item] = []
        self.cap = 100
        self.most = 1_000
        self.tokens = 0
        self.left = 1_000.0
        self.params: list[dict[str, str]] = []
        self.headers: list[dict[str, str]] = []

    def add(self, number: int, at: int, **told: Any) -> Item:
        """Has something written at `at`, and listed from then on."""
        item = Item(id=number + 1_000, at=at, shown_from=at, told=told)
        self.items.append(item)
        return item

    def _answer(self, request: Request) -> Reply:
        self.headers.append(dict(request.headers))
        if request.path == "/api/v1/access_token":
            self.tokens += 1
            if not request.headers.get("authorization", "").startswith("Basic "):
                return _reply({"message": "Unauthorized", "error": 401}, 401)
            told = {"access_token": f"token{self.tokens}", "token_type": "bearer", "expires_in": 3600, "scope": "*"}
            return _reply(told)
        if request.headers.get("authorization") != f"bearer token{self.tokens}":
            return _reply({"message": "Unauthorized", "error": 401}, 401)
        params = dict(request.query)
        self.params.append(params)
        prefix = "t1" if request.path.endswith("/comments") else "t3"
        listed = sorted(
            (item for item in self.items if item.is_shown(self.now)), key=lambda item: (item.at, item.id), reverse=True
        )
        if request.path == "/api/info":
            wanted = params["id"].split(",")
            found = [item for item in self.items if name_of("t3", item.id) in wanted]
            shown = [thing(item, "t3", gone=not item.is_shown(self.now)) for item in found]
            return self._listing(shown, None)
        names = [name_of(prefix, item.id) for item in listed][: self.most]
        after = params.get("after", "")
        begin = 0 if not after else names.index(after) + 1 if after in names else len(names)
        size = min(self.cap, int(params.get("limit", "25")))
        page = listed[begin : min(begin + size, self.most)]
        more = name_of(prefix, page[-1].id) if page and begin + size < len(names) else None
        return self._listing([thing(item, prefix) for item in page], more)

    def _listing(self, children: list[dict[str, Any]], after: str | None) -> Reply:
        self.left -= 1
        limits = {
            "x-ratelimit-used": str(int(1_000 - self.left)),
            "x-ratelimit-remaining": str(self.left),
            "x-ratelimit-reset": "300",
        }
        return _reply({"kind": "Listing", "data": {"children": children, "after": after, "before": None}}, 200, limits)


def thing(item: Item, prefix: str, *, gone: bool = False) -> dict[str, Any]:
    """A submission or a comment as it is listed."""
    name = name_of(prefix, item.id)
    told: dict[str, Any] = {
        "name": name,
        "id": name[3:],
        "author": "[deleted]" if gone else "jane",
        "author_fullname": "t2_1",
        "created_utc": float(item.at),
        "permalink": f"/r/rockets/comments/{name[3:]}/acme/",
        "score": 5,
        "subreddit": "rockets",
        "edited": False,
    }
    if prefix == "t1":
        told |= {"body": "acme says", "parent_id": "t3_1", "link_id": "t3_1"}
    else:
        text = "[deleted]" if gone else item.told.get("text", "acme flies")
        told |= {"title": "Rockets", "selftext": text, "num_comments": 3, "url": item.told.get("url", "")}
    return {"kind": prefix, "data": told}


def _reply(told: Any, status: int = 200, headers: dict[str, str] | None = None) -> Reply:
    told_headers = {"content-type": "application/json; charset=UTF-8"} | (headers or {})
    return Reply(status=status, body=json.dumps(told).encode(), headers=told_headers)
