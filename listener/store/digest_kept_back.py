"""What no channel was told of, and what customers answered: the counts of a digest beside its mentions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, exists, func, select

from alerts.digests.data import KeptBack, SurveyAnswers
from listener.store.alerts import get_alerts
from listener.store.tables import ALERT, ALERT_CHANNEL, INTERACTION, MENTION
from rules.interaction import SURVEY

MOST = 10
_KEPT_BACK = ("held", "muted")


def held_and_muted(
    tx: Connection, since: datetime, until: datetime, brands: Sequence[str]
) -> tuple[tuple[KeptBack, ...], int]:
    """The alerts that were kept back in [since, until) and are told on no channel, the worst first; and how many.

    At most MOST are given. Of an alert that is kept back on several channels the last word counts.
    """
    at, told = ALERT_CHANNEL.c, ALERT_CHANNEL.alias()
    anywhere = exists().where(told.c.alert_id == at.alert_id, told.c.state.not_in(_KEPT_BACK))
    its = (
        select(at.alert_id, at.state, at.stage, at.reason)
        .join(ALERT, ALERT.c.id == at.alert_id)
        .join(MENTION, MENTION.c.id == ALERT.c.lead_mention_id)
        .where(at.state.in_(_KEPT_BACK), at.decided_at >= since, at.decided_at < until, ~anywhere)
        .where(MENTION.c.brand.in_(list(brands)))
        .order_by(ALERT.c.severity.desc(), ALERT.c.id.desc(), at.decided_at)
    )
    rows = {row.alert_id: row for row in tx.execute(its)}
    kept = tuple(
        KeptBack(
            alert=alert, muted=rows[alert.id].state == "muted", stage=rows[alert.id].stage, reason=rows[alert.id].reason
        )
        for alert in get_alerts(tx, list(rows)[:MOST])
    )
    return kept, len(rows)


def survey_answers(tx: Connection, before: datetime, since: datetime, until: datetime) -> SurveyAnswers | None:
    """How many answers to surveys came in [since, until) and what they come to; None where none came."""
    answers, mean = _rated(tx, since, until)
    if not answers or mean is None:
        return None
    return SurveyAnswers(answers=answers, mean=mean, mean_before=_rated(tx, before, since)[1])


def _rated(tx: Connection, since: datetime, until: datetime) -> tuple[int, float | None]:
    rated = select(func.count(), func.avg(INTERACTION.c.rating)).where(
        INTERACTION.c.kind == SURVEY,
        INTERACTION.c.rating.is_not(None),
        INTERACTION.c.at >= since,
        INTERACTION.c.at < until,
    )
    number, mean = tx.execute(rated).one()
    return int(number), None if mean is None else float(mean)
