"""The hashed features of a piece of text: its words, their letters, its emoji and marks.

A feature is a bucket of a table and how much it counts there. Everything about a piece alone is known once it has been
met, so that a text's sum costs one look-up a word; what stands beside it is told by two numbers more.
"""

from __future__ import annotations

import re
from functools import lru_cache
from zlib import crc32

from msgspec import Struct

from rules.sentiment.pieces import LONGEST, is_stretch
from rules.sentiment.spelling import is_drawn_out, one_spelling
from rules.sentiment.word_lists import NEGATIONS

NEGATES, PICTURES, ENDS_CLAUSE = 1, 2, 4
"""Bits of `Features.flags`: turns what follows, holds an emoji or emoticon, has a mark that ends a clause."""

_LONGEST_WORD = 24
_SHORTEST_WORD = 3  # "xD" is an emoticon
WORD_WORTH, _MARK_WORTH, _EMOJI_WORTH = 1.0, 0.5, 1.5
_EMOJI_MASS = 0.5

# Signs that Python's \w leaves out and words are spelt with: vowel signs, tones, joiners.
_SIGNS = (
    "\u0300-\u036f\u0591-\u05c7\u0610-\u065f\u0670\u06d6-\u06ed\u0900-\u0963\u0966-\u0dff\u0e00-\u0e4f\u1000-\u109f"
    "\u1780-\u17d3\u200c\u200d"
)
_PARTS = re.compile(rf"(?:[^\W_]+|[{_SIGNS}]+|(?<=\w)['’](?=\w))+|[!?]+|\.\.+|…|[^\s\w]")
_LETTER = re.compile(rf"[^\W\d_]|[{_SIGNS}]")
_NO_LETTER = re.compile(rf"(?![{_SIGNS}])[\W\d_]")
_MARKS = ".,!?;:…\"'“”‘’()[]{}<>«»*~#-–—/\\|&%$+=^`@।،"  # none is part of a word, or of what is read as one
_ANY_WORD = "word"
_DIGIT = re.compile(r"\d")
_EMOTICON_EYES = re.compile("[:;=<]")
_LETTERED_EMOTICONS = frozenset(
    [":D", ":P", ":p", ":d", "=D", "xD", "XD", "xd", ";P", ";p", ";D", ":O", ":o", ":S", ":s", "D:", ":c", ":C"]
)
_LONGEST_EMOTICON = 5
_HEARTS = frozenset(["<3", "<33", "<333", "</3", ":3", "=3", ">:3"])
_EMOJI = re.compile("[\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]")


class Features(Struct, frozen=True):
    """What one piece counts.

    `mass`: how many words it is worth; `core`: its last word's hash, 0 where it has none; `spelt`: its words between
    "<" and ">", of which `grams` tells the letters' hashes.
    """

    hashes: list[int]
    values: list[float]
    mass: float
    core: int
    flags: int
    spelt: list[str] = []


class Frame(Struct, frozen=True, gc=False):
    """The features of marks around a word: hashes before and behind the word's own, and the values of all of them."""

    before: tuple[int, ...]
    after: tuple[int, ...]
    values: tuple[float, ...]
    mass: float
    flags: int


def features(piece: str) -> Features:
    """Gives the features of a piece, of which the first LONGEST characters count. Hashes have 32 bits."""
    if len(piece) > LONGEST:
        piece = piece[:LONGEST]
    if is_address(piece):
        return _ADDRESS
    if is_handle(piece):
        return _HANDLE
    if _is_emoticon(piece):
        face = _hash("e" + piece.upper())
        return Features([face], [_EMOJI_WORTH], 1.0, face, PICTURES)
    return _of_parts(piece)


def one_word(piece: str) -> str:
    """Gives the one spelling of a piece that is a word of letters and nothing else, "" for any other piece.

    It counts WORD_WORTH by its hash, a CRC of its spelling that WORD_SEED begins, and what its letters count.
    """
    if len(piece) > LONGEST or piece.startswith("http"):
        return ""
    if piece.isascii():
        word = one_spelling(piece) if len(piece) >= _SHORTEST_WORD and piece.isalpha() else ""
        return word[:_LONGEST_WORD] if len(word) == len(piece) else ""  # else something was drawn out
    word = _word(piece) if piece.isalpha() or not _NO_LETTER.search(piece) else ""
    plain = len(word) > 1 and not is_drawn_out(piece) and not is_stretch(piece) and _LETTER.match(word)
    return word if plain else ""


