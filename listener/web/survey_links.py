"""Signed links to surveys: each for one question and until it ends."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

from listener.web.links import holds, signed_until

SURVEYS = "/surveys/"
SURVEY_LINK = "survey"
"""The purpose of the links, which no other link holds for."""


class SurveyLinks:
    """Makes and checks the links. Whoever has one can answer: it was sent to the customer alone."""

    def __init__(self, *, secret: str, address: str) -> None:
        """`secret`: that of [web]; `address`: where others reach the server, without a slash at its end."""
        self._secret = secret
        self._address = address

    def for_survey(self, number: int, until: datetime) -> str:
        """The address of the question."""
        token = signed_until(self._secret, SURVEY_LINK, str(number), until)
        return f"{self._address}{SURVEYS}{number}?{urlencode({'link': token})}"

    def for_refusal(self, number: int, until: datetime) -> str:
        """The address at which one says that one does not want to be asked again."""
        return f"{self.for_survey(number, until)}&do=never"

    def holds(self, number: int, token: str, now: datetime) -> bool:
        """Whether a token is one of ours for just this question, and has not ended."""
        return holds(self._secret, SURVEY_LINK, str(number), token, now)
