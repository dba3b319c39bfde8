"""The YouTube Data API v3, as developers.google.com documents it: searches, videos, comments, and a day's quota."""

from __future__ import annotations

import html
import json
import re
from datetime import UTC, datetime
from typing import Any

from polling import START, Item

from listener.demo.loopback import LoopbackServer, Reply, Request, json_reply

KEY = "AIzaFake"


class YouTubeService(LoopbackServer):
    """Shows videos by the second they were published in, `cap` at the most in one answer of a search."""

    def __init__(self, cap: int = 50) -> None:
        super().__init__(self._answer, lambda: datetime.fromtimestamp(self.now, UTC))
        self.renew(cap)

    def renew(self, cap: int = 50) -> None:
        """Begins anew, as another server would."""
        self.mend()
        self.asked.clear()
        self.now = START
        self.items: list[Item] = []
        self.threads: list[Item] = []
        self.cap, self.threads_a_page = cap, 100
        self.quota = 10_000
        self.searches_left = 100
        self.stale_tokens = False
        self.refuses_all_for_one = False
        self.pinned: Item | None = None
        self.params: list[dict[str, str]] = []

    def add(self, number: int, at: int, **told: Any) -> Item:
        """Has a video published at `at`, and found from then on."""
        item = Item(id=number, at=at, shown_from=at, told=told)
        self.items.append(item)
        return item

    def comment(self, number: int, at: int, video: str, **told: Any) -> Item:
        """Has somebody write below a video."""
        item = Item(id=number, at=at, shown_from=at, told={"video": video} | told)
        self.threads.append(item)
        return item

    def _answer(self, request: Request) -> Reply:
        params = dict(request.query)
        self.params.append(params)
        if request.headers.get("x-goog-api-key") != KEY:
            return refusal(400, "keyInvalid", "API key not valid. Please pass a valid API key.")
        path = request.path.rpartition("/")[2]
        if self.quota <= 0 or (path == "search" and self.searches_left <= 0):
            return refusal(
                403, "quotaExceeded", "The request cannot be completed because you have exceeded your quota."
            )
        answers = {
            "search": self._search,
            "videos": self._videos,
            "commentThreads": self._threads,
            "comments": self._some,
        }
        return answers[path](params) if path in answers else refusal(404, "notFound", "no such method")

    def _search(self, params: dict[str, str]) -> Reply:
        self.searches_left -= 1
        since, until = _tick(params.get("publishedAfter", "")), _tick(params.get("publishedBefore", "")) or 10**11
        branches = [branch.strip(' "').lower() for branch in params["q"].split("|")]
        found = [
            item
            for item in self.items
            if item.is_shown(self.now) and since <= item.at <= until
            if any(branch in item.told.get("title", "acme").lower() for branch in branches)
        ]
        found.sort(key=lambda item: item.at, reverse=True)
        size = min(self.cap, int(params["maxResults"]))
        items = [video(item, searched=True) for item in found[:size]]
        return _list("search", items, "CAUQAA" if len(found) > size else "")

    def _videos(self, params: dict[str, str]) -> Reply:
        self.quota -= 1
        asked = params["id"].split(",")
        if len(asked) > 50:
            return refusal(400, "invalidParameter", "too many ids")
        shown = [item for item in self.items if str(item.id) in asked and item.is_shown(self.now)]
        return _list("video", [video(item, comments=self._count(str(item.id))) for item in shown])

    def _count(self, number: str) -> int:
        return sum(1 for thread in self.threads if thread.told["video"] == number and thread.is_shown(self.now))

    def _threads(self, params: dict[str, str]) -> Reply:
        self.quota -= 1
        number = params.get("videoId", "")
        if any(str(item.id) == number and item.told.get("closed") for item in self.items):
            return refusal(403, "commentsDisabled", "The video has disabled comments.")
        if number and not any(str(item.id) == number and item.is_shown(self.now) for item in self.items):
            return refusal(404, "videoNotFound", "The video could not be found.")
        threads = [thread for thread in self.threads if thread.is_shown(self.now)]
        threads = [thread for thread in threads if not number or thread.told["video"] == number]
        threads.sort(key=lambda thread: (thread.at, thread.id), reverse=True)
        token = params.get("pageToken", "")
        if token and self.stale_tokens:
            self.stale_tokens = False
            return refusal(400, "invalidPageToken", "stale")
        if token:  # a token names the place of a thread, wherever that has come to stand
            at, last = map(int, token.split("-"))
            threads = [thread for thread in threads if (thread.at, thread.id) < (at, last)]
        shown = threads[: self.threads_a_page]
        more = f"{shown[-1].at}-{shown[-1].id}" if len(threads) > len(shown) else ""
        if self.pinned is not None and not token:
            shown = [self.pinned, *shown]
        return _list("commentThread", [thread_of(thread) for thread in shown], more)

    def _some(self, params: dict[str, str]) -> Reply:
        if "parentId" in params:
            long = [thread for thread in self.threads if comment_id(thread) == params["parentId"]]
            if not long or not long[0].is_shown(self.now):
                return refusal(404, "commentNotFound", "gone")
            answers = thread_of(long[0], most=10**6)["replies"]["comments"]
            start = int(params.get("pageToken", "0"))
            end = start + self.threads_a_page
            return _list("comment", answers[start:end], str(end) if end < len(answers) else "")
        asked = params["id"].split(",")
        shown = [thread for thread in self.threads if comment_id(thread) in asked and thread.is_shown(self.now)]
        if self.refuses_all_for_one and len(shown) < len(asked):
            return refusal(404, "commentNotFound", "One or more of the specified comments cannot be found.")
        return _list("comment", [thread_of(thread)["snippet"]["topLevelComment"] for thread in shown])


