"""Puts alerts that go on into messages, as many as their channel may be given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from alerts.pipeline.candidate import Candidate
from alerts.pipeline.decision import Decision, on
from alerts.pipeline.group import group_key
from alerts.pipeline.throttle import HOUR, Load, throttle
from listener.alerting.setup import AlertingSetup
from listener.store import Tx, outbox
from listener.store.notices import Notice, NoticeState
from listener.store.ranks import rank
from rules.reading import Severity

MOST_LISTED = 50
"""Alerts in one message; the rest is in the next one."""


class Bundle(Struct, frozen=True, kw_only=True):
    """Alerts for one channel that are told together, the worst first.

    `held`: they were kept for a summary. `more`: so many others are, for the next one.
    """

    channel: str
    candidates: tuple[Candidate, ...]
    held: bool
    more: int = 0

    @property
    def severity(self) -> Severity:
        return self.candidates[0].severity


class Sent(Struct, frozen=True, kw_only=True):
    """What became of a bundle: the first `fitting` alerts are in a message, the rest is kept by `rest`."""

    state: NoticeState
    delivery_id: int | None
    last: tuple[Decision, ...]
    fitting: int
    rest: Decision

    def decisions_of(self, place: int) -> tuple[Decision, ...]:
        """The last words on the alert at this place of the bundle."""
        return self.last if place < self.fitting else (self.rest,)


def bundles(ready: Sequence[tuple[Candidate, Notice | None]], more: Mapping[str, int] = {}) -> list[Bundle]:
    """What is told together: a group, a batch of a route, and on each channel all that was held. The worst first.

    `more`: how many others are held on each channel.
    """
    found: dict[tuple[str, ...], list[Candidate]] = {}
    for candidate, before in ready:
        found.setdefault(_together(candidate, before), []).append(candidate)
    made = [
        Bundle(
            channel=many[0].channel,
            candidates=tuple(sorted(many, key=lambda one: (-rank(one.severity), one.alert_id))),
            held=place[0] == "held",
            more=more.get(many[0].channel, 0) if place[0] == "held" else 0,
        )
        for place, many in found.items()
    ]
    return sorted(made, key=lambda bundle: (-rank(bundle.severity), bundle.candidates[0].alert_id))


def _together(candidate: Candidate, before: Notice | None) -> tuple[str, ...]:
    if before is not None and before.state == "held" and candidate.waited:
        return ("held", candidate.channel)
    if candidate.routed.timing.batch is not None:
        return ("batch", candidate.channel, candidate.routed.route)
    return ("group", candidate.channel, group_key(candidate))


class Postman:
    """Queues messages in one transaction, and knows what each channel has to carry by then."""

    def __init__(self, tx: Tx, setup: AlertingSetup, now: datetime) -> None:
        self.tx = tx
        self._setup = setup
        self.now = now
        self._loads: dict[str, Load] = {}

    def has_room(self, channel: str, severity: Severity) -> bool:
        """Whether a summary of what was held, as severe as this at worst, can be given to the channel now."""
        asks = self._setup.channel(channel)
        load = self._load(channel)
        return throttle(severity, load, asks.most_an_hour, asks.urgent, self.now, has_waited=True).goes_on

    def post(self, bundles: Sequence[Bundle]) -> list[Sent]:
        """Queues one message for each bundle in turn, or says why it must wait; all by one statement."""
        throttled = [self._throttled(bundle) for bundle in bundles]
        messages = {
            place: _alone(bundle) if len(bundle.candidates) == 1 else _summary(bundle, self.now)
            for place, bundle in enumerate(bundles)
            if throttled[place].goes_on
        }
        numbers = self._queue(list(messages.values()))
        return [
            self._given_out(bundle, throttled[place], numbers.get(messages[place].key))
            if place in messages
            else _kept_waiting(bundle, throttled[place])
            for place, bundle in enumerate(bundles)
        ]

    def _throttled(self, bundle: Bundle) -> Decision:
        channel, load = self._setup.channel(bundle.channel), self._load(bundle.channel)
        said = throttle(bundle.severity, load, channel.most_an_hour, channel.urgent, self.now, has_waited=bundle.held)
        if said.goes_on:
            self._loads[bundle.channel] = load.with_one_more(bundle.severity, self.now)
        return said

    def _queue(self, messages: Sequence[outbox.Message]) -> dict[str, int]:
        """The numbers of messages by their keys; what was told so before is told again, by a key of this moment."""
        numbers = outbox.put_messages(self.tx, messages, self.now)
        told = [message for message in messages if message.key not in numbers]
        again = {one.key: replace(one, key=f"{one.key}:{self.now.isoformat()}") for one in told}
        more = outbox.put_messages(self.tx, list(again.values()), self.now)
        return numbers | {key: more[one.key] for key, one in again.items() if one.key in more}

    def _given_out(self, bundle: Bundle, throttled: Decision, number: int | None) -> Sent:
        alone, fitting = len(bundle.candidates) == 1, len(bundle.candidates[:MOST_LISTED])
        said = "is told in a message of its own" if alone else f"is one of {fitting} in one message"
        full = f"the message before it was full with {fitting} alerts"
        return Sent(
            state="summarised" if bundle.held and not alone else "told",
            delivery_id=number,
            last=(throttled, on("deliver", said)),
            fitting=fitting,
            rest=Decision(stage="throttle", verdict="held", reason=full, until=self.now),
        )

    def tell_again(self, channel: str, told: Sequence[Notice]) -> int | None:
        """Queues one more message for alerts that were told; None where the channel has had enough for now.

        One alone that has grown follows up the message that it stands in, under which channels with threads put it.
        """
        worst = max(told, key=lambda one: rank(one.severity))
        asks, load = self._setup.channel(channel), self._load(channel)
        if not throttle(worst.severity, load, asks.most_an_hour, asks.urgent, self.now).goes_on:
            return None
        self._loads[channel] = load.with_one_more(worst.severity, self.now)
        again = self.now.isoformat()
        message = outbox.Message(
            key=f"alert:{worst.alert_id}:{channel}:{worst.severity}:{again}",
            channel=channel,
            kind="alert",
            payload={"alert": worst.alert_id, "again": again, "follows": worst.delivery_id or 0},
            severity=worst.severity,
        )
        if len(told) > 1:
            numbers = [one.alert_id for one in told[:MOST_LISTED]]
            message = replace(
                message,
                key=f"{outbox.SUMMARY}:{channel}:{worst.alert_id}:{again}:again",
                kind=outbox.SUMMARY,
                payload={"alerts": numbers, "why": "again", "more": max(len(told) - MOST_LISTED, 0)},
            )
        return outbox.put_message(self.tx, message, self.now)

    def _load(self, channel: str) -> Load:
        if channel not in self._loads:
            lately, waiting = outbox.load(self.tx, channel, self.now, HOUR)
            self._loads[channel] = Load(lately=lately, waiting=waiting)
        return self._loads[channel]


def _alone(bundle: Bundle) -> outbox.Message:
    (one,) = bundle.candidates
    return outbox.Message(
        key=f"alert:{one.alert_id}:{one.channel}:{one.severity}",
        channel=one.channel,
        kind="alert",
        payload={"alert": one.alert_id},
        severity=one.severity,
    )


def _kept_waiting(bundle: Bundle, throttled: Decision) -> Sent:
    return Sent(state="held", delivery_id=None, last=(throttled,), fitting=len(bundle.candidates), rest=throttled)


def _summary(bundle: Bundle, now: datetime) -> outbox.Message:
    numbers = [one.alert_id for one in bundle.candidates[:MOST_LISTED]]
    why = "held" if bundle.held else "grouped"
    return outbox.Message(
        key=f"{outbox.SUMMARY}:{bundle.channel}:{numbers[0]}:{now.isoformat()}",
        channel=bundle.channel,
        kind=outbox.SUMMARY,
        payload={"alerts": numbers, "why": why, "more": bundle.more + len(bundle.candidates) - len(numbers)},
        severity=bundle.severity,
    )
