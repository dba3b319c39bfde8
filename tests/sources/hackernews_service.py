"""Hacker News: the demo's search, posts by the second, and the items of its own interface."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from polling import START, Item

from listener.demo.hackernews_server import HackerNewsServer
from listener.demo.loopback import Reply, Request, json_reply
from listener.demo.told import HackerItem


class HackerNewsService(HackerNewsServer):
    """Answers /api/v1/search_by_date, and /v0/item/<id>.json as github.com/HackerNews/API documents it."""

    def __init__(self) -> None:
        super().__init__([], lambda: datetime.fromtimestamp(self.now, UTC))
        self._answer = self._either
        self.renew()

    def renew(self) -> None:
        """Begins anew, as another server would."""
        self.mend()
        self.now = START
        self.items: list[Item] = []
        self._items = []

    @property
    def items_url(self) -> str:
        return f"{self.url}/v0"

    def add(self, number: int, at: int, **told: Any) -> Item:
        """Has a story posted at `at`, or a comment (`story`: on which)."""
        item = Item(id=number, at=at, shown_from=at, told=told)
        self.items.append(item)
        words = {"title": "Acme rockets"} | told if not told.get("story") else told
        self._items.append(HackerItem(id=number, at=datetime.fromtimestamp(at, UTC), author="ann", **words))
        self._items.sort(key=lambda one: one.at, reverse=True)
        return item

    def _either(self, request: Request) -> Reply:
        return self._item(request) if request.path.startswith("/v0/item/") else self._search(request)

    def _item(self, request: Request) -> Reply:
        number = request.path.removeprefix("/v0/item/").removesuffix(".json")
        for item, shown in ((one, two) for one in self.items for two in self._items if one.id == two.id):
            if str(item.id) != number:
                continue
            kind = "comment" if shown.story else "story"
            if not item.is_shown(self.now):
                return json_reply({"deleted": True, "id": item.id, "time": item.at, "type": kind})
            told: dict[str, Any] = {"by": shown.author, "id": shown.id, "time": item.at, "type": kind}
            if shown.story:
                return json_reply(told | {"parent": shown.parent or shown.story, "text": shown.text})
            counts = {"score": shown.points, "descendants": shown.replies, "title": shown.title}
            return json_reply(
                told | counts | ({"url": shown.url} if shown.url else {}) | ({"text": shown.text} if shown.text else {})
            )
        return json_reply(None)
