"""What people said of mentions and of texts that they brought: kept, listed, taken back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Literal

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from listener.store.link_keys import author_of_mention
from listener.store.links import decide, refused_customers
from listener.store.links import take_back as end_decision
from listener.store.readings import found_customer
from listener.store.statements import chunks, insert_into
from listener.store.tables import MARK, MENTION, POST, SETTING

Mark = Literal["noise", "negative", "neutral", "positive", "wrong-customer"]
MARKS: tuple[Mark, ...] = ("noise", "negative", "neutral", "positive", "wrong-customer")
WRONG_CUSTOMER: Mark = "wrong-customer"
FEELINGS = ("negative", "neutral", "positive")

_GONE = "marks-gone"
"""The setting that counts the marks which went with their posts."""


class KeptMark(Struct, frozen=True, kw_only=True):
    """One mark: of a mention, or of a text that a file brought (`mention` is None).

    `said` and `said_score` are what had been read when it was marked; `counts`: no later mark took its place.
    """

    id: int
    mention: int | None
    mark: str
    by: str
    at: datetime
    said: str
    said_score: float | None
    brand: str
    text: str
    origin: str
    counts: bool


class MarkedText(Struct, frozen=True):
    """A text that somebody brought with what it feels."""

    text: str
    mark: str
    brand: str = ""


def mark_mention(tx: Connection, number: int, mark: str, now: datetime, by: str = "", origin: str = "") -> bool:
    """Keeps what a person said of a mention; False where there is none of that number. The last mark counts."""
    marked = update(MENTION).where(MENTION.c.id == number).values(mark=mark, marked_at=now)
    row = tx.execute(marked.returning(MENTION.c.brand, MENTION.c.label, MENTION.c.score)).first()
    if row is None:
        return False
    tx.execute(
        insert(MARK).values(
            mention_id=number,
            mark=mark,
            by=by,
            at=now,
            said_label=row.label,
            said_score=row.score,
            text="",
            brand=row.brand,
            origin=origin,
        )
    )
    if mark == WRONG_CUSTOMER:
        _refuse(tx, number, by, now)
    return True


def keep_texts(tx: Connection, texts: Sequence[MarkedText], now: datetime, by: str, origin: str) -> None:
    """Keeps texts with what they feel."""
    rows = [
        {
            "mention_id": None,
            "mark": one.mark,
            "by": by,
            "at": now,
            "said_label": "",
            "said_score": None,
            "text": one.text,
            "brand": one.brand,
            "origin": origin,
        }
        for one in texts
    ]
    if rows:
        tx.execute(insert(MARK), rows)


def take_back(tx: Connection, number: int, now: datetime, by: str = "") -> str | None:
    """Takes a mention's last mark back; gives the one that counts now, "" for none. None: it had no mark."""
    newest = tx.execute(select(func.max(MARK.c.id)).where(MARK.c.mention_id == number)).scalar()
    if newest is None:
        return None
    taken = tx.execute(delete(MARK).where(MARK.c.id == newest).returning(MARK.c.mark)).scalar_one()
    counts = _count_anew(tx, number)
    if taken == WRONG_CUSTOMER != counts:
        _refuse_no_more(tx, number, by, now)
    return counts


def take_back_file(tx: Connection, origin: str, now: datetime, by: str = "") -> int:
    """Takes back all that a file brought; gives how many marks that were."""
    taken = delete(MARK).where(MARK.c.origin == origin).returning(MARK.c.mention_id, MARK.c.mark)
    brought = tx.execute(taken).all()
    refused = {row.mention_id for row in brought if row.mark == WRONG_CUSTOMER}
    for number in sorted({row.mention_id for row in brought if row.mention_id is not None}):
        counts = _count_anew(tx, number)
        if number in refused and counts != WRONG_CUSTOMER:
            _refuse_no_more(tx, number, by, now)
    return len(brought)


def list_marks(tx: Connection, *, limit: int, mention: int | None = None, brand: str = "") -> list[KeptMark]:
    """The marks, the newest first, with the texts that they are about."""
    conditions: list[ColumnElement[bool]] = []
    if mention is not None:
        conditions.append(MARK.c.mention_id == mention)
    if brand:
        conditions.append(MARK.c.brand == brand)
    # the newest of each mention counts
    newest = select(func.max(MARK.c.id)).where(MARK.c.mention_id.is_not(None)).group_by(MARK.c.mention_id)
    counts = MARK.c.mention_id.is_(None) | MARK.c.id.in_(newest)
    asked = (
        select(MARK, POST.c.title, POST.c.text.label("post_text"), counts.label("counts"))
        .outerjoin(MENTION, MENTION.c.id == MARK.c.mention_id)
        .outerjoin(POST, POST.c.id == MENTION.c.post_id)
        .where(*conditions)
        .order_by(MARK.c.id.desc())
        .limit(limit)
    )
    return [_kept(row) for row in tx.execute(asked)]


