"""A pattern's small language: what a phrase of a table asks for, and where to look for it first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from msgspec import Struct

from rules.patterns.common_words import COMMON, EVERYDAY, UBIQUITOUS
from rules.patterns.folding import fold
from rules.patterns.phrase import IN_A_GAP, Phrase


class Group(Struct, frozen=True):
    """Phrases that tell the same thing, with the words for it.

    A phrase is a row of elements: `word`, `stem*` (any ending), `this/that` (either), `two_words` (as one
    choice among several), `maybe?` (may be left out), `..` (up to three words). `unless`: phrases nearby that
    show another meaning ("exploded" .. "in popularity"). `negatable`: "not a scam" is none. `langs`: in which
    languages a word alone says this; none: wherever words are not likely to mean another.
    """

    label: str
    meaning: str
    weight: float
    phrases: tuple[str, ...]
    unless: tuple[str, ...] = ()
    negatable: bool = True
    langs: tuple[str, ...] = ()


Choices = tuple[tuple[str, bool], ...]
"""Words of which one must stand, and whether any ending may follow it."""


class Pattern(Struct, frozen=True):
    """One phrase, and what tells that it may stand in a text.

    `needs`: what must stand wherever the phrase does, each by its choices; `anchor`: the one of these that the fewest
    posts hold. `reaches`: how many words behind each of them, but the last, the next stands at most.
    """

    group: Group
    phrase: str
    needs: tuple[Choices, ...]
    reaches: tuple[int, ...]
    anchor: Choices
    single: bool  # one word alone


@lru_cache(maxsize=8_192)
def words_of_phrase(phrase: str) -> frozenset[str]:
    """All words that a phrase names, folded, in whichever choice."""
    return frozenset(fold(word) for word in re.split(r"[ /_?*]+|\.\.", phrase) if word)


def compile_groups(groups: Iterable[Group]) -> Iterator[Pattern]:
    """Makes ready the phrases of `groups`. Raises ValueError for a phrase that cannot be looked for."""
    for group in groups:
        for written in group.unless:
            Phrase(written)
        for written in group.phrases:
            Phrase(written)
            needs = tuple(_required(written))
            yield Pattern(
                group,
                written,
                needs,
                tuple(_reaches(written)),
                min(needs, key=share_of_posts),
                " " not in written and "_" not in written,
            )


def _required(phrase: str) -> Iterator[Choices]:
    """For each element that must stand: the rarest word of each choice, and whether any ending may follow it."""
    for element in phrase.split():
        if element == ".." or element.endswith("?"):
            continue
        yield tuple(
            min(((fold(word.rstrip("*")), word.endswith("*")) for word in choice.split("_")), key=_frequency)
            for choice in element.split("/")
        )


def _reaches(phrase: str) -> Iterator[int]:
    """For each element that must stand, but the first: how many words behind one of the element before it does."""
    words = 0  # from the begin of the last one that must stand
    known = 0  # ... which has so many
    for element in phrase.split():
        longest = IN_A_GAP if element == ".." else max(choice.count("_") for choice in element.split("/")) + 1
        words += longest
        if element == ".." or element.endswith("?"):
            continue
        if known:
            yield words - 1
        words = known = longest


def share_of_posts(choices: Choices) -> tuple[int, int]:
    """How often posts hold one of these words, roughly: by the common ones among them, then by their length."""
    return sum(_frequency(choice)[0] for choice in choices), -min(len(word) for word, _ in choices)


def _frequency(choice: tuple[str, bool]) -> tuple[int, int]:
    word, any_ending = choice
    listed = f"{word}*" if any_ending else word
    return 300 if listed in UBIQUITOUS else 40 if listed in EVERYDAY else 5 if word in COMMON else 1, -len(word)
