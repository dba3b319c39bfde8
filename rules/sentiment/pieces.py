"""Cuts a text into the pieces that are weighed."""

from __future__ import annotations

import re

LONGEST = 60
"""Characters of a piece that count; what no space ends for longer is an address, or noise."""

_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")
"""Runs of scripts that put no space between words: Thai, Lao, Burmese, Khmer, Japanese, Chinese."""

_RUN_LENGTHS = (2, 3, 4)


def pieces(text: str) -> list[str]:
    """Gives the text's words with the punctuation on them, in their order.

    Of a script without spaces every stretch of two, three and four characters is a piece, since nothing tells cheaply
    where a word ends.
    """
    spaced = text.split()
    if text.isascii() or _UNSPACED.search(text) is None:
        return spaced
    found: list[str] = []
    for word in spaced:
        if _UNSPACED.search(word) is None:
            found.append(word)
        else:
            _cut(word, found)
    return found


def is_unspaced(piece: str) -> bool:
    """Whether the piece holds a character of a script without spaces, so that it may be cut out of a longer word."""
    return not piece.isascii() and _UNSPACED.search(piece) is not None


def is_stretch(piece: str) -> bool:
    """Whether the piece is a stretch of a script without spaces, which may be part of a word or of several."""
    return _UNSPACED.fullmatch(piece) is not None


def _cut(word: str, found: list[str]) -> None:
    last = 0
    for match in _UNSPACED.finditer(word):
        if match.start() > last:
            found.append(word[last : match.start()])
        run, last = match.group(), match.end()
        for length in _RUN_LENGTHS:
            found.extend(run[start : start + length] for start in range(len(run) - length + 1))
        if len(run) < _RUN_LENGTHS[0]:
            found.append(run)
    if last < len(word):
        found.append(word[last:])
