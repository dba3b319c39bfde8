"""Knows every kind of source: the built-in ones, and those that installed packages bring."""

from __future__ import annotations

import importlib
import inspect
from importlib.metadata import entry_points
from typing import get_args

from sources.settings import SourceSettings

ENTRY_POINTS = "listener.sources"

_BUILT_IN = {
    "appstore": "sources.appstore:AppStoreSettings",
    "bluesky": "sources.bluesky:BlueskySettings",
    "bluesky-jetstream": "sources.jetstream:JetstreamSettings",
    "discourse": "sources.discourse:DiscourseSettings",
    "feed": "sources.feed:FeedSettings",
    "file": "sources.file:FileSettings",
    "gdelt": "sources.gdelt:GdeltSettings",
    "github": "sources.github:GitHubSettings",
    "hackernews": "sources.hackernews:HackerNewsSettings",
    "imap": "sources.imap:ImapSettings",
    "lemmy": "sources.lemmy:LemmySettings",
    "mastodon": "sources.mastodon:MastodonSettings",
    "reddit": "sources.reddit:RedditSettings",
    "stackexchange": "sources.stackexchange:StackExchangeSettings",
    "telegram": "sources.telegram:TelegramSettings",
    "x": "sources.x:XSettings",
    "webhook": "sources.webhook:WebhookSettings",
    "youtube": "sources.youtube:YouTubeSettings",
}


def kinds() -> tuple[str, ...]:
    """Gives the names of all kinds, in alphabetical order. Nothing is imported for it."""
    return tuple(sorted({*_BUILT_IN, *(point.name for point in entry_points(group=ENTRY_POINTS))}))


def settings_class(kind: str) -> type[SourceSettings]:
    """Gives the settings of a kind; a built-in kind cannot be replaced.

    Raises KeyError for an unknown kind, and TypeError, with the package's name, where a package brings something that
    cannot be imported or is no settings class; the other kinds are not concerned.
    """
    if kind in _BUILT_IN:
        module, _, name = _BUILT_IN[kind].partition(":")
        return _checked(kind, "listener", getattr(importlib.import_module(module), name))
    for point in entry_points(group=ENTRY_POINTS):
        if point.name == kind:
            package = point.dist.name if point.dist else point.value
            try:
                found = point.load()
            except Exception as error:  # whatever a foreign package does when imported is its own failure
                raise TypeError(f"the source kind '{kind}' of {package} cannot be loaded: {_words(error)}") from error
            return _checked(kind, package, found)
    raise KeyError(kind)


def _checked(kind: str, package: str, found: object) -> type[SourceSettings]:
    if not (isinstance(found, type) and issubclass(found, SourceSettings)):
        raise TypeError(f"the source kind '{kind}' of {package} is not a class of sources.settings.SourceSettings")
    if inspect.isabstract(found):
        raise TypeError(f"the source kind '{kind}' of {package} has no method `open()`")
    named = get_args(found.model_fields["kind"].annotation)
    if kind not in named:
        raise TypeError(f"the source kind '{kind}' of {package} must say `kind: Literal[\"{kind}\"]`")
    return found


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error)[:200]}"
