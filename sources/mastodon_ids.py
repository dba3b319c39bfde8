"""Which id a post has on an instance: needed to look at it again, and to know whose deletion is told."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sources.instances import host_of
from sources.mastodon_post import id_of
from sources.post import Post, PostKey

MOST = 20_000
"""Ids remembered; the oldest are forgotten first."""

_OF_ITS_OWN = re.compile(r"https?://[^/?#]+(?:/[^?#]*)?/statuses/(\d{1,19})")


class SeenIds:
    """Remembers, in memory, the ids that posts were shown with on each instance."""

    def __init__(self) -> None:
        self._keys: dict[tuple[str, int], PostKey] = {}
        self._ids: dict[PostKey, tuple[str, int]] = {}

    def note(self, instance: str, status: object, post: Post) -> None:
        """Takes in what an instance showed, and what became of it. A boost counts as the post that it boosts."""
        shared = status.get("reblog") if isinstance(status, Mapping) else None
        place = (instance, id_of(shared if isinstance(shared, Mapping) else status))
        self._keys[place] = post.key
        self._ids[post.key] = place
        while len(self._keys) > MOST:
            oldest = next(iter(self._keys))
            self._ids.pop(self._keys.pop(oldest), None)

    def key_of(self, instance: str, status_id: int) -> PostKey | None:
        """Gives the post that the instance showed with this id, None for one that was not seen."""
        return self._keys.get((instance, status_id))

    def place_of(self, key: PostKey, instances: tuple[str, ...]) -> tuple[str, int] | None:
        """Gives one of the instances and the post's id there, None where nothing tells it.

        The home of a post is asked first: its own address ends with its id there.
        """
        home = host_of(key.external_id)
        found = _OF_ITS_OWN.fullmatch(key.external_id)
        if found and home in instances and home == key.instance:
            return home, int(found[1])
        return self._ids.get(key)
