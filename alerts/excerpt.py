"""Cuts a long text to what fits, around the words that matter, without breaking a character or a link."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from msgspec import Struct

_ELLIPSIS = "…"
_LINK = re.compile(r"(?:https?://|www\.)\S*$", re.IGNORECASE)
_LONGEST_LINK = 4_000
_LONGEST_CLUSTER = 64  # a pile of accents longer than this is an attack, not a character
_WORD_SEARCH = 40  # how far a cut moves back to end on a whole word


class Piece(Struct, frozen=True):
    """A stretch of an excerpt; `marked`: these are words that the query asked for."""

    text: str
    marked: bool = False


def width(text: str) -> int:
    """Counts `text` in UTF-16 units: never less than what any service means by "characters"."""
    return len(text) + sum(character > "\uffff" for character in text)


def cut(text: str, limit: int) -> str:
    """Gives `text` if it is at most `limit` wide, else its beginning and an ellipsis, together within `limit`."""
    if width(text) <= limit:
        return text
    if limit < 1:
        return ""
    return text[: _cut_before(text, _fitting(text, 0, limit - 1))].rstrip() + _ELLIPSIS


def around(text: str, spans: Sequence[tuple[int, int]], limit: int) -> tuple[Piece, ...]:
    """Gives the part of `text` that holds the first of `spans`, at most `limit` wide, with the spans marked."""
    start = _start_near(text, spans, limit)
    room = limit - (start > 0)
    end = _fitting(text, start, room)
    if end < len(text):
        end = max(start, _cut_before(text, _fitting(text, start, room - 1), start))
    pieces = _marked(text, spans, start, end)
    if start > 0:
        pieces.insert(0, Piece(_ELLIPSIS))
    if end < len(text):
        pieces.append(Piece(_ELLIPSIS))
    return tuple(pieces)


def plain(pieces: Sequence[Piece]) -> str:
    """Gives an excerpt as text."""
    return "".join(piece.text for piece in pieces)


def _fitting(text: str, start: int, limit: int) -> int:
    """The end of the longest stretch from `start` that is at most `limit` wide."""
    taken, end = 0, start
    for character in text[start : start + max(limit, 0)]:
        taken += 1 + (character > "\uffff")
        if taken > limit:
            break
        end += 1
    return end


def _cut_before(text: str, end: int, start: int = 0) -> int:
    """The nearest place at or before `end` that lies inside no link, no word if a space is near, no character."""
    if 0 < end < len(text) and not text[end].isspace():
        link = _LINK.search(text, max(start, end - _LONGEST_LINK), end)
        if link:
            return link.start()
        spaces = [place for place in range(max(start + 1, end - _WORD_SEARCH), end) if text[place].isspace()]
        if spaces:
            return spaces[-1]
    for place in range(end, max(start, end - _LONGEST_CLUSTER) - 1, -1):
        if place == start or not _inside_character(text, place):
            return place
    return end


def _start_near(text: str, spans: Sequence[tuple[int, int]], limit: int) -> int:
    """Where an excerpt begins: at 0 if the first span is reached from there, else a little before that span."""
    first = min(spans, default=(0, 0))
    if width(text[: first[1]]) <= limit * 3 // 4 or width(text) <= limit:
        return 0
    wanted = max(0, first[0] - limit // 3)
    before = text[wanted : first[0]]
    space = re.search(r"\s+", before)
    if space:
        return wanted + space.end()
    while wanted < first[0] and _inside_character(text, wanted):
        wanted += 1
    return wanted


def _marked(text: str, spans: Sequence[tuple[int, int]], start: int, end: int) -> list[Piece]:
    pieces: list[Piece] = []
    done = start
    for first, last in sorted(spans):
        opens, closes = max(first, done), min(last, end)
        if opens >= closes:
            continue
        if opens > done:
            pieces.append(Piece(text[done:opens]))
        pieces.append(Piece(text[opens:closes], marked=True))
        done = closes
    if done < end:
        pieces.append(Piece(text[done:end].rstrip() if end < len(text) else text[done:end]))
    return pieces


def _inside_character(text: str, place: int) -> bool:
    """Whether a cut at `place` would split what a reader sees as one character.

    The rules of Unicode's UAX 29 for extended grapheme clusters that our users' languages and emoji need.
    """
    if place <= 0 or place >= len(text):
        return False
    before, after = text[place - 1], text[place]
    if unicodedata.category(after) in ("Mn", "Mc", "Me") or after in "\u200c\u200d":
        return True
    if before == "\u200d" or unicodedata.combining(before) == 9:  # a joiner, a virama
        return True
    if "\U0001f3fb" <= after <= "\U0001f3ff" or "\U000e0020" <= after <= "\U000e007f":  # skin tones, tags
        return True
    if "\u1100" <= before <= "\u11ff" and "\u1160" <= after <= "\u11ff":  # Hangul written in parts
        return True
    if _is_flag_half(after) and _is_flag_half(before):
        halves = place
        while halves > 0 and _is_flag_half(text[halves - 1]):
            halves -= 1
        return (place - halves) % 2 == 1
    return before == "\r" and after == "\n"


def _is_flag_half(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"
