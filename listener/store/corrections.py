"""The corrections of sentiment that were switched on, and the one that is in use."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, func, insert, select, update

from listener.store.readings import to_json
from listener.store.statements import one_at_a_time
from listener.store.tables import CORRECTION
from rules.sentiment.corrected import Corrector
from rules.sentiment.correction import Correction
from rules.sentiment.correction_grade import HeldOut

log = logging.getLogger("listener")

_decode = msgspec.json.Decoder(Correction).decode
_decode_held_out = msgspec.json.Decoder(dict[str, HeldOut]).decode


class KeptCorrection(Struct, frozen=True, kw_only=True):
    """A correction as lists show it. `in_use`: readings go by it, where they are by the `reader` it was learned on.

    `reader` is "" where what is kept is damaged.
    """

    id: int
    made_at: datetime
    by: str
    marks: int
    held_out: Mapping[str, HeldOut]
    taken_back_at: datetime | None
    in_use: bool
    reader: str


class _LearnedOn(Struct):
    reader: str = "built-in"


_decode_reader = msgspec.json.Decoder(_LearnedOn).decode


def switch_on(tx: Connection, correction: Correction, held_out: Mapping[str, HeldOut], by: str, now: datetime) -> int:
    """Keeps a correction, by which posts are read from now on; gives its number."""
    one_at_a_time(tx, "corrections")
    values = {
        "made_at": now,
        "by": by,
        "marks": correction.marks,
        "held_out_json": to_json(held_out),
        "correction_json": to_json(correction),
        "taken_back_at": None,
    }
    return int(tx.execute(insert(CORRECTION).values(values).returning(CORRECTION.c.id)).scalar_one())


def take_back(tx: Connection, now: datetime) -> int | None:
    """Goes back to the correction before the one in use, or to none; gives the one taken back, None if none was."""
    one_at_a_time(tx, "corrections")
    number = in_use(tx)
    if number is not None:
        tx.execute(update(CORRECTION).where(CORRECTION.c.id == number).values(taken_back_at=now))
    return number


def in_use(tx: Connection) -> int | None:
    """The number of the correction that readings go by, None for none."""
    newest = select(func.max(CORRECTION.c.id)).where(CORRECTION.c.taken_back_at.is_(None))
    found = tx.execute(newest).scalar()
    return None if found is None else int(found)


def current(tx: Connection) -> Correction | None:
    """The correction that readings go by, None for none.

    One that this program cannot use is told to the log, and sentiment is read as shipped: reading must go on.
    """
    number = in_use(tx)
    if number is None:
        return None
    kept = tx.execute(select(CORRECTION.c.correction_json).where(CORRECTION.c.id == number)).scalar_one()
    try:
        found = _decode(kept)
        Corrector(found)
    except (msgspec.DecodeError, ValueError) as error:
        log.error("a correction of sentiment cannot be used", extra={"correction": number, "error": str(error)})
        return None
    return found


def list_corrections(tx: Connection, limit: int) -> Sequence[KeptCorrection]:
    """All that were ever switched on, the newest first."""
    now = in_use(tx)
    rows = tx.execute(select(CORRECTION).order_by(CORRECTION.c.id.desc()).limit(limit))
    return [
        KeptCorrection(
            id=row.id,
            made_at=row.made_at,
            by=row.by,
            marks=row.marks,
            held_out=_decode_held_out(row.held_out_json),
            taken_back_at=row.taken_back_at,
            in_use=row.id == now,
            reader=_reader_of(row.correction_json),
        )
        for row in rows
    ]


def _reader_of(kept: str) -> str:
    try:
        return _decode_reader(kept).reader
    except msgspec.DecodeError:
        return ""
