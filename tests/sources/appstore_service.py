"""The feed of customer reviews, as Apple's App Store answers it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from polling import START, Item

from listener.demo.loopback import LoopbackServer, Reply, Request, json_reply

APP = "123456789"
_PATH = re.compile(r"/([a-z]{2})/rss/customerreviews/page=(\d+)/id=(\d+)/sortby=mostrecent/json")


class AppStoreService(LoopbackServer):
    """Answers ten pages of `cap` reviews, the last written or changed first; a page is counted when it is asked for.

    A review changes at `told["edited_at"]`. One review is an object instead of a list, none leaves `entry` out.
    """

    def __init__(self, cap: int = 50) -> None:
        super().__init__(self._answer, lambda: datetime.fromtimestamp(self.now, UTC))
        self.renew(cap)

    def renew(self, cap: int = 50) -> None:
        """Begins anew, as another server would."""
        self.mend()
        self.asked.clear()
        self.now = START
        self.items: list[Item] = []
        self.cap = cap
        self.apps = {APP}
        self.tells_time = True

    def add(self, number: int, at: int, **told: Any) -> Item:
        """Has a review written at `at`, and shown from then on."""
        item = Item(id=number, at=at, shown_from=at, told=told)
        self.items.append(item)
        return item

    def shown(self) -> list[Item]:
        """The reviews in Apple's order, those too that no page shows."""
        found = [item for item in self.items if item.is_shown(self.now)]
        return sorted(found, key=lambda item: (-changed_at(item, self.now), -item.id))

    def _answer(self, request: Request) -> Reply:
        asked = _PATH.fullmatch(request.path)
        if asked is None:
            return Reply(status=404)
        country, number, app = asked[1], int(asked[2]), asked[3]
        if not 1 <= number <= 10:
            return Reply(status=400, body=b"CustomerReviews RSS page depth is limited to 10")
        feed: dict[str, Any] = {"title": {"label": "iTunes Store: Customer Reviews"}}
        if app in self.apps:
            feed["link"] = [{"attributes": {"rel": "self", "href": f"https://itunes.apple.com{request.path}"}}]
            of_country = [item for item in self.shown() if item.told.get("country", "us") == country]
            entries = [self.entry(item, country) for item in of_country[(number - 1) * self.cap : number * self.cap]]
            if entries:
                feed["entry"] = entries[0] if len(entries) == 1 else entries
        return json_reply({"feed": feed})

    def entry(self, item: Item, country: str = "us") -> dict[str, Any]:
        """A review as the feed tells it."""
        changed = changed_at(item, self.now)
        again = " (changed)" if changed != item.at else ""
        told = {"title": "Acme app", "text": "It flies", "rating": 4, "author": "jane", "votes": 0} | item.told
        labels = {
            "id": str(item.id),
            "title": told["title"],
            "im:rating": str(told["rating"]),
            "im:version": "3.4.3",
            "im:voteSum": str(told["votes"]),
            "im:voteCount": str(told["votes"]),
        }
        if self.tells_time:
            labels["updated"] = datetime.fromtimestamp(changed, UTC).isoformat()
        page = f"https://itunes.apple.com/{country}/reviews/id{item.id + 5_000}"
        return {name: {"label": label} for name, label in labels.items()} | {
            "author": {"uri": {"label": page}, "name": {"label": told["author"]}, "label": ""},
            "content": {"label": told["text"] + again, "attributes": {"type": "text"}},
            "link": {"attributes": {"rel": "related", "href": f"https://itunes.apple.com/{country}/review?id={APP}"}},
        }


def changed_at(item: Item, now: int) -> int:
    """When a review was written, or changed since."""
    edited = item.told.get("edited_at", item.at)
    return edited if edited <= now else item.at
