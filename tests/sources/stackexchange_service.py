"""The search of Stack Exchange, as api.stackexchange.com documents it."""

from __future__ import annotations

import gzip
import html
import json
import re
import shlex
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from polling import START, Item

from listener.demo.loopback import LoopbackServer, Reply, Request

SITES = {
    "stackoverflow": "stackoverflow.com",
    "es.stackoverflow": "es.stackoverflow.com",
    "math": "math.stackexchange.com",
}


class StackExchangeService(LoopbackServer):
    """Answers /2.3/search/advanced: questions by the second they were asked in, `cap` at the most in one answer."""

    def __init__(self, cap: int = 100) -> None:
        super().__init__(self._answer, lambda: datetime.fromtimestamp(self.now, UTC))
        self.renew(cap)

    def renew(self, cap: int = 100) -> None:
        """Begins anew, as another server would."""
        self.mend()
        self.asked.clear()
        self.now = START
        self.items: list[Item] = []
        self.cap = cap
        self.quota = 10_000
        self.left = 10_000
        self.backoff = 0
        self.params: list[dict[str, str]] = []

    @property
    def base_url(self) -> str:
        return f"{self.url}/2.3"

    def add(self, number: int, at: int, **told: Any) -> Item:
        """Has a question asked at `at`, and shown from then on."""
        item = Item(id=number, at=at, shown_from=at, told=told)
        self.items.append(item)
        return item

    def _answer(self, request: Request) -> Reply:
        params = dict(request.query)
        self.params.append(params)
        if request.path.startswith("/2.3/questions/"):
            numbers = request.path.rpartition("/")[2].split(";")
            return self._named({int(number) for number in numbers}, params)
        if request.path != "/2.3/search/advanced":
            return _error(404, "no_method", "no method found with this name")
        if params.get("site") not in SITES:
            return _error(400, "bad_parameter", f"No site found for name `{params.get('site')}`")
        try:
            size, page = int(params.get("pagesize", "30")), int(params.get("page", "1"))
            since, until = int(params.get("fromdate", "0")), int(params.get("todate", str(10**11)))
        except ValueError:
            return _error(400, "bad_parameter", "fromdate")
        if not 0 < size <= 100 or not 1 <= page <= 25 or not params.get("q"):
            return _error(400, "bad_parameter", "pagesize")
        if self.left <= 0:
            return _error(
                502, "throttle_violation", "too many requests from this IP, more requests available in 4321 seconds"
            )
        self.left -= 1
        found = [
            item
            for item in self.items
            if item.is_shown(self.now) and item.told.get("site", "stackoverflow") == params["site"]
            if since <= item.at <= until and _has(item, params["q"])
        ]
        found.sort(key=lambda item: item.at, reverse=params.get("order", "desc") == "desc")
        size = min(size, self.cap)
        shown = found[(page - 1) * size : page * size]
        wrapper = {
            "items": [question(item, with_body=params.get("filter") == "withbody") for item in shown],
            "has_more": len(found) > page * size,
            "quota_max": self.quota,
            "quota_remaining": self.left,
        }
        return _reply(wrapper | ({"backoff": self.backoff} if self.backoff else {}))

    def _named(self, numbers: set[int], params: dict[str, str]) -> Reply:
        found = [
            item
            for item in self.items
            if item.id in numbers and item.is_shown(self.now)
            if item.told.get("site", "stackoverflow") == params["site"]
        ]
        size = min(int(params.get("pagesize", "30")), self.cap)
        told = {
            "items": [question(item, with_body=params.get("filter") == "withbody") for item in found[:size]],
            "has_more": len(found) > size,
            "quota_max": self.quota,
            "quota_remaining": self.left,
        }
        return _reply(told | ({"backoff": self.backoff} if self.backoff else {}))


def question(item: Item, *, with_body: bool = True) -> dict[str, Any]:
    """A question as it is answered: names and titles escaped, the body in HTML only where it was asked for."""
    told = {"title": "Acme rockets", "body": "<p>They fly.</p>", "name": "Jane & Joe"} | item.told
    host = SITES[told.get("site", "stackoverflow")]
    owner = {
        "account_id": 9_000 + item.id,
        "reputation": 101,
        "user_id": 7,
        "user_type": "registered",
        "display_name": html.escape(told["name"]),
        "link": f"https://{host}/users/7/jane-joe",
    }
    return {
        "tags": told.get("tags", ["acme"]),
        "owner": told.get("owner", owner),
        "is_answered": False,
        "view_count": told.get("views", 31),
        "answer_count": told.get("answers", 2),
        "score": told.get("score", -1),
        "last_activity_date": item.at,
        "creation_date": item.at,
        "question_id": item.id,
        "content_license": "CC BY-SA 4.0",
        "link": f"https://{host}/questions/{item.id}/acme-rockets",
        "title": html.escape(told["title"]),
    } | ({"body": told["body"]} if with_body else {})


def _has(item: Item, asked: str) -> bool:
    """Whether all words stand in the title, the body or the tags, phrases side by side."""
    shown = question(item)
    return _says(" ".join([shown["title"], re.sub(r"<[^>]*>", " ", shown["body"]), *shown["tags"]]), asked)


@lru_cache(10_000)
def _says(text: str, asked: str) -> bool:
    words = " ".join(re.findall(r"\w+", html.unescape(text).lower()))
    parts = [" ".join(re.findall(r"\w+", part.lower())) for part in shlex.split(asked)]
    return all(re.search(rf"\b{re.escape(part)}\b", words) for part in parts)


def _error(code: int, name: str, message: str) -> Reply:
    return _reply({"error_id": code, "error_name": name, "error_message": message}, 400)


def _reply(told: dict[str, Any], status: int = 200) -> Reply:
    headers = {"content-type": "application/json; charset=utf-8", "content-encoding": "gzip"}
    return Reply(status=status, body=gzip.compress(json.dumps(told).encode(), 1), headers=headers)
