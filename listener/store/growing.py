"""Makes and grows alerts by intents, and says who should hear of it."""

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
from listener.store.statements import insert_into, insert_new, one_at_a_time
from listener.store.tables import ALERT, ALERT_CHANNEL, ALERT_MENTION
from rules.reading import Severity


class Told(Struct, frozen=True, kw_only=True):
    """What became of the intents of one key, and who should hear of it now.

    `grown`: a known alert got mentions that it did not have. `channels_to_tell`: those that were not told at this
    severity or higher. `tickets`: the desks that the intents ask for.
    """

    alert_id: int
    key: str
    is_new: bool
    grown: bool
    severity: Severity
    channels_to_tell: tuple[str, ...]
    tickets: tuple[str, ...]
    lead_mention_id: int


def put_alerts(tx: Connection, intents: Sequence[AlertIntent], now: datetime) -> list[Told]:
    """Makes or grows the alert of each key; severity only rises, and the mention that raised it leads from then on.

    The same intents twice tell nobody twice. One Told a key, in the order in which the keys first come.
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
    to_tell = _channels_to_tell(tx, groups, known, standing)
    return [
        Told(
            alert_id=known[key].id,
            key=key,
            is_new=key in made,
            grown=key not in made and known[key].id in grown,
            severity=severity_of(standing[key]),
            channels_to_tell=tuple(to_tell[key]),
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
            "rules_json": to_json(intent.rules),
        }
        for key, group in groups.items()
        for intent in group
    ]
    return {row.alert_id for row in insert_new(tx, ALERT_MENTION, rows, ALERT_MENTION.c.alert_id)}


def _channels_to_tell(
    tx: Connection, groups: dict[str, list[AlertIntent]], known: dict[str, Row[Any]], standing: dict[str, int]
) -> dict[str, list[str]]:
    """Per key the channels that something worse than they were told asks for; writes down that they are told."""
    told = {
        (row.alert_id, row.channel): row.severity
        for row in tx.execute(
            select(ALERT_CHANNEL).where(ALERT_CHANNEL.c.alert_id.in_([row.id for row in known.values()]))
        )
    }
    to_tell: dict[str, list[str]] = {}
    rows = []
    for key, group in groups.items():
        asked: dict[str, int] = {}
        for intent in group:
            for channel in intent.channels:
                asked[channel] = max(asked.get(channel, -1), rank(intent.severity))
        alert_id = known[key].id
        to_tell[key] = [name for name, severity in asked.items() if severity > told.get((alert_id, name), -1)]
        # What a channel shows is the alert as it stands, so it has then been told at that severity.
        rows += [{"alert_id": alert_id, "channel": name, "severity": standing[key]} for name in to_tell[key]]
    if rows:
        statement = insert_into(tx, ALERT_CHANNEL)
        keys = [ALERT_CHANNEL.c.alert_id, ALERT_CHANNEL.c.channel]
        severity = {"severity": statement.excluded.severity}
        tx.execute(statement.on_conflict_do_update(index_elements=keys, set_=severity), rows)
    return to_tell
