"""Reads a guest book, which gives its entries oldest first."""

from typing import Literal

from sources.contract import EVERYTHING, Page, Plan, SourceUnavailable
from sources.http import HttpDoor
from sources.post import Author, Post, storable_post
from sources.settings import NetworkSourceSettings


class GuestbookSettings(NetworkSourceSettings):
    kind: Literal["guestbook"]
    base_url: str

    def open(self):
        return Guestbook(self)


class Guestbook:
    kind, searchable = "guestbook", False

    def __init__(self, settings):
        self.name, self.url, self.credential = settings.name, settings.base_url, settings.base_url
        self.door = HttpDoor(allow_private=settings.allow_private)

    def plan(self, query):
        return Plan(asks=(EVERYTHING,), coverage="superset")

    async def fetch(self, ask, cursor, now):
        answer = await self.door.get(f"{self.url}/entries", params={"after": cursor or "0"})
        try:
            posts = [storable_post(self.post(**entry), now) for entry in answer.json()]
        except TypeError as error:
            raise SourceUnavailable(f"the guest book answered in another shape: {error}") from error
        return Page(posts=posts, cursor=posts[-1].external_id if posts else cursor or "", more=bool(posts))

    def post(self, id, text, by, **_):
        key = {"source": self.kind, "instance": self.url, "external_id": str(id)}
        return Post(**key, text=str(text), author=Author(handle=str(by)))

    async def close(self):
        await self.door.close()
