"""Emoji in words, as VADER reads them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

_LONGEST = 40  # characters of a token that is worth remembering
_WORD = re.compile(r"\S+")


class Emojis:
    """The names of emoji. A text without them is told at once, and a token with them is taken apart once."""

    def __init__(self, names: Mapping[str, str]) -> None:
        # VADER looks at each character alone, so that emoji of several are never met
        self._names = {emoji: name for emoji, name in names.items() if len(emoji) == 1}
        self._none = frozenset(self._names).isdisjoint
        self._remembered = lru_cache(maxsize=8_192)(self._in_words)

    def stand_in(self, text: str) -> bool:
        """Whether `text` holds an emoji that has a name."""
        return not (text.isascii() or self._none(text))

    def spoken(self, tokens: Iterable[str]) -> tuple[list[str], list[str]]:
        """Gives the words that VADER reads, and for each what its author wrote: the emoji in place of its name."""
        words: list[str] = []
        written: list[str] = []
        for token in tokens:
            if token.isascii():
                words.append(token)
                written.append(token)
                continue
            read, shown = (self._remembered if len(token) <= _LONGEST else self._in_words)(token)
            words += read
            written += shown
        return words, written

    def _in_words(self, token: str) -> tuple[list[str], list[str]]:
        """The joining is VADER's to the letter, its missing space after an emoji included."""
        joined: list[str] = []
        origins: list[str] = []  # a character of the joined text: what it was; "" within an emoji's name
        for character in token:
            name = self._names.get(character)
            if name is None:
                joined.append(character)
                origins.append(character)
                continue
            name = f" {name}"
            joined.append(name)
            starts = {word.start() for word in _WORD.finditer(name)}
            origins.extend(character if within in starts else "" for within in range(len(name)))
        words: list[str] = []
        written: list[str] = []
        for found in _WORD.finditer("".join(joined)):
            word, origin = found.group(), "".join(origins[found.start() : found.end()])
            words.append(word)
            written.append(word if self._none(origin) else origin)
        return words, written
