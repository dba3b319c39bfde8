"""Which author is which customer: what evidence says, and what people have decided of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, func, literal_column, select, update

from listener.store.customers import get_customer
from listener.store.link_keys import hash_of_key, newest_author, wrote
from listener.store.relabelling import decision_of, relabel
from listener.store.statements import insert_into, one_at_a_time
from listener.store.tables import CUSTOMER, CUSTOMER_LINK, MENTION, POST
from rules.authors import AuthorKey
from rules.recognition import Decision
from sources.post import storable

MATCHER = "matcher"
"""Who made a link that no person did."""

State = Literal["linked", "review", "refused", "none"]
_ITS = CUSTOMER_LINK.c
_decode_evidence = msgspec.json.Decoder(tuple[str, ...]).decode


class Link(Struct, frozen=True, kw_only=True):
    """One author and one customer. `made_by` is MATCHER or a person; `ended_*` who took a decision back.

    `probability` and `evidence` are the matcher's, None and nothing where it said nothing. State "none": a decision
    was taken back, and nothing else is known.
    """

    author: str
    known_by: Literal["id", "handle"]
    shown: str
    customer: str
    name: str
    state: State
    made_by: str
    made_at: datetime | None
    probability: float | None
    evidence: tuple[str, ...]
    ended_by: str
    ended_at: datetime | None


def decide(
    tx: Connection,
    author: AuthorKey,
    customer: str,
    state: Literal["linked", "refused"],
    by: str,
    now: datetime,
) -> int:
    """Keeps what a person says of an author and a customer; gives how many kept mentions changed with it.

    An author is one customer at most: a link to another that a person made before ends.
    """
    one_at_a_time(tx, "mentions")
    key = hash_of_key(author)
    if state == "linked":
        others = (_ITS.author_hash == key) & (_ITS.decision == "linked") & (_ITS.customer_id != customer)
        tx.execute(update(CUSTOMER_LINK).where(others).values(decision="", ended_by=by, ended_at=now))
    said = {"decision": state, "decided_by": by, "decided_at": now, "ended_by": "", "ended_at": None}
    newest = newest_author(tx, author)
    shown = author.value if newest is None else newest.handle or newest.name or newest.id
    row = {**link_values(author, shown, customer), **said}
    statement = insert_into(tx, CUSTOMER_LINK).values(**row)
    tx.execute(statement.on_conflict_do_update(index_elements=[_ITS.author_hash, _ITS.customer_id], set_=said))
    return relabel(tx, author)


def take_back(tx: Connection, author: AuthorKey, customer: str, by: str, now: datetime) -> int | None:
    """Takes back what a person said of an author and a customer, so that the evidence counts again.

    Gives how many kept mentions changed; None where nobody had said anything.
    """
    one_at_a_time(tx, "mentions")
    its = (_ITS.author_hash == hash_of_key(author)) & (_ITS.customer_id == customer) & (_ITS.decision != "")
    ended = update(CUSTOMER_LINK).where(its).values(decision="", ended_by=by, ended_at=now)
    return relabel(tx, author) if tx.execute(ended).rowcount else None


def decisions(tx: Connection) -> tuple[Decision, ...]:
    """All that people have said, for those who read posts."""
    rows = tx.execute(select(CUSTOMER_LINK).where(_ITS.decision != "").order_by(_ITS.id))
    return tuple(map(decision_of, rows))


def refused_customers(tx: Connection, author: AuthorKey) -> list[str]:
    """The customers who people said an author is not, the last said first."""
    its = (_ITS.author_hash == hash_of_key(author)) & (_ITS.decision == "refused")
    return list(tx.execute(select(_ITS.customer_id).where(its).order_by(_ITS.decided_at.desc())).scalars())


def list_links(tx: Connection, *, state: str = "", customer: str = "", limit: int = 50) -> list[Link]:
    """Links to customers of the directory, the newest first; those to be looked at with the most probable first."""
    conditions = [_known(), _in_state(state)] if state else [_known()]
    if customer:
        conditions.append(_ITS.customer_id == customer)
    order = (_ITS.probability.desc(), _ITS.id) if state == "review" else (_ITS.id.desc(),)
    return [
        _link(tx, row) for row in tx.execute(select(CUSTOMER_LINK).where(*conditions).order_by(*order).limit(limit))
    ]


def count_to_review(tx: Connection) -> int:
    """How many pairs of an author and a customer wait for a person."""
    waiting = select(func.count()).select_from(CUSTOMER_LINK).where(_known(), _in_state("review"))
    return int(tx.execute(waiting).scalar() or 0)


def get_link(tx: Connection, author: AuthorKey, customer: str) -> Link | None:
    """What is known of an author and a customer."""
    its = (_ITS.author_hash == hash_of_key(author)) & (_ITS.customer_id == customer)
    row = tx.execute(select(CUSTOMER_LINK).where(its)).first()
    return None if row is None else _link(tx, row)


def counts_as(tx: Connection, author: AuthorKey, customer: str) -> bool:
    """Whether a kept mention of the author counts as that customer's."""
    theirs = (MENTION.c.customer_id != literal_column("''")) & (MENTION.c.customer_id == customer)  # as its index says
    its = select(MENTION.c.id).join(POST, POST.c.id == MENTION.c.post_id).where(theirs, wrote(author))
    return tx.execute(its.limit(1)).first() is not None


def link_values(author: AuthorKey, shown: str, customer: str) -> dict[str, Any]:
    """The columns of a row of CUSTOMER_LINK about which nothing has been said yet."""
    return {
        "author_hash": hash_of_key(author),
        "customer_id": customer,
        "source": author.source,
        "known_by": author.by,
        "author": storable(author.value),
        "shown": storable(shown, 200),
        "scored": "",
        "probability": None,
        "evidence_json": "[]",
        "scored_at": None,
        "decision": "",
        "decided_by": "",
        "decided_at": None,
        "ended_by": "",
        "ended_at": None,
    }


def _known() -> ColumnElement[bool]:
    return select(CUSTOMER.c.id).where(CUSTOMER.c.id == _ITS.customer_id).exists()


def _in_state(state: str) -> ColumnElement[bool]:
    return (_ITS.decision == state) | ((_ITS.decision == "") & (_ITS.scored == state))


def _link(tx: Connection, row: Any) -> Link:
    known = get_customer(tx, row.customer_id)
    by_person = row.decision != ""
    return Link(
        author=f"{row.source}:{row.author}",
        known_by=row.known_by,
        shown=row.shown,
        customer=row.customer_id,
        name=known.name if known else "",
        state=row.decision or row.scored or "none",
        made_by=row.decided_by if by_person else MATCHER if row.scored else "",
        made_at=row.decided_at if by_person else row.scored_at,
        probability=row.probability,
        evidence=_decode_evidence(row.evidence_json),
        ended_by=row.ended_by,
        ended_at=row.ended_at,
    )
