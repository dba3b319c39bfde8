"""The search of Lemmy instances, as version 0.19 answers it (API v3)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from polling import START, Item

from listener.demo.loopback import LoopbackServer, Reply, Request, json_reply

Told = dict[str, Any]


class LemmyService(LoopbackServer):
    """Answers /<instance>/api/v3/search: what matches, newest first, counted off in pages of `limit`.

    `most` is the largest limit that is taken. Every instance knows everything, but for those in `closed`.
    """

    def __init__(self, most: int = 50) -> None:
        super().__init__(self._answer, lambda: datetime.fromtimestamp(self.now, UTC))
        self.renew(most)

    def renew(self, most: int = 50) -> None:
        """Begins anew, as another server would."""
        self.mend()
        self.asked.clear()
        self.now = START
        self.items: list[Item] = []
        self.most = most
        self.closed: dict[str, Reply] = {}
        self.params: list[dict[str, str]] = []

    @property
    def base_url(self) -> str:
        return f"{self.url}/{{instance}}"

    def add(self, number: int, at: int, **told: Any) -> Item:
        """Has something posted at `at`, and known here from then on."""
        item = Item(id=number, at=at, shown_from=at, told=told)
        self.items.append(item)
        return item

    def _answer(self, request: Request) -> Reply:
        params = dict(request.query)
        self.params.append(params)
        instance, _, path = request.path.strip("/").partition("/")
        if instance in self.closed:
            return self.closed[instance]
        if path in ("api/v3/post", "api/v3/comment"):
            return self._one(path.rpartition("/")[2], int(params["id"]))
        if path != "api/v3/search":
            return Reply(status=404)
        limit, page = int(params.get("limit", "10")), int(params.get("page", "1"))
        if not (1 <= limit <= self.most and page >= 1 and params.get("sort") == "New"):
            return json_reply({"error": "couldnt_get_posts"}, 400)
        listing = params["type_"].lower()
        found = [item for item in self.items if item.is_shown(self.now) and self._matches(item, listing, params["q"])]
        found.sort(key=lambda item: (bool(item.told.get("featured_local")), item.at, item.id), reverse=True)
        views = [view_of(item) for item in found[(page - 1) * limit : page * limit]]
        lists: Told = {"comments": [], "posts": [], "communities": [], "users": []} | {listing: views}
        return json_reply({"type_": params["type_"]} | lists)

    def _one(self, what: str, number: int) -> Reply:
        for item in self.items:
            if (item.id, item.told.get("listing", "posts")) == (number, f"{what}s") and item.is_shown(self.now):
                return json_reply({f"{what}_view": view_of(item)})
        return json_reply({"error": f"couldnt_find_{what}"}, 404)

    def _matches(self, item: Item, listing: str, words: str) -> bool:
        if item.told.get("listing", "posts") != listing:
            return False
        texts = [str(item.told.get(key, "")) for key in ("name", "body", "content")]
        if "name" not in item.told and "content" not in item.told:
            texts = ["Acme rockets"]
        return any(_has(text, words) for text in texts)


@lru_cache(10_000)
def _has(text: str, words: str) -> bool:
    pattern = ".*".join(re.escape(word) for word in words.split(" "))
    return re.search(pattern, text, re.IGNORECASE | re.DOTALL) is not None


def view_of(item: Item) -> Told:
    """One post or comment, as PostView and CommentView of lemmy-js-client 0.19 tell it."""
    told = dict(item.told)
    counts, creator = told.pop("counts", {}), told.pop("creator", {})
    listing = told.pop("listing", "posts")
    published = datetime.fromtimestamp(item.at, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    shared = {
        "id": item.id,
        "creator_id": 7,
        "removed": False,
        "published": published,
        "deleted": False,
        "local": False,
        "language_id": 37,
    }
    post = shared | {
        "name": "Acme rockets",
        "body": "They *fly*",
        "ap_id": f"https://far.example/post/{item.id}",
        "locked": False,
        "nsfw": False,
        "community_id": 3,
        "featured_community": False,
        "featured_local": False,
    }
    person = {
        "id": 7,
        "name": "jane",
        "display_name": "Jane",
        "actor_id": "https://far.example/u/jane",
        "bot_account": False,
        "instance_id": 2,
    }
    view: Told = {"creator": person | creator, "community": {"id": 3, "name": "rockets"}, "subscribed": "NotSubscribed"}
    if listing == "comments":
        address = f"https://far.example/comment/{item.id}"
        comment = shared | {"post_id": 5, "content": "Acme rockets", "ap_id": address, "path": f"0.{item.id}"} | told
        thread = post | {"id": 5, "ap_id": "https://far.example/post/5"}
        return view | {"comment": comment, "post": thread, "counts": {"score": 1, "child_count": 0} | counts}
    return view | {"post": post | told, "counts": {"score": 1, "comments": 0} | counts}
