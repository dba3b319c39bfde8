"""Surveys: which settled tickets call for one, who was asked and answered, who does not want to be asked."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from msgspec import Struct
from sqlalchemy import Connection, Row, func, or_, select, update

from listener.store.hashes import hash_of
from listener.store.statements import insert_new
from listener.store.tables import ALERT, DESK_TICKET, MENTION, SURVEY, SURVEY_REFUSAL, TICKET
from sources.post import storable

State = Literal["waiting", "sent", "answered", "expired", "not asked"]
Kind = Literal["csat", "nps"]

LONGEST_COMMENT = 2_000
SETTLED = ("solved", "closed")


class Settled(Struct, frozen=True, kw_only=True):
    """A ticket that was settled, here or at a desk outside; `ticket` names it for ever."""

    ticket: str
    customer: str
    brand: str
    lang: str
    at: datetime


class Survey(Struct, frozen=True, kw_only=True):
    """One question to one customer. `why`: why it was not asked, "" where it was or will be."""

    number: int
    ticket: str
    customer: str
    brand: str
    lang: str
    kind: Kind
    state: State
    why: str
    ask_at: datetime
    sent_at: datetime | None
    expires_at: datetime | None
    answered_at: datetime | None
    score: int | None
    comment: str

    def is_open(self, now: datetime) -> bool:
        """Whether it can be answered, or the answer changed."""
        return self.state in ("sent", "answered") and self.expires_at is not None and now < self.expires_at


def settled_since(tx: Connection, since: datetime) -> list[Settled]:
    """The tickets of known customers that were settled since then and have no survey yet, the oldest first."""
    at = func.coalesce(TICKET.c.solved_at, TICKET.c.closed_at)
    ours = select(TICKET.c.number, TICKET.c.customer_id, TICKET.c.brand, TICKET.c.lang, at.label("at")).where(
        TICKET.c.customer_id != "", TICKET.c.status.in_(SETTLED), TICKET.c.merged_into.is_(None), at >= since
    )
    theirs = (
        select(
            DESK_TICKET.c.desk, DESK_TICKET.c.alert_id, MENTION.c.customer_id, MENTION.c.brand, MENTION.c.lang,
            DESK_TICKET.c.closed_at,
        )
        .join(ALERT, ALERT.c.id == DESK_TICKET.c.alert_id)
        .join(MENTION, MENTION.c.id == ALERT.c.lead_mention_id)
        .where(DESK_TICKET.c.state == "closed", DESK_TICKET.c.closed_at >= since, MENTION.c.customer_id != "")
    )  # fmt: skip
    found = [
        Settled(ticket=f"builtin:{row.number}", customer=row.customer_id, brand=row.brand, lang=row.lang, at=row.at)
        for row in tx.execute(ours)
    ]
    found += [
        Settled(
            ticket=f"{row.desk}:{row.alert_id}",
            customer=row.customer_id,
            brand=row.brand,
            lang=row.lang,
            at=row.closed_at,
        )
        for row in tx.execute(theirs)
    ]
    names = [one.ticket for one in found]
    known = set(tx.execute(select(SURVEY.c.ticket).where(SURVEY.c.ticket.in_(names))).scalars()) if names else set()
    return sorted((one for one in found if one.ticket not in known), key=lambda one: (one.at, one.ticket))


def is_settled(tx: Connection, ticket: str) -> bool:
    """Whether a ticket is still settled: nobody has opened it again."""
    desk, _, number = ticket.rpartition(":")
    if desk == "builtin":
        found = tx.execute(select(TICKET.c.status).where(TICKET.c.number == int(number))).scalar()
        return found in SETTLED
    its = DESK_TICKET.c.desk == desk, DESK_TICKET.c.alert_id == int(number)
    return tx.execute(select(DESK_TICKET.c.state).where(*its)).scalar() == "closed"


def put_survey(tx: Connection, of: Settled, kind: Kind, ask_at: datetime) -> int | None:
    """Keeps that a customer is to be asked; gives its number, None where the ticket has one already."""
    row = {
        "ticket": of.ticket, "customer_id": of.customer, "brand": of.brand, "lang": of.lang, "kind": kind,
        "state": "waiting", "ask_at": ask_at, "person": b"", "why": "", "comment": "",
    }  # fmt: skip
    made = insert_new(tx, SURVEY, [row], SURVEY.c.number)
    return int(made[0].number) if made else None


def get_survey(tx: Connection, number: int) -> Survey | None:
    """One survey, or None."""
    row = tx.execute(select(SURVEY).where(SURVEY.c.number == number)).first()
    return None if row is None else _survey(row)


def list_surveys(tx: Connection, *, state: str = "", limit: int = 50) -> list[Survey]:
    """The surveys in a state ("" is any), the newest first."""
    statement = select(SURVEY).order_by(SURVEY.c.number.desc()).limit(limit)
    return [_survey(row) for row in tx.execute(statement.where(SURVEY.c.state == state) if state else statement)]


def surveys_since(tx: Connection, since: datetime) -> list[Survey]:
    """The surveys that were sent since then, the oldest first."""
    return [
        _survey(row) for row in tx.execute(select(SURVEY).where(SURVEY.c.sent_at >= since).order_by(SURVEY.c.sent_at))
    ]


def asked_since(tx: Connection, customer: str, address: str, since: datetime) -> bool:
    """Whether this customer, or whoever has this address, was asked since then."""
    theirs = or_(SURVEY.c.customer_id == customer, SURVEY.c.person == person_of(address))
    return tx.execute(select(SURVEY.c.number).where(SURVEY.c.sent_at >= since, theirs).limit(1)).first() is not None


def has_refused(tx: Connection, customer: str, address: str) -> bool:
    """Whether they said that they do not want to be asked."""
    hashes = [person_of(address), customer_of(customer)]
    return tx.execute(select(SURVEY_REFUSAL.c.person).where(SURVEY_REFUSAL.c.person.in_(hashes))).first() is not None


def put_refused(tx: Connection, number: int, now: datetime) -> None:
    """Keeps that who was asked does not want to be asked again."""
    row = tx.execute(select(SURVEY.c.person, SURVEY.c.customer_id).where(SURVEY.c.number == number)).first()
    if row is not None:
        hashes = {customer_of(row.customer_id), *([bytes(row.person)] if row.person else [])}
        insert_new(tx, SURVEY_REFUSAL, [{"person": one, "refused_at": now} for one in sorted(hashes)])


def put_sent(tx: Connection, number: int, address: str, now: datetime, expires_at: datetime) -> None:
    """Writes down that the question goes out."""
    values = {"state": "sent", "sent_at": now, "expires_at": expires_at, "person": person_of(address)}
    tx.execute(update(SURVEY).where(SURVEY.c.number == number).values(values))


def put_not_asked(tx: Connection, number: int, why: str) -> None:
    """Writes down why somebody is not asked."""
    values = {"state": "not asked", "why": storable(why, 500), "sent_at": None}
    tx.execute(update(SURVEY).where(SURVEY.c.number == number).values(values))


def put_waiting(tx: Connection, number: int) -> None:
    """Writes down that the question did not go out and will be tried again."""
    values = {"state": "waiting", "why": "", "sent_at": None, "expires_at": None}
    tx.execute(update(SURVEY).where(SURVEY.c.number == number).values(values))


def put_answer(tx: Connection, number: int, score: int, comment: str, now: datetime) -> Survey | None:
    """Keeps an answer, or another one in its place; None where the survey takes none (any more)."""
    known = get_survey(tx, number)
    if known is None or not known.is_open(now):
        return None
    values = {
        "state": "answered",
        "score": score,
        "comment": storable(comment, LONGEST_COMMENT),
        "answered_at": known.answered_at or now,
    }
    tx.execute(update(SURVEY).where(SURVEY.c.number == number).values(values))
    return get_survey(tx, number)


def expire(tx: Connection, now: datetime) -> int:
    """Ends the questions that nobody answered in time; gives how many."""
    over = SURVEY.c.state == "sent", SURVEY.c.expires_at <= now
    return tx.execute(update(SURVEY).where(*over).values(state="expired")).rowcount


def person_of(address: str) -> bytes:
    return hash_of("survey address", address.lower())


def customer_of(customer: str) -> bytes:
    return hash_of("survey customer", customer)


def _survey(row: Row[Any]) -> Survey:
    return Survey(
        number=row.number,
        ticket=row.ticket,
        customer=row.customer_id,
        brand=row.brand,
        lang=row.lang,
        kind=row.kind,
        state=row.state,
        why=row.why,
        ask_at=row.ask_at,
        sent_at=row.sent_at,
        expires_at=row.expires_at,
        answered_at=row.answered_at,
        score=row.score,
        comment=row.comment,
    )
