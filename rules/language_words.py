"""The words in a token of a text, as the language table knows them."""

from __future__ import annotations

import re
import unicodedata

from rules.language_scripts import LETTER

LONGEST = 24
"""Characters of a word that are looked at: no language needs more to be told."""

_PIECE = re.compile(f"[{LETTER}]+(?:'[{LETTER}]+)*")
_WITH_DIGITS = re.compile(r"\w*\d\w*")
_ENTITY = re.compile(r"&#?\w+;")
_HUMP = re.compile(r"(?<=[a-zß-öø-ÿ])(?=[A-ZÀ-ÖØ-Þ])")
_DRAWN_OUT = re.compile(r"(.)\1{2,}")
_ADDRESS = re.compile(r"[\"'(\[.]*(?:@|https?:|www\.)|[^/]*://|[\w.+-]+@[\w-]+\.\w", re.IGNORECASE)
_AROUND = ".,!?;:()\"'…“”‘’-*"
_ONE_SPELLING = {0x2019: "'", 0x02BC: "'", 0x0640: None}  # apostrophes; the stroke that stretches Arabic words
_SPELT_OTHERWISE = frozenset(map(chr, _ONE_SPELLING))
_SAYS_NOTHING = frozenset({"rt", "via", "http", "https", "amp"})  # what services write, in every language


def words_of(token: str) -> list[str]:
    """Gives the words of `token` in small letters: none of an address, an @name or what has digits in it.

    A tag is parted at its capitals, "soooo" is "soo", and letters are composed (NFC). Never raises.
    """
    bare = token.strip(_AROUND)
    if bare.isalpha() and bare.isascii():  # nine in ten
        word = bare.lower()
        return [] if word in _SAYS_NOTHING else [_shortened(word)]
    if _ADDRESS.match(token):
        return []
    if token.startswith("#"):
        token = _HUMP.sub(" ", token)
    if "&" in token:
        token = _ENTITY.sub(" ", token)
    token = token.lower()
    if not token.isascii():
        token = unicodedata.normalize("NFC", token)
        if not _SPELT_OTHERWISE.isdisjoint(token):  # seldom: to translate a word takes as long as all the rest
            token = token.translate(_ONE_SPELLING)
    if not token.isalpha():
        token = _WITH_DIGITS.sub(" ", token)
    pieces = _PIECE.findall(token)
    return [_shortened(piece) for piece in pieces if piece not in _SAYS_NOTHING]


def _shortened(word: str) -> str:
    if _DRAWN_OUT.search(word):  # seldom: looking costs a tenth of replacing
        word = _DRAWN_OUT.sub(r"\1\1", word)
    return word[:LONGEST]
