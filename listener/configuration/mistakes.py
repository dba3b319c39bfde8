"""What a mistake in the configuration looks like to the person who made it."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

from msgspec import Struct

Place = tuple[str | int, ...]
"""Where something stands: ("sources", 1, "kind") is sources[1].kind; () is the file as a whole."""

_BEGINS_A_SENTENCE = frozenset({"is", "are", "must", "needs", "has", "holds", "names", "cannot", "may", "does"})
_LONGEST_SHOWN = 60


class Mistake(Struct, frozen=True):
    """One thing that is wrong, where, and what is allowed; `pointing` shows the text with a caret below the spot."""

    place: str
    says: str
    pointing: str = ""

    def __str__(self) -> str:
        between = " " if self.says.partition(" ")[0] in _BEGINS_A_SENTENCE else ": "
        line = f"{self.place}{between}{self.says}" if self.place else self.says
        return f"{line}\n{self.pointing}" if self.pointing else line


class ConfigError(Exception):
    """A configuration that cannot be used: all its mistakes at once. Holds no secret."""

    def __init__(self, mistakes: Iterable[Mistake], path: Path | str = "config.toml") -> None:
        self.mistakes = list(mistakes)
        self.path = path
        super().__init__("\n".join(f"{path}: {mistake}" for mistake in self.mistakes))


def place_words(place: Place) -> str:
    """Gives a place as people write it: sources[1].kind."""
    said = ""
    for part in place:
        if isinstance(part, int):
            said += f"[{part}]"
        else:
            bare = part.replace("_", "").replace("-", "")
            name = part if bare.isascii() and bare.isalnum() and len(part) <= _LONGEST_SHOWN else shown(part)
            said += f".{name}" if said else name
    return said


def shown(value: object, longest: int = _LONGEST_SHOWN) -> str:
    """A value as a mistake shows it: in quotes, on one line, cut, control characters escaped."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        cut = value if len(value) <= longest else value[: longest - 1] + "…"
        return repr(cut)
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list"
    try:
        said = str(value)
    except ValueError:  # a whole number of more digits than Python is willing to write out
        return "a very long number"
    return said if len(said) <= longest else f"{said[:20]}…"


def meant(word: str, known: Iterable[str]) -> str:
    """Gives the known word that was probably meant, "" where none comes near."""
    by_fold = {name.casefold(): name for name in known}
    close = difflib.get_close_matches(word[:200].casefold(), by_fold, n=1, cutoff=0.6)
    return by_fold[close[0]] if close else ""


def one_of(allowed: Sequence[str], word: str | None) -> str:
    """Says what is allowed, and what `word` probably meant; None: nothing may be said of it."""
    close = "" if word is None else meant(word, allowed)
    hint = f" (did you mean {close!r}?)" if close else ""
    begun = "" if word is None else f"is {shown(word)}, "
    names = ", ".join(name or '""' for name in allowed)
    return f"{begun}must be one of: {names}{hint}"


def pointing(text: str, line: int, column: int) -> str:
    """The line of `text` with a caret under the column (both from 1); a long line is shown around it."""
    lines = text.split("\n")
    whole = lines[line - 1] if 0 < line <= len(lines) else ""
    at = min(max(column - 1, 0), len(whole))
    start = max(0, at - 70)
    before = ("…" if start else "") + whole[start:at].replace("\t", " ")
    after = whole[at : at + 40].replace("\t", " ") + ("…" if len(whole) > at + 40 else "")
    return f"    {before}{after}\n    {' ' * _width(before)}^"


def _width(text: str) -> int:
    """Columns of a terminal: accents and vowel signs take none, East Asian wide characters take two."""
    return sum(
        0 if unicodedata.category(one) in ("Mn", "Me", "Cf") else 2 if unicodedata.east_asian_width(one) in "WF" else 1
        for one in text
    )
