"""The settings of what reads sentiment: `[reading]` in the configuration."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Literal

from rules.sentiment.contract import Analyzer
from sources.settings import Strict


class AnalyzerSettings(Strict, ABC):
    """What every analyzer can be told. Each narrows `analyzer` to a Literal and says how it opens.

    They travel as JSON to the processes that read posts, so they hold no secret.
    """

    analyzer: str

    @abstractmethod
    def open(self) -> Analyzer:
        """The analyzer that these settings describe. May take seconds; whatever it raises is told to people."""

    def hindrance(self) -> str:
        """What keeps it from working on this machine, in words that say what to do; "" where nothing is known."""
        return ""


class BuiltInSettings(AnalyzerSettings):
    """listener's own reader: offline, many languages."""

    analyzer: Literal["built-in"] = "built-in"

    def open(self) -> Analyzer:
        from rules.sentiment.reader import SentimentReader

        return SentimentReader()


class VaderSettings(AnalyzerSettings):
    """VADER, as the package vaderSentiment reads: English alone."""

    analyzer: Literal["vader"] = "vader"

    def open(self) -> Analyzer:
        from rules.sentiment.vader import VaderAnalyzer

        return VaderAnalyzer()
