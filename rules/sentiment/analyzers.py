"""Knows every analyzer that reads on this machine: the built-in ones, and those that installed packages bring."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Sequence
from importlib.metadata import entry_points
from threading import Lock
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from rules.reading import Sentiment
from rules.sentiment.analyzer_settings import AnalyzerSettings, BuiltInSettings
from rules.sentiment.contract import Analyzer, ReadyText
from sources.post import storable

ENTRY_POINTS = "listener.analyzers"
BUILT_IN = "built-in"

_OURS = {
    BUILT_IN: "rules.sentiment.analyzer_settings:BuiltInSettings",
    "huggingface": "rules.sentiment.huggingface:HuggingFaceSettings",
    "vader": "rules.sentiment.analyzer_settings:VaderSettings",
}

_LONGEST_ERROR = 200
_decode = msgspec.json.Decoder(list[Sentiment]).decode


class AnalyzerChoice(Struct, frozen=True):
    """Which analyzer reads, and its settings as JSON knows them."""

    name: str = BUILT_IN
    settings: dict[str, Any] = {}

    @property
    def reader(self) -> str:
        """Which reader that is, whatever else is set about it: its name and that of its model."""
        parts = (self.name, self.settings.get("model"), self.settings.get("revision"))
        return " ".join(part for part in parts if isinstance(part, str) and part)


def names() -> tuple[str, ...]:
    """Gives the names of all analyzers, in alphabetical order. Nothing is imported for it."""
    return tuple(sorted({*_OURS, *(point.name for point in entry_points(group=ENTRY_POINTS))}))


def settings_class(name: str) -> type[AnalyzerSettings]:
    """Gives the settings of an analyzer; one of ours cannot be replaced.

    Raises KeyError for an unknown name, TypeError where a package brings something that is no settings class, and
    whatever its import raises.
    """
    if name in _OURS:
        module, _, attribute = _OURS[name].partition(":")
        found: object = getattr(importlib.import_module(module), attribute)
    else:
        point = next((one for one in entry_points(group=ENTRY_POINTS) if one.name == name), None)
        if point is None:
            raise KeyError(name)
        found = point.load()
    if isinstance(found, type) and issubclass(found, AnalyzerSettings) and not inspect.isabstract(found):
        return found
    raise TypeError(f"the analyzer '{name}' is not a class of rules.sentiment.analyzer_settings.AnalyzerSettings")


def open_analyzer(choice: AnalyzerChoice) -> Analyzer:
    """Gives the chosen analyzer; where it is not the built-in one, that stands in for it wherever it fails."""
    built_in = BuiltInSettings().open()
    return built_in if choice.name == BUILT_IN else StoodInFor(choice, built_in)


class StoodInFor:
    """An analyzer for whose failures, and for what it does not read, the built-in reader stands in, with the reason.

    It is opened when it is first asked, so that a large model is loaded only in the process that reads; what fails to
    open is not tried again.
    """

    def __init__(self, choice: AnalyzerChoice, built_in: Analyzer) -> None:
        self._choice = choice
        self._built_in = built_in
        self._opened: Analyzer | None = None
        self._failed = ""
        self._opening = Lock()

    def analyze(self, mentions: Sequence[ReadyText]) -> list[Sentiment]:
        """Gives one Sentiment a mention, in their order. Never raises for what the other analyzer does."""
        try:
            read = _checked(self._other().analyze(mentions), len(mentions))
        except Exception as error:  # noqa: BLE001 — whatever a foreign analyzer does is its own failure
            why = self._failed or _told(error)
            return self._stand_in(mentions, f"read by the built-in reader: {self._choice.name} failed ({why})")
        unread = [at for at, one in enumerate(read) if one.label is None]
        instead = self._built_in.analyze([mentions[at] for at in unread])
        for at, one in zip(unread, instead, strict=True):
            read[at] = stood_in(one, f"read by the built-in reader: {read[at].why or 'it was not read'}")
        return read

    def _other(self) -> Analyzer:
        with self._opening:
            if self._failed:
                raise RuntimeError(self._failed)
            if self._opened is None:
                try:
                    self._opened = settings_class(self._choice.name).model_validate(self._choice.settings).open()
                except Exception as error:
                    self._failed = f"it cannot be opened: {_told(error)}"
                    raise
            return self._opened

    def _stand_in(self, mentions: Sequence[ReadyText], why: str) -> list[Sentiment]:
        return [stood_in(one, why) for one in self._built_in.analyze(mentions)]


def stood_in(read: Sentiment, why: str) -> Sentiment:
    """Gives a reading of the built-in reader with why it was asked in another's place."""
    return replace(read, why=f"{why}; {read.why}" if read.why else why)


def _told(error: Exception) -> str:
    return storable(f"{type(error).__name__}: {error}", _LONGEST_ERROR)


def _checked(read: object, count: int) -> list[Sentiment]:
    """Gives the readings, if all of them can be kept and are what the contract says; else what is wrong is raised."""
    if not (isinstance(read, list) and len(read) == count and all(isinstance(one, Sentiment) for one in read)):
        raise TypeError(f"it must give a list of {count} Sentiments")
    _decode(msgspec.json.encode(read))
    for one in read:
        shares = (one.probabilities or {}).values()
        if one.score is not None and not -1.0 <= one.score <= 1.0:
            raise ValueError(f"a score of {one.score} is not between -1 and 1")
        if not all(0.0 <= share <= 1.0 for share in (*shares, one.confidence or 0.0)):
            raise ValueError("its probabilities are none")
        if one.label is not None and (one.score is None or one.probabilities is None):
            raise ValueError(f"it says {one.label} without a score or without probabilities")
    return list(read)
