"""Hacker News: the demo's search, posts by the second, and the items of its own interface."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from polling import START, Item

from listener.demo.hackernews_server import HackerNewsServer
from listener.demo.told import HackerItem


class HackerNewsService(HackerNewsServer):
    """Answers /api/v1/search_by_date, and /v0/item/<id>.json as github.com/HackerNews/API documents it."""

    def __init__(self) -> None:
        super().__init__([], lambda: datetime.fromtimestamp(self.now, UTC))
        self.renew()

    def renew(self) -> None:
        """Begins anew, as another server would."""
        self.mend()
        self.now = START
        self.items: list[Item] = []
        self._items = []

    def add(self, number: int, at: int, **told: Any) -> Item:
        """Has a story posted at `at`, or a comment (`story`: on which)."""
        item = Item(id=number, at=at, shown_from=at, told=told)
        self.items.append(item)
        words = {"title": "Acme rockets"} | told if not told.get("story") else told
        self._items.append(HackerItem(id=number, at=datetime.fromtimestamp(at, UTC), author="ann", **words))
        self._items.sort(key=lambda one: one.at, reverse=True)
        return item

    def _item(self, number: int) -> dict[str, Any] | None:
        if any(item.id == number and not item.is_shown(self.now) for item in self.items):
            return {"deleted": True, "id": number, "time": START, "type": "story"}
        return super()._item(number)
