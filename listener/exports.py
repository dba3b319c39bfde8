"""Mentions written out for other programs: JSON Lines, and CSV in which no cell can act."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import IO

from msgspec import Struct

from alerts.alert import ReadMention
from listener import shapes
from listener.handing_on import attribution, exportable, ids_alone
from listener.store import Store
from listener.store.mentions import MentionFilter, list_mentions

PAGE = 500

_COLUMNS = (
    "id", "source", "instance", "external_id", "url", "published_at", "first_seen_at", "brand", "lang", "title", "text",
    "author_handle", "author_name", "author_url", "followers", "likes", "replies", "reposts", "views", "sentiment",
    "score", "urgency", "intent", "story", "customer_id", "customer_tier", "rules", "mark", "attribution", "topics",
    "waits_for_answer",
)  # fmt: skip

_ACTS_AS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Exported(Struct, frozen=True, kw_only=True):
    """How many mentions were written; how many of which kind were reduced to ids or left out, by their terms."""

    written: int
    ids_alone: Mapping[str, int]
    left_out: Mapping[str, int]


class _Lawful:
    """Gives the mentions to hand on, each as far as the terms of its services allow, and counts what they do not."""

    def __init__(self, store: Store, kinds: Mapping[str, str], brand: str, since: datetime | None) -> None:
        self._mentions = _all(store, brand, since)
        self._kinds = kinds
        self._written = 0
        self._ids_alone: Counter[str] = Counter()
        self._left_out: Counter[str] = Counter()

    def __iter__(self) -> Iterator[ReadMention]:
        for mention in self._mentions:
            allowed = exportable(mention, self._kinds)
            if allowed == "none":
                self._left_out[mention.post.source] += 1
                continue
            self._written += 1
            if allowed == "ids":
                self._ids_alone[mention.post.source] += 1
            yield mention if allowed == "full" else ids_alone(mention)

    @property
    def exported(self) -> Exported:
        return Exported(written=self._written, ids_alone=self._ids_alone, left_out=self._left_out)


def write_jsonl(store: Store, out: IO[bytes], kinds: Mapping[str, str], brand: str, since: datetime | None) -> Exported:
    """Writes each mention as `listener mentions --json` shows it, a line each, with its attribution.

    `kinds`: the kind of each configured source. What a service's terms do not let go is reduced or left out.
    """
    lawful = _Lawful(store, kinds, brand, since)
    for mention in lawful:
        out.write(shapes.encode({**shapes.mention(mention), "attribution": attribution(mention)}) + b"\n")
    return lawful.exported


def write_csv(store: Store, out: IO[bytes], kinds: Mapping[str, str], brand: str, since: datetime | None) -> Exported:
    """As `write_jsonl`, in UTF-8 CSV with a byte-order mark, which spreadsheets need for Bengali."""
    text = io.TextIOWrapper(out, "utf-8-sig", newline="")
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    lawful = _Lawful(store, kinds, brand, since)
    for mention in lawful:
        writer.writerow([harmless(cell) for cell in _cells(mention)])
    text.flush()
    text.detach()
    return lawful.exported


def harmless(cell: object) -> object:
    """Text that a spreadsheet would run gets an apostrophe in front (OWASP, CSV injection); numbers stay numbers.

    Control characters, which could move the terminal that the export is shown in, become U+FFFD.
    """
    if not isinstance(cell, str):
        return cell
    cell = _CONTROLS.sub("\ufffd", cell.replace("\r\n", "\n"))
    if cell.lstrip(" \n\x00").startswith(_ACTS_AS_FORMULA):
        return "'" + cell
    return cell


def _cells(mention: ReadMention) -> list[object]:
    post, author, engagement = mention.post, mention.post.author, mention.post.engagement
    customer = mention.customer
    return [
        mention.id, post.source, post.instance, post.external_id, post.url,
        post.published_at.isoformat() if post.published_at else "", mention.first_seen_at.isoformat(),
        mention.brand, mention.lang, post.title, post.text,
        author.handle, author.name, author.url, author.followers,
        engagement.likes, engagement.replies, engagement.reposts, engagement.views,
        mention.sentiment.label or "", mention.sentiment.score, mention.urgency.label,
        ", ".join(intent.label for intent in mention.intent), mention.story,
        customer.id if customer else "", customer.tier if customer else "",
        ", ".join(rule.name for rule in mention.rules), mention.mark, attribution(mention), ", ".join(mention.topics),
        mention.waits_for_answer,
    ]  # fmt: skip


def _all(store: Store, brand: str, since: datetime | None) -> Iterator[ReadMention]:
    """Every mention, the oldest first, in pages, so that an export of millions needs little memory."""
    after = 0
    while True:
        with store.read() as tx:
            page = list_mentions(
                tx, MentionFilter(brand=brand, since=since, min_id=after + 1, limit=PAGE, oldest_first=True)
            )
        yield from page
        if len(page) < PAGE:
            return
        after = page[-1].id
