"""What a comparison says of one side: "better than Acme" speaks against Acme."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

_BETTER = (
    r"(?:better|faster|cheaper|nicer|easier|safer|smoother|cleaner|friendlier|superior"
    r"|more\s+(?!expensive)\w+|less\s+expensive)"
)
_WORSE = r"(?:worse|slower|pricier|harder|dearer|inferior|more\s+expensive|less\s+(?!expensive)\w+)"
_CHANGED = r"(?:switch|mov|chang|migrat|went|go|going|gone|leav|left)\w*"
_NAME = "\x00"

# The brand stands as _NAME in the clause. What is said for it, and against it.
_FOR = re.compile(
    rf"""{_NAME}[^{_NAME}]*\b{_BETTER}\b[^{_NAME}]*\bthan\b | \b{_WORSE}\b[^{_NAME}]*\bthan\s+{_NAME}
    | \bprefer\w*\s+{_NAME} | \b{_CHANGED}\b[^{_NAME}]*\bto\s+{_NAME} | {_NAME}\s+(?:over|instead\s+of|rather\s+than)\b
    | {_NAME}\s+beats\b""",
    re.IGNORECASE | re.VERBOSE,
)
_AGAINST = re.compile(
    rf"""\b{_BETTER}\b[^{_NAME}]*\bthan\s+{_NAME} | {_NAME}[^{_NAME}]*\b{_WORSE}\b[^{_NAME}]*\bthan\b
    | \bprefer\w*\b[^{_NAME}]*\b(?:to|over)\s+{_NAME} | \b{_CHANGED}\b[^{_NAME}]*\bfrom\s+{_NAME}
    | \b(?:leav\w+|left|dropp?\w*|ditch\w*)\s+{_NAME}[^{_NAME}]*\bfor\b
    | \b(?:instead\s+of|rather\s+than|over)\s+{_NAME} | \bbeats\s+{_NAME} | \bunlike\s+{_NAME}""",
    re.IGNORECASE | re.VERBOSE,
)
_INSTEAD = re.compile(r"instead|rather", re.IGNORECASE)


_CUES = frozenset(["than", "over", "beats", "unlike", "instead", "rather"])
_CUES_BEGIN = ("prefer", "switch", "mov", "chang", "migrat", "went", "go", "leav", "left", "drop", "ditch")


class Compared(Struct, frozen=True):
    """How a clause compares: `verdict` is 1 for the brand, -1 against it; `text`: the words that say so."""

    verdict: int
    text: str

    @property
    def goes_on(self) -> bool:
        """Whether what follows is about the other side; not after "I asked Acme instead of Bolt, ..."."""
        return not _INSTEAD.match(self.text)


def may_compare(words: Sequence[str]) -> bool:
    """Whether one of these words stands in comparisons: looking for them is much faster than looking for one."""
    return any(word in _CUES or word.startswith(_CUES_BEGIN) for word in words)


def compared(pieces: Sequence[str], named: Sequence[bool]) -> Compared | None:
    """Reads the comparison in one clause; `named` tells which pieces are the brand's name. English alone."""
    words: list[str] = []
    name = ""
    for piece, is_name in zip(pieces, named, strict=True):
        if not is_name:
            words.append(piece.replace(_NAME, ""))
        elif not words or words[-1] != _NAME:
            words.append(_NAME)
            name = piece
    clause = " ".join(words)
    for pattern, verdict in ((_AGAINST, -1), (_FOR, 1)):
        found = pattern.search(clause)
        if found:
            return Compared(verdict, found.group().replace(_NAME, name).strip())
    return None
