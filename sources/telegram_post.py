"""From the messages of a public Telegram channel or group to posts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from sources.contract import SourceUnavailable
from sources.post import Author, Engagement, Post, storable_post

SOURCE = "telegram"
INSTANCE = "t.me"
_MARK = -1_000_000_000_000

Speakers = Mapping[tuple[str, int], Any]
"""Those whom an answer tells of, by what they are and their number."""


class Seen(Struct, frozen=True, kw_only=True):
    """One place of a channel's history. `at`: seconds since 1970; `post`: None for what nobody wrote, or is gone."""

    id: int
    at: int
    post: Post | None = None


class History(Struct, frozen=True, kw_only=True):
    """What one answer shows. `names`: the channel's public names, in lower case; None where it does not tell them."""

    seen: Sequence[Seen]
    names: frozenset[str] | None


def read_history(answer: Any, channel: int, name: str, now: datetime) -> History:
    """Reads `messages.Messages` of core.telegram.org/api (layer 229), as Telethon gives it.

    Raises SourceUnavailable where it holds no messages, as an answer to something else would.
    """
    from telethon.tl import types

    if not isinstance(answer, types.messages.ChannelMessages | types.messages.MessagesSlice | types.messages.Messages):
        raise SourceUnavailable("Telegram answered with something that is no list of messages")
    speakers: Speakers = {
        **{("user", one.id): one for one in answer.users if isinstance(one, types.User)},
        **{("channel", one.id): one for one in answer.chats if isinstance(one, types.Channel)},
    }
    own = speakers.get(("channel", channel))
    seen: list[Seen] = []
    for message in answer.messages:
        if isinstance(message, types.Message | types.MessageService | types.MessageEmpty):
            written = message.date
            at = min(written, now) if isinstance(written, datetime) else now
            post = None
            if isinstance(message, types.Message):
                post = storable_post(_post(message, channel, name, speakers), now)
            seen.append(Seen(id=message.id, at=int(at.timestamp()), post=post))
    return History(seen=seen, names=None if own is None else names_of(own))


def names_of(speaker: Any) -> frozenset[str]:
    """The public names of a user or a channel, in lower case: the first one, and those bought besides."""
    more = [_words(one, "username") for one in _all(speaker, "usernames") if getattr(one, "active", False)]
    return frozenset(name.lower() for name in (_words(speaker, "username"), *more) if name)


def _post(message: Any, channel: int, name: str, speakers: Speakers) -> Post:
    own = speakers.get(("channel", channel))
    return Post(
        source=SOURCE,
        instance=INSTANCE,
        external_id=f"{channel}/{message.id}",
        url=f"https://{INSTANCE}/{name}/{message.id}",
        text="\n".join(part for part in (_words(message, "message"), _poll(message.media)) if part),
        published_at=message.date,
        author=_author(message, channel, name, speakers),
        engagement=Engagement(
            likes=_reactions(message.reactions),
            replies=_number(message.replies, "replies"),
            reposts=_number(message, "forwards"),
            views=_number(message, "views"),
        ),
        in_reply_to=_answered(message.reply_to, channel),
        kind="message" if getattr(own, "megagroup", False) else "post",
    )


def _author(message: Any, channel: int, name: str, speakers: Speakers) -> Author:
    """Who is told as the writer: somebody in a group, else the channel itself, with its signature."""
    user = _number(message.from_id, "user_id")
    if user is not None:
        told = speakers.get(("user", user))
        handle = _handle(told)
        called = f"{_words(told, 'first_name')} {_words(told, 'last_name')}".strip()
        return Author(id=str(user), handle=handle, name=called, url=_page_of(handle))
    number = _number(message.from_id, "channel_id") or channel
    told = speakers.get(("channel", number))
    handle = name if number == channel else _handle(told)
    title, signed = _words(told, "title") or handle, _words(message, "post_author")
    return Author(
        id=str(_MARK - number),  # as Telegram itself marks channels, so that no user has the same number
        handle=handle,
        name=f"{title} ({signed})" if signed else title,
        url=_page_of(handle),
        followers=_number(told, "participants_count"),
    )


def _handle(speaker: Any) -> str:
    return _words(speaker, "username").lower() or min(names_of(speaker), default="")


def _page_of(handle: str) -> str:
    return f"https://{INSTANCE}/{handle}" if handle else ""


def _reactions(reactions: Any) -> int | None:
    """All reactions together; None where they are switched off or nobody reacted: Telegram does not tell which."""
    return None if reactions is None else sum(_number(one, "count") or 0 for one in _all(reactions, "results"))


def _answered(reply: Any, channel: int) -> str:
    """What it answers, where that stands in the same channel."""
    number = _number(reply, "reply_to_msg_id")
    return f"{channel}/{number}" if number and getattr(reply, "reply_to_peer_id", None) is None else ""


def _poll(media: Any) -> str:
    """The question of a poll with its answers, a line each; other media bear their words as the message's text."""
    poll = getattr(media, "poll", None)
    told = [getattr(poll, "question", None), *(getattr(one, "text", None) for one in _all(poll, "answers"))]
    return "\n".join(words for one in told if (words := _words(one, "text")))


def _words(thing: Any, name: str) -> str:
    value = getattr(thing, name, None)
    return value if isinstance(value, str) else ""


def _number(thing: Any, name: str) -> int | None:
    value = getattr(thing, name, None)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _all(thing: Any, name: str) -> Sequence[Any]:
    value = getattr(thing, name, None)
    return value if isinstance(value, list) else ()
