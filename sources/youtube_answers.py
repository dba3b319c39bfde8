"""Answers of the YouTube Data API: lists, refusals, and when its day ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sources.contract import SourceBusy, SourceRefused, SourceUnavailable
from sources.http import Answer
from sources.loose_json import ItemUnreadable, inner, items_of, text_of, time_of
from sources.window_walk import Shown
from sources.youtube_post import post_of_video, video_id_of

_PACIFIC = ZoneInfo("America/Los_Angeles")
_USED_UP = frozenset({"quotaExceeded", "dailyLimitExceeded", "dailyLimitExceededUnreg"})
_TOO_FAST = frozenset({"rateLimitExceeded", "userRateLimitExceeded"})
GONE = "commentNotFound"
_NOT_HERE = frozenset({"commentsDisabled", "videoNotFound", "channelNotFound", GONE})
"""What keeps the comments of one video, channel or thread from being shown, and nothing else."""


class NoComments(Exception):
    """The comments of this video or channel are not shown to anybody; the text is the service's word for why."""


class StalePage(Exception):
    """The name of a page is no longer good: the list begins anew."""


def day_of(now: datetime) -> str:
    """Gives the day that the service counts requests by: it ends at midnight in California."""
    return now.astimezone(_PACIFIC).date().isoformat()


def rest_of_day(now: datetime) -> timedelta:
    """Gives the time until the service counts anew."""
    local = now.astimezone(_PACIFIC)
    midnight = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight.astimezone(now.tzinfo) - now


def accepted(answer: Answer, now: datetime, *, of_one: bool = False) -> Mapping[str, Any]:
    """Gives the list's JSON, or the error that says what to do about a refusal.

    Refusals are told apart by their `reason` (developers.google.com/youtube/v3/docs/errors). Raises NoComments where
    only this video's or channel's comments cannot be shown, and StalePage where a page of a list has no name any more.
    of_one: the comments of one video were asked for, which may be forbidden (403) where others are not.
    """
    told = answer.json()
    if not isinstance(told, Mapping):
        raise SourceUnavailable("YouTube answered something that is not a list of its own")
    if answer.status == 200 and "error" not in told:
        if not isinstance(told.get("items"), list) and not text_of(told, "kind").endswith("ListResponse"):
            raise SourceUnavailable("YouTube answered without a list")
        return told
    reasons = [text_of(one, "reason") for one in items_of(inner(told, "error"), "errors") if isinstance(one, Mapping)]
    reason = next((one for one in reasons if one), "")[:40]
    words = f"YouTube refuses ({answer.status} {reason!a})"
    if reason in _USED_UP:
        raise SourceBusy(f"{words}: the day's quota is used up", rest_of_day(now))
    if reason in _TOO_FAST or answer.status == 429:
        raise SourceBusy(words)
    if reason in ("invalidPageToken", "processingFailure"):
        raise StalePage(words)
    if reason in _NOT_HERE or (of_one and reason == "forbidden"):
        raise NoComments(reason)
    status = text_of(inner(told, "error"), "status")
    if reason == "SERVICE_UNAVAILABLE" or answer.status >= 500 or (answer.status == 404 and not reason):
        raise SourceUnavailable(words)
    if reason in ("keyInvalid", "keyExpired", "accessNotConfigured", "ipRefererBlocked", "forbidden"):
        raise SourceRefused(
            f"{words}: check the key, and that YouTube Data API v3 is switched on for it", "credentials"
        )
    if answer.status in (401, 403) or "API key" in text_of(inner(told, "error"), "message"):
        raise SourceRefused(f"{words}: check the key", "credentials")
    raise SourceUnavailable(f"{words} {status[:40]!a}" if status else words)


def found_ids(answer: Mapping[str, Any]) -> list[str]:
    """Gives the ids of the videos that a search shows, each once."""
    ids: dict[str, None] = {}
    for item in items_of(answer, "items"):
        try:
            ids[video_id_of(item)] = None
        except ItemUnreadable:
            continue
    return list(ids)


def read_search(answer: Mapping[str, Any], videos: Mapping[str, Any], now: datetime) -> Shown:
    """Reads a search, each video as `videos` (an answer of `videos.list`) shows it whole.

    One that only the search shows is kept as the search shows it: the two know of a video at different times.
    """
    whole: dict[str, Any] = {}
    for video in items_of(videos, "items"):
        try:
            whole[video_id_of(video)] = video
        except ItemUnreadable:
            continue
    items = items_of(answer, "items")
    posts, places, spans = [], [], []
    unreadable: list[str] = []
    for item in items:
        published = time_of(inner(item, "snippet"), "publishedAt") if isinstance(item, Mapping) else None
        place = 0 if published is None else int(published.timestamp())
        spans += [] if published is None else [(place, place)]
        try:
            number = video_id_of(item)
            posts.append(post_of_video(whole.get(number, item), now))
            places.append(place)
        except ItemUnreadable as error:
            unreadable.append(str(error))
    full = bool(text_of(answer, "nextPageToken")) and bool(items)
    return Shown(posts=posts, places=places, spans=spans, unreadable=unreadable, full=full)


def comment_counts(videos: Mapping[str, Any], asked: Sequence[str]) -> dict[str, int]:
    """Gives how many comments each video has; one that is not there any more, or tells no number, has none."""
    counts = dict.fromkeys(asked, 0)
    for video in items_of(videos, "items"):
        if isinstance(video, Mapping):
            told = text_of(inner(video, "statistics"), "commentCount")
            if text_of(video, "id") in counts and told.isascii() and told.isdigit() and len(told) <= 18:
                counts[text_of(video, "id")] = int(told)
    return counts