def comment_id(thread: Item) -> str:
    return f"UgxComment{thread.id:016}"


def video(item: Item, *, searched: bool = False, comments: int = 0) -> dict[str, Any]:
    """A video: as a search shows it, escaped and cut; or whole."""
    told = {"title": "Acme & <b>", "description": "About rockets. " * 20, "channel": "Rocket TV"} | item.told
    snippet = {
        "publishedAt": _time(item.at),
        "channelId": "UCrocket0001",
        "title": html.escape(told["title"]) if searched else told["title"],
        "description": html.escape(told["description"][:100]) if searched else told["description"],
        "channelTitle": told["channel"],
        "liveBroadcastContent": "none",
    }
    if searched:
        return {
            "kind": "youtube#searchResult",
            "id": {"kind": "youtube#video", "videoId": str(item.id)},
            "snippet": snippet,
        }
    snippet |= {"defaultAudioLanguage": "en", "tags": ["acme"]}
    counts = {"viewCount": str(told.get("views", 7)), "likeCount": "3"}
    counts |= {} if told.get("closed") else {"commentCount": str(comments)}
    return {"kind": "youtube#video", "id": str(item.id), "snippet": snippet, "statistics": counts}


def thread_of(thread: Item, most: int = 5) -> dict[str, Any]:
    """A thread of comments with the answers that are shown with it."""
    told = {"text": "Love acme", "by": "@ann-lee", "answers": []} | thread.told

    def comment(number: str, text: str, **more: str) -> dict[str, Any]:
        snippet = {
            "videoId": told["video"],
            "textDisplay": text,
            "textOriginal": text,
            "authorDisplayName": told["by"],
            "authorChannelId": {"value": "UCann"},
            "likeCount": told.get("likes", 0),
            "publishedAt": _time(thread.at),
            "updatedAt": _time(thread.at),
        }
        return {"kind": "youtube#comment", "id": number, "snippet": snippet | more}

    top = comment_id(thread)
    shown = [comment(f"{top}.{place}", text, parentId=top) for place, text in enumerate(told["answers"])]
    snippet = {"videoId": told["video"], "topLevelComment": comment(top, told["text"]), "totalReplyCount": len(shown)}
    replies = {"replies": {"comments": shown[:most]}} if shown else {}
    return {"kind": "youtube#commentThread", "id": top, "snippet": snippet} | replies


def refusal(status: int, reason: str, message: str) -> Reply:
    error = {
        "code": status,
        "message": message,
        "errors": [{"domain": "youtube", "reason": reason, "message": message}],
    }
    return json_reply({"error": error}, status)


def _list(kind: str, items: list[Any], token: str = "") -> Reply:
    told = {"kind": f"youtube#{kind}ListResponse", "pageInfo": {"totalResults": 1_000_000}, "items": items}
    body = json.dumps(told | ({"nextPageToken": token} if token else {}))
    return Reply(body=body.encode(), headers={"content-type": "application/json; charset=UTF-8"})


def _tick(time: str) -> int:
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", time):
        return 0
    return int(datetime.fromisoformat(time).timestamp())


def _time(tick: int) -> str:
    return datetime.fromtimestamp(tick, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
