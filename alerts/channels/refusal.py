"""What an answer over HTTP means that is no success."""

from __future__ import annotations

from collections.abc import Mapping

from alerts.channels.posting import Answer
from alerts.contract import DeliveryFailed

_OF_THE_CHANNEL = (401, 402, 403, 404, 405, 407, 410)
"""Every further message would get the same answer; any other 4xx is about the one that was sent."""


def refusal(
    who: str, answer: Answer, advice: Mapping[int, str], words: str = "", *, done: bool = True
) -> DeliveryFailed:
    """Gives the failure that `answer` stands for, to be raised.

    `who` names the receiver, `words` are its own (short and harmless), `advice` says by status what a person must do.
    `done`: whether trouble on the other side (5xx) may have come after the message was taken.
    """
    status = answer.status
    code = f"{status} {words}".strip()
    if status == 429:
        return DeliveryFailed(f"{who} asks for patience (429)", retry_after=answer.retry_after)
    if status >= 500:
        return DeliveryFailed(f"{who} has trouble of its own ({code})", retry_after=answer.retry_after, ambiguous=done)
    if status < 200:
        return DeliveryFailed(f"{who} answered without an end ({code})", ambiguous=True)
    if 300 <= status < 400:
        return DeliveryFailed(f"{who} moved away ({code}): check its address", disables=True)
    if status in (408, 425):
        return DeliveryFailed(f"{who} did not get the whole message in time ({code})", retry_after=answer.retry_after)
    told = advice.get(status, "it does not accept the message")
    return DeliveryFailed(f"{who} refuses ({code}): {told}", permanent=True, disables=status in _OF_THE_CHANNEL)
