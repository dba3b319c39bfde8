"""What every sentiment analyser promises."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from rules.reading import Sentiment, Span


class ReadyText(Struct, frozen=True, kw_only=True):
    """A mention made ready: the text to read, its language, and where which brand stands in the post."""

    text: str
    lang: str = "und"
    brand: str | None = None
    spans: Sequence[Span] = ()


class Analyzer(Protocol):
    """Tells what authors feel. Pure: the same text gives the same answer."""

    def analyze(self, mentions: Sequence[ReadyText]) -> list[Sentiment]:
        """Gives one Sentiment a mention, in their order.

        Odd text is no error; a language without evidence gets no label.
        """
        ...
