"""The part of X's API that is asked, as docs.x.com documents it."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from polling import START, Item

from listener.demo.loopback import LoopbackServer, Reply, Request

_EPOCH_MS = 1_288_834_974_657
WEEK = 7 * 86_400


def number_of(at: int, n: int) -> int:
    """The id of the n-th post of a second, n below four million."""
    return ((at * 1_000 - _EPOCH_MS) << 22) + n


class XService(LoopbackServer):
    """Answers a search, mentions and look-ups: newest first, `cap` at a time, seven days back, for money.

    `dialect`: "tweet" and "post" are the field names before and since August 2026; the other ones are refused.
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
        self.cap = 100
        self.dialect = "tweet"
        self.left = 450
        self.forgets_tokens = False
        self.billed = Decimal(0)
        self.searches: list[dict[str, str]] = []
        self.headers: list[dict[str, str]] = []
        self._tokens: dict[str, tuple[dict[str, str], int]] = {}

    def add(self, number: int, at: int, **told: Any) -> Item:
        """Has a post published at `at`, and found from then on."""
        item = Item(id=number_of(at, number), at=at, shown_from=at, told=told)
        self.items.append(item)
        return item

    def _answer(self, request: Request) -> Reply:
        params = dict(request.query)
        self.searches.append(params)
        self.headers.append(dict(request.headers))
        if not request.headers.get("authorization", "").startswith("Bearer "):
            return _reply({"title": "Unauthorized", "status": 401}, 401)
        other = "post.fields" if self.dialect == "tweet" else "tweet.fields"
        if other in params:
            return _invalid(f"The query parameter [{other}] is not one of the allowed ones")
        if request.path == "/2/tweets":
            return self._looked_up(params)
        mentions = request.path.startswith("/2/users/") and request.path.endswith("/mentions")
        if not mentions and request.path != "/2/tweets/search/recent":
            return _reply({"title": "Not Found Error"}, 404)
        return self._page(params, "pagination_token" if mentions else "next_token", limited=not mentions)

    def _page(self, params: dict[str, str], token_name: str, *, limited: bool) -> Reply:
        token = params.pop(token_name, "")
        known, below = self._tokens.get(token, ({}, 2**63))
        if not 10 <= int(params.get("max_results", "10")) <= 100 or len(params.get("query", "x")) > 512:
            return _invalid("max_results or query is out of bounds")
        if "start_time" in params and "since_id" in params:
            return _invalid("at most one of start_time, since_id")
        if token and (self.forgets_tokens or known != params):
            return _invalid("Invalid 'next_token'")
        low = int(params.get("since_id", "0"))
        if "start_time" in params:
            low = number_of(int(datetime.fromisoformat(params["start_time"]).timestamp()), 0) - 1
        if limited and low < number_of(self.now - WEEK, 0):
            return _invalid("'start_time' must be on or after seven days ago")
        below = min(below, int(params.get("until_id", str(2**63))))
        found = sorted(
            (item for item in self.items if item.is_shown(self.now) and low < item.id < below),
            key=lambda item: -item.id,
        )
        shown = found[: min(self.cap, int(params.get("max_results", "10")))]
        meta: dict[str, Any] = {"result_count": len(shown)}
        if shown:
            meta |= {"newest_id": str(shown[0].id), "oldest_id": str(shown[-1].id)}
        if len(found) > len(shown):
            meta["next_token"] = name = f"t{len(self._tokens)}"
            self._tokens[name] = (params, shown[-1].id)
        return self._told(shown, {"meta": meta}, params)

    def _looked_up(self, params: dict[str, str]) -> Reply:
        wanted = params.get("ids", "").split(",")
        if len(wanted) > 100:
            return _invalid("The number of values in the ids query parameter is not between 1 and 100")
        here = {str(item.id): item for item in self.items if item.is_shown(self.now)}
        lost = [
            {
                "value": one,
                "resource_id": one,
                "parameter": "ids",
                "resource_type": "tweet",
                "title": "Not Found Error",
                "type": "https://api.twitter.com/2/problems/resource-not-found",
            }
            for one in wanted
            if one not in here
        ]
        return self._told([here[one] for one in wanted if one in here], {"errors": lost} if lost else {}, params)

    def _told(self, shown: list[Item], more: dict[str, Any], params: dict[str, str]) -> Reply:
        users = {f"{7_000 + item.told.get('by', 1)}" for item in shown} if "expansions" in params else set()
        self.billed += len(shown) * Decimal("0.005") + len(users) * Decimal("0.010")
        body: dict[str, Any] = {"data": [post(item, self.dialect) for item in shown]} if shown else {}
        if users:
            body["includes"] = {"users": [user(one) for one in sorted(users)]}
        self.left -= 1
        reset = str(int(time.time()) + 600)  # by the clock of the Date header
        limits = {"x-rate-limit-limit": "450", "x-rate-limit-remaining": str(self.left), "x-rate-limit-reset": reset}
        return _reply(body | more, 200, limits)


def post(item: Item, dialect: str = "tweet") -> dict[str, Any]:
    """A post as it is answered."""
    count = "retweet_count" if dialect == "tweet" else "repost_count"
    return {
        "id": str(item.id),
        "text": item.told.get("text", f"acme number {item.id} &amp; rockets"),
        "author_id": str(7_000 + item.told.get("by", 1)),
        "created_at": datetime.fromtimestamp(item.at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "lang": "en",
        "public_metrics": {count: 2, "reply_count": 3, "like_count": 4, "quote_count": 0, "impression_count": 50},
        f"edit_history_{dialect}_ids": item.told.get("versions", [str(item.id)]),
    }


def user(number: str) -> dict[str, Any]:
    """An author as the answer includes one."""
    return {
        "id": number,
        "name": "Jane Doe",
        "username": f"jane{number}",
        "public_metrics": {"followers_count": 1_200},
    }


def _invalid(words: str) -> Reply:
    return _reply({"errors": [{"message": words}], "title": "Invalid Request", "type": "about:blank"}, 400)


def _reply(told: dict[str, Any], status: int, headers: dict[str, str] | None = None) -> Reply:
    told_headers = {"content-type": "application/json; charset=utf-8"} | (headers or {})
    return Reply(status=status, body=json.dumps(told).encode(), headers=told_headers)
