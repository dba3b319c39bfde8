"""Knows everything that can read sentiment: what works on this machine, and what is asked over the network."""

from __future__ import annotations

from rules.sentiment import analyzers
from rules.sentiment.analyzer_settings import AnalyzerSettings
from sources.settings import Strict

ELSEWHERE = "openai"
"""The one that is asked over the network. It belongs to this floor, since what it costs is kept in the database."""


def names() -> tuple[str, ...]:
    """Gives the names that `reading.analyzer` can have, in alphabetical order."""
    return tuple(sorted({*analyzers.names(), ELSEWHERE}))


def settings_class(name: str) -> type[Strict]:
    """Gives the settings of an analyzer. Raises KeyError, TypeError, and what a package raises when it is imported."""
    if name == ELSEWHERE:
        from listener.endpoint_settings import EndpointSettings

        return EndpointSettings
    return analyzers.settings_class(name)


def choice(settings: Strict | None) -> analyzers.AnalyzerChoice:
    """What the processes that read posts are told; what is asked elsewhere is asked on top of the built-in reader."""
    if isinstance(settings, AnalyzerSettings) and settings.analyzer != analyzers.BUILT_IN:
        return analyzers.AnalyzerChoice(settings.analyzer, settings.model_dump(mode="json"))
    return analyzers.AnalyzerChoice()


def not_asked(settings: Strict | None) -> str:
    """A sentence for commands that ask nobody elsewhere, "" where the configuration asks nobody anyway."""
    if settings is None or isinstance(settings, AnalyzerSettings):
        return ""
    return "[reading] asks a model elsewhere, which only `poll` and `run` do: this was read by the built-in reader."
