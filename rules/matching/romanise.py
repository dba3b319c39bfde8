"""Brings words of any script into plain lower-case letters, as people write them abroad."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from importlib.resources import files

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff々]")
_HANGUL = re.compile(r"[\uac00-\ud7a3]+")
_BARE = re.compile(
    r"[\u0590-\u08ff\u0900-\u0dff]"
)  # Hebrew, Arabic, the scripts of India: vowels are left out or marks
_COMPOUND_FAMILIES = (
    "欧阳",
    "歐陽",
    "司马",
    "司馬",
    "上官",
    "诸葛",
    "諸葛",
    "司徒",
    "夏侯",
    "皇甫",
    "公孙",
    "慕容",
    "令狐",
)
_NO_LETTER = re.compile(r"[^a-z0-9]+")


def plain(word: str) -> str:
    """Gives the word in ASCII letters a-z, with digits, all else left out; "" where nothing of it can be told."""
    if word.isascii():
        return _NO_LETTER.sub("", word.lower())
    from anyascii import anyascii

    return _NO_LETTER.sub("", anyascii(unicodedata.normalize("NFKC", word)).lower())


def writes_no_vowels(word: str) -> bool:
    """Whether the script of the word leaves (some) vowels to the reader, so that only consonants can be compared."""
    return not word.isascii() and _BARE.search(word) is not None


def parts(word: str) -> tuple[str, ...]:
    """Gives a written word as the parts of a name that it holds, in plain letters.

    A name in Han characters or Hangul is written in one: its family is parted from what is given. Read as Japanese
    where both parts are Japanese names that we know, else as Chinese.
    """
    if word.isascii():
        return (plain(word),) if plain(word) else ()
    if _HAN.search(word):
        return tuple(part for part in _of_han(word) if part)
    if _HANGUL.fullmatch(word) and 2 <= len(word) <= 4:
        return (readings().get(word[0]) or plain(word[0]), plain(word[1:]))
    found = plain(word)
    return (found,) if found else ()


def _of_han(word: str) -> tuple[str, ...]:
    known = readings()
    if word in known and len(word) > 1:
        return (known[word],)
    for cut in (2, 3, 1):
        family, given = known.get(word[:cut]), word[cut:]
        if family is not None and given and (given in known or cut > 1 or not _HAN.fullmatch(given[0])):
            return (family, known.get(given) or plain(given))
    if len(word) > 4 or len(word) == 1:
        return (plain(word),)
    cut = 2 if word[:2] in _COMPOUND_FAMILIES and len(word) > 2 else 1
    return (plain(word[:cut]), plain(word[cut:]))


@lru_cache(maxsize=1)
def readings() -> dict[str, str]:
    """Names in Han characters with their Japanese reading, and Korean families in their usual spelling."""
    lines = files(__package__).joinpath("readings.txt").read_text("utf-8").splitlines()
    found = (line.partition(" ") for line in lines if line and line[0] != "#")
    return {native: latin for native, _, latin in found}
