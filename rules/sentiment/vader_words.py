"""Remembers the signs of words as authors spell them, so that a text's signs are a few calls that run in C.

Each spelling is looked at once: stripped of its punctuation, lowered, looked up, its emoji put into words.
"""

from __future__ import annotations

import string
from collections.abc import Sequence

from msgspec import Struct

from rules.sentiment.vader_emojis import Emojis
from rules.sentiment.vader_signs import QUIET, Alphabet

ROOM = 5_000_000  # characters of spellings remembered, each counted with what it takes besides: 10 to 15 MB
_BESIDES = 50
_PUNCTUATION = string.punctuation
SHORTEST = 3  # letters that punctuation must leave to be taken away, as VADER cuts words


class Spellings(dict[str, bytes]):
    """The signs of tokens, as `str.split` cuts them, by token; one that is not there is learnt when it is asked for.

    A token has one sign for each word that VADER reads in it: emoji are read by their names. `room` becomes less with
    each new spelling: below zero it is time to begin anew.
    """

    def __init__(self, alphabet: Alphabet, emojis: Emojis, room: int) -> None:
        super().__init__()
        self._alphabet = alphabet
        self._named = alphabet.named
        self._emojis = emojis
        self._with_emoji: dict[str, tuple[list[str], list[str]]] = {}
        self.room = room

    def __missing__(self, token: str) -> bytes:
        if self.is_one_word(token):
            signs = self.sign(token)
        else:
            words, written = self._with_emoji[token] = self._emojis.words(token), self._emojis.written(token)
            signs = b"".join(self._alphabet.sign(trimmed(word).lower(), word) for word in words)
            self.room -= sum(map(len, words)) + _BESIDES * (len(words) + len(written))
        self.room -= len(token) + len(signs) + _BESIDES
        self[token] = signs  # at last: other threads read this
        return signs

    def is_one_word(self, token: str) -> bool:
        """Whether VADER reads the token as it is: no emoji with a name is in it."""
        return token.isascii() or self._emojis.none(token)

    def sign(self, token: str) -> bytes:
        """Gives the sign of a token that is one word, without remembering it."""
        stripped = token.strip(_PUNCTUATION)
        trimmed_token = stripped if len(stripped) >= SHORTEST else token  # `trimmed`, without the cost of calling it
        lowered = trimmed_token.lower()
        if lowered in self._named or "n't" in lowered:
            return self._alphabet.sign(lowered, token)
        return QUIET

    def spoken(self, tokens: list[str]) -> tuple[list[str], list[str]]:
        """Gives the words that VADER reads, and for each what its author wrote: the emoji in place of its name.

        The signs of these tokens have been asked for before.
        """
        with_emoji = self._with_emoji
        if with_emoji.keys().isdisjoint(tokens):
            return tokens, tokens
        words: list[str] = []
        written: list[str] = []
        for token in tokens:
            read, origins = with_emoji.get(token) or ([token], [token])
            words += read
            written += origins
        return words, written

    def written(self, tokens: Sequence[str], words: Sequence[int]) -> list[str]:
        """Gives what its author wrote for one of the words that VADER reads in each token."""
        with_emoji = self._with_emoji
        return [
            with_emoji[token][1][word] if token in with_emoji else token
            for token, word in zip(tokens, words, strict=True)
        ]


class SplitWords(Struct, frozen=True):
    """The words of texts that were split before."""

    texts: Sequence[str]
    words: Sequence[list[str]]
    firsts: Sequence[int]  # which of all words each text begins with
    spellings: Spellings

    def of(self, text: int) -> tuple[list[str], list[str]]:
        """Gives the words of a text as VADER reads them, and as they were written."""
        words = self.words[text]
        return (words, words) if self.texts[text].isascii() else self.spellings.spoken(words)

    def all_in_capitals(self, text: int) -> bool:
        """Tells whether nothing but words in capitals stands in a text."""
        return self.texts[text].isupper() and all(map(str.isupper, self.of(text)[0]))

    def written(self, words: Sequence[int], texts: Sequence[int]) -> list[str]:
        """Gives some of the words of all texts, as they were written; `texts`: the one that each stands in."""
        of, firsts = {text: self.of(text)[1] for text in {*texts}}, self.firsts
        return [of[text][word - firsts[text]] for word, text in zip(words, texts, strict=True)]


def trimmed(token: str) -> str:
    """The token without the punctuation around it, unless that leaves two characters or less, as VADER cuts words."""
    stripped = token.strip(_PUNCTUATION)
    return stripped if len(stripped) >= SHORTEST else token
