"""Tells others of alerts that nobody takes up, step by step, after a last look whether that is still called for."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from alerts.escalation import Called, Escalation, Roster, next_step, policy_for, whom
from alerts.handling import Event
from alerts.wording import lasting
from listener.handling.acting import Acting
from listener.store import Store, Tx, alerts, escalation, handling, notices, outbox
from listener.store.alerts import Brief
from listener.store.escalation import Opened, Standing

log = logging.getLogger("listener.handling.escalating")

KIND = "escalation"
LOOK_EVERY = timedelta(seconds=10)
MOST_LOOKED_AT = 500
MOST_STEPS = 50
LOOK_AGAIN = timedelta(minutes=10)
"""After so long it is seen whether an alert is still muted."""

LATE = timedelta(minutes=5)
"""A step that comes later than this to its time waits for its policy's hours."""

SNOOZE = "snooze"

LookedAgain = Callable[[Brief], Awaitable[None]]
"""Asks an alert's service whether its post is still there, and keeps what comes of it."""


class Escalating:
    """The round that escalates. What it decides and what is to be told of it are kept in one transaction.

    Killed in between it goes on where it stood: a step is told once, by the key of its deliveries.
    """

    def __init__(
        self,
        *,
        store: Store,
        policies: Sequence[Escalation],
        roster: Roster,
        acting: Acting,
        look_again: LookedAgain,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._policies = policies
        self._by_name = {one.name: one for one in policies}
        self._roster = roster
        self._acting = acting
        self._look_again = look_again
        self._clock = clock

    def start(self) -> None:
        """Remembers since when there are escalations."""
        if self._policies:
            with self._store.write() as tx:
                escalation.put_since(tx, self._clock())

    async def look(self) -> None:
        """Ends snoozes, takes up what was opened, and tells what is due."""
        now = self._clock()
        with self._store.read() as tx:
            begins, due = self._anything(tx, now), escalation.due(tx, now, MOST_STEPS)
        if begins:
            with self._store.write() as tx:
                self._begin(tx, now)
            with self._store.read() as tx:
                due = escalation.due(tx, now, MOST_STEPS)
        for alert in due:
            await self._step(alert)

    def _anything(self, tx: Tx, now: datetime) -> bool:
        """Whether there is something to write down; an idle round asks four small questions."""
        if handling.any_snooze_over(tx, now):
            return True
        if not self._policies:
            return False
        return bool(escalation.touched(tx, now, 1) or escalation.reopened(tx, 1))

    def _begin(self, tx: Tx, now: datetime) -> None:
        notices.decide_alone(tx)
        for alert in handling.end_snoozes(tx, now):
            self._remind(tx, alert, now)
            self._acting.show(tx, alert, now)
        if not self._policies:
            return
        for one in escalation.touched(tx, now, MOST_LOOKED_AT):
            self._grew(tx, one, now)
        for one in escalation.reopened(tx, MOST_LOOKED_AT):
            self._opened(tx, one, one.at, now)

    def _grew(self, tx: Tx, one: Opened, now: datetime) -> None:
        """Begins where an alert is new, or has become one for another policy; where it only grew, it goes on."""
        if one.before is None:
            self._opened(tx, one, one.at, now)
            return
        brief = alerts.briefs(tx, [one.alert_id]).get(one.alert_id)
        policy = self._policy(brief) if brief is not None else None
        if policy is None or policy.name == one.before.policy:
            escalation.put(tx, replace(one.before, looked_at=one.at))
        else:
            self._opened(tx, one, one.at, now)

    def _opened(self, tx: Tx, one: Opened, at: datetime, now: datetime) -> None:
        brief = alerts.briefs(tx, [one.alert_id]).get(one.alert_id)
        policy = self._policy(brief) if brief is not None else None
        begins = policy is not None and handling.states(tx, [one.alert_id])[one.alert_id].needs_somebody(now)
        looked_at = max(at, one.before.looked_at) if one.before is not None else at
        escalation.put(
            tx,
            Standing(
                alert_id=one.alert_id,
                policy=policy.name if policy is not None else "",
                opened_at=at,
                looked_at=looked_at,
                next_at=next_step(policy, 0, at) if policy is not None and begins else None,
            ),
        )

    def _policy(self, brief: Brief) -> Escalation | None:
        return policy_for(self._policies, brief.severity, brief.brands, [rule.name for rule in brief.lead.rules])

    async def _step(self, alert: int) -> None:
        """One step of one alert, after its service was asked whether the post is still there."""
        with self._store.read() as tx:
            wakes = self._why_not(tx, alert) == ""
            brief = alerts.briefs(tx, [alert]).get(alert)
        if wakes and brief is not None:
            await self._look_again(brief)
        with self._store.write() as tx:
            notices.decide_alone(tx)
            now = self._clock()
            standing = escalation.standings(tx, [alert]).get(alert)
            if standing is not None and standing.next_at is not None and standing.next_at <= now:
                self._tell(tx, standing, standing.next_at, now)

    def _tell(self, tx: Tx, standing: Standing, due: datetime, now: datetime) -> None:
        brief = alerts.briefs(tx, [standing.alert_id]).get(standing.alert_id)
        # one that was renamed meanwhile is looked for by what it is for
        policy = self._by_name.get(standing.policy) or (self._policy(brief) if brief is not None else None)
        why_not = self._why_not(tx, standing.alert_id)
        if policy is None or why_not:
            if why_not:
                self._record(tx, standing, now, "not escalated", why_not)
            escalation.put(tx, replace(standing, next_at=None))
            return
        muted = self._muted(tx, standing.alert_id)
        if muted:
            if all(event.reason != muted for event in handling.trail(tx, standing.alert_id)[-1:]):
                self._record(tx, standing, now, "not escalated", muted)
            escalation.put(tx, replace(standing, next_at=now + LOOK_AGAIN))
            return
        if now - due > LATE and not policy.calendar.is_open(now):  # it was due while nothing ran
            escalation.put(tx, replace(standing, next_at=policy.calendar.opens_next(now)))
            return
        woken = () if policy.begins_round(standing.done) else standing.woken
        called = whom(policy, standing.done, woken, self._roster, now)
        self._queue(tx, policy, standing, called, now)
        done = standing.done + 1
        escalation.put(
            tx,
            replace(
                standing,
                done=done,
                next_at=next_step(policy, done, now),
                woken=(*woken, *(one.person for one in called if one.person)),
            ),
        )

    def _why_not(self, tx: Tx, alert: int) -> str:
        """Why nobody is to be woken any more, "" where somebody is."""
        now = self._clock()
        standing = escalation.standings(tx, [alert]).get(alert)
        if standing is None or alert not in alerts.briefs(tx, [alert]):
            return "its post was deleted by its author, or is no longer kept"
        stands = handling.states(tx, [alert])[alert]
        if not stands.needs_somebody(now):
            return f"it is {stands.state_at(now)}{f' by {stands.by}' if stands.by else ''}"
        return escalation.answered(tx, alert, standing.opened_at)

    def _muted(self, tx: Tx, alert: int) -> str:
        found = list(notices.of_alerts(tx, [alert]).values())
        if found and all(one.state == "muted" for one in found):
            return f"it is muted: {found[0].reason}"
        return ""

    def _queue(self, tx: Tx, policy: Escalation, standing: Standing, called: Sequence[Called], now: datetime) -> None:
        step = f"step {standing.done % len(policy.steps) + 1} of {len(policy.steps)} of '{policy.name}'"
        waited = now - standing.opened_at
        took = f"for {lasting(waited)}" if waited >= timedelta(minutes=1) else "yet"
        severity = alerts.briefs(tx, [standing.alert_id])[standing.alert_id].severity
        messages = []
        for one in called:
            for channel in one.channels:
                payload = {
                    "alert": standing.alert_id,
                    "how": one.how,
                    "person": one.person,
                    "of": one.of,
                    "waited": waited.total_seconds(),
                }
                key = f"{KIND}:{standing.alert_id}:{standing.opened_at.timestamp():.6f}:{standing.done}:{channel}"
                messages.append(outbox.Message(key=key, channel=channel, kind=KIND, payload=payload, severity=severity))
                why = f"{step}: nobody took it up {took}"
                self._record(tx, standing, now, "escalated", f"{_called(one)}; {why}", channel)
        if not messages:
            self._record(tx, standing, now, "not escalated", f"{step}: there is nobody whom it could tell")
        outbox.put_deliveries(tx, messages, now)

    def _remind(self, tx: Tx, alert: int, now: datetime) -> None:
        """Tells the channels that were told of an alert that its snooze is over."""
        told = [one for one in notices.of_alerts(tx, [alert]).values() if one.is_told]
        payload = {"alert": alert, "how": SNOOZE, "person": "", "of": "", "waited": 0.0}
        messages = [
            outbox.Message(
                key=f"{KIND}:{alert}:{SNOOZE}:{now.timestamp():.6f}:{one.channel}",
                channel=one.channel,
                kind=KIND,
                payload=payload,
                severity=one.severity,
            )
            for one in told
        ]
        outbox.put_deliveries(tx, messages, now)

    @staticmethod
    def _record(tx: Tx, standing: Standing, now: datetime, what: str, reason: str, channel: str = "") -> None:
        event = Event(alert_id=standing.alert_id, at=now, what=what, via="listener", channel=channel, reason=reason)
        handling.record(tx, [event])


def _called(one: Called) -> str:
    """How somebody came to be told, for the trail."""
    return {
        "schedule": f"{one.person} is on call on '{one.of}'",
        "next": f"{one.person} is next on '{one.of}'",
        "manager": f"{one.person} is the manager of {one.of}",
    }.get(one.how, one.person or "named by the policy")
