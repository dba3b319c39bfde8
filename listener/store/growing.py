"""Makes and grows alerts by intents."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row, Select, bindparam, select, update

from alerts.alert import AlertIntent
from listener.store.bulk import kept_time, numbers_ahead, put_rows
from listener.store.handling import reopen_worse
from listener.store.ranks import rank, severity_of
from listener.store.readings import to_json
from listener.store.statements import among, insert_new, many, numbers_of, one_at_a_time
from listener.store.tables import ALERT, ALERT_MENTION, MENTION, POST
from rules.reading import Severity

MOST_FOLLOWERS = 2**53
"""More than there are people: whatever a service counts must fit the database."""


class Told(Struct, frozen=True, kw_only=True):
    """What became of the intents of one key.

    `grown`: a known alert got mentions that it did not have. `risen`: it became more severe. `tickets`: the desks that
    the intents ask for.
    """

    alert_id: int
    key: str
    is_new: bool
    grown: bool
    severity: Severity
    risen: bool
    tickets: tuple[str, ...]
    lead_mention_id: int


def put_alerts(tx: Connection, intents: Sequence[AlertIntent], now: datetime) -> list[Told]:
    """Makes or grows the alert of each key; severity only rises, and the mention that raised it leads from then on.

    One whose lead was deleted is led by what comes. The same intents twice change nothing. One Told a key, in the order
    in which the keys first come.
    """
    if not intents:
        return []
    one_at_a_time(tx, "alerts")
    groups: dict[str, list[AlertIntent]] = {}
    for intent in intents:
        groups.setdefault(intent.key, []).append(intent)
    worst = {key: max(group, key=lambda intent: rank(intent.severity)) for key, group in groups.items()}

    known = {row.key: row for row in _standing(tx, list(groups))}
    # One that stands is not inserted again, to be ignored: that would use up its number, and people count alerts.
    made = _make(tx, {key: intent for key, intent in worst.items() if key not in known}, now)
    numbers = made | {key: row.id for key, row in known.items()}
    grown = _add_mentions(tx, groups, numbers, made)
    standing = {key: rank(intent.severity) for key, intent in worst.items()}
    standing |= {key: max(row.severity, standing[key]) for key, row in known.items()}
    leads = {key: intent.mention_id for key, intent in worst.items()}
    leads |= {key: _lead(row, worst[key]) for key, row in known.items()}
    changed = [
        {"number": row.id, "severity": standing[key], "lead_mention_id": leads[key], "updated_at": now}
        for key, row in known.items()
        if row.id in grown or standing[key] > row.severity or leads[key] != row.lead_mention_id
    ]
    if changed:
        tx.execute(_GROW, changed)
    risen = {row.id: severity_of(standing[key]) for key, row in known.items() if standing[key] > row.severity}
    reopen_worse(tx, risen, now)
    return [
        Told(
            alert_id=numbers[key],
            key=key,
            is_new=key in made,
            grown=numbers[key] in grown,
            severity=severity_of(standing[key]),
            risen=numbers[key] in risen,
            tickets=tuple(dict.fromkeys(desk for intent in group for desk in intent.tickets)),
            lead_mention_id=leads[key],
        )
        for key, group in groups.items()
    ]


def _lead(row: Row[Any], worst: AlertIntent) -> int:
    leads = rank(worst.severity) > row.severity or row.deleted_at is not None
    return worst.mention_id if leads else int(row.lead_mention_id)


_COLUMNS = ("id", "key", "kind", "story", "severity", "lead_mention_id", "created_at", "updated_at")


def _make(tx: Connection, worst: Mapping[str, AlertIntent], now: datetime) -> dict[str, int]:
    """Makes the alerts of keys that have none, each led by its worst mention; gives their numbers."""
    numbers = dict(zip(worst, numbers_ahead(tx, ALERT, len(worst)), strict=True))
    at = kept_time(tx)(now)
    rows = [
        (numbers[key], key, intent.kind, intent.story, rank(intent.severity), intent.mention_id, at, at)
        for key, intent in worst.items()
    ]
    put_rows(tx, ALERT.name, _COLUMNS, rows)
    return numbers


_PARTS = ("alert_id", "mention_id", "severity", "followers", "rules_json")


def _add_mentions(
    tx: Connection, groups: Mapping[str, Sequence[AlertIntent]], numbers: Mapping[str, int], made: Collection[str]
) -> set[int]:
    """Gives the alerts, of those that were there before, that got a mention they did not have."""
    new, more = [], []
    for key, group in groups.items():
        first = {intent.mention_id: intent for intent in reversed(group)}
        parts = [_part(numbers[key], intent) for intent in first.values()]
        if key in made:
            new += parts
        else:
            more += [dict(zip(_PARTS, part, strict=True)) for part in parts]
    put_rows(tx, ALERT_MENTION.name, _PARTS, new)
    return {row.alert_id for row in insert_new(tx, ALERT_MENTION, more, ALERT_MENTION.c.alert_id)}


def _part(number: int, intent: AlertIntent) -> tuple[Any, ...]:
    followers = min(intent.followers, MOST_FOLLOWERS)
    return number, intent.mention_id, rank(intent.severity), followers, to_json(intent.rules)


_GROW = (
    update(ALERT)
    .where(ALERT.c.id == bindparam("number"))
    .values({name: bindparam(name) for name in ("severity", "lead_mention_id", "updated_at")})
)


def _standing(tx: Connection, keys: Sequence[str]) -> Sequence[Row[Any]]:
    """The alerts of these keys that there are, mostly none; each with when the post of its lead was deleted."""
    numbers = numbers_of(tx, ALERT.name, "key", keys)
    return tx.execute(_of_numbers(tx.dialect.name), many(tx, numbers)).all() if numbers else ()


@cache
def _of_numbers(dialect: str) -> Select[Any]:
    return (
        select(ALERT.c.id, ALERT.c.key, ALERT.c.severity, ALERT.c.lead_mention_id, POST.c.deleted_at)
        .outerjoin_from(ALERT, MENTION, MENTION.c.id == ALERT.c.lead_mention_id)
        .outerjoin(POST, POST.c.id == MENTION.c.post_id)
        .where(among(dialect, ALERT.c.id))
    )
