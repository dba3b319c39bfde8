"""In which language people are told: words by their English original, with what stands in their gaps."""

from __future__ import annotations

import functools
import gettext
from pathlib import Path
from typing import Any

CATALOGUES = Path(__file__).parent / "locale"
"""One folder a language: `bn/LC_MESSAGES/listener.po` is written by people, `listener.mo` is made of it."""


def _languages() -> tuple[str, ...]:
    return ("en", *sorted(path.parts[-3] for path in CATALOGUES.glob("*/LC_MESSAGES/listener.mo")))


LANGUAGES = _languages()
"""English, which the words in the code are, and those with a catalogue of their own."""


class Language:
    """One language. `code` is a tag such as "en"; a word that its catalogue does not have stays English."""

    def __init__(self, code: str) -> None:
        self.code = code
        self._words = gettext.translation("listener", CATALOGUES, [code], fallback=True)

    @property
    def is_english(self) -> bool:
        return self.code == "en"

    @property
    def from_right(self) -> bool:
        """Whether it is written from right to left."""
        if self.is_english:
            return False
        from alerts import customs

        return customs.from_right(self.code)

    def say(self, msgid: str, **values: Any) -> str:
        """Gives the words of `msgid` (English, with gaps such as {name}) in this language, its gaps filled.

        A number in a gap stands as it is, as names do (ticket 1204); one to be read goes through `number` first.
        """
        return _filled(self._words.gettext(msgid), values)

    def count(self, singular: str, plural: str, number: int, **values: Any) -> str:
        """Gives the form of the words that goes with `number`, which fills the gap {number} as people write it."""
        return _filled(self._words.ngettext(singular, plural, number), {"number": self.number(number), **values})

    def number(self, value: float, places: int = 0, *, signed: bool = False) -> str:
        """Gives a number as people write it: "1,204", "+0.64"."""
        if self.is_english:
            return f"{value:{'+' if signed else ''},.{places}f}"
        from alerts import customs

        return customs.number(self.code, value, places, signed=signed)

    def digits(self, written: str) -> str:
        """Gives what holds digits, such as a time of day, with the digits that this language is written with."""
        if self.is_english:
            return written
        from alerts import customs

        return customs.digits(self.code, written)


def msgid(words: str) -> str:
    """Marks words for the catalogues that are said later, and gives them back: for tables of labels."""
    return words


def _filled(words: str, values: dict[str, Any]) -> str:
    return words.format_map(values) if values else words


def language(code: str) -> Language:
    """The language of a tag; one of a region is its language; where there is no catalogue for it, English."""
    known = (code, code.partition("-")[0])
    return _opened(next((one for one in known if one in LANGUAGES), "en"))


@functools.cache
def _opened(code: str) -> Language:
    return Language(code)


ENGLISH = language("en")
