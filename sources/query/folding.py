"""Folding: what readers take for the same text becomes the same text."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from sources.query import scripts

# Read as spaces before folding: compatibility folding would glue "Acme™" into "acmetm".
_MARKS_OF_TRADE = re.compile("[\u2120\u2122]")
_IGNORED = re.compile(f"[{scripts.IGNORED}]+")
_FOLDED_AWAY = re.compile(f"[{scripts.FOLDED_MARKS}{scripts.IGNORED}]+")
# Strokes and joined letters that no decomposition knows, Turkish dotless i, Persian and Arabic twins.
_TWINS = str.maketrans(
    {"ı": "i", "ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ŧ": "t", "æ": "ae", "œ": "oe", "ی": "ي", "ى": "ي", "ک": "ك"}
)
_HAS_TWIN = re.compile("[ıøłđħŧæœیىک]")
_CLUSTER = re.compile(f"[\x00-\x7f]+(?![{scripts.EXTENDING}])|.[{scripts.EXTENDING}]*", re.DOTALL)
_EXTENDS = re.compile(f"[{scripts.EXTENDING}]")
# Folding a text piece by piece lets a memory of pieces do most of the work: accented words and emoji repeat.
BEYOND_ASCII = re.compile("[^\x00-\x7f]+")
LONGEST_REMEMBERED = 24
MOST_MARKS = 30  # on one letter, as in Unicode's stream-safe text (UAX #15, 13): nobody reads a thirty-first
_PILED = re.compile(f"([{scripts.SORTED_MARKS}]{{{MOST_MARKS}}})[{scripts.SORTED_MARKS}]+")


def normalise(text: str) -> str:
    """Folds what readers take for the same: NFKC, case, accents, invisible characters.

    Kept: vowel signs of Indic and South East Asian scripts, Japanese voicing. "ß" gives "ss", "ø" gives "o",
    dotless "ı" gives "i"; Arabic hamza seats and Persian letter forms fold onto the plain Arabic letter.
    """
    if text.isascii():
        return text.lower()
    return BEYOND_ASCII.sub(_folded_piece, text.lower())


def as_written(text: str) -> str:
    """The form in which {} compares: case and accents stay, compatibility forms and invisible characters go."""
    return " ".join(unicodedata.normalize("NFKC", _PILED.sub(r"\1", _IGNORED.sub("", text))).split())


def fold_with_places(text: str) -> tuple[str, list[int] | None, list[int] | None]:
    """The folded text, and for each of its characters where the original begins and ends.

    Folding works on a character with its marks alone, so folding piece by piece gives the whole's folding.
    """
    if text.isascii():
        return text.lower(), None, None
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for match in _CLUSTER.finditer(text):
        start, end = match.span()
        cluster = match[0]
        if cluster.isascii():
            pieces.append(cluster.lower())
            starts.extend(range(start, end))
            ends.extend(range(start + 1, end + 1))
            continue
        folded = _folded(cluster)
        alone = [_fold_remembered(character) for character in cluster]
        if len(cluster) > 1 and "".join(alone) == folded:
            for place, piece in enumerate(alone, start):
                starts.extend([place] * len(piece))
                ends.extend([place + 1] * len(piece))
                if not piece and ends:
                    ends[-1] = place + 1  # what is folded away belongs to the character before it
        else:
            starts.extend([start] * len(folded))
            ends.extend([end] * len(folded))
        pieces.append(folded)
    return "".join(pieces), starts, ends


def stays_in_place(text: str) -> bool:
    """Whether folding puts one character in the place of each: then all stand where they stood.

    Told by each character beyond ASCII; False where one is put on the letter before it.
    """
    return text.isascii() or all(map(_stays, BEYOND_ASCII.findall(text)))


def _stays(piece: str) -> bool:
    return _stays_remembered(piece) if len(piece) <= LONGEST_REMEMBERED else _stay(piece)


def _stay(piece: str) -> bool:
    return not _EXTENDS.search(piece) and all(len(_fold_remembered(character)) == 1 for character in piece)


_stays_remembered = lru_cache(maxsize=50_000)(_stay)


def _folded_piece(match: re.Match[str]) -> str:
    return _folded(match[0])


def _folded(piece: str) -> str:
    return _fold_remembered(piece) if len(piece) <= LONGEST_REMEMBERED else _fold(piece)


def _fold(text: str) -> str:
    # NFC does not compose some Bengali letters (U+09DF), so both sides are taken apart first, then put together.
    if len(text) > MOST_MARKS:
        text = _PILED.sub(r"\1", _FOLDED_AWAY.sub("", text))
    text = unicodedata.normalize("NFKD", _MARKS_OF_TRADE.sub(" ", text))
    text = _FOLDED_AWAY.sub("", text).casefold()
    if _HAS_TWIN.search(text):
        text = text.translate(_TWINS)
    return unicodedata.normalize("NFC", _FOLDED_AWAY.sub("", unicodedata.normalize("NFKD", text)))


_fold_remembered = lru_cache(maxsize=50_000)(_fold)
