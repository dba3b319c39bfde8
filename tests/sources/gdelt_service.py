"""The article search of GDELT, as its DOC 2.0 interface is documented."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from polling import START, Item

from listener.demo.loopback import LoopbackServer, Reply, Request, json_reply

PLAIN = {"content-type": "text/plain; charset=utf-8"}
SLOWER = b"Please limit requests to one every 5 seconds or contact us for larger queries.\n"
_TOKEN = re.compile(r'"([^"]*)"|([()])|(\S+?)(?=[\s()]|$)')


class GdeltService(LoopbackServer):
    """Answers /api/v2/doc/doc: articles by the second GDELT met them in, `cap` at the most in one answer.

    What it does not like it says in plain text, with status 200; who asks twice within `pace` seconds gets a 429.
    """

    def __init__(self, cap: int = 250) -> None:
        super().__init__(self._answer, lambda: datetime.fromtimestamp(self.now, UTC))
        self.renew(cap)

    def renew(self, cap: int = 250) -> None:
        """Begins anew, as another server would."""
        self.mend()
        self.now = START
        self.items: list[Item] = []
        self.cap = cap
        self.pace = 0
        self.ends_belong = True  # not documented: both are tried
        self.last_asked = -(10**9)
        self.params: list[dict[str, str]] = []
        self.refused = 0

    @property
    def base_url(self) -> str:
        return f"{self.url}/api/v2"

    def add(self, number: int, at: int, lag: int = 0, **told: Any) -> Item:
        """Has an article met at `at`, and listed `lag` seconds later."""
        item = Item(id=number, at=at, shown_from=at + lag, told=told)
        self.items.append(item)
        return item

    def _answer(self, request: Request) -> Reply:
        params = dict(request.query)
        self.params.append(params)
        if request.path != "/api/v2/doc/doc":
            return Reply(status=404)
        if self.now - self.last_asked < self.pace:
            self.refused += 1
            return Reply(status=429, body=SLOWER, headers=PLAIN)
        self.last_asked = self.now
        wanted = _conditions(params.get("query", ""))
        if isinstance(wanted, str):
            return Reply(body=wanted.encode(), headers=PLAIN)
        try:
            since, until = (_second(params[name]) for name in ("startdatetime", "enddatetime"))
            most = min(int(params["maxrecords"]), 250, self.cap)
        except (KeyError, ValueError):
            return Reply(body=b"Invalid query start date.\n", headers=PLAIN)
        if since > until:
            return Reply(body=b"Invalid query end date.\n", headers=PLAIN)
        found = [
            item
            for item in self.items
            if item.is_shown(self.now)
            and self._is_within(item.at, since, until)
            and all(_fulfils(item, one) for one in wanted)
        ]
        found.sort(key=lambda item: (-item.at, item.id))
        articles = [article(item) for item in found[:most]]
        return json_reply({"articles": articles} if articles else {})

    def _is_within(self, at: int, since: int, until: int) -> bool:
        return since <= at <= until if self.ends_belong else since < at < until or at == until == self.now


def article(item: Item) -> dict[str, Any]:
    """An article as the list shows it."""
    return {
        "url": f"https://news.example/{item.id}",
        "url_mobile": "",
        "title": item.told.get("title", "Acme rockets fly"),
        "seendate": f"{datetime.fromtimestamp(item.at, UTC):%Y%m%dT%H%M%SZ}",
        "socialimage": "",
        "domain": "news.example",
        "language": item.told.get("language", "English"),
        "sourcecountry": "United States",
    }


def _second(text: str) -> int:
    return int(datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC).timestamp())


def _conditions(query: str) -> list[list[str]] | str:
    """The conditions of a query, each a list of alternatives, or what is wrong with it."""
    conditions: list[list[str]] = []
    group: list[str] | None = None
    if len(query.encode()) > 250:
        return "Your query was too short or too long.\n"
    for phrase, parenthesis, word in _TOKEN.findall(query):
        if parenthesis == "(":
            if group is not None:
                return "Parentheses may only be used around OR'd statements.\n"
            group = []
        elif parenthesis == ")":
            if not group or len(group) % 2 == 0 or any((part == "OR") != bool(n % 2) for n, part in enumerate(group)):
                return "Parentheses may only be used around OR'd statements.\n"
            conditions.append(group[::2])
            group = None
        elif word == "OR" and group is None:
            return "Queries containing OR'd terms must be surrounded by ().\n"
        elif word != "OR" and len(re.sub(r"\W", "", phrase or word)) < 3:
            return "The specified phrase is too short.\n"
        else:
            (group.append(phrase or word) if group is not None else conditions.append([phrase or word]))
    return conditions or "Your query was too short or too long.\n"


def _fulfils(item: Item, alternatives: list[str]) -> bool:
    shown = article(item)
    body = _words(f"{shown['title']} {item.told.get('body', '')}")
    for one in alternatives:
        name, _, value = one.partition(":")
        if name == "domain" and value in shown["domain"]:
            return True
        if name == "sourcelang" and value == shown["language"].lower():
            return True
        if _words(one) in body:
            return True
    return False


def _words(text: str) -> str:
    return " " + " ".join(re.findall(r"\w+", text.lower())) + " "
