"""What a source has yielded within the stretch that it reads again, so that only news is yielded again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import msgspec
from msgspec import Struct

from sources.post import Post

MOST = 2_000
"""Posts remembered for one ask; what is forgotten is yielded once more, which is harmless."""

UNREADABLE_POSITION = "the stored position of this ask could not be read; reading begins anew"
CLOCK_WAS_AHEAD = "the stored position of this ask lies in the future, so the clock was ahead; reading begins anew"


class Trace(Struct, frozen=True, array_like=True):
    """What is remembered of a post: where it stands in the service's order, and its content."""

    position: int
    digest: str


Traces = Mapping[str, Trace]


def digest_of(post: Post) -> str:
    """A short digest of what a reader would see change: text, title, link, author's name, engagement."""
    content = (post.title, post.text, post.lang, post.url, post.author.handle, post.author.name, post.engagement)
    return hashlib.blake2b(msgspec.json.encode(content), digest_size=8).hexdigest()


def remember(traces: Traces, news: Traces, since: int) -> dict[str, Trace]:
    """Gives both, without what stands before `since`, at most MOST: the newest ones."""
    kept = [(id_, trace) for id_, trace in {**traces, **news}.items() if trace.position >= since]
    kept.sort(key=lambda pair: pair[1].position, reverse=True)
    return dict(kept[:MOST])
