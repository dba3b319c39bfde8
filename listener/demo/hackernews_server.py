"""Hacker News: the search as Algolia answers it, and its own interface to single items."""

from __future__ import annotations

import html
import operator
import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from listener.demo.loopback import Allowance, Clock, LoopbackServer, Reply, Request, json_reply
from listener.demo.told import HackerItem

MOST_HITS = 1_000
"""No more of one search can be reached, however it is paged (paginationLimitedTo)."""

MOST_QUERY_BYTES = 512
AN_HOUR = 10_000  # requests for one address

_ITEM = re.compile(r"/v0/item/(\d{1,15})\.json", re.ASCII)
_PART = re.compile(r'(-?)(?:"([^"]*)"|(\S+))')
_WORD = re.compile(r"[\w+#$.]*[\w+#$]")
_NUMERIC = re.compile(r"\s*(created_at_i|points|num_comments)\s*(<=|>=|!=|=|<|>)\s*(-?\d+)\s*")
_COMPARE: dict[str, Callable[[int, int], bool]] = {
    "<": operator.lt, "<=": operator.le, "=": operator.eq, ">=": operator.ge, ">": operator.gt, "!=": operator.ne,
}  # fmt: skip


class HackerNewsServer(LoopbackServer):
    """Answers /api/v1/search_by_date, newest first (hn.algolia.com/api), and /v0/item/ID.json (HackerNews/API)."""

    def __init__(self, items: Sequence[HackerItem], clock: Clock) -> None:
        super().__init__(self._either, clock)
        self._items = sorted(items, key=lambda item: item.at, reverse=True)
        self._titles = {item.id: item.title for item in items}
        self._allowance = Allowance(AN_HOUR, timedelta(hours=1), clock)

    @property
    def base_url(self) -> str:
        return f"{self.url}/api/v1"

    @property
    def items_url(self) -> str:
        return f"{self.url}/v0"

    def _either(self, request: Request) -> Reply:
        number = _ITEM.fullmatch(request.path)
        return self._search(request) if number is None else json_reply(self._item(int(number[1])))

    def _item(self, number: int) -> dict[str, Any] | None:
        """The item as its own interface tells it: only the fields it has, null for one that is not there."""
        item = next((item for item in self._items if item.id == number and item.at <= self.clock()), None)
        if item is None:
            return None
        told = {"by": item.author, "id": item.id, "time": int(item.at.timestamp()), "text": item.text}
        if item.story:
            return told | {"type": "comment", "parent": item.parent or item.story}
        counts = {"type": "story", "score": item.points, "descendants": item.replies, "title": item.title}
        return {key: value for key, value in (told | counts | {"url": item.url}).items() if value != ""}

    def _search(self, request: Request) -> Reply:
        allowed, _, _ = self._allowance.take()
        if not allowed:
            return json_reply({"message": "Too many requests", "status": 429}, 429)
        if request.path != "/api/v1/search_by_date":
            return json_reply({"message": "Not Found", "status": 404}, 404)
        try:
            filters = _numeric_filters(request.one("numericFilters"))
            size = int(request.one("hitsPerPage") or 20)
            page = int(request.one("page") or 0)
        except ValueError as error:
            return json_reply({"message": f"invalid parameter: {error}", "status": 400}, 400)
        size = min(max(size, 1), MOST_HITS)
        words = _Words(request)
        tags = _groups(request.one("tags"))
        now = self.clock()
        found = [
            item
            for item in self._items
            if item.at <= now
            and all(compare(_number(item, name), value) for name, compare, value in filters)
            and all(any(tag in _tags(item) for tag in group) for group in tags)
            and words.match(self._searched(item))
        ]
        reachable = found[:MOST_HITS]
        hits = reachable[page * size : (page + 1) * size] if page >= 0 else []
        answer = {
            "hits": [self._hit(item) for item in hits],
            "nbHits": len(found),
            "page": page,
            "nbPages": -(-len(reachable) // size),
            "hitsPerPage": size,
            "exhaustiveNbHits": True,
            "query": words.query,
            "processingTimeMS": 1,
        }
        return json_reply(answer)

    def _searched(self, item: HackerItem) -> str:
        title = item.title or self._titles.get(item.story, "")
        return " ".join((title, html.unescape(re.sub(r"<[^>]+>", " ", item.text)), item.url, item.author))

    def _hit(self, item: HackerItem) -> dict[str, Any]:
        """The fields as Algolia names them; a comment has those of a story as null, and the other way round."""
        comment = bool(item.story)
        return {
            "objectID": str(item.id),
            "author": item.author,
            "created_at": item.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "created_at_i": int(item.at.timestamp()),
            "updated_at": item.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "title": None if comment else item.title,
            "url": item.url or None,
            "story_text": item.text if item.text and not comment else None,
            "comment_text": item.text if comment else None,
            "points": None if comment else item.points,
            "num_comments": None if comment else item.replies,
            "story_id": item.story or item.id,
            "story_title": self._titles.get(item.story) if comment else None,
            "story_url": None,
            "parent_id": (item.parent or item.story) if comment else None,
            "_tags": sorted(_tags(item)),
            "_highlightResult": {"author": {"value": item.author, "matchLevel": "none", "matchedWords": []}},
        }


class _Words:
    """A search's words: all must stand there, phrases whole, `-word` nowhere; the last may be a beginning."""

    def __init__(self, request: Request) -> None:
        raw = request.one("query").encode()[:MOST_QUERY_BYTES]
        self.query = raw.decode("utf-8", "ignore")
        self._typos = request.one("typoTolerance", "true") != "false"
        prefix = request.one("queryType", "prefixLast")
        parts = _PART.findall(self.query)
        self._excluded = [_words(phrase or word) for minus, phrase, word in parts if minus]
        self._phrases = [_words(phrase) for minus, phrase, _ in parts if phrase and not minus]
        single = [token for minus, phrase, word in parts if word and not minus for token in _words(word)]
        self._whole = single if prefix == "prefixNone" else [] if prefix == "prefixAll" else single[:-1]
        self._begun = [] if prefix == "prefixNone" else single if prefix == "prefixAll" else single[-1:]

    def match(self, text: str) -> bool:
        words = _words(text)
        known = set(words)
        if any(_stands(phrase, words) for phrase in self._excluded if phrase):
            return False
        return (
            all(_stands(phrase, words) for phrase in self._phrases)
            and all(word in known or (self._typos and _nearly(word, known)) for word in self._whole)
            and all(any(one.startswith(begun) for one in known) for begun in self._begun)
        )


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]


