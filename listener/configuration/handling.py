"""Checks of how people act on alerts, which no single value can tell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from alerts.channels.slack import SlackSettings
from alerts.settings import ChannelSettings
from listener.configuration.mistakes import Mistake
from listener.configuration.settings import Table


def pressed_in_vain(channels: Sequence[tuple[Table, ChannelSettings]], web: Table | None) -> Iterator[Mistake]:
    """Channels with buttons whose presses nothing would take."""
    for table, settings in channels:
        if isinstance(settings, SlackSettings) and settings.signing_secret is not None and web is None:
            yield table.mistake(
                ("signing_secret",),
                "needs a table [web]: without it no server runs that could take what people press; or use app_token",
            )
