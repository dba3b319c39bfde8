"""The statements that tickets take, made once: a ticket takes a dozen, and to build one takes longer than to run it."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, Update, bindparam, func, literal_column, select, update

from alerts.tickets.status import UNSOLVED
from listener.store.tables import ALERT_MENTION, TICKET, TICKET_ALERT, TICKET_MENTION


@cache
def changing(names: tuple[str, ...]) -> Update:
    """Sets these columns: a handful of sets of them come again and again."""
    its = update(TICKET).where(TICKET.c.number == bindparam("its_number"))
    return its.values({name: bindparam(f"new_{name}") for name in names})


def lines() -> Select[Any]:
    """Selects tickets with how many mentions they stand for: their alert's, else those put into them."""
    of_alert = _count(select(func.count()).where(ALERT_MENTION.c.alert_id == TICKET.c.alert_id))
    put_in = _count(select(func.count()).where(TICKET_MENTION.c.ticket == TICKET.c.number))
    return select(TICKET, of_alert.label("of_alert"), put_in.label("put_in"))


def _count(statement: Select[Any]) -> Any:
    return statement.correlate(TICKET).scalar_subquery()


def _of_whom(theirs: ColumnElement[bool]) -> Select[Any]:
    """Of the tickets of whoever that is, in a brand, the one that `ticket_of_author` promises."""
    goes_on = TICKET.alias()
    its = goes_on.c
    joined = TICKET.join(goes_on, its.number == func.coalesce(TICKET.c.merged_into, TICKET.c.number))
    has = select(its.number, its.status).select_from(joined).where(theirs, TICKET.c.brand == bindparam("its_brand"))
    return has.order_by(its.status.in_(UNSOLVED).desc(), its.number.desc()).limit(1)


OPEN = TICKET.insert().returning(TICKET.c.number)
OF_KEY = select(TICKET.c.number, TICKET.c.severity).where(TICKET.c.key == bindparam("its_key"))
_ANSWERING = select(TICKET_ALERT.c.ticket).where(TICKET_ALERT.c.alert_id == bindparam("alert"))
OF_ALERT = select(func.max(TICKET.c.number)).where(
    (TICKET.c.alert_id == bindparam("alert")) | (TICKET.c.key == bindparam("its_key")) | TICKET.c.number.in_(_ANSWERING)
)
OF_CUSTOMER = _of_whom(  # what is not "" lets an index answer
    (TICKET.c.customer_id != literal_column("''")) & (TICKET.c.customer_id == bindparam("customer"))
)
OF_AUTHOR = _of_whom(TICKET.c.author_hash == bindparam("author"))
WHOLE = lines().where(TICKET.c.number == bindparam("its_number"))
ITS_ALERTS = select(TICKET_ALERT.c.alert_id).where(TICKET_ALERT.c.ticket == bindparam("its_number"))
ITS_MENTIONS = (
    select(TICKET_MENTION.c.mention_id)
    .where(TICKET_MENTION.c.ticket == bindparam("its_number"))
    .order_by(TICKET_MENTION.c.mention_id.desc())
    .limit(bindparam("most"))
)
