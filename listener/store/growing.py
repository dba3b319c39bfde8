"""Makes and grows alerts by intents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row, select

from alerts.alert import AlertIntent
from listener.store.handling import reopen_worse
from listener.store.ranks import rank, severity_of
from listener.store.readings import to_json
from listener.store.statements import insert_new, one_at_a_time
from listener.store.tables import ALERT, ALERT_MENTION
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

    The same intents twice change nothing. One Told a key, in the order in which the keys first come.
    """
    if not intents:
        return []
    one_at_a_time(tx, "alerts")
    groups: dict[str, list[AlertIntent]] = {}
    for intent in intents:
        groups.setdefault(intent.key, []).append(intent)
    worst = {key: max(group, key=lambda intent: rank(intent.severity)) for key, group in groups.items()}

    # One that stands is not inserted again, to be ignored: that would use up its number, and people count alerts.
    standing_already = set(tx.execute(select(ALERT.c.key).where(ALERT.c.key.in_(list(groups)))).scalars())
    rows = [
        {
            "key": key,
            "kind": intent.kind,
            "story": intent.story,
            "severity": rank(intent.severity),
            "lead_mention_id": intent.mention_id,
            "created_at": now,
            "updated_at": now,
        }
        for key, intent in worst.items()
        if key not in standing_already
    ]
    made = {row.key for row in insert_new(tx, ALERT, rows, ALERT.c.key)}
    known = {row.key: row for row in tx.execute(select(ALERT).where(ALERT.c.key.in_(list(groups))))}
    grown = _add_mentions(tx, groups, {key: row.id for key, row in known.items()})
    standing = {key: max(row.severity, rank(worst[key].severity)) for key, row in known.items()}
    leads = {key: _lead(row, worst[key]) for key, row in known.items()}
    for key, row in known.items():
        if key not in made and (row.id in grown or standing[key] > row.severity):
            changes = {"severity": standing[key], "lead_mention_id": leads[key], "updated_at": now}
            tx.execute(ALERT.update().where(ALERT.c.id == row.id).values(changes))
    risen = {row.id: severity_of(standing[key]) for key, row in known.items() if standing[key] > row.severity}
    reopen_worse(tx, risen, now)
    return [
        Told(
            alert_id=known[key].id,
            key=key,
            is_new=key in made,
            grown=key not in made and known[key].id in grown,
            severity=severity_of(standing[key]),
            risen=key not in made and standing[key] > known[key].severity,
            tickets=tuple(dict.fromkeys(desk for intent in group for desk in intent.tickets)),
            lead_mention_id=leads[key],
        )
        for key, group in groups.items()
    ]


def _lead(row: Row[Any], worst: AlertIntent) -> int:
    return worst.mention_id if rank(worst.severity) > row.severity else int(row.lead_mention_id)


def _add_mentions(tx: Connection, groups: dict[str, list[AlertIntent]], numbers: dict[str, int]) -> set[int]:
    """Gives the alerts that got a mention they did not have."""
    rows = [
        {
            "alert_id": numbers[key],
            "mention_id": intent.mention_id,
            "severity": rank(intent.severity),
            "followers": min(intent.followers, MOST_FOLLOWERS),
            "rules_json": to_json(intent.rules),
        }
        for key, group in groups.items()
        for intent in group
    ]
    return {row.alert_id for row in insert_new(tx, ALERT_MENTION, rows, ALERT_MENTION.c.alert_id)}
