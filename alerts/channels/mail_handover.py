"""Hands one mail to a mail server within a time limit; whoever waits can leave at any moment."""

from __future__ import annotations

import asyncio
from email.message import EmailMessage

from alerts.channels.email_conversation import Conversation, MailServer
from alerts.contract import DeliveryFailed

_TO_NOTICE = 1.0  # seconds for a conversation to notice that we hung up


async def hand_over(server: MailServer, mail: EmailMessage) -> tuple[str, ...]:
    """Sends `mail` once and gives who was refused and why, () where everybody gets it. Raises only DeliveryFailed."""
    conversation = Conversation(server)
    exchange = asyncio.create_task(asyncio.to_thread(conversation.hold, mail))
    try:
        await asyncio.wait([exchange], timeout=server.timeout.total_seconds())
        if not exchange.done():
            conversation.hang_up()
            await asyncio.wait([exchange], timeout=_TO_NOTICE)
    except asyncio.CancelledError:
        conversation.hang_up()
        exchange.add_done_callback(_forget)
        raise
    if conversation.hung_up and not (exchange.done() and exchange.exception() is None):
        exchange.add_done_callback(_forget)
        raise DeliveryFailed(
            f"{server.shown} did not answer within {server.timeout.total_seconds():g} s",
            ambiguous=conversation.content_sent,
        )
    return exchange.result()


def _forget(exchange: asyncio.Task[tuple[str, ...]]) -> None:
    """Takes note of how a conversation ended that nobody waits for any more."""
    if not exchange.cancelled():
        exchange.exception()
