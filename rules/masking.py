"""Masks what tells who somebody is, before a text leaves this machine."""

from __future__ import annotations

import re
from collections.abc import Collection

_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_EMAIL = re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_HANDLE = re.compile(r"(?<![\w@/])@\w[\w.-]{0,100}")
_FAR_HANDLE = re.compile(r"(?<![\w@/])@\w[\w.-]{0,100}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_IBAN = re.compile(r"\b[A-Za-z]{2}\d{2}(?: ?[A-Za-z0-9]{2,4}){3,8}\b")
_DIGITS = re.compile(r"(?<!\w)[+(]{0,2}\d(?:[ ().\-/\u00a0]{0,2}\d){6,24}(?!\w)")
_DATE = re.compile(r"\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{4}")
_FEWEST_OF_PHONE = 8
_CARD = range(13, 20)
_SHORTEST_NAME = 3
_MOST_NAMES = 20


def masked(text: str, names: Collection[str] = (), kept: Collection[str] = ()) -> str:
    """Gives `text` with a word in brackets for each e-mail address, @handle, phone, card and account number and link.

    `names` (those of its author) are masked wherever they stand as words, with each of their parts; `kept` are handles
    that stay, since they name the brand. A card number passes Luhn's check (ISO/IEC 7812), an account number that of
    ISO 13616; any other run of eight to fifteen digits is taken for a phone, but for dates. Never raises.
    """
    text = _LINK.sub("[link]", text)
    stays = {name.lstrip("@").casefold() for name in kept}

    def or_stays(found: re.Match[str]) -> str:
        return found[0] if found[0][1:].casefold() in stays else "[handle]"

    text = _HANDLE.sub(or_stays, _EMAIL.sub("[email]", _FAR_HANDLE.sub(or_stays, text)))
    text = _IBAN.sub(lambda found: "[account]" if _is_iban(found[0]) else found[0], text)
    text = _DIGITS.sub(_without_number, text)
    parts = sorted(_parts(names, stays), key=len, reverse=True)[:_MOST_NAMES]
    if parts:
        named = "|".join(map(re.escape, parts))
        text = re.sub(rf"(?<!\w)(?:{named})(?!\w)", "[author]", text, flags=re.IGNORECASE)
    return text


def _parts(names: Collection[str], stays: Collection[str]) -> set[str]:
    whole = [name.strip() for name in names if name.strip()]
    parts = {part for name in whole for part in (name, *re.split(r"[\s@]+", name))}
    return {part for part in parts if len(part) >= _SHORTEST_NAME and part.casefold() not in stays}


def _without_number(found: re.Match[str]) -> str:
    digits = "".join(str(int(one)) for one in found[0] if one.isdecimal())
    if len(digits) in _CARD and _passes_luhn(digits):
        return "[card]"
    if _DATE.fullmatch(found[0]) or len(digits) < _FEWEST_OF_PHONE:
        return found[0]
    return "[phone]" if len(digits) <= 15 else "[number]"


def _passes_luhn(digits: str) -> bool:
    doubled = [int(one) * (2 if place % 2 else 1) for place, one in enumerate(reversed(digits))]
    return sum(one - 9 if one > 9 else one for one in doubled) % 10 == 0


def _is_iban(text: str) -> bool:
    bare = text.replace(" ", "").upper()
    if not (15 <= len(bare) <= 34 and bare.isascii() and bare.isalnum()):
        return False
    return int("".join(str(int(one, 36)) for one in bare[4:] + bare[:4])) % 97 == 1
