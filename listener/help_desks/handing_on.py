"""Hands alerts on to the help desks that rules name: which deliveries that takes, and who sends them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from alerts.desks.contract import TicketDesk
from alerts.desks.settings import HelpDeskSettings
from alerts.language import language
from listener.config import Config
from listener.help_desks.sending import DeskSender
from listener.store import Store, Tx, alerts, outbox
from listener.store.desk_tickets import tickets_of

DESK = "desk"
"""The kind of these deliveries. Their channel is the name of the desk."""

_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)


class Desks:
    """The configured desks, each under its name as a channel of its own."""

    def __init__(
        self, config: Config, *, store: Store, kinds: Mapping[str, str], clock: Callable[[], datetime]
    ) -> None:
        """`kinds`: the kind of each source, whose terms say what may go to a desk."""
        self.settings: Mapping[str, HelpDeskSettings] = {one.name: one for one in config.desks}
        self.opened: Mapping[str, TicketDesk] = {name: one.open() for name, one in self.settings.items()}
        self.senders: Mapping[str, DeskSender] = {
            name: DeskSender(
                desk,
                settings=self.settings[name],
                store=store,
                kinds=kinds,
                timezone=config.timezone,
                words=language(self.settings[name].language or config.listener.language),
                clock=clock,
            )
            for name, desk in self.opened.items()
        }

    def messages(self, tx: Tx, told: Sequence[alerts.Told], now: datetime) -> list[outbox.Message]:
        """What the desks are to be told of alerts that were made or have grown, once for each alert and time.

        What is heard of a story that a desk has a ticket for is added there, whichever rule speaks.
        """
        if not self.settings:
            return []
        have = tickets_of(tx, [one.alert_id for one in told if one.grown])
        found: list[outbox.Message] = []
        for one in told:
            asked = [name for name in one.tickets if name in self.settings]
            known = [ticket.desk for ticket in have.get(one.alert_id, ()) if ticket.desk in self.settings]
            if one.is_new or one.grown:
                found += [_opening(one, name) for name in asked if name not in known]
            if one.grown:
                found += [self._addition(one, name, now) for name in known]
        return found

    def _addition(self, told: alerts.Told, desk: str, now: datetime) -> outbox.Message:
        """Due at the end of the stretch of time in which it was heard, with all else that is heard in it."""
        every = self.settings[desk].append_every
        ends = _EPOCH + ((now - _EPOCH) // every + 1) * every if every > timedelta(0) else now
        slot = ends.isoformat() if every > timedelta(0) else now.isoformat()
        return outbox.Message(
            key=f"{DESK}:{desk}:{told.alert_id}:{slot}",
            channel=desk,
            kind=DESK,
            payload={"alert": told.alert_id},
            severity=told.severity,
            not_before=ends,
        )

    async def close(self) -> None:
        """Frees connections."""
        for desk in self.opened.values():
            await desk.close()


def _opening(told: alerts.Told, desk: str) -> outbox.Message:
    return outbox.Message(
        key=f"{DESK}:{desk}:{told.alert_id}",
        channel=desk,
        kind=DESK,
        payload={"alert": told.alert_id},
        severity=told.severity,
    )
