"""From a frame of Jetstream, in either of its protocols, to what it tells."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct

from sources.bluesky_post import HIDDEN, HOST, post_of_view
from sources.contract import Change, Departure
from sources.loose_json import ItemUnreadable, count_of, inner, items_of, text_of, time_of
from sources.post import Post, PostKey

POSTS = "app.bsky.feed.post"

_NEWER = "network.bsky.jetstream.subscribeEvents#"
_EPOCH = datetime.fromtimestamp(0, UTC)
_MICROSECOND = timedelta(microseconds=1)
_MOST = 2**63
_decode = msgspec.json.Decoder().decode


class Event(Struct, frozen=True):
    """One event. `seq` counts on its own host (None in the older protocol); `time` is when that host witnessed it.

    Times are microseconds since 1970, none of the future. It tells a post (new, or as it is now), a deletion, an
    author's departure, or nothing that concerns us.
    """

    seq: int | None
    time: int
    post: Post | None = None
    change: Change | None = None
    departure: Departure | None = None
    unreadable: str = ""


class Notice(Struct, frozen=True):
    """A word about the stream itself, without a place in it: OutdatedCursor, FutureCursor. `last`: it ends here."""

    name: str
    last: bool = False


def read_frame(frame: bytes, now: datetime) -> Event | Notice:
    """Reads a frame of `network.bsky.jetstream.subscribeEvents` (its lexicon; framing by proposal 0015, xrpc.v1.json)
    or of the older `/subscribe` (bluesky-social/jetstream, docs section 5.1).

    Raises ItemUnreadable for what is neither.
    """
    try:
        told = _decode(frame)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ItemUnreadable("a frame is not JSON") from None
    if not isinstance(told, dict):
        raise ItemUnreadable("a frame is not an object")
    kind = told.get("$type")
    if kind is None:
        return _older(told, now)
    if kind == "error":
        return Notice(_word(told, "error") or "an error", last=True)
    return _newer(inner(told, "payload"), now)


def _newer(payload: Mapping[str, Any], now: datetime) -> Event | Notice:
    kind = text_of(payload, "$type")
    if not kind.startswith(_NEWER):
        raise ItemUnreadable("a frame is of no known type")
    if kind == f"{_NEWER}info":
        return Notice(_word(payload, "name"))
    time = time_of(payload, "witnessedAt") or time_of(payload, "time")
    if time is None:
        raise ItemUnreadable("an event tells no time")
    seq = _positive(payload, "seq")
    ticks = (min(time, now) - _EPOCH) // _MICROSECOND
    if kind != f"{_NEWER}commit":
        return _about_an_account(seq, ticks, payload)
    return _commit(seq, ticks, text_of(payload, "did"), payload, now)


def _older(told: Mapping[str, Any], now: datetime) -> Event:
    ticks = min(_positive(told, "time_us"), (now - _EPOCH) // _MICROSECOND)
    if told.get("kind") != "commit":
        return _about_an_account(None, ticks, told)
    return _commit(None, ticks, text_of(told, "did"), inner(told, "commit"), now)


def _about_an_account(seq: int | None, ticks: int, told: Mapping[str, Any]) -> Event:
    """Of what is told about accounts only a deletion is for good: deactivated or suspended ones may come back.

    A handle (`identity`) is of no use here, since posts come without it; a repository put in order (`sync`) has its
    records sent again.
    """
    account = inner(told, "account")
    did = text_of(told, "did")
    if did and account.get("active") is False and account.get("status") == "deleted":
        return Event(seq, ticks, departure=Departure(source="bluesky", author_id=did))
    return Event(seq, ticks)


def _commit(seq: int | None, ticks: int, did: str, commit: Mapping[str, Any], now: datetime) -> Event:
    operation = commit.get("operation")
    if commit.get("collection") != POSTS:
        return Event(seq, ticks)
    uri = f"at://{did}/{POSTS}/{text_of(commit, 'rkey')}"
    if operation == "delete":
        return Event(seq, ticks, change=Change(key=PostKey("bluesky", HOST, uri)))
    record = commit.get("record")
    if not isinstance(record, Mapping):
        return Event(seq, ticks, unreadable="a post has no record")
    if _is_hidden(record):
        return Event(seq, ticks)
    witnessed = (_EPOCH + ticks * _MICROSECOND).isoformat()
    try:
        view = {"uri": uri, "record": record, "author": {"did": did}, "indexedAt": witnessed}
        return Event(seq, ticks, post=post_of_view(view, now))
    except ItemUnreadable as error:
        return Event(seq, ticks, unreadable=str(error))


def _is_hidden(record: Mapping[str, Any]) -> bool:
    """Whether the post's own labels (com.atproto.label.defs#selfLabels) forbid to show it to logged-out people."""
    labels = items_of(inner(record, "labels"), "values")
    return any(isinstance(label, Mapping) and label.get("val") in HIDDEN for label in labels)


def _positive(told: Mapping[str, Any], key: str) -> int:
    number = count_of(told, key)
    if number is None or not 0 < number < _MOST:
        raise ItemUnreadable(f"an event tells no {key}")
    return number


def _word(told: Mapping[str, Any], key: str) -> str:
    """A name that a service tells of itself, safe to show."""
    return "".join(letter for letter in text_of(told, key)[:60] if letter.isascii() and letter.isalnum())
