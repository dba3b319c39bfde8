"""Mentions written out for other programs: JSON Lines, and CSV in which no cell can act."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import datetime
from typing import IO

from alerts.alert import ReadMention
from listener import shapes
from listener.store import Store
from listener.store.mentions import MentionFilter, list_mentions

PAGE = 500

_COLUMNS = (
    "id", "source", "instance", "external_id", "url", "published_at", "first_seen_at", "brand", "lang", "title", "text",
    "author_handle", "author_name", "author_url", "followers", "likes", "replies", "reposts", "views", "sentiment",
    "score", "urgency", "intent", "story", "customer_id", "customer_tier", "rules", "mark",
)  # fmt: skip

_ACTS_AS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def write_jsonl(store: Store, out: IO[bytes], brand: str, since: datetime | None) -> int:
    """Writes each mention as `listener mentions --json` shows it, a line each; gives their number."""
    count = 0
    for mention in _all(store, brand, since):
        out.write(shapes.encode(shapes.mention(mention)) + b"\n")
        count += 1
    return count


def write_csv(store: Store, out: IO[bytes], brand: str, since: datetime | None) -> int:
    """Writes UTF-8 CSV with a byte-order mark, which spreadsheets need for Bengali; gives the number of rows."""
    text = io.TextIOWrapper(out, "utf-8-sig", newline="")
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    count = 0
    for mention in _all(store, brand, since):
        writer.writerow([harmless(cell) for cell in _cells(mention)])
        count += 1
    text.flush()
    text.detach()
    return count


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
        ", ".join(rule.name for rule in mention.rules), mention.mark,
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
