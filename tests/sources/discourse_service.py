"""The list of the newest posts of a Discourse forum, as three of its versions answer it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Literal

from polling import START, Item

from listener.demo.loopback import LoopbackServer, Reply, Request, json_reply

Told = dict[str, Any]
Version = Literal["exclusive", "inclusive", "window"]
NOT_FOUND = json_reply(
    {"errors": ["The requested URL or resource could not be found."], "error_type": "not_found"}, 404
)
VERSIONS: tuple[Version, ...] = ("exclusive", "inclusive", "window")


class DiscourseService(LoopbackServer):
    """Answers /posts.json: `size` posts by number, the highest first, below `before`.

    `version`: the newest one shows what is below `before`, one before it includes `before`, and an old one shows
    what is public among the `size` numbers up to `before`.
    """

    def __init__(self) -> None:
        super().__init__(self._answer, lambda: datetime.fromtimestamp(self.now, UTC))
        self.renew()

    def renew(self, version: Version = "exclusive", size: int = 50) -> None:
        """Begins anew, as another forum would."""
        self.mend()
        self.asked.clear()
        self.now = START
        self.items: list[Item] = []
        self.version = version
        self.size = size
        self.refuse_with: Reply | None = None
        self.params: list[dict[str, str]] = []

    def add(self, number: int, at: int, **told: Any) -> Item:
        """Has something posted at `at`, and shown from then on."""
        item = Item(id=number, at=at, shown_from=at, told=told)
        self.items.append(item)
        return item

    def _answer(self, request: Request) -> Reply:
        params = dict(request.query)
        self.params.append(params)
        if self.refuse_with is not None:
            return self.refuse_with
        one = re.fullmatch(r"/(posts|t)/(\d+)\.json", request.path)
        if one is not None:
            return self._one(one[1], int(one[2]))
        if request.path != "/posts.json":
            return NOT_FOUND
        known = sorted((item for item in self.items if item.shown_from <= self.now), key=lambda item: -item.id)
        shown = [item for item in known if item.is_shown(self.now) and not item.told.get("private")]
        before = int(params.get("before", "0"))
        if self.version == "window":
            before = before or max((item.id for item in known), default=0)
            shown = [item for item in shown if before - self.size < item.id <= before]
        elif before:
            shown = [item for item in shown if item.id < before or (self.version == "inclusive" and item.id == before)]
        return json_reply({"latest_posts": [item_of(item) for item in shown[: self.size]]})

    def _one(self, what: str, number: int) -> Reply:
        """A single post, which is told without its topic's title, or a topic."""
        known = [item_of(item) for item in self.items if item.is_shown(self.now)]
        for told in known:
            if what == "posts" and told["id"] == number:
                return json_reply({key: value for key, value in told.items() if key != "topic_title"})
            if what == "t" and told["topic_id"] == number:
                return json_reply({"id": number, "title": told["topic_title"], "fancy_title": "Fancy"})
        return NOT_FOUND


def item_of(item: Item) -> Told:
    """One post, as PostSerializer tells it (its title and its raw text included)."""
    told = {key: value for key, value in item.told.items() if key != "private"}
    written = datetime.fromtimestamp(item.at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "id": item.id,
        "name": "Jane Doe",
        "username": "jane",
        "created_at": written,
        "cooked": "<p>Acme <strong>rockets</strong> fly</p>",
        "post_number": 1,
        "post_type": 1,
        "updated_at": written,
        "reply_count": 0,
        "reply_to_post_number": None,
        "quote_count": 0,
        "reads": 3,
        "score": 0.6,
        "topic_id": 11,
        "topic_slug": "rockets",
        "topic_title": "Rockets",
        "version": 1,
        "actions_summary": [],
        "user_id": 4,
        "hidden": False,
        "deleted_at": None,
        "user_deleted": False,
    } | told
