"""Signed links by which the readers of a channel act on its alerts: each for one alert and one channel, for a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlencode

from listener.web.links import holds, signed_until

ALERTS = "/alerts/"
ALERT_LINK = "alert"
"""The purpose of the links, which no other link holds for."""

HOLD = timedelta(days=14)


class AlertLinks:
    """Makes and checks the links. Whoever has one can act on its alert: that is what the mail is for."""

    def __init__(self, *, secret: str, address: str) -> None:
        """`secret`: that of [web]; `address`: where others reach the server, without a slash at its end."""
        self._secret = secret
        self._address = address

    def for_alert(self, alert: int, channel: str, now: datetime) -> Callable[[str], str]:
        """Gives the address for each action, by its name."""
        token = signed_until(self._secret, ALERT_LINK, _subject(alert, channel), now + HOLD)
        at = f"{self._address}{ALERTS}{alert}"
        return lambda action: f"{at}?{urlencode({'channel': channel, 'do': action, 'link': token})}"

    def holds(self, alert: int, channel: str, token: str, now: datetime) -> bool:
        """Whether a token is one of ours for just this alert and channel, and has not ended."""
        return holds(self._secret, ALERT_LINK, _subject(alert, channel), token, now)


def _subject(alert: int, channel: str) -> str:
    return f"{alert}:{channel}"
