"""What people do not want to be told of for a while: kept with who said so, why and until when, also afterwards."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row, bindparam, func, select, update

from alerts.pipeline.silence import ActiveSilence
from listener.store.statements import one_at_a_time
from listener.store.tables import ALERT_CHANNEL, SILENCE
from rules.alert_match import AlertMatch
from rules.rule import RuleError
from sources.post import storable

log = logging.getLogger("listener.alerting.deciding")

LONGEST_NAME = 200
LONGEST_REASON = 1_000


class Silence(Struct, frozen=True, kw_only=True):
    """One silence. `ended_at`: when somebody (`ended_by`) ended it before its time."""

    id: int
    match: str
    reason: str
    by: str
    made_at: datetime
    starts_at: datetime
    ends_at: datetime
    ended_by: str = ""
    ended_at: datetime | None = None

    def state(self, now: datetime) -> str:
        """ "planned", "active", "expired", or "ended" where somebody ended it."""
        if self.ended_at is not None:
            return "ended"
        if now < self.starts_at:
            return "planned"
        return "active" if now < self.ends_at else "expired"


def add(
    tx: Connection, *, match: str, reason: str, by: str, starts_at: datetime, ends_at: datetime, now: datetime
) -> Silence:
    """Keeps a new silence. Raises RuleError for a condition that cannot be used, ValueError where a part is missing."""
    AlertMatch(match)
    if not reason.strip() or not by.strip():
        raise ValueError("a silence needs a reason and the name of whoever says so")
    if ends_at <= max(starts_at, now):
        raise ValueError("a silence must end later than it starts, and later than now")
    one_at_a_time(tx, "alerts")
    values: dict[str, Any] = {
        "match": match,
        "reason": storable(reason.strip(), LONGEST_REASON),
        "by": storable(by.strip(), LONGEST_NAME),
        "made_at": now,
        "starts_at": starts_at,
        "ends_at": ends_at,
        "ended_by": "",
    }
    number = tx.execute(SILENCE.insert().values(values).returning(SILENCE.c.id)).scalar_one()
    return Silence(id=number, **values)


def end(tx: Connection, number: int, by: str, now: datetime) -> Silence | None:
    """Ends a silence before its time; None where there is none of that number that is planned or active."""
    one_at_a_time(tx, "alerts")
    its = (SILENCE.c.id == number) & SILENCE.c.ended_at.is_(None) & (SILENCE.c.ends_at > now)
    values = {"ended_at": now, "ended_by": storable(by, LONGEST_NAME)}
    row = tx.execute(update(SILENCE).where(its).values(values).returning(*SILENCE.c)).first()
    return None if row is None else _silence(row)


def list_silences(tx: Connection, limit: int, *, now: datetime | None = None) -> list[Silence]:
    """The silences, the newest first; with `now` those that are planned or active then."""
    asked = select(SILENCE).order_by(SILENCE.c.id.desc()).limit(limit)
    if now is not None:
        asked = asked.where(SILENCE.c.ended_at.is_(None), SILENCE.c.ends_at > now)
    return [_silence(row) for row in tx.execute(asked)]


def active(tx: Connection, now: datetime) -> list[ActiveSilence]:
    """The silences whose time is now, ready to ask. One that this version cannot read any more silences nothing."""
    return [
        ActiveSilence(id=row.id, match=match, by=row.by, reason=row.reason, ends_at=row.ends_at)
        for row in tx.execute(_ACTIVE, {"now": now})
        if (match := _compiled(row.match)) is not None
    ]


_NOW = bindparam("now", type_=SILENCE.c.ends_at.type)
_ACTIVE = (
    select(SILENCE)
    .where(SILENCE.c.ends_at > _NOW, SILENCE.c.starts_at <= _NOW, SILENCE.c.ended_at.is_(None))
    .order_by(SILENCE.c.id)
)


def muted_by(tx: Connection) -> Mapping[int, int]:
    """How many alerts each silence keeps muted, as the notices say; silences without any are left out."""
    its = ALERT_CHANNEL.c
    asked = select(its.reason, func.count(its.alert_id.distinct())).where(its.state == "muted", its.stage == "silence")
    found: dict[int, int] = {}
    for reason, count in tx.execute(asked.group_by(its.reason)):
        number = reason.removeprefix("silence ").partition(" ")[0]
        if number.isascii() and number.isdigit():
            found[int(number)] = found.get(int(number), 0) + int(count)
    return found


@lru_cache(maxsize=256)
def _compiled(match: str) -> AlertMatch | None:
    try:
        return AlertMatch(match)
    except RuleError as error:
        log.warning("a silence cannot be used", extra={"match": match, "error": error.message})
        return None


def _silence(row: Row[Any]) -> Silence:
    return Silence(**row._asdict())
