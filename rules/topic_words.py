"""The words and phrases of a post that could name a topic."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

from msgspec import Struct

from sources.query import scripts
from sources.query.words import is_dense, normalise

READ_CHARACTERS = 2_000
"""How much of a post is looked at: what it is about is said by then, and a book costs no more than a column."""

LONGEST_PHRASE = 3
"""Words of a phrase; a fourth word seldom names anything new."""

DENSE_PIECES = (2, 3, 4)
"""Characters of a piece in scripts without spaces, of which no tokeniser knows where words end."""

LONGEST_WORD = 40

_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_HOST = re.compile(r"\b[\w-]{1,63}(?:\.[\w-]{1,63}){0,9}\.(?:com|org|net|io|ly|co|me|gl)\b(?:/\S*)?", re.IGNORECASE)
_HOST_CUE = re.compile(r"\.(?:com|org|net|io|ly|co|me|gl)\b", re.IGNORECASE)  # a hundred times quicker to look for
_NAMED = re.compile(r"(?<![\w.])[\w.+-]{0,64}@[\w.-]+(?:@[\w.-]+)?")
_BETWEEN = '.!?;:,…|()\\[\\]{}<>"“”«»„‹›/\\\\*=•·\n\t–—‘¡¿。、।॥،؛؟۔։፣။၊៕·'
_ASCII_BREAK = re.compile('[.!?;:,|()\\[\\]{}<>"/\\\\*=\n\t]+|--+|(?=#)| - ')
_ASCII_RUN = re.compile("[a-z0-9]+")


class Spoken(Struct, frozen=True):
    """What was said, folded: stretches of words that no mark parts, and runs of a script without spaces."""

    stretches: list[list[str]]
    runs: list[str]


@lru_cache(maxsize=1)  # the classes of all scripts take milliseconds to compile: not before they are needed
def _any_script() -> tuple[re.Pattern[str], re.Pattern[str]]:
    breaks = re.compile(f"[{_BETWEEN}{scripts.EMOJI}]+|--+|(?=#)| - ")
    return breaks, re.compile(f"[{scripts.PLAIN}]+|[{scripts.JOINING}]+|[{scripts.DENSE}]+")


def without_names(text: str) -> str:
    """The text without links, handles and addresses, which name no topic."""
    if "://" in text or "www." in text:
        text = _LINK.sub(" | ", text)
    if "@" in text:
        text = _NAMED.sub(" | ", text)
    return _HOST.sub(" | ", text) if _HOST_CUE.search(text) else text


def spoken(text: str) -> Spoken:
    """Cuts the first READ_CHARACTERS of a readable text. No text is an error.

    A hashtag is a word like others and begins a stretch, so that a row of tags makes no phrase.
    """
    folded = normalise(without_names(text[:READ_CHARACTERS]))
    stretches: list[list[str]] = []
    runs: list[str] = []
    if folded.isascii():
        for piece in _ASCII_BREAK.split(folded):
            words = _ASCII_RUN.findall(piece)
            if words:
                stretches.append(words)
        return Spoken(stretches, runs)
    breaks, run = _any_script()
    for piece in breaks.split(folded):
        words = []
        for word in run.findall(piece):
            if is_dense(word[0]):
                runs.append(word)
                if words:
                    stretches.append(words)
                    words = []
            else:
                words.append(word)
        if words:
            stretches.append(words)
    return Spoken(stretches, runs)


def terms_of(said: Spoken) -> set[str]:
    """Every word, phrase and piece, each once, whether or not it could name a topic (`can_name`)."""
    found: set[str] = set()
    for words in said.stretches:
        found.update(words)
        for length in range(2, LONGEST_PHRASE + 1):
            found.update(map(" ".join, zip(*(words[start:] for start in range(length)), strict=False)))
    for run in said.runs:
        for length in DENSE_PIECES:
            found.update(run[start : start + length] for start in range(len(run) - length + 1))
    return found


def can_name(term: str) -> bool:
    """Whether a term could name a topic by its looks: no bare number, no letter alone, no torn syllable.

    A number may end a phrase ("batch 24") and not begin one.
    """
    if is_dense(term[0]):
        return unicodedata.category(term[0])[0] != "M" and not any(map(str.isdigit, term))
    first, *rest = term.split(" ")
    if first.isdigit() or len(first) < 2 or max(map(len, (first, *rest))) > LONGEST_WORD:
        return False
    return not rest or len(rest[-1]) >= 2 or rest[-1].isdigit()


def holds(said: Spoken, term: str) -> bool:
    """Whether the term was said: its words side by side, or its piece within a run."""
    if is_dense(term[0]):
        return any(term in run for run in said.runs)
    words = term.split(" ")
    return any(_stands_in(stretch, words) for stretch in said.stretches)


def _stands_in(stretch: Sequence[str], words: Sequence[str]) -> bool:
    return any(_begins(stretch, words, start) for start in _places(stretch, words[0]))


def _begins(stretch: Sequence[str], words: Sequence[str], start: int) -> bool:
    return stretch[start : start + len(words)] == words


def _places(stretch: Sequence[str], word: str) -> Iterator[int]:
    return (place for place, one in enumerate(stretch) if one == word)
