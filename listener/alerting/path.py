"""The way of an alert through the stages in words: on each channel every stage's decision, then what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from alerts.handling import Event
from alerts.pipeline.decision import Decision
from listener.cli.output import when
from listener.config import Config
from listener.store import Tx, handling, notices, outbox
from listener.store.notices import Notice

MOST_EVENTS = 200


def path_lines(tx: Tx, config: Config, number: int) -> list[str]:
    """Who was told of an alert and who was not, with each stage's reason; then the alert's trail."""
    standing = _by_channel(tx, number)
    lines = ["", "Who was told"]
    if not standing:
        lines.append("  nobody: these rules name no channel, or a route without channels took it")
    for notice in standing:
        lines += ["", f"  {notice.channel}: {_outcome(tx, config, notice)}"]
        lines += [f"    {_decided(one)}" for one in notice.decisions]
    trail = handling.trail(tx, number)
    if trail:
        lines += ["", "What became of it"]
        lines += [f"  {_told(one, config)}" for one in trail[-MOST_EVENTS:]]
    return lines


def path_shape(tx: Tx, number: int) -> list[Mapping[str, Any]]:
    """The same for other programs, a channel an element."""
    shapes: list[Mapping[str, Any]] = []
    for notice in _by_channel(tx, number):
        message = _message(tx, notice)
        shapes.append(
            {
                "channel": notice.channel,
                "state": notice.state,
                "stage": notice.stage,
                "reason": notice.reason,
                "route": notice.route,
                "until": notice.due_at,
                "told_at": notice.told_at,
                "told_mentions": notice.told_mentions,
                "message": None if message is None else message.state,
                "stages": [
                    {"stage": one.stage, "verdict": one.verdict, "reason": one.reason, "until": one.until}
                    for one in notice.decisions
                ],
            }
        )
    return shapes


def _by_channel(tx: Tx, number: int) -> Sequence[Notice]:
    return sorted(notices.of_alerts(tx, [number]).values(), key=lambda one: one.channel)


def _message(tx: Tx, notice: Notice) -> outbox.Delivery | None:
    return outbox.get_number(tx, notice.delivery_id) if notice.delivery_id is not None else None


def _outcome(tx: Tx, config: Config, notice: Notice) -> str:
    if not notice.is_told:
        until = f", is looked at again {when(notice.due_at, config.timezone)}" if notice.due_at is not None else ""
        return f"{notice.state} by {notice.stage}{until}"
    message = _message(tx, notice)
    if message is None:
        return f"told {when(notice.told_at, config.timezone)}"
    words = {
        "due": "waits to be sent",
        "claimed": "is being sent",
        "sent": f"told {when(message.sent_at, config.timezone)}" if message.sent_at else "called off",
        "dead": "given up",
    }[message.state]
    if message.kind == outbox.SUMMARY:
        words += f", in a summary of {len(message.payload['alerts'])} alerts"
    if notice.told_mentions > 1:
        words += f", shows {notice.told_mentions} posts since {when(notice.shown_at, config.timezone)}"
    if message.attempts > 1 or message.last_error:
        words += f", {message.attempts} tries{f', last: {message.last_error}' if message.last_error else ''}"
    return words


def _decided(one: Decision) -> str:
    verdict = "" if one.goes_on else f"{one.verdict.upper()}: "
    return f"{one.stage:<12} {verdict}{one.reason}"


def _told(one: Event, config: Config) -> str:
    who = f" by {one.by}" if one.by else ""
    where = f" on {one.channel}" if one.channel else ""
    why = f": {one.reason}" if one.reason else ""
    return f"{when(one.at, config.timezone)}  {one.what}{where}{who}{why}"
