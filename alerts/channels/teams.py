"""Tells people in Microsoft Teams, by a webhook of the Workflows app.

Source: support.microsoft.com, "Create incoming webhooks with Workflows for Microsoft Teams", and
learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using for the message's form.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Literal

from msgspec.structs import replace

from alerts.channels.posting import Poster
from alerts.channels.refusal import refusal
from alerts.contract import Message, Rate, Receipt
from alerts.language import language
from alerts.rendering.teams import LIMITS, plain_card
from alerts.settings import ChannelSettings, SecretWebAddress

_RATE = Rate(messages=1, window=timedelta(seconds=1))
"""The page above allows webhooks 4 requests a second and 60 in 30 seconds: one a second keeps both."""

_ADVICE = {
    400: "it does not understand the message, or the workflow expects another form",
    401: 'the address is wrong, or the workflow\'s trigger is not open to "Anyone"',
    403: 'the address is wrong, or the workflow\'s trigger is not open to "Anyone"',
    404: "the workflow was removed: make a new one, and copy its address",
    405: "the address is not that of a workflow: copy it again",
    410: "connectors have been retired: make a workflow in their place, and copy its address",
    413: "the message is too long for it",
}


class TeamsSettings(ChannelSettings):
    """Which workflow tells: its address, which is a secret."""

    kind: Literal["teams"] = "teams"
    webhook_url: SecretWebAddress
    allow_private: bool = False

    def open(self) -> TeamsChannel:
        """Gives the channel; nothing is connected yet."""
        return TeamsChannel(self)


class TeamsChannel:
    """One channel or chat in Teams. A webhook names no message, so nothing can be edited."""

    kind = "teams"
    can_edit = False

    def __init__(self, settings: TeamsSettings) -> None:
        self.name = settings.name
        self.limits = replace(LIMITS, rate=_RATE)
        self._address = settings.webhook_url.get_secret_value()
        self._who = f"Teams ({settings.name})"
        self._poster = Poster(self._who, allow_private=settings.allow_private, timeout=settings.timeout)

    async def send(self, message: Message) -> Receipt:
        """Hands the card to the workflow once, which then posts it. Raises only DeliveryFailed."""
        answer = await self._poster.post(self._address, payload(message))
        if answer.status not in (200, 201, 202, 204):
            raise refusal(self._who, answer, _ADVICE)
        return Receipt(detail="the workflow took it")

    async def close(self) -> None:
        """Frees connections. Safe to call twice."""
        await self._poster.close()


def payload(message: Message) -> dict[str, Any]:
    """Gives what the workflow is sent: a message with one Adaptive Card."""
    form = next((block for block in message.blocks if block.get("type") == "AdaptiveCard"), None)
    content = form if form is not None else plain_card(message.title, message.text, language(message.language))
    card = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": content}
    return {"type": "message", "attachments": [card]}
