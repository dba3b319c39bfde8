"""What a topic is, and the posts that topics are counted in."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct

Trend = Literal["new", "rose", "fell", "typical"]
Comparison = Literal["earlier", "other brands", "nothing"]


class Said(Struct, frozen=True, kw_only=True):
    """A post as topics are counted.

    `text` is readable (rules.text). Posts of one `story` count once; "" is a story of its own. `author` "" is somebody
    else each time. `negative` is None where the feeling is not known.
    """

    number: int
    text: str
    lang: str
    story: str
    author: str
    at: datetime
    negative: bool | None = None


class Topic(Struct, frozen=True, kw_only=True):
    """What people talk about: `term` is folded, as rules and readings have it; `shown` is as most authors spell it.

    `trend`: new or risen since the period before, fallen since then, or typical of the brand beside other brands.
    `mentions` and `before` count posts of the period and of the period before, each story once; of a topic that fell
    `z` is negative. `share` is of all posts of the period, `negative` of those whose feeling is known (None: of none).
    """

    term: str
    shown: str
    trend: Trend
    mentions: int
    before: int
    share: float
    z: float
    negative: float | None
    timeline: tuple[int, ...]
    examples: tuple[int, ...]


class BrandTopics(Struct, frozen=True, kw_only=True):
    """The topics of a brand in [since, until), the surest first, then those that fell.

    `posts`: how many there were to read; `sampled`: the part of them that was read. `compared` says with what.
    """

    brand: str
    since: datetime
    until: datetime
    background_since: datetime
    compared: Comparison
    posts: int
    sampled: float = 1.0
    topics: tuple[Topic, ...] = ()

    @property
    def rising(self) -> tuple[Topic, ...]:
        """Those that are talked of more than otherwise."""
        return tuple(topic for topic in self.topics if topic.trend != "fell")

    @property
    def fallen(self) -> tuple[Topic, ...]:
        """Those that were talked of in the period before and hardly are now."""
        return tuple(topic for topic in self.topics if topic.trend == "fell")


class Span(Struct, frozen=True, kw_only=True):
    """The period [since, until), and since when what came before it is the background.

    `sampled` and `sampled_before`: the part of the posts of the period, and of the time before it, that is there to be
    read; counts are told for all of them.
    """

    since: datetime
    until: datetime
    background_since: datetime
    sampled: float = 1.0
    sampled_before: float = 1.0

    @property
    def before(self) -> datetime:
        """When the period of the same length before it began."""
        return self.since - (self.until - self.since)