def marked_mentions(tx: Connection, most: int) -> list[int]:
    """The mentions that were ever marked with a feeling, the last marked first, `most` at most."""
    newest = func.max(MARK.c.id)
    asked = select(MARK.c.mention_id).where(MARK.c.mention_id.is_not(None), MARK.c.mark.in_(FEELINGS))
    return list(tx.execute(asked.group_by(MARK.c.mention_id).order_by(newest.desc()).limit(most)).scalars())


def marked_texts(tx: Connection, most: int) -> list[MarkedText]:
    """The texts that files brought, the last brought first, `most` at most."""
    asked = select(MARK.c.text, MARK.c.mark, MARK.c.brand).where(MARK.c.mention_id.is_(None))
    return [MarkedText(*row) for row in tx.execute(asked.order_by(MARK.c.id.desc()).limit(most))]


def let_go(tx: Connection, posts: Sequence[int]) -> None:
    """Removes the marks of these posts' mentions, which are about to go, and counts them."""
    went = 0
    for some in chunks(posts):
        mentions = select(MENTION.c.id).where(MENTION.c.post_id.in_(some))
        went += tx.execute(delete(MARK).where(MARK.c.mention_id.in_(mentions))).rowcount
    _count_gone(tx, went)


def let_go_texts(tx: Connection, before: datetime) -> int:
    """Removes the texts that were brought before then, and counts them; gives how many."""
    went = tx.execute(delete(MARK).where(MARK.c.mention_id.is_(None), MARK.c.at < before)).rowcount
    _count_gone(tx, went)
    return went


def let_go_copies(tx: Connection, posts: Sequence[int]) -> None:
    """Removes the texts that files brought which are these posts' own, also as they are exported, and counts them."""
    went = 0
    for some in chunks(posts):
        rows = tx.execute(select(POST.c.title, POST.c.text).where(POST.c.id.in_(some)))
        copies = {copy for row in rows for copy in _copies(row.title, row.text)}
        for texts in chunks(sorted(copies)):
            went += tx.execute(delete(MARK).where(MARK.c.mention_id.is_(None), MARK.c.text.in_(texts))).rowcount
    _count_gone(tx, went)


def gone(tx: Connection) -> int:
    """How many marks went with their posts, or with their age."""
    return int(tx.execute(select(SETTING.c.value).where(SETTING.c.name == _GONE)).scalar() or 0)


def _copies(title: str, text: str) -> Iterator[str]:
    """A post's words as they may stand in a file: alone, behind the title, marked as a cell that is no formula."""
    for words in (title, text, f"{title}\n{text}", f"{title} {text}"):
        if words.strip():
            yield from (words.strip(), f"'{words.rstrip()}")


def _refuse(tx: Connection, number: int, by: str, now: datetime) -> None:
    """A mention's author is not the customer: that holds for all that they wrote and will write."""
    author = author_of_mention(tx, number)
    counts = tx.execute(select(MENTION.c.customer_id).where(MENTION.c.id == number)).scalar_one()
    customer = counts or _found(tx, number)
    if author is not None and customer:
        decide(tx, author, customer, "refused", by, now)


def _refuse_no_more(tx: Connection, number: int, by: str, now: datetime) -> None:
    author = author_of_mention(tx, number)
    refused = refused_customers(tx, author) if author is not None else []
    if author is not None and refused:
        found = _found(tx, number)
        end_decision(tx, author, found if found in refused else refused[0], by, now)


def _found(tx: Connection, number: int) -> str:
    """The customer whom evidence alone found a mention's author to be."""
    return found_customer(tx.execute(select(MENTION.c.reading_json).where(MENTION.c.id == number)).scalar_one())


def _count_gone(tx: Connection, went: int) -> None:
    if went:
        statement = insert_into(tx, SETTING)
        tx.execute(
            statement.on_conflict_do_update(index_elements=[SETTING.c.name], set_={"value": statement.excluded.value}),
            [{"name": _GONE, "value": str(gone(tx) + went)}],
        )


def _count_anew(tx: Connection, number: int) -> str:
    """Lets the newest mark that a mention still has count; gives it."""
    asked = select(MARK.c.mark, MARK.c.at).where(MARK.c.mention_id == number).order_by(MARK.c.id.desc()).limit(1)
    left = tx.execute(asked).first()
    mark, at = (str(left.mark), left.at) if left is not None else ("", None)
    tx.execute(update(MENTION).where(MENTION.c.id == number).values(mark=mark, marked_at=at))
    return mark


def _kept(row: Any) -> KeptMark:
    return KeptMark(
        id=row.id,
        mention=row.mention_id,
        mark=row.mark,
        by=row.by,
        at=row.at,
        said=row.said_label,
        said_score=row.said_score,
        brand=row.brand,
        text=row.text if row.mention_id is None else "\n".join(filter(None, (row.title, row.post_text))),
        origin=row.origin,
        counts=bool(row.counts),
    )
