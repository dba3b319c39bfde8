"""The words that settings of all channels share."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from sources.settings import Duration, Name, Strict

Patience = Annotated[Duration, Field(ge=timedelta(seconds=1), le=timedelta(minutes=5))]


class ChannelSettings(Strict):
    """What every kind of channel can be told. Each kind adds `kind: Literal[...]` and `open()`."""

    name: Name
    timeout: Patience = timedelta(seconds=20)  # for one try as a whole
