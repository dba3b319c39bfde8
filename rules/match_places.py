"""Where each word of a post stands, so that no query has to walk through all of them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from rules.match_plain import Occurrence, is_tag
from rules.match_sought import Slot, Sought, sought
from sources.query.tree import Handle, Hashtag, Word
from sources.query.words import Cut, Tag, handle_name, handle_names, hashtag_name

_FEW = 8
"""Questions about one post that are answered by a look through its words: to file all of them costs more than that."""


class WordPlaces:
    """The places of each word in a list of words."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = words
        self._there = frozenset(words)
        self._places: dict[str, list[int]] = {}  # of the words that were asked for, or of all
        self._asked = 0
        self._alphabet: list[str] | None = None

    def of(self, slot: Slot) -> Sequence[int]:
        """Where the words stand that a slot takes, in order."""
        forms = begun(self._sorted(), slot.prefix) if slot.prefix else slot.forms & self._there
        found = [self._places_of(form) for form in forms]
        return found[0] if len(found) == 1 else sorted(place for places in found for place in places)

    def beginnings(self, wanted: Sought) -> Sequence[int]:
        """Where these words could begin: told by the rarest of them, so most of it will be true."""
        found = [self.of(slot) for slot in wanted.slots]
        rarest = min(range(len(found)), key=lambda number: len(found[number]))
        return [place - rarest for place in found[rarest]] if rarest else found[0]

    def _places_of(self, word: str) -> list[int]:
        """Where one of the words stands."""
        self._asked += 1
        if self._asked == _FEW:
            self._places = {}
            for place, one in enumerate(self._words):
                self._places.setdefault(one, []).append(place)
        places = self._places.get(word)
        if places is None:
            places = self._places[word] = [place for place, one in enumerate(self._words) if one == word]
        return places

    def _sorted(self) -> list[str]:
        if self._alphabet is None:
            self._alphabet = sorted(self._there)
        return self._alphabet


class TextPlaces:
    """One text of a post. `words` are the places in the whole post, of which this text's begin at `first`."""

    def __init__(self, text: Cut, words: WordPlaces, first: int) -> None:
        self.text = text
        self._words = words
        self._first = first
        self._tags: dict[str, list[Tag]] | None = None

    def occurrences(self, word: Word) -> Iterator[Occurrence]:
        """What `match_plain.occurrences` finds, in the same order."""
        if isinstance(word, Hashtag | Handle):
            for tag in self._tagged(word):
                yield tag.first, tag.last
            return
        wanted = sought(word)
        length, begin, end = len(wanted.slots) - 1, self._first, self._first + len(self.text.words)
        if begin == end:
            return
        found = self._words.beginnings(wanted)
        if length == 0 and wanted.plain:  # it stands wherever its word does
            for place in found:
                if begin <= place < end:
                    yield place - begin, place - begin
            return
        for place in found:
            if begin <= place < end and wanted.stands_at(self.text, place - begin):
                yield place - begin, place - begin + length

    def _tagged(self, word: Hashtag | Handle) -> Sequence[Tag]:
        if isinstance(word, Hashtag) and word.wildcard:
            return [tag for tag in self.text.tags if is_tag(tag, word)]
        if self._tags is None:
            self._tags = {}
            for tag in self.text.tags:
                names = ["#" + tag.text] if tag.kind == "hashtag" else ["@" + name for name in handle_names(tag.text)]
                for name in names:
                    self._tags.setdefault(name, []).append(tag)
        name = "#" + hashtag_name(word.text) if isinstance(word, Hashtag) else "@" + handle_name(word.text)
        return self._tags.get(name, ())


def begun(alphabet: Sequence[str], prefix: str) -> list[str]:
    """The words that begin with `prefix`, of words in alphabetical order."""
    found: list[str] = []
    for place in range(bisect_left(alphabet, prefix), len(alphabet)):
        if not alphabet[place].startswith(prefix):
            break
        found.append(alphabet[place])
    return found
