"""The kinds of directories that services keep; the only file that lists them."""

from __future__ import annotations

from importlib import import_module

from listener.directories.settings import DirectorySettings

_KINDS = {"hubspot": "HubspotSettings", "salesforce": "SalesforceSettings", "zendesk": "ZendeskSettings"}


def kinds() -> tuple[str, ...]:
    """The names of all kinds."""
    return tuple(_KINDS)


def settings_class(kind: str) -> type[DirectorySettings]:
    """The settings of a kind, imported when first asked for. Raises KeyError."""
    found: type[DirectorySettings] = getattr(import_module(f"listener.directories.{kind}"), _KINDS[kind])
    return found
