"""Knows every kind of account by which people answer: the built-in ones, and those that installed packages bring."""

from __future__ import annotations

import importlib
from importlib.metadata import entry_points

from alerts.replies.settings import ReplySettings

ENTRY_POINTS = "listener.replies"

_BUILT_IN = {
    "bluesky": "BlueskyReplySettings",
    "email": "EmailReplySettings",
    "mastodon": "MastodonReplySettings",
    "x": "XReplySettings",
}


def kinds() -> tuple[str, ...]:
    """The names of all kinds, in alphabetical order."""
    return tuple(sorted({*_BUILT_IN, *(point.name for point in entry_points(group=ENTRY_POINTS))}))


def settings_class(kind: str) -> type[ReplySettings]:
    """The settings of a kind; a built-in kind cannot be replaced.

    Raises KeyError for an unknown kind, and TypeError where a package brings something that is no settings class.
    """
    if kind in _BUILT_IN:
        return _checked(kind, getattr(importlib.import_module(f"alerts.replies.{kind}"), _BUILT_IN[kind]))
    for point in entry_points(group=ENTRY_POINTS):
        if point.name == kind:
            return _checked(kind, point.load())
    raise KeyError(kind)


def _checked(kind: str, found: object) -> type[ReplySettings]:
    if isinstance(found, type) and issubclass(found, ReplySettings):
        return found
    raise TypeError(f"the kind '{kind}' is not a class of alerts.replies.settings.ReplySettings")
