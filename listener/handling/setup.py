"""Puts together the ways by which people act on alerts while listener runs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from random import Random
from typing import TYPE_CHECKING

from alerts.actions import alert_actions
from alerts.channels.slack import SlackSettings
from alerts.channels.slack_socket import SlackSocket
from alerts.contract import Action
from listener.config import Config
from listener.delivery.messages import Messages
from listener.handling.acting import Acting
from listener.handling.escalating import KIND, LOOK_EVERY, Escalating
from listener.handling.escalation_message import EscalationMessages
from listener.handling.slack_pressing import Pressing
from listener.handling.slack_sockets import SlackSockets
from listener.looking_again import LookingAgain
from listener.schedule import Schedule
from listener.store import Store
from listener.store.alerts import Brief
from listener.web.alert_links import AlertLinks

if TYPE_CHECKING:
    from listener.web.application import Room


Call = Callable[[], Awaitable[None]]

_NOBODY_KNOWN = ("webhook", "apprise")
"""Kinds of channels behind which any program may stand: no link leaves there that lets its bearer act."""


class HandlingSetup:
    """The rooms of the HTTP server and the connections that bring in what people do.

    `links` makes the addresses by which readers of mails act; None where [web] has no secret to sign them with, or no
    public_url under which those readers would reach it.
    """

    def __init__(
        self,
        config: Config,
        *,
        store: Store,
        acting: Acting,
        looking_again: LookingAgain,
        clock: Callable[[], datetime],
        jitter: Random,
    ) -> None:
        self._slack = [one for one in config.channels if isinstance(one, SlackSettings)]
        self._config = config
        self._store = store
        self._acting = acting
        self._clock = clock
        self._without_links = {
            *(one.name for one in config.channels if one.kind in _NOBODY_KNOWN),
            *(one.name for one in self._slack if one.has_buttons),
        }
        self.links: AlertLinks | None = None
        if config.web is not None and config.web.secret is not None and config.web.public_url:
            self.links = AlertLinks(secret=config.web.secret.get_secret_value(), address=config.web.address)
        self._pressing = Pressing(store=store, people=config.people, acting=acting, clock=clock)
        self._looking_again = looking_again
        self.escalating = Escalating(
            store=store,
            policies=config.escalations,
            roster=config.roster,
            acting=acting,
            look_again=self._last_look,
            clock=clock,
        )
        self.sockets = SlackSockets(self._sockets(), self._pressing, clock=clock, jitter=jitter)

    def makes(self, messages: Messages) -> None:
        """Has alerts' messages carry what people can do, and knows how those of escalations are made."""
        messages.offers = self.offered
        messages.kinds[KIND] = EscalationMessages(self._store, self.offered, self._clock).make

    def by_the_clock(self, schedule: Schedule, patient: Callable[[Call], Call]) -> None:
        """Puts the round that escalates on the schedule. `patient` makes a call wait for a database that fails."""
        schedule.every(LOOK_EVERY, "escalations", patient(self.escalating.look))

    async def _last_look(self, brief: Brief) -> None:
        post = brief.lead.post
        await self._looking_again.one_now(post.key, post.url, brief.lead.seen_by)

    def offered(self, alert: int, channel: str) -> Sequence[Action] | None:
        """What readers of a channel can do about an alert by links; None where there are none, or buttons."""
        if self.links is None or channel in self._without_links:
            return None
        url = self.links.for_alert(alert, channel, self._clock())
        return alert_actions(alert, self._config.language_of(channel), url)

    def rooms(self) -> Sequence[Room]:
        """What the HTTP server serves for it."""
        from listener.web.alert_pages import AlertPages
        from listener.web.slack import SlackIntake

        rooms: list[Room] = []
        secrets = {one.signing_secret.get_secret_value() for one in self._slack if one.signing_secret is not None}
        if secrets:
            rooms.append(SlackIntake(secrets=sorted(secrets), pressing=self._pressing, clock=self._clock))
        if self.links is not None:
            pages = AlertPages(
                store=self._store,
                links=self.links,
                acting=self._acting,
                people=self._config.people,
                language_of=self._config.language_of,
                timezone=self._config.timezone,
                clock=self._clock,
            )
            rooms.append(pages)
        return rooms

    def _sockets(self) -> list[SlackSocket]:
        """One for each app, however many channels it posts in."""
        apps = {
            one.app_token.get_secret_value(): (one.base_url, one.allow_private)
            for one in self._slack
            if one.app_token is not None
        }
        return [SlackSocket(token=token, base_url=url, allow_private=private) for token, (url, private) in apps.items()]
