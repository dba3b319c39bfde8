"""The one door of Babel: how a language writes numbers, days and months, and what it calls languages and countries.

Source: the Unicode Common Locale Data Repository as Babel brings it, https://babel.pocoo.org/en/latest/api/.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel import Locale

_NOUGHTS = {
    "arab": "٠", "arabext": "۰", "beng": "০", "deva": "०", "gujr": "૦", "guru": "੦", "khmr": "០", "knda": "೦",
    "laoo": "໐", "mlym": "൦", "mymr": "၀", "olck": "᱐", "orya": "୦", "tamldec": "௦", "telu": "౦", "thai": "๐",
    "tibt": "༠",
}  # fmt: skip
"""The first digit of each numbering system: Babel knows which one a language uses, and writes Latin digits."""


@functools.cache
def _locale(code: str) -> Locale:
    from babel import Locale  # a twentieth of a second, and English needs none of it

    return Locale.parse(code.replace("-", "_"))


@functools.cache
def _translation(code: str) -> dict[int, str]:
    nought = _NOUGHTS.get(_locale(code).default_numbering_system, "0")
    return {ord("0") + digit: chr(ord(nought) + digit) for digit in range(10)}


def from_right(code: str) -> bool:
    """Whether a language is written from right to left."""
    return _locale(code).text_direction == "rtl"


def digits(code: str, written: str) -> str:
    """Gives `written` with the digits of the language."""
    return written.translate(_translation(code))


def number(code: str, value: float, places: int, *, signed: bool) -> str:
    """Gives a number with the language's digits and signs: "১,২০,৪০০", "+০.৬৪"."""
    from babel.numbers import format_decimal

    locale = _locale(code)
    whole = locale.decimal_formats[None].pattern.partition(".")[0]
    pattern = f"{whole}.{'0' * places}" if places else whole
    # rounded here: Babel's own rounding takes the exact value of a float
    written = format_decimal(round(value, places), format=pattern, locale=locale, numbering_system="default")
    return digits(code, f"+{written}" if signed and value >= 0 else written)


def weekday(code: str, number: int) -> str:
    """Gives the whole name of a day of the week; 0 is Monday."""
    from babel.dates import get_day_names

    return str(get_day_names("wide", "format", _locale(code))[number])


def month(code: str, number: int) -> str:
    """Gives the whole name of a month; 1 is January."""
    from babel.dates import get_month_names

    return str(get_month_names("wide", "format", _locale(code))[number])


def language_name(code: str, tag: str) -> str:
    """Gives what the language `code` calls the language of `tag`, "" where it has no name for it."""
    return str(_locale(code).languages.get(tag.replace("-", "_"), ""))


def country_name(code: str, country: str) -> str:
    """Gives what a language calls a country by its two letters (ISO 3166-1), "" where it has no name for it."""
    return str(_locale(code).territories.get(country.upper(), ""))
