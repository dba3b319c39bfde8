"""Knows every kind of channel: the built-in ones, and those that installed packages bring."""

from __future__ import annotations

import importlib
from importlib.metadata import entry_points

from alerts.settings import ChannelSettings

ENTRY_POINTS = "listener.channels"

_BUILT_IN = {
    "apprise": ("alerts.channels.apprise", "AppriseSettings"),
    "discord": ("alerts.channels.discord", "DiscordSettings"),
    "email": ("alerts.channels.email", "EmailSettings"),
    "slack": ("alerts.channels.slack", "SlackSettings"),
    "teams": ("alerts.channels.teams", "TeamsSettings"),
    "telegram": ("alerts.channels.telegram", "TelegramSettings"),
    "webhook": ("alerts.channels.webhook", "WebhookSettings"),
}


def kinds() -> tuple[str, ...]:
    """Gives the names of all kinds, in alphabetical order."""
    return tuple(sorted({*_BUILT_IN, *(point.name for point in entry_points(group=ENTRY_POINTS))}))


def settings_class(kind: str) -> type[ChannelSettings]:
    """Gives the settings of a kind; a built-in kind cannot be replaced.

    Raises KeyError for an unknown kind, and TypeError where a package brings something that is no settings class.
    """
    if kind in _BUILT_IN:
        module, name = _BUILT_IN[kind]
        return _checked(kind, getattr(importlib.import_module(module), name))
    for point in entry_points(group=ENTRY_POINTS):
        if point.name == kind:
            return _checked(kind, point.load())
    raise KeyError(kind)


def _checked(kind: str, found: object) -> type[ChannelSettings]:
    if isinstance(found, type) and issubclass(found, ChannelSettings):
        return found
    raise TypeError(f"the channel kind '{kind}' is not a class of alerts.settings.ChannelSettings")
