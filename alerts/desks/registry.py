"""The kinds of help desks; the only file that lists them, and looks for those that installed packages bring."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points

from alerts.desks.settings import HelpDeskSettings

ENTRY_POINTS = "listener.help_desks.handing_on"

_BUILT_IN = {
    "github": "GithubSettings",
    "jira": "JiraSettings",
    "linear": "LinearSettings",
    "request-tracker": "RequestTrackerSettings",
    "webhook": "WebhookSettings",
    "zammad": "ZammadSettings",
    "zendesk": "ZendeskSettings",
}


def kinds() -> tuple[str, ...]:
    """The names of all kinds, in alphabetical order."""
    return tuple(sorted({*_BUILT_IN, *(point.name for point in entry_points(group=ENTRY_POINTS))}))


def settings_class(kind: str) -> type[HelpDeskSettings]:
    """The settings of a kind, imported when first asked for; a built-in kind cannot be replaced.

    Raises KeyError for an unknown kind, and TypeError where a package brings something that is no settings class.
    """
    if kind in _BUILT_IN:
        return _checked(kind, getattr(import_module(f"alerts.desks.{kind.replace('-', '_')}"), _BUILT_IN[kind]))
    for point in entry_points(group=ENTRY_POINTS):
        if point.name == kind:
            return _checked(kind, point.load())
    raise KeyError(kind)


def _checked(kind: str, found: object) -> type[HelpDeskSettings]:
    if isinstance(found, type) and issubclass(found, HelpDeskSettings):
        return found
    raise TypeError(f"the desk kind '{kind}' is not a class of alerts.desks.settings.HelpDeskSettings")
