"""One answer of a service that is walked by windows of time, from its items to what the walk needs to know."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sources.loose_json import ItemUnreadable
from sources.post import Post
from sources.window_walk import Shown


def shown_items(
    items: Iterable[object],
    span_of: Callable[[object], tuple[int, int] | None],
    post_of: Callable[[object], Post | None],
    *,
    full: bool,
) -> Shown:
    """Reads the items in their order. `span_of` gives the ticks between which one stands, None where it tells none;
    `post_of` gives its post, None for what is no post of ours, and raises ItemUnreadable, which spares the others.
    """
    posts: list[Post] = []
    places: list[int] = []
    spans: list[tuple[int, int]] = []
    unreadable: list[str] = []
    for item in items:
        span = span_of(item)
        spans += [] if span is None else [span]
        try:
            post = post_of(item)
        except ItemUnreadable as error:
            unreadable.append(str(error))
            continue
        if post is not None:
            posts.append(post)
            places.append(0 if span is None else span[1])
    return Shown(posts=posts, places=places, spans=spans, unreadable=unreadable, full=full)
