"""The words of a text as a correction counts them: each once, no links, nobody's name and not the brand's."""

from __future__ import annotations

from functools import lru_cache

from msgspec import Struct

from rules.sentiment.contract import ReadyText
from rules.sentiment.features import features
from rules.sentiment.pieces import pieces

LONGEST = 5_000  # characters read, as everywhere in reading
_NO_WORDS = ("@", "http", "www.")
_AROUND = "#@.,;:!?()[]{}\"“”‘’'«»*_~…।"


class Counted(Struct, frozen=True):
    """The features of one word as its author wrote it, and how many words it is worth."""

    hashes: list[int]
    values: list[float]
    mass: float


def counted_words(mention: ReadyText) -> list[str]:
    """Gives the different words of a text, in their order, without links, @names and the name of the brand."""
    words = [word for word in dict.fromkeys(pieces(mention.text[:LONGEST])) if not word.startswith(_NO_WORDS)]
    names = _names(mention)
    if names:
        return [word for word in words if not _is_name(word, names)]
    return words


@lru_cache(maxsize=50_000)
def counted(word: str) -> Counted:
    """The features of a word; those of its parts, marks and emoji together, runs of letters left out."""
    found = features(word)
    return Counted(found.hashes, found.values, found.mass)


def shortener(mass: float) -> float:
    """What sums over a text are divided by: twice as long is not twice as angry."""
    return float(max(mass, 1.0) ** 0.5)


def _names(mention: ReadyText) -> frozenset[str]:
    named = [span.text for span in mention.spans] if mention.brand is not None else []
    whole = [*named, mention.brand or ""]
    return frozenset(word for name in whole for word in name.casefold().split())


def _is_name(word: str, names: frozenset[str]) -> bool:
    bare = word.casefold().strip(_AROUND)
    return bare in names or _without_owner(bare) in names


def _without_owner(word: str) -> str:
    return word[:-2] if word.endswith(("'s", "’s")) else word


def bare(word: str) -> str:
    """The word without the marks around it, as people read it; one of marks alone stays."""
    return word.strip(_AROUND) or word
