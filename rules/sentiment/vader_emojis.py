"""Emoji in words, as VADER reads them."""

from __future__ import annotations

import re
from collections.abc import Mapping

_WITHIN = " "  # stands in no token
_WORD = re.compile(r"\S+")


class Emojis:
    """The names of emoji."""

    def __init__(self, names: Mapping[str, str]) -> None:
        # VADER looks at each character alone, so that emoji of several are never met
        self._spoken = {emoji: f" {name}" for emoji, name in names.items() if len(emoji) == 1}
        self._lengths = {emoji: len(name.split()) for emoji, name in self._spoken.items()}
        self._table = str.maketrans(self._spoken)
        self.named = frozenset(self._spoken)
        self.none = self.named.isdisjoint
        """Whether a text holds no emoji that has a name."""

        self._marked = [(emoji, name) for emoji, name in self._spoken.items() if "!" in name or "?" in name]

    def words(self, token: str) -> list[str]:
        """Gives the words that VADER reads in a token. The missing space after an emoji is VADER's."""
        return token.translate(self._table).split()

    def with_marks(self, text: str) -> str:
        """Gives a text with the names of emoji in which a "!" or "?" stands: VADER counts these too."""
        for emoji, name in self._marked:
            if emoji in text:
                text = text.replace(emoji, name)
        return text

    def written(self, token: str) -> list[str]:
        """Gives for each of these words what its author wrote: the emoji in place of its name."""
        if self._lengths.keys() >= {*token}:
            return [emoji for emoji in token for _ in range(self._lengths[emoji])]
        spoken = token.translate(self._table)
        origins = "".join(map(self._origins, token))
        found = [
            (word.group(), origins[word.start() : word.end()].replace(_WITHIN, "")) for word in _WORD.finditer(spoken)
        ]
        return [word if self.none(origin) else origin for word, origin in found]

    def _origins(self, character: str) -> str:
        """As long as what is read for a character: itself where a word of its name begins, _WITHIN elsewhere."""
        spoken = self._spoken.get(character)
        if spoken is None:
            return character
        begins = {word.start() for word in _WORD.finditer(spoken)}
        return "".join(character if within in begins else _WITHIN for within in range(len(spoken)))
