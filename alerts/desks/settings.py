"""The settings that all desks share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import timedelta
from typing import Annotated

from pydantic import Field, SecretStr

from alerts.desks.contract import TicketDesk
from alerts.settings import Patience, SpokenLanguage
from sources.settings import Duration, Name, Strict

Address = Annotated[str, Field(pattern=r"^https?://[^\s/?#@]+[^\s?#@]*$", max_length=500)]
Secret = Annotated[SecretStr, Field(min_length=1)]
Word = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")]
MailAddress = Annotated[str, Field(max_length=254, pattern=r"^[^\s@<>,;]+@[^\s@<>,;]+$")]


class HelpDeskSettings(Strict, ABC):
    """What every kind can be told. Each narrows `kind` to a Literal and says how it opens.

    `every`: how often the status of open tickets is asked. `append_every`: what else is heard of a story within this
    time is added as one note. `close_alerts`: whether a closed ticket resolves its alert, and an opened one opens it.
    """

    kind: str
    name: Name
    every: Annotated[Duration, Field(ge=timedelta(minutes=1), le=timedelta(days=7))] = timedelta(minutes=5)
    append_every: Annotated[Duration, Field(ge=timedelta(0), le=timedelta(days=7))] = timedelta(minutes=15)
    close_alerts: bool = False
    language: SpokenLanguage = ""  # "": that of [listener]
    timeout: Patience = timedelta(seconds=30)  # for one try as a whole
    allow_private: bool = False

    @property
    def names_requester(self) -> bool:
        """Whether tickets name the customer as who asks, so that the desk may write to them."""
        return False

    @abstractmethod
    def open(self) -> TicketDesk:
        """The desk that these settings describe; asks nothing yet."""


class ServiceDeskSettings(HelpDeskSettings, ABC):
    """What desks for customers can be told, too.

    `requester`: whether tickets name the customer, where their address is known, as who asks. Many desks then write to
    them by themselves, so it is off unless asked for.
    """

    requester: bool = False

    @property
    def names_requester(self) -> bool:
        return self.requester