def between_marks(piece: str) -> tuple[str, Frame] | None:
    """Gives the one spelling of a word that stands between marks, and what these count; None for any other piece."""
    bare = piece.strip(_MARKS)
    if not bare or len(piece) > LONGEST or piece[0] == "@" or is_address(piece):
        return None
    word = one_word(bare)
    if not word:
        return None
    before, _, after = piece.partition(bare)
    return word, _frame(before, after)


@lru_cache(maxsize=4_096)
def _frame(before: str, after: str) -> Frame:
    around = _of_parts(f"{before}{_ANY_WORD}{after}")
    at = around.hashes.index(crc32(_ANY_WORD.encode(), WORD_SEED))
    hashes, values = tuple(around.hashes), tuple(around.values)
    return Frame(hashes[:at], hashes[at + 1 :], values, around.mass, around.flags)


def is_address(piece: str) -> bool:
    """Whether the piece is the address of a page: all of them are one to the tables."""
    return piece.startswith(("http", "www."))


def is_handle(piece: str) -> bool:
    """Whether the piece names an account: all of them are one to the tables."""
    return piece[0] == "@" and len(piece) > 1


def _of_parts(piece: str) -> Features:
    found: dict[int, float] = {}
    spelt: list[str] = []
    met: dict[str, int] = {}
    mass, core, flags = 0.0, 0, 0
    for part in _PARTS.findall(piece):
        if part.isalnum() or _LETTER.search(part):
            word = _word(part)
            if not word:
                continue
            coded = word.encode("utf-8", "surrogatepass")
            _add(found, crc32(coded, WORD_SEED), WORD_WORTH)
            if len(word) > 1 and _LETTER.match(word) and (part.isascii() or not is_stretch(part)):
                spelt.append(f"<{word}>")
            if is_drawn_out(part):
                _add(found, _LONG, _MARK_WORTH)
            mass += 1
            core = crc32(coded)
            if word in NEGATIONS or word.endswith("n't"):
                flags |= NEGATES
        else:
            mark = _mark(part)
            flags |= mark.flags
            met[mark.text] = times = met.get(mark.text, 0) + 1
            if not mark.text or times > 2:
                continue  # ten angry faces are angrier than one, but not ten times
            drawn = mark.flags & PICTURES
            _add(found, mark.hash, (_EMOJI_WORTH if drawn else _MARK_WORTH) / times)
            if drawn:
                mass += _EMOJI_MASS
                core = core or mark.hash
    return Features([*found], [*found.values()], mass, core, flags, spelt)


def _word(part: str) -> str:
    """The part in its one spelling, "" where nothing is left of it: a joiner alone."""
    word = one_spelling(part)
    return (word if word.isalpha() else _DIGIT.sub("0", word))[:_LONGEST_WORD]


class _Mark(Struct, frozen=True, gc=False):
    text: str
    hash: int
    flags: int


@lru_cache(maxsize=4_096)
def _mark(part: str) -> _Mark:
    """A mark in its one spelling, "" where nothing is left of it: a skin tone or a joiner alone."""
    mark = one_spelling(part)
    if not mark:
        return _Mark("", 0, 0)
    if mark[0] in "!?":
        mark = "!?" if "!" in mark and "?" in mark else mark[:2]
    elif mark[0] in ".…":
        mark = "…" if len(mark) > 1 or mark == "…" else "."
    ends = ENDS_CLAUSE if mark[0] in ",;.:!?…।۔،؟。" else 0
    return _Mark(mark, _hash("p" + mark), ends | (PICTURES if _EMOJI.match(mark) else 0))


def _add(found: dict[int, float], hashed: int, value: float) -> None:
    found[hashed] = found.get(hashed, 0.0) + value


def _is_emoticon(piece: str) -> bool:
    if piece in _LETTERED_EMOTICONS:
        return True
    if len(piece) > _LONGEST_EMOTICON or not _EMOTICON_EYES.search(piece[:-1]) or _LETTER.search(piece):
        return False
    return piece in _HEARTS or not _DIGIT.search(piece)  # "10:30" is a time


def _hash(name: str) -> int:
    return crc32(name.encode("utf-8", "surrogatepass"))


WORD_SEED = _hash("w")
"""What the hash of a word goes on from, as a CRC goes on from that of what stands before."""

_LONG = _hash("LONG")
_ADDRESS = Features([_hash("URL")], [_MARK_WORTH], 0.0, 0, 0)
_HANDLE = Features([_hash("AT")], [_MARK_WORTH], 0.0, _hash("AT"), 0)
