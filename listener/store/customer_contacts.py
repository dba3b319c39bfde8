"""What was said between us and customers of late: complaints, and the last contacts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, literal_column, or_, select

from listener.store.readings import author_of
from listener.store.statements import chunks
from listener.store.tables import INTERACTION, MENTION, POST
from rules.timeline import Direction, Entry, Happening, in_order

RECENT = timedelta(days=7)
"""How long a complaint is recent."""

Complaints = dict[str, dict[bytes, bytes]]
"""By customer: what each complaint is known by, and the hash of its words. The same words twice are one complaint."""

_A_COMPLAINT = '"label":"complaint"'
"""As a reading is kept; in a text it would have its quotes escaped."""


def complains() -> ColumnElement[bool]:
    """Whether a row of MENTION is a complaint: as it was read, unless a person said what it is."""
    read = or_(MENTION.c.label == "negative", MENTION.c.reading_json.contains(_A_COMPLAINT, autoescape=True))
    return or_(MENTION.c.mark == "negative", and_(MENTION.c.mark == "", read))


def of_customers(customers: Collection[str]) -> ColumnElement[bool]:
    """Whether a row of MENTION joined with POST was written by one of these customers."""
    return and_(
        MENTION.c.customer_id != literal_column("''"),  # as its index says
        MENTION.c.customer_id.in_(list(customers)),
        MENTION.c.mark != "wrong-customer",
        MENTION.c.own.is_(False),
        POST.c.deleted_at.is_(None),
    )


def complaints(tx: Connection, customers: Sequence[str], since: datetime, until: datetime) -> Complaints:
    """The complaints of these customers in (since, until], over all channels."""
    found: Complaints = {customer: {} for customer in customers}
    for some in chunks(customers):
        posts = (
            select(MENTION.c.customer_id, POST.c.key_hash, POST.c.content_hash)
            .join(POST, POST.c.id == MENTION.c.post_id)
            .where(of_customers(some), MENTION.c.at > since, MENTION.c.at <= until, complains())
        )
        for row in tx.execute(posts):
            found[row.customer_id][row.key_hash] = row.content_hash
        contacts = select(INTERACTION.c.customer_id, INTERACTION.c.key_hash).where(
            INTERACTION.c.customer_id.in_(some),
            INTERACTION.c.at > since,
            INTERACTION.c.at <= until,
            INTERACTION.c.complaint,
            INTERACTION.c.direction == "in",
        )
        for contact in tx.execute(contacts):
            found[contact.customer_id][contact.key_hash] = contact.key_hash
    return found


def counted(of: Mapping[bytes, bytes]) -> int:
    """How many complaints these are."""
    return len(set(of.values()))


def last_contacts(tx: Connection, customer: str, until: datetime, most: int, *, but_story: str = "") -> list[Entry]:
    """A customer's last contacts up to then over all channels, the newest first; without the posts of one story."""
    posts = mentions_of([customer]).where(MENTION.c.at <= until)
    if but_story:
        posts = posts.where(POST.c.story != but_story)
    ordered = posts.order_by(MENTION.c.at.desc(), MENTION.c.id.desc())
    rows = tx.execute(ordered.limit(3 * most)).all()  # one post may be a mention of several brands
    its = INTERACTION.c.customer_id == customer, INTERACTION.c.at <= until
    contacts = select(INTERACTION).where(*its).order_by(INTERACTION.c.at.desc(), INTERACTION.c.id.desc()).limit(most)
    entries = [*mention_entries(rows), *map(interaction_entry, tx.execute(contacts))]
    return in_order(entries)[::-1][:most]


def mentions_of(customers: Collection[str]) -> Select[Any]:
    """Selects what `mention_entries` needs of these customers' mentions, to be narrowed further."""
    columns = (
        MENTION.c.id, MENTION.c.post_id, MENTION.c.customer_id, MENTION.c.at, MENTION.c.label, MENTION.c.mark,
        MENTION.c.brand, complains().label("complaint"), POST.c.source, POST.c.kind, POST.c.title, POST.c.text,
        POST.c.url, POST.c.author_json,
    )  # fmt: skip
    return select(*columns).join(POST, POST.c.id == MENTION.c.post_id).where(of_customers(customers))


def mention_entries(rows: Sequence[Row[Any]], tickets: Mapping[int, int] | None = None) -> list[Entry]:
    """Rows of `mentions_of` as entries, one a post. `tickets`: the ticket of each mention that has one."""
    by_post: dict[int, list[Row[Any]]] = {}
    for row in rows:
        by_post.setdefault(row.post_id, []).append(row)
    found = []
    for group in by_post.values():
        row = min(group, key=lambda one: one.id)
        author = author_of(row)
        numbers = [tickets[one.id] for one in group if one.id in tickets] if tickets else []
        found.append(
            Entry(
                at=row.at,
                what="mention",
                number=row.id,
                customer=row.customer_id,
                channel=row.source,
                kind=row.kind,
                direction="in",
                by=author.name or author.handle,
                text=row.title or row.text,
                url=row.url,
                feeling=felt(group),
                complaint=any(one.complaint for one in group),
                ticket=min(numbers, default=None),
            )
        )
    return found


def felt(group: Sequence[Row[Any]]) -> str:
    """What a post feels that mentions several brands: the worst of it, and what a person said before what was read."""
    said = [one.mark if one.mark in ("negative", "neutral", "positive") else one.label for one in group]
    return next((label for label in ("negative", "positive", "neutral") if label in said), "")


def interaction_entry(row: Row[Any]) -> Entry:
    """A row of INTERACTION as an entry."""
    what: Happening = "survey" if row.rating is not None else "interaction"
    direction: Direction = row.direction
    return Entry(
        at=row.at,
        what=what,
        number=row.id,
        customer=row.customer_id,
        channel=row.channel,
        kind=row.kind,
        direction=direction,
        by=row.by,
        text=row.text,
        outcome=row.outcome,
        feeling=row.label,
        complaint=row.complaint,
        rating=row.rating,
    )
