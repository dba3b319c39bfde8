"""What every account promises that people answer by, and what an answer is.

An account tries once; whether and when to try again is decided elsewhere. Nothing here answers by itself: each
answer was written, or chosen, and sent by a person.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol, runtime_checkable

from msgspec import Struct

from alerts.contract import Receipt
from sources.post import Post


class Length(Struct, frozen=True):
    """How long a text is as the service counts it, and how long it may be; `counted` says in what, in words."""

    count: int
    most: int
    counted: str

    @property
    def fits(self) -> bool:
        return self.count <= self.most


class Reply(Struct, frozen=True, kw_only=True):
    """An answer on its way out.

    `text` goes out as it stands: `Replying.written` has made it. `key` is the answer's own and stable. `written_at`:
    when a person sent it off. `again`: an earlier try may have reached the service.
    """

    key: str
    post: Post
    text: str
    written_at: datetime
    again: bool = False


@runtime_checkable
class Replying(Protocol):
    """One account that answers posts of one kind of service."""

    name: str
    kind: str

    def refuses(self, post: Post) -> str:
        """Why this account cannot answer a post, as a sentence without its subject; "" where it can. Asks nobody."""
        ...

    def written(self, post: Post, text: str) -> str:
        """The text as it goes out: with the name in front by which a service tells whom it answers."""
        ...

    def length(self, post: Post, text: str) -> Length:
        """How long a written text is, by the service's own rule."""
        ...

    def under(self, post: Post) -> str:
        """Where the answer will stand, in words: whom it reaches and what it hangs under."""
        ...

    async def reply(self, reply: Reply) -> Receipt:
        """Answers once, within its own time limit; the receipt's id is the service's name for it, `detail` its address.

        The same key again does not answer twice where the service knows keys, or lets us look. Raises only
        DeliveryFailed: permanent where the post is gone or takes no answer.
        """
        ...

    async def close(self) -> None:
        """Frees connections. Safe to call twice."""
        ...
