"""The words that settings of all channels share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import timedelta
from typing import Annotated

from pydantic import Field

from alerts.contract import AlertChannel
from sources.settings import Duration, Name, Strict

Patience = Annotated[Duration, Field(ge=timedelta(seconds=1), le=timedelta(minutes=5))]


class ChannelSettings(Strict, ABC):
    """What every kind of channel can be told. Each kind narrows `kind` to a Literal and says how it opens."""

    kind: str
    name: Name
    timeout: Patience = timedelta(seconds=20)  # for one try as a whole

    @abstractmethod
    def open(self) -> AlertChannel:
        """The channel that these settings describe; tells nothing yet."""