def _stands(phrase: Sequence[str], words: Sequence[str]) -> bool:
    size = len(phrase)
    return any(list(words[start : start + size]) == list(phrase) for start in range(len(words) - size + 1))


def _nearly(word: str, known: set[str]) -> bool:
    """One typing mistake is forgiven in words of four letters or more: one letter wrong, missing or too many."""
    return len(word) >= 4 and any(abs(len(word) - len(other)) <= 1 and _one_off(word, other) for other in known)


def _one_off(left: str, right: str) -> bool:
    at = next((i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))
    rest_left, rest_right = left[at:], right[at:]
    return rest_left[1:] == rest_right[1:] or rest_left[1:] == rest_right or rest_left == rest_right[1:]


def _numeric_filters(text: str) -> list[tuple[str, Callable[[int, int], bool], int]]:
    """Reads "created_at_i>=1,created_at_i<2": all must hold. Raises ValueError."""
    filters = []
    for part in filter(None, text.split(",")):
        found = _NUMERIC.fullmatch(part)
        if found is None:
            raise ValueError(f"numericFilters: {part}")
        filters.append((found[1], _COMPARE[found[2]], int(found[3])))
    return filters


def _groups(tags: str) -> list[list[str]]:
    """Reads "(story,comment),author_ann": a comma means AND, inside parentheses OR."""
    found = re.findall(r"\(([^)]*)\)|([^,()]+)", tags)
    return [[tag.strip() for tag in (many or one).split(",")] for many, one in found if (many or one).strip()]


def _tags(item: HackerItem) -> set[str]:
    kind = {"comment"} if item.story else {"story"} | ({"ask_hn"} if item.title.startswith("Ask HN") else set())
    return kind | {f"author_{item.author}", f"story_{item.story or item.id}"}


def _number(item: HackerItem, name: str) -> int:
    numbers = {"created_at_i": int(item.at.timestamp()), "points": item.points, "num_comments": item.replies}
    return numbers[name]
