"""Cuts the pieces of a text into clauses."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from rules.sentiment.word_lists import CONTRASTS

HARD_STOPS = ".!?…।۔؟"
STOPS = HARD_STOPS + ";:,—–،"
_AROUND = ".,!?;:…।۔،؟()[]{}\"'“”‘’«»*_~#@"


class Clause(Struct, frozen=True):
    """Pieces [start, end). `opens_sentence`: the one before it ended one; `contrasts`: it begins with such a word."""

    start: int
    end: int
    opens_sentence: bool
    contrasts: bool


def bare(piece: str) -> str:
    """The piece without the marks around it, case folded."""
    return piece.strip(_AROUND).casefold()


def clauses(pieces: Sequence[str], words: Sequence[str]) -> list[Clause]:
    """Cuts after marks and before words of contrast; a lone word between commas joins the clause before it.

    `words` are the pieces, bare.
    """
    starts = [0]
    for at in range(1, len(pieces)):
        if pieces[at - 1][-1:] in STOPS or words[at] in CONTRASTS:
            if at - starts[-1] == 1 and pieces[at - 1][-1:] not in HARD_STOPS and starts[-1] > 0:
                starts.pop()
            starts.append(at)
    ends = [*starts[1:], len(pieces)]
    return [
        Clause(start, end, start == 0 or pieces[start - 1][-1:] in HARD_STOPS, words[start] in CONTRASTS)
        for start, end in zip(starts, ends, strict=True)
        if end > start
    ]
