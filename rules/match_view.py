"""One post, prepared for the questions of many queries: what is costly is worked out when first asked for."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Hashable

from rules.match_fields import post_values, wanted_value
from rules.match_places import TextPlaces, WordPlaces
from rules.match_plain import Find
from sources.post import Post
from sources.query.tree import Field, FieldName
from sources.query.words import Cut, cut, cut_again, dense_runs, quick_cut, quick_tags

BORDER = ""
"""Stands between the words of title and text: no word matches it, so no phrase crosses."""

_NOTHING = cut("")
_NO_WORDS: tuple[str, list[str]] = ("", [])


class PostView:
    """A post's words and properties."""

    __slots__ = (
        "_above",
        "_alphabet",
        "_bag",
        "_below",
        "_cuts",
        "_decided",
        "_folded",
        "_identify",
        "_joined",
        "_keys",
        "_places",
        "_quick",
        "_texts",
        "_values",
        "_words",
        "post",
        "seen_by",
    )

    def __init__(
        self,
        post: Post,
        seen_by: str,
        identify: Callable[[Post], str] | None,
        quick: list[bytes] | None = None,  # the text's words, as `words_of_each` gives them, where they are known
    ) -> None:
        self.post = post
        self.seen_by = seen_by
        self._identify = identify
        self._quick = quick
        self._folded: str | None = None  # until the post's words are asked for; `source:` and the like need none
        self._above = self._below = _NO_WORDS  # title and text, folded, and their words
        self._words: list[str] = []
        self._keys: list[str] = []
        self._bag: frozenset[str] | None = None
        self._joined = ""
        self._alphabet: list[str] | None = None
        self._cuts: tuple[Cut, Cut] | None = None
        self._places: WordPlaces | None = None
        self._texts: tuple[tuple[Cut, Find], tuple[Cut, Find]] | None = None
        self._decided: dict[Hashable, bool] = {}
        self._values: dict[FieldName, frozenset[str]] | None = None

    @property
    def exact_words(self) -> list[bytes] | None:
        """The words that it was given, if these are all its words of ASCII and there are no others of ASCII."""
        return self._quick if self._quick is not None and _has_no_host(self.post.text) else None

    @property
    def folded(self) -> str:
        """Title and text, folded."""
        folded = self._folded
        return self._cut() if folded is None else folded

    @property
    def words(self) -> list[str]:
        """The words of title and text, in their order."""
        if self._folded is None:
            self._cut()
        return self._words

    @property
    def keys(self) -> list[str]:
        """All that an index can be asked: words, "#tag"s, "@handle"s, pairs of neighbours in scripts without spaces."""
        if self._folded is None:
            self._cut()
        return self._keys

    def _cut(self) -> str:
        post = self.post
        folded, words, tags = _words_again(post.text, self._quick) or quick_cut(post.text)
        self._below = folded, words
        if post.title:
            above, title_words, title_tags = quick_cut(post.title)
            self._above = above, title_words
            folded = f"{above}\n{folded}"
            words = [*title_words, BORDER, *words]
            tags += title_tags
        self._words = words
        if tags:
            words = words + tags
        if not folded.isascii():
            pairs = [run[place : place + 2] for run in dense_runs(folded) for place in range(len(run) - 1)]
            if pairs:
                words = words + pairs
        self._keys = words
        self._folded = folded
        return folded

    @property
    def bag(self) -> frozenset[str]:
        bag = self._bag
        if bag is None:
            bag = self._bag = frozenset(self.keys)
        return bag

    @property
    def joined(self) -> str:
        """The words with one space around each, so that a phrase is a piece of it; the border shows as two."""
        if not self._joined:
            self._joined = f" {' '.join(self.words)} "
        return self._joined

    @property
    def cuts(self) -> tuple[Cut, Cut]:
        """Title and text with the places of their words."""
        if self._cuts is None:
            if self._folded is None:
                self._cut()
            post = self.post
            self._cuts = (
                cut_again(post.title, *self._above) if post.title else _NOTHING,
                cut_again(post.text, *self._below),
            )
        return self._cuts

    @property
    def places(self) -> WordPlaces:
        """Where each of `words` stands."""
        if self._places is None:
            self._places = WordPlaces(self.words)
        return self._places

    @property
    def texts(self) -> tuple[tuple[Cut, Find], tuple[Cut, Find]]:
        """Title and text, each with what finds words in it."""
        if self._texts is None:
            title, text = self.cuts
            above = TextPlaces(title, self.places, 0)
            below = TextPlaces(text, self.places, len(title.words) + 1 if self.post.title else 0)
            self._texts = (title, above.occurrences), (text, below.occurrences)
        return self._texts

    def begins(self, prefix: str) -> bool:
        """Whether one of the keys begins with `prefix`."""
        if self._alphabet is None:
            self._alphabet = sorted(self.bag)
        place = bisect_left(self._alphabet, prefix)
        return place < len(self._alphabet) and self._alphabet[place].startswith(prefix)

    def once(self, question: Hashable, decide: Callable[[PostView], bool]) -> bool:
        """The answer to a question that many queries may ask; it is decided at the first."""
        decided = self._decided.get(question)
        if decided is None:
            decided = self._decided[question] = decide(self)
        return decided

    def values(self, name: FieldName) -> frozenset[str]:
        """What the post answers to under a field's name."""
        if self._values is None:
            self._values = {}
        values = self._values.get(name)
        if values is None:
            values = self._values[name] = post_values(self.post, name, self.seen_by, self._identify)
        return values

    def field_holds(self, field: Field) -> bool:
        """The plain evaluator's question; the fast one asks `values` with a value worked out before."""
        return wanted_value(field) in self.values(field.name)


_OTHER_SIGNS = re.compile("[\ufe6b\uff20]")  # that are folded to "@"


def _has_no_host(text: str) -> bool:
    """Whether the `quick_words` of a text are its words: only the host of @user@host is none."""
    return text.count("@") < 2 and (text.isascii() or _OTHER_SIGNS.search(text) is None)


def _words_again(text: str, quick: list[bytes] | None) -> tuple[str, list[str], list[str]] | None:
    """What `quick_cut` gives, from words that were cut before; None where they may be others than those."""
    if quick is None or not text.isascii() or not _has_no_host(text):
        return None
    folded = text.lower()
    tags = quick_tags(folded)[1] if "#" in text or "@" in text else []
    return folded, b" ".join(quick).decode("ascii").split(), tags
