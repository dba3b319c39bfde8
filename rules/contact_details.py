"""Brings what directories tell of a customer into the one form in which it is kept."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from sources.post import storable

LONGEST_FIELD = 500
LONGEST_URL = 500
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_NOT_IN_NAMES = re.compile(r"\W+")
_PHONE = re.compile(r"(\+|00)?\(?\d[\d\s().\-/]*")


def one_line(text: str, most: int = LONGEST_FIELD) -> str:
    """A text on one line without control characters, of at most so many characters."""
    if len(text) <= most and text.isascii() and text.isprintable():  # as nearly every cell
        return " ".join(text.split())
    return storable(" ".join(_CONTROL.sub(" ", storable(text, 4 * most)).split()), most)


def field_name(column: str) -> str:
    """The name of a custom field, as rules write it: "Renewal Date" is renewal_date; "" where nothing is left."""
    return _NOT_IN_NAMES.sub("_", one_line(column, 80).lower()).strip("_")


def phone(text: str) -> str:
    """A telephone number as digits, with a + where it tells its country. Raises ValueError with a sentence."""
    text = one_line(text, 60)
    found = _PHONE.fullmatch(text)
    digits = "".join(letter for letter in text if letter.isascii() and letter.isdigit())
    if found is None or not 5 <= len(digits) <= 17:
        raise ValueError(f"{text!r} is not a telephone number")
    if found[1] == "00":
        return f"+{digits[2:]}"
    return f"+{digits}" if found[1] else digits


def page(text: str) -> str:
    """The address of a profile or site, with its scheme. Raises ValueError with a sentence."""
    address = one_line(text, LONGEST_URL + 1)
    if "//" not in address[:8]:
        address = f"https://{address}"
    try:
        parts = urlsplit(address)
        named = parts.scheme.lower() in ("http", "https") and "." in (parts.hostname or "")
    except ValueError:
        named = False
    if not named or len(address) > LONGEST_URL or any(letter.isspace() for letter in address):
        raise ValueError(f"{one_line(text, 80)!r} is not the address of a page")
    return address


def domain(text: str) -> str:
    """A domain without scheme, path, www. and @; "" for none."""
    host = one_line(text, 255).lower().rpartition("//")[2].partition("/")[0]
    return host.rpartition("@")[2].removeprefix("www.").strip(".")
