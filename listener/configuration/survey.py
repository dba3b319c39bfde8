"""The settings of the survey: what is asked after a ticket is closed, when, and by which mail server."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, model_validator

from sources.settings import Duration, Name, Strict

SURVEY_CHANNEL = "survey"
"""The name under which its questions wait to be sent; nothing that is configured may have it."""


class SurveySettings(Strict):
    """`[survey]`: asks customers whose ticket was closed how satisfied they are.

    `kind`: "csat" (1 to 5) or "nps" (0 to 10). `channel`: an e-mail channel, whose mail server sends the question to
    the customer. `after`: how long after the closing. `not_again_within`: how long nobody is asked twice. `expires`:
    how long an answer can be given and changed.
    """

    kind: Literal["csat", "nps"] = "csat"
    channel: Name
    after: Annotated[Duration, Field(ge=timedelta(0), le=timedelta(days=30))] = timedelta(hours=1)
    not_again_within: Annotated[Duration, Field(ge=timedelta(days=1), le=timedelta(days=3_650))] = timedelta(days=30)
    expires: Annotated[Duration, Field(ge=timedelta(hours=1), le=timedelta(days=90))] = timedelta(days=14)

    @model_validator(mode="after")
    def _can_be_answered(self) -> SurveySettings:
        if self.expires > self.not_again_within:
            raise ValueError(
                "not_again_within must be at least as long as expires: two questions would be open at once"
            )
        return self
