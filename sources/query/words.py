"""The words of a text: one way to cut it, for queries and posts alike."""

from __future__ import annotations

import re
from bisect import bisect_left
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
_Tagged = tuple[Literal["hashtag", "handle"], str, int, int]  # its name, and where it stands

WORD = re.compile(f"(?P<plain>[{scripts.PLAIN}]+)|[{scripts.EMOJI}]|[{scripts.DENSE}]|[{scripts.JOINING}]+")


def _hashtag_pattern(plain: str, other: str) -> re.Pattern[str]:
    """A # that no word or & stands before, then letters, digits and _, not _ alone."""
    return re.compile(f"#(?<![{plain}&]#)(_*[{plain}{other}][_{plain}{other}]*)")


def _handle_pattern(plain: str, joining: str) -> re.Pattern[str]:
    """An @ that no word stands before (mail addresses are no handles), a name, and perhaps its host."""
    name = f"_*[{plain}][_{plain}]*(?:[.-]+[_{plain}]+)*"
    return re.compile(f"@(?<![{plain}]@)({name}{joining})(@[{plain}]+(?:[.-]+[{plain}]+)*)?")


# Most posts are plain ASCII: the same patterns over a class of 36 characters are several times faster.
_ASCII_WORD = re.compile("[a-z0-9]+")
_ASCII_HASHTAG = _hashtag_pattern("a-z0-9", "")
_ASCII_HANDLE = _handle_pattern("a-z0-9", "")


@lru_cache(maxsize=1)  # the classes of all scripts take milliseconds to compile: not before they are needed
def _any_hashtag() -> re.Pattern[str]:
    return _hashtag_pattern(scripts.PLAIN, scripts.DENSE + scripts.JOINING)


@lru_cache(maxsize=1)
def _any_handle() -> re.Pattern[str]:
    return _handle_pattern(scripts.PLAIN, f"|[{scripts.JOINING}]+|[{scripts.DENSE}]+")


def _hashtag(folded: str) -> re.Pattern[str]:
    return _ASCII_HASHTAG if folded.isascii() else _any_hashtag()


def _handle(folded: str) -> re.Pattern[str]:
    return _ASCII_HANDLE if folded.isascii() else _any_handle()


_SPACES = bytes(code if code > 127 or chr(code).isalnum() else 0x20 for code in range(256))


class Token(Struct, frozen=True):
    """A word, hashtag or handle: its folded text, and where it stands: characters [start, end) of the original.

    A hashtag or handle comes before the words inside it. The text of a hashtag or handle has no # or @.
    """

    text: str
    start: int
    end: int
    kind: TokenKind


class Tag(Struct, frozen=True):
    """A hashtag or handle by its place in a `Cut`: words [first, last] lie inside it."""

    kind: Literal["hashtag", "handle"]
    text: str
    first: int
    last: int
    start: int  # in the folded text, at the # or @
    end: int


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
    hidden, handles = _handles(folded)
    found = [match.span() for match in (_ASCII_WORD if hidden.isascii() else WORD).finditer(hidden)]
    tags = _tags(hidden, handles, found)
    return Cut(text, hidden, [hidden[start:end] for start, end in found], found, tags, starts, ends)


def cut_again(text: str, folded: str, words: list[str]) -> Cut:
    """What `cut` gives, of a text that `quick_cut` has folded and cut into words already.

    Several times faster where folding moves nothing: between two words stands nothing that one begins with, so that
    the next is where it is found first, and no expression looks for it again.
    """
    if ("@" in folded and sum(map(text.count, _ATS)) > 1) or not stays_in_place(text):  # @user@host hides its host
        return cut(text)
    places: list[tuple[int, int]] = []
    find, end = folded.find, 0
    for word in words:
        start = find(word, end)
        end = start + len(word)
        places.append((start, end))
    tags: list[Tag] = []
    if "#" in folded or "@" in folded:
        tags = _tags(folded, _handles(folded)[1], places)
    return Cut(text, folded, words, places, tags, None, None)


_ATS = "@＠﹫"
"""All characters that fold to an @ alone."""


def _tags(hidden: str, handles: list[_Tagged], places: list[tuple[int, int]]) -> list[Tag]:
    """The hashtags and handles of a text, in their order, by the places of its words."""
    hashtags: list[_Tagged] = []
    if "#" in hidden:
        pattern = _hashtag(hidden)
        hashtags = [("hashtag", match[1], match.start(), match.end()) for match in pattern.finditer(hidden)]
    tags: list[Tag] = []
    for kind, name, start, end in sorted(hashtags + handles, key=lambda tag: tag[2]):
        first, after = bisect_left(places, (start, 0)), bisect_left(places, (end, 0))
        if first < after:
            tags.append(Tag(kind, name, first, after - 1, start, end))
    return tags


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


_LONGEST_HANDLE = 255


def handle_names(handle: str) -> Iterator[str]:
    """All that a handle answers to: itself, and each part up to a ".", "-" or "@" in it.

    No service has handles longer than a domain name (255, RFC 1035), so no longer part is looked for: a hostile
    "@a.a.a…" of 200,000 characters would have as many parts, and their lengths would add up to gigabytes.
    """
    name = handle.partition("@")[0]
    for place, character in enumerate(name[:_LONGEST_HANDLE]):
        if character in ".-":
            yield name[:place]
    yield name
    if len(name) < len(handle):
        yield handle


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


def hashtag_name(text: str) -> str:
    """The folded name if all of `text` (without #) is one hashtag, else ""."""
    folded = "#" + normalise(text)
    match = _hashtag(folded).fullmatch(folded)
    return match[1] if match else ""


def handle_name(text: str) -> str:
    """The folded name if all of `text` (without @) is one handle, else ""."""
    folded = "@" + normalise(text)
    match = _handle(folded).fullmatch(folded)
    return match[0][1:] if match else ""


def _handles(folded: str) -> tuple[str, list[_Tagged]]:
    """The text with the hosts of handles blanked, and the handles with their places."""
    if "@" not in folded:
        return folded, []
    handles: list[_Tagged] = []
    pattern = _handle(folded)
    for match in pattern.finditer(folded):
        handles.append(("handle", match[0][1:], match.start(), match.end()))
    if any("@" in name for _, name, _, _ in handles):
        folded = pattern.sub(lambda match: "@" + match[1] + " " * len(match[2] or ""), folded)
    return folded, handles


def quick_tags(folded: str) -> tuple[str, list[str]]:
    """A folded text with the hosts of handles blanked, and its tags as `quick_cut` gives them."""
    tags: list[str] = []
    hidden, handles = _handles(folded)
    for _, name, _, _ in handles:
        if not name.isidentifier():
            tags.extend("@" + part for part in handle_names(name))
        else:
            tags.append("@" + name)
    if "#" in hidden:
        tags.extend("#" + name for name in _hashtag(hidden).findall(hidden))
    return hidden, tags


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
