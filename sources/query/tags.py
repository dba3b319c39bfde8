"""The hashtags and handles of a folded text."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

from msgspec import Struct

from sources.query import scripts
from sources.query.folding import normalise

Tagged = tuple[Literal["hashtag", "handle"], str, int, int]
"""Its kind, its name, and where it stands."""

ATS = "@＠﹫"
HASHES = "#＃﹟"
"""All characters that fold to an @ or a # alone."""


class Tag(Struct, frozen=True):
    """A hashtag or handle by its place in a `Cut`: words [first, last] lie inside it."""

    kind: Literal["hashtag", "handle"]
    text: str
    first: int
    last: int
    start: int  # in the folded text, at the # or @
    end: int


def _hashtag_pattern(plain: str, other: str) -> re.Pattern[str]:
    """A # that no word or & stands before, then letters, digits and _, not _ alone."""
    return re.compile(f"#(?<![{plain}&]#)(_*[{plain}{other}][_{plain}{other}]*)")


def _handle_pattern(plain: str, joining: str) -> re.Pattern[str]:
    """An @ that no word stands before (mail addresses are no handles), a name, and perhaps its host."""
    name = f"_*[{plain}][_{plain}]*(?:[.-]+[_{plain}]+)*"
    return re.compile(f"@(?<![{plain}]@)({name}{joining})(@[{plain}]+(?:[.-]+[{plain}]+)*)?")


# Most posts are plain ASCII: the same patterns over a class of 36 characters are several times faster.
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


def tags_at(hidden: str, handles: list[Tagged], places: list[tuple[int, int]]) -> list[Tag]:
    """The hashtags and handles of a text, in their order, by the places of its words."""
    hashtags: list[Tagged] = []
    if "#" in hidden:
        pattern = _hashtag(hidden)
        hashtags = [("hashtag", match[1], match.start(), match.end()) for match in pattern.finditer(hidden)]
    tags: list[Tag] = []
    for kind, name, start, end in sorted(hashtags + handles, key=lambda tag: tag[2]):
        first, after = bisect_left(places, (start, 0)), bisect_left(places, (end, 0))
        if first < after:
            tags.append(Tag(kind, name, first, after - 1, start, end))
    return tags


def hidden_handles(folded: str) -> tuple[str, list[Tagged]]:
    """The text with the hosts of handles blanked, and the handles with their places."""
    if "@" not in folded:
        return folded, []
    handles: list[Tagged] = []
    pattern = _handle(folded)
    for match in pattern.finditer(folded):
        handles.append(("handle", match[0][1:], match.start(), match.end()))
    if any("@" in name for _, name, _, _ in handles):
        folded = pattern.sub(lambda match: "@" + match[1] + " " * len(match[2] or ""), folded)
    return folded, handles


def quick_tags(folded: str) -> tuple[str, list[str]]:
    """A folded text with the hosts of handles blanked, and its tags as `quick_cut` gives them."""
    tags: list[str] = []
    hidden, handles = hidden_handles(folded)
    for _, name, _, _ in handles:
        if not name.isidentifier():
            tags.extend("@" + part for part in handle_names(name))
        else:
            tags.append("@" + name)
    if "#" in hidden:
        tags.extend("#" + name for name in _hashtag(hidden).findall(hidden))
    return hidden, tags


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
