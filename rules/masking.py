"""Masks what tells who somebody is, before a text leaves this machine."""

from __future__ import annotations

import re
from collections.abc import Collection

_LINK = re.compile(r"(?:https?://|www\.)\S+|(?<![\w.@-])(?:[a-z0-9-]{1,63}\.){1,4}[a-z]{2,24}/[^\s/]\S*", re.IGNORECASE)
_EMAIL = re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
# Letters of scripts without spaces stand right before a handle, a number or a name: only Latin ones make another word.
_APART = r"[A-Za-z0-9_\u00c0-\u024f]"
_HANDLE = re.compile(rf"(?<!{_APART})(?<![@＠/])[@＠]\w[\w.-]{{0,100}}")
_FAR_HANDLE = re.compile(rf"(?<!{_APART})(?<![@＠/])[@＠]\w[\w.-]{{0,100}}@[\w-]{{1,63}}(?:\.[\w-]{{1,63}}){{1,8}}")
_IBAN = re.compile(r"\b[A-Za-z]{2}\d{2}(?: ?[A-Za-z0-9]{2,4}){3,8}\b")
_DIGITS = re.compile(rf"(?<!{_APART})(?<!\d)[+(]{{0,2}}\d(?:[ ().\-/\u00a0]{{0,2}}\d){{6,}}+(?!{_APART})")
# Letters but those of Thai, Lao, Burmese, Khmer, Chinese, Japanese and Korean: they part no words by spaces, or a name
# takes its particle with it.
_WITH_SPACES = re.compile(
    r"[^\W\d_\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff]"
)
_DATE = re.compile(r"\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{4}")
_FEWEST_OF_PHONE = 8
_CARD = range(13, 20)
_SHORTEST_NAME = 3  # letters; 2 where no spaces part words: a letter is a syllable or a word there
_MOST_NAMES = 20


def masked(text: str, names: Collection[str] = (), kept: Collection[str] = ()) -> str:
    """Gives `text` with a word in brackets for each e-mail address, @handle, phone, card and account number and link.

    `names` (those of its author) are masked wherever they stand as words, with each of their parts, and within words of
    scripts that part none by spaces; `kept` are handles that stay, since they name the brand. A card number passes
    Luhn's check (ISO/IEC 7812), an account number that of ISO 13616; any other run of eight digits or more is taken for
    a phone or another number of somebody's, but for dates. Never raises.
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
        named = "|".join(map(_bounded, parts))
        text = re.sub(named, "[author]", text, flags=re.IGNORECASE)
    return text


def _parts(names: Collection[str], stays: Collection[str]) -> set[str]:
    whole = [name.strip() for name in names if name.strip()]
    parts = {part for name in whole for part in (name, *re.split(r"[\s@]+", name))}
    return {part for part in parts if len(part) >= _least(part) and part.casefold() not in stays}


def _least(name: str) -> int:
    return _SHORTEST_NAME if _WITH_SPACES.search(name) else 2


def _bounded(name: str) -> str:
    """The expression of a name: a word of its own where its script parts words by spaces."""
    return rf"(?<!\w){re.escape(name)}(?!\w)" if _WITH_SPACES.search(name) else re.escape(name)


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
