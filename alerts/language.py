"""In which language people are told: words by their English original, with what stands in their gaps."""

from __future__ import annotations

import functools
import gettext
from pathlib import Path
from typing import Any

LANGUAGES = ("en",)
"""Those with a catalogue of their own in `alerts/locale`."""

_CATALOGUES = Path(__file__).parent / "locale"


class Language:
    """One language. `code` is a tag such as "en"."""

    def __init__(self, code: str) -> None:
        self.code = code
        self._words = gettext.translation("listener", _CATALOGUES, [code], fallback=True)

    def say(self, msgid: str, **values: Any) -> str:
        """Gives the words of `msgid` (English, with gaps such as {name}) in this language, its gaps filled."""
        return _filled(self._words.gettext(msgid), values)

    def count(self, singular: str, plural: str, number: int, **values: Any) -> str:
        """Gives the form of the words that goes with `number`, which also fills the gap {number}."""
        return _filled(self._words.ngettext(singular, plural, number), {"number": number, **values})


def _filled(words: str, values: dict[str, Any]) -> str:
    return words.format_map(values) if values else words


@functools.cache
def language(code: str) -> Language:
    """The language of a tag; where there is no catalogue for it, English."""
    return Language(code if code in LANGUAGES else "en")


ENGLISH = language("en")
