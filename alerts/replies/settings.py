"""The settings that all accounts share by which people answer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import timedelta
from typing import Annotated

from pydantic import Field

from alerts.replies.contract import Replying
from alerts.settings import Patience
from sources.settings import Name, Strict

Address = Annotated[str, Field(pattern=r"^https?://[^\s/?#@]+[^\s?#@]*$", max_length=500)]


class ReplySettings(Strict, ABC):
    """What every kind can be told. Each narrows `kind` to a Literal and says how it opens."""

    kind: str
    name: Name
    timeout: Patience = timedelta(seconds=20)  # for one try as a whole
    allow_private: bool = False

    @abstractmethod
    def open(self) -> Replying:
        """The account that these settings describe; asks nothing yet."""
