"""The words of a text: one way to cut it, for queries and posts alike."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

from msgspec import Struct

from sources.query import scripts
from sources.query.folding import (
    BEYOND_ASCII,
    LONGEST_REMEMBERED,
    as_written,
    fold_with_places,
    normalise,
    stays_in_place,
)
from sources.query.tags import ATS, Tag, handle_name, handle_names, hashtag_name, hidden_handles, quick_tags, tags_at

__all__ = [
    "Cut",
    "Tag",
    "Token",
    "as_written",
    "cut",
    "cut_again",
    "dense_runs",
    "handle_name",
    "handle_names",
    "hashtag_name",
    "is_dense",
    "is_word_character",
    "normalise",
    "quick_cut",
    "quick_tags",
    "spaced",
    "tokenise",
]

TokenKind = Literal["word", "hashtag", "handle"]

WORD = re.compile(f"(?P<plain>[{scripts.PLAIN}]+)|[{scripts.EMOJI}]|[{scripts.DENSE}]|[{scripts.JOINING}]+")

# Most posts are plain ASCII: the same over a class of 36 characters is several times faster.
_ASCII_WORD = re.compile("[a-z0-9]+")
_SPACES = bytes(code if code > 127 or chr(code).isalnum() else 0x20 for code in range(256))


class Token(Struct, frozen=True):
    """A word, hashtag or handle: its folded text, and where it stands: characters [start, end) of the original.

    A hashtag or handle comes before the words inside it. The text of a hashtag or handle has no # or @.
    """

    text: str
    start: int
    end: int
    kind: TokenKind


class Cut(Struct, frozen=True):
    """A text cut into words, with the way back to the original.

    `folded` is the normalised text in which the host of a fediverse handle is blank. Word i stands at
    `places[i]` of `folded`; `original(start, end)` leads from there to the original text.
    """

    text: str
    folded: str
    words: list[str]
    places: list[tuple[int, int]]
    tags: list[Tag]
    starts: list[int] | None  # per folded character; None where folding moved nothing
    ends: list[int] | None

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Where characters [start, end) of `folded` stand in the original text."""
        if self.starts is None or self.ends is None:
            return start, end
        return self.starts[start], self.ends[end - 1]


def tokenise(text: str) -> list[Token]:
    """Cuts `text` into words, hashtags and handles, in reading order; no text is an error.

    In scripts without spaces (Han, kana, Thai, Lao, Khmer, Myanmar) every character is a word; so is an emoji.
    `_`, apostrophes and hyphens part words. The host of @user@host is part of the handle and no word.
    """
    done = cut(text)
    tokens: list[Token] = []
    for start, end, kind, word in _in_order(done):
        first, last = done.original(start, end)
        tokens.append(Token(word, first, last, kind))
    return tokens


def cut(text: str) -> Cut:
    """Folds and cuts `text`, keeping the way back to its original characters."""
    folded, starts, ends = fold_with_places(text)
    hidden, handles = hidden_handles(folded)
    found = [match.span() for match in (_ASCII_WORD if hidden.isascii() else WORD).finditer(hidden)]
    tags = tags_at(hidden, handles, found)
    return Cut(text, hidden, [hidden[start:end] for start, end in found], found, tags, starts, ends)


def cut_again(text: str, folded: str, words: list[str]) -> Cut:
    """What `cut` gives, of a text that `quick_cut` has folded and cut into words already.

    Several times faster where folding moves nothing: between two words stands nothing that one begins with, so that
    the next is where it is found first, and no expression looks for it again.
    """
    if ("@" in folded and sum(map(text.count, ATS)) > 1) or not stays_in_place(text):  # @user@host hides its host
        return cut(text)
    places: list[tuple[int, int]] = []
    find, end = folded.find, 0
    for word in words:
        start = find(word, end)
        end = start + len(word)
        places.append((start, end))
    tags: list[Tag] = []
    if "#" in folded or "@" in folded:
        tags = tags_at(folded, hidden_handles(folded)[1], places)
    return Cut(text, folded, words, places, tags, None, None)


def quick_cut(text: str) -> tuple[str, list[str], list[str]]:
    """What `cut` gives as (folded, words, tags), several times faster and without places.

    A tag is "#name", or "@name" for each name the handle answers to: "@a@b.org" gives "@a" and "@a@b.org".
    """
    folded = normalise(text)
    tags: list[str] = []
    if "@" in folded or "#" in folded:
        folded, tags = quick_tags(folded)
    return (
        folded,
        spaced(folded).encode("utf-8", "surrogatepass").translate(_SPACES).decode("utf-8", "surrogatepass").split(),
        tags,
    )


def spaced(folded: str) -> str:
    """A folded text with spaces where words beyond ASCII begin and end; what parts words of ASCII stays."""
    return folded if folded.isascii() else BEYOND_ASCII.sub(_spaced_piece, folded)


def dense_runs(folded: str) -> list[str]:
    """The stretches of a folded text that are written without spaces."""
    return _DENSE_RUN.findall(folded)


_DENSE_RUN = re.compile(f"[{scripts.DENSE}]+")
EMOJI = re.compile(f"[{scripts.EMOJI}]")


def is_word_character(character: str) -> bool:
    """Whether this folded character is part of a word (emoji are words of their own, not parts)."""
    match = WORD.match(character)
    return match is not None and not EMOJI.match(character)


def is_dense(character: str) -> bool:
    """Whether this folded character belongs to a script that is written without spaces."""
    return bool(_DENSE_RUN.match(character))


def _in_order(done: Cut) -> Iterator[tuple[int, int, TokenKind, str]]:
    waiting = list(reversed(done.tags))
    for number, (start, end) in enumerate(done.places):
        while waiting and waiting[-1].first <= number:
            tag = waiting.pop()
            yield tag.start, tag.end, tag.kind, tag.text
        yield start, end, "word", done.words[number]


def _spaced_piece(match: re.Match[str]) -> str:
    piece = match[0]
    return _space_remembered(piece) if len(piece) <= LONGEST_REMEMBERED else _space(piece)


def _space(text: str) -> str:
    """Folded text beyond ASCII with spaces where words begin and end, open at both ends to plain neighbours."""
    spaced: list[str] = []
    reached = 0
    for match in WORD.finditer(text):
        if match.start() > reached:
            spaced.append(" ")
        spaced.append(match[0] if match.lastgroup else f" {match[0]} ")
        reached = match.end()
    return "".join(spaced) + (" " if reached < len(text) else "")


_space_remembered = lru_cache(maxsize=50_000)(_space)
