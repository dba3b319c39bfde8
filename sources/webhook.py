"""Posts that others bring: signed requests with JSON, from a shop, a survey, a script."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, SecretStr

from sources.abilities import RequestRefused
from sources.contract import EVERYTHING, Cursor, Page, Plan
from sources.jsonl import read_json
from sources.post import Post
from sources.post_fields import FIELDS, fields_from, post_from, shown
from sources.query.tree import Query
from sources.settings import InboundSourceSettings, strong_secret
from sources.webhook_signature import check_signature

MOST_POSTS = 1_000
"""In one request: each is answered for."""

LINES = ("application/x-ndjson", "application/jsonl")
JSON = ("application/json", *LINES)

_PATH = re.compile(r"[^\s.]+(\.[^\s.]+)*")


def _known_fields(fields: dict[str, str]) -> dict[str, str]:
    for name, path in fields.items():
        if name not in FIELDS:
            raise ValueError(f"names {shown(name)}, must be some of: {', '.join(FIELDS)}")
        _dotted(path)
    return fields


def _dotted(path: str) -> str:
    if path and not _PATH.fullmatch(path):
        raise ValueError(f'is {shown(path)}, must be keys with full stops between them, such as "data.review.text"')
    return path


class WebhookSettings(InboundSourceSettings):
    """Settings of `kind = "webhook"`. `items`: where the list of posts is, `fields`: where in each what is."""

    kind: Literal["webhook"]
    secret: Annotated[SecretStr, AfterValidator(strong_secret)] | None = None
    items: Annotated[str, AfterValidator(_dotted)] = ""
    fields: Annotated[dict[str, str], AfterValidator(_known_fields)] = {}

    @property
    def proves_senders(self) -> bool:
        return self.secret is not None

    def open(self) -> Webhook:
        return Webhook(self)


class Webhook:
    """One place to which posts can be sent; see `Source` and `Receiving` for the promises."""

    kind = "webhook"
    searchable = False

    def __init__(self, settings: WebhookSettings) -> None:
        self.name = settings.name
        self.credential = f"webhook:{settings.name}"
        self._secret = settings.secret
        self._items = settings.items
        self._fields = settings.fields

    def plan(self, query: Query) -> Plan:
        """Whoever sends decides what: it is matched here."""
        return Plan(asks=(EVERYTHING,), coverage="superset")

    async def fetch(self, ask: str, cursor: Cursor | None, now: datetime) -> Page:
        """Gives an empty page: there is nobody to ask."""
        return Page(cursor=cursor or "")

    def receive(
        self, headers: Mapping[str, str], body: bytes, now: datetime, *, proved: bool = False
    ) -> Sequence[Post | ValueError]:
        """An object, a list of objects, or a line each; as `listener import` reads them unless `fields` says where."""
        if not proved and self._secret is None:
            raise RequestRefused("this source takes posts by a signed link alone", 401)
        if not proved and self._secret is not None:
            check_signature(self._secret.get_secret_value(), headers, body, now)
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in JSON:
            raise RequestRefused(f"Content-Type must be one of: {', '.join(JSON)}", 415)
        read = self._lines(body) if kind in LINES else self._list(body)
        if len(read) > MOST_POSTS:
            raise RequestRefused(f"the request holds {len(read)} posts, {MOST_POSTS} at most: send several", 413)
        return [self._post(item, now, own=proved) for item in read]

    async def close(self) -> None:
        pass

    def _list(self, body: bytes) -> list[Any]:
        try:
            found = _at(read_json(body), self._items)
        except ValueError as error:
            raise RequestRefused(f"the body {error}", 400) from None
        if found is None and self._items:
            raise RequestRefused(f"the body has nothing at {self._items}", 400)
        return found if isinstance(found, list) else [found]

    def _lines(self, body: bytes) -> list[Any]:
        """The posts of JSON Lines; `items` holds within one document only."""
        return [_or_error(line) for line in body.splitlines() if line.strip()]

    def _post(self, item: Any, now: datetime, *, own: bool) -> Post | ValueError:
        """own: under this source's name alone. A link may have many hands; none may rewrite what others published."""
        if isinstance(item, ValueError):
            return item
        try:
            fields = self._mapped(item)
            if own and isinstance(fields, dict):
                fields = {name: value for name, value in fields.items() if name not in ("source", "instance")}
            return post_from(fields_from(fields), now, self.kind, self.name)
        except ValueError as error:
            return error

    def _mapped(self, item: Any) -> Any:
        if not self._fields or not isinstance(item, dict):
            return item
        mapped: dict[str, Any] = {}
        for name, path in self._fields.items():
            outer, _, inner = name.partition(".")
            value = _at(item, path)
            if inner:
                mapped.setdefault(outer, {})[inner] = value
            else:
                mapped[outer] = value
        return mapped


def _or_error(line: bytes) -> Any:
    try:
        return read_json(line)
    except ValueError as error:
        return error


def _at(value: Any, path: str) -> Any:
    """What lies along a dotted path, None where nothing does; a number stands for a place in a list."""
    for part in path.split(".") if path else ():
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and part.isascii() and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value
