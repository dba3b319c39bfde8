"""What a small batch costs is mostly its statements: few, and none that is built anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import event

from alerts.policy import Route, alert_intents
from listener.alerting.deciding import Alerting
from listener.alerting.setup import AlertingSetup
from listener.store import Store, Tx, heard
from listener.store.alerts import put_alerts
from listener.store.mentions import put_results
from rules.analysis import Read
from rules.reading import RuleMatch

MakeRead = Callable[..., Read]

RULE = RuleMatch(name="angry", severity="high", reason="it is angry")
ROUTES = {RULE.name: Route(severity="high", notify=("slack", "mail"))}

MOST_STATEMENTS = 14
"""Of a batch with new alerts, without those that go to the driver as they are."""


def _keep(tx: Tx, reads: Sequence[Read], now: datetime) -> int:
    """As listener.analyse keeps a batch; gives how many alerts it made or grew."""
    kept = put_results(tx, reads, "blogs", False, now, spoken_only=True)
    heard.count_mentions(tx, "blogs", kept.brands, now)
    intents, _ = alert_intents(kept.new, ROUTES, now, timedelta(days=1))
    told = put_alerts(tx, intents, now)
    Alerting(AlertingSetup()).take_in(tx, told, intents, {one.id: one for one in kept.new}, now)
    return len(told)


def _of_batch(store: Store, reads: Sequence[Read], now: datetime) -> tuple[list[Any], int]:
    """The statements that keeping it takes; the alerts."""
    statements: list[Any] = []
    with store.write() as tx:
        event.listen(tx, "before_execute", lambda _, statement, *__: statements.append(statement))
        return statements, _keep(tx, reads, now)


def test_a_batch_builds_no_statement_that_one_before_it_has_run(
    store: Store, make_read: MakeRead, now: datetime
) -> None:
    def batch(start: int) -> list[Read]:
        fresh = [make_read(f"{number}", rules=(RULE,), fingerprint=(number,)) for number in range(start, start + 3)]
        seen_before = [make_read("0", brand=f"Brand {start}", rules=(RULE,))]  # its alert grows
        return fresh + seen_before

    first, _ = _of_batch(store, batch(0), now)
    again, _ = _of_batch(store, batch(10), now)
    third, told = _of_batch(store, batch(20), now)
    assert told == 4
    known = {id(statement) for statement in (*first, *again)}
    assert [str(statement) for statement in third if id(statement) not in known] == []


def test_a_batch_with_new_alerts_takes_few_statements_however_many_they_are(
    store: Store, make_read: MakeRead, now: datetime
) -> None:
    _of_batch(store, [make_read("0", rules=(RULE,))], now)
    few, told_few = _of_batch(store, [make_read("1", rules=(RULE,))], now)
    many, told_many = _of_batch(store, [make_read(f"many {n}", rules=(RULE,)) for n in range(40)], now)
    assert (told_few, told_many) == (1, 40)
    assert len(few) == len(many) <= MOST_STATEMENTS
