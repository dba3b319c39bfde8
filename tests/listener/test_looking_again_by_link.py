"""A source whose service finds posts by their links alone is given them when kept posts are looked at again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from listener.store import mentions
from sources.contract import Change, Page
from sources.post import PostKey

Make = Callable[..., Any]


def test_kept_posts_are_looked_at_again_by_their_links(make_app: Make, source: Any, post: Make, clock: Any) -> None:
    told: dict[PostKey, str] = {}

    class Service(source):  # type: ignore[misc]  # the fixture is a class
        recheck_at_once = 20

        async def recheck_by_link(self, links: Mapping[PostKey, str], now: datetime) -> Page:
            told.update(links)
            return Page(changes=[Change(key=key) for key, link in links.items() if link.endswith("/2")])

    posts = [post(number, url=f"https://forge.example/issues/{number}") for number in (1, 2)]
    app = make_app([Service("blogs", [Page(posts=posts, cursor="1")])])
    asyncio.run(app.poll_once(list(app.sources)))
    clock.forward(days=1)
    app.upkeep.looking_again.queue()
    asyncio.run(app.engine.run_until_idle(8))
    assert told == {one.key: one.url for one in posts}
    with app.store.read() as tx:
        assert [one.post.external_id for one in mentions.list_mentions(tx, mentions.MentionFilter())] == ["1"]
