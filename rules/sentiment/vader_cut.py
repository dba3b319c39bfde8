"""Cuts many texts into VADER's words at once, and gives the sign of each.

To make every word a string and look it up takes most of the time of a score, and three of four words are named by no
rule. Here the texts are one array of letters: where words begin and end, what they are without the punctuation around
them and whether a rule names them are some operations over all of it. Only what letters alone do not tell is looked at
as a string: words with an emoji, in capitals, negated by an "n't".
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from rules.sentiment.vader_known import TOLD, KnownWords
from rules.sentiment.vader_signs import QUIET, Alphabet
from rules.sentiment.vader_words import SHORTEST, Spellings

_BETWEEN = "\n"
_SPACE, _FOREIGN = ord(" "), 128
_MOST_MARKS = 3  # around a word; with more it is looked at by itself
_LAST_SPACE = 0x3000  # of those between which `str.split` cuts
_LAST_ALIKE = 0x212A  # of the letters beyond ASCII whose small letter is ASCII's: the sign of Kelvin


def _table(characters: str) -> NDArray[np.bool_]:
    told = np.zeros(256, np.bool_)
    told[[*characters.encode("ascii")]] = True
    return told


_LOWERED = np.array(
    [_SPACE if chr(code).isspace() else ord(chr(code).lower()) if code < _FOREIGN else _FOREIGN for code in range(256)],
    np.uint8,
)
_MARK, _SMALL = _table(string.punctuation), _table(string.ascii_lowercase)
_IS_SPACE = np.array([*(chr(code).isspace() for code in range(_LAST_SPACE + 1)), False])


class Cut(Struct, frozen=True):
    """The words of texts, those of one behind those of the other.

    `signs`: of each word. `firsts`: which word each text begins with, and how many there are. `joined`: all texts, in
    which tokens stand from `begins` to `ends`. A token with an emoji may have several words: then `tokens` tells in
    which token each word is read, and `words` which is the first word of each token.
    """

    signs: NDArray[np.uint8]
    firsts: NDArray[np.int64]
    joined: str
    begins: NDArray[np.int64]
    ends: NDArray[np.int64]
    tokens: NDArray[np.int64] | None = None
    words: NDArray[np.int64] | None = None

    def strings(self, tokens: NDArray[np.int64]) -> list[str]:
        """Gives these tokens as they stand in the texts."""
        joined = self.joined
        places = zip(self.begins.take(tokens).tolist(), self.ends.take(tokens).tolist(), strict=True)
        return [joined[begin:end] for begin, end in places]


class CutWords(Struct, frozen=True):
    """The words of texts that were cut: made into strings when somebody asks for them."""

    texts: Sequence[str]
    cut: Cut
    spellings: Spellings

    def of(self, text: int) -> tuple[list[str], list[str]]:
        """Gives the words of a text as VADER reads them, and as they were written."""
        words = self.texts[text].split()
        return (words, words) if self.texts[text].isascii() else self.spellings.spoken(words)

    def all_in_capitals(self, text: int) -> bool:
        """Tells whether nothing but words in capitals stands in a text."""
        return self.texts[text].isupper() and all(map(str.isupper, self.of(text)[0]))

    def written(self, words: Sequence[int], texts: Sequence[int]) -> list[str]:
        """Gives some of the words of all texts, as they were written; `texts`: the one that each stands in."""
        cut, numbers = self.cut, np.array(words, np.int64)
        if cut.tokens is None or cut.words is None:
            return cut.strings(numbers)
        tokens = cut.tokens.take(numbers)
        within = numbers - cut.words.take(tokens)
        return self.spellings.written(cut.strings(tokens), within.tolist())


class Cutter:
    """Knows the words that rules name."""

    def __init__(self, alphabet: Alphabet, emojis: Iterable[str]) -> None:
        words = sorted(filter(str.isascii, alphabet.named))
        self._known = KnownWords(words)
        signs = [(QUIET, False)] * 2 + [alphabet.calm_sign(word) for word in words]
        self._signs = np.frombuffer(b"".join(sign for sign, _ in signs), np.uint8)
        self._raised = np.array([raised for _, raised in signs])
        self._telling = _telling(alphabet.named, emojis)

    def cut(self, texts: Sequence[str], spellings: Spellings) -> Cut:
        """Gives the words of these texts, as VADER cuts them."""
        joined = _BETWEEN + _BETWEEN.join(texts) + _BETWEEN * (1 + TOLD)
        letters, lowered, telling = _letters(joined, self._telling)
        is_space = lowered == _SPACE
        edges = np.flatnonzero(is_space[1:] != is_space[:-1]) + 1
        begins, ends = edges[::2].copy(), edges[1::2].copy()
        starts, stops, unsure = _inner(lowered, begins, ends)
        met = self._known.look_up(lowered, starts, stops - starts)
        signs = np.full(len(begins), QUIET[0], np.uint8)
        signs[met.at] = self._signs.take(met.numbers)
        may_be_loud = self._raised.take(met.numbers)
        may_be_loud &= ~_SMALL.take(letters.take(starts.take(met.at)))
        may_be_loud &= ~_SMALL.take(letters.take(stops.take(met.at) - 1))
        odd = np.concatenate([telling, _negated(lowered)])
        asked = np.concatenate([begins.searchsorted(odd, "right") - 1, met.at[may_be_loud], met.unsure, *unsure])
        sizes = np.fromiter(map(len, texts), np.int64, len(texts))
        offsets = np.concatenate([[1], (sizes + 1).cumsum() + 1])
        cut = Cut(signs, begins.searchsorted(offsets), joined, begins, ends)
        return _asked(cut, np.unique(asked), spellings) if len(asked) else cut


def _telling(named: Iterable[str], emojis: Iterable[str]) -> NDArray[np.bool_]:
    """Which characters beyond ASCII may stand in a word that a rule names, or that is read as several.

    No other word with a character beyond ASCII is any.
    """
    known = {*"".join(named)}
    cased = (chr(code) for code in range(_FOREIGN, _LAST_ALIKE + 1))
    telling = [*emojis, *(one for one in cased if one in known or known.issuperset(one.lower()))]
    told = np.zeros(ord(max(telling)) + 2, np.bool_)  # the last stands for all beyond
    told[[*map(ord, telling)]] = True
    return told


def _letters(joined: str, telling: NDArray[np.bool_]) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.int64]]:
    """The letters of a text as they are and lowered, each kind of space as one, and where a `telling` one stands."""
    if joined.isascii():
        letters = np.frombuffer(joined.encode("ascii"), np.uint8)
        return letters, _LOWERED.take(letters), np.zeros(0, np.int64)
    points = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), "<u4")
    foreign = np.flatnonzero(points >= _FOREIGN)
    letters = points.astype(np.uint8)
    beyond = points.take(foreign)
    letters[foreign] = np.where(_IS_SPACE.take(beyond, mode="clip"), _SPACE, _FOREIGN)
    return letters, _LOWERED.take(letters), foreign[telling.take(beyond, mode="clip")]


def _inner(
    lowered: NDArray[np.uint8], begins: NDArray[np.int64], ends: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], list[NDArray[np.int64]]]:
    """Where tokens start and stop without the punctuation around them, as `trimmed` takes it away, and of which not."""
    starts, stops = begins.copy(), ends.copy()
    unsure = []
    for places, step, before in ((starts, 1, 0), (stops, -1, 1)):
        marked = np.flatnonzero(_MARK.take(lowered.take(places - before)))
        for _ in range(_MOST_MARKS):
            if not len(marked):
                break
            places[marked] += step  # a token of nothing else ends at the space beside it
            marked = marked[_MARK.take(lowered.take(places.take(marked) - before))]
        unsure.append(marked)
    whole = np.flatnonzero(stops - starts < SHORTEST)
    starts[whole], stops[whole] = begins.take(whole), ends.take(whole)
    return starts, stops, unsure


def _negated(lowered: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Where an "n't" stands."""
    at = np.flatnonzero(lowered == ord("'"))
    found: NDArray[np.int64] = at[(lowered.take(at - 1) == ord("n")) & (lowered.take(at + 1) == ord("t"))]
    return found


def _asked(cut: Cut, asked: NDArray[np.int64], spellings: Spellings) -> Cut:
    """The same with the signs of these tokens as they are known by themselves."""
    said = list(map(spellings.__getitem__, cut.strings(asked)))
    read = np.frombuffer(b"".join(said), np.uint8)
    sizes = list(map(len, said))
    if sizes.count(1) == len(sizes):
        cut.signs[asked] = read
        return cut
    lengths = np.ones(len(cut.begins), np.int64)
    lengths[asked] = sizes
    tokens = np.arange(len(lengths)).repeat(lengths)
    signs = cut.signs.take(tokens)
    is_asked = np.zeros(len(cut.begins), np.bool_)
    is_asked[asked] = True
    signs[is_asked.take(tokens)] = read
    before = np.concatenate([[0], lengths.cumsum()])
    return Cut(signs, before.take(cut.firsts), cut.joined, cut.begins, cut.ends, tokens, before)
