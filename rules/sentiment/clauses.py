"""Cuts the pieces of a text into clauses."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from rules.sentiment.word_lists import CONTRASTS, GERMAN

HARD_STOPS = ".!?…।۔؟"
STOPS = HARD_STOPS + ";:,—–،"
_ENDS_OF_ASCII = [f"{stop} " for stop in STOPS if stop.isascii()]
_PICTURES = "\u2190"  # from here on: arrows, signs, emoji, and letters, which are alphanumeric
_GERMAN_ENOUGH = 3
_EXCEPTED = frozenset(["nothing", "anything", "all", "none", "nobody", "everything"])


class Clause(Struct, frozen=True):
    """Pieces [start, end). `opens_sentence`: the one before it ended one; `contrasts`: it begins with such a word."""

    start: int
    end: int
    opens_sentence: bool
    contrasts: bool


def clauses(pieces: Sequence[str], words: Sequence[str]) -> list[Clause]:
    """Cuts after marks, after emoji, before words of contrast; a lone word between commas joins the clause before it.

    `words` are the pieces, bare.
    """
    if CONTRASTS.isdisjoint(words) and not _may_part(" ".join(pieces)):
        return [Clause(0, len(pieces), True, False)] if pieces else []
    starts = [0]
    for at in range(1, len(pieces)):
        last = pieces[at - 1][-1:]
        if (
            last in STOPS
            or (words[at] in CONTRASTS and not _excepts(words, at))
            or (last > _PICTURES and _ends_by_picture(last, pieces[at]))
        ):
            if at - starts[-1] == 1 and last not in HARD_STOPS and starts[-1] > 0:
                starts.pop()
            starts.append(at)
    ends = [*starts[1:], len(pieces)]
    return [
        Clause(start, end, start == 0 or _ends_sentence(pieces[start - 1][-1:]), words[start] in CONTRASTS)
        for start, end in zip(starts, ends, strict=True)
        if end > start
    ]


def _may_part(joined: str) -> bool:
    """Whether a clause may end within a text: that none does is sure of plain text in which no mark ends a word."""
    for end in _ENDS_OF_ASCII:
        if end in joined:
            return True
    return not joined.isascii()


def _excepts(words: Sequence[str], at: int) -> bool:
    """Whether the word there is the "but" of "nothing but", which contrasts nothing."""
    return words[at] == "but" and words[at - 1] in _EXCEPTED


def _ends_by_picture(last: str, after: str) -> bool:
    """Whether a piece with this last character is an emoji, and words follow."""
    return not last.isalnum() and after[:1] < _PICTURES


def _ends_sentence(last: str) -> bool:
    return last in HARD_STOPS or (last > _PICTURES and not last.isalnum())


def writes_nouns_large(words: Sequence[str]) -> bool:
    """Whether the text reads as German, where every noun has a capital and none tells a name."""
    return len(GERMAN.intersection(words)) >= _GERMAN_ENOUGH
