"""How one channel is spoken to."""

from __future__ import annotations

from datetime import tzinfo

from msgspec import Struct

from alerts.contract import Limits
from alerts.language import ENGLISH, Language


class Voice(Struct, frozen=True, kw_only=True):
    """What a message for a channel is made for: the channel's kind and limits, its readers' time zone and language."""

    kind: str
    limits: Limits
    timezone: tzinfo
    language: Language = ENGLISH
