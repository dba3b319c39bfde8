"""A text as it is asked about: in which language, and for which names of a brand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from msgspec import Struct

from rules.sentiment.contract import ReadyText
from rules.sentiment.languages import Route, route

AT_ONCE = 30_000
"""Characters read at once: a script without spaces has three pieces a character, which take 2 kB together."""

_LONGEST = 5_000  # characters read, as everywhere in reading


class Asked(Struct, frozen=True, gc=False):
    """A text, how it is read, and the names by which it mentions the brand."""

    text: str
    lang: str
    route: Route
    names: tuple[str, ...]


def each_once(mentions: Sequence[ReadyText]) -> tuple[list[Asked], list[int]]:
    """Gives what is asked, and for each mention which of it.

    The same text for three brands that stand nowhere in it is read once.
    """
    numbers: dict[tuple[str, str, tuple[str, ...]], int] = {}
    asked: list[Asked] = []
    wanted: list[int] = []
    for mention in mentions:
        text, lang = mention.text, mention.lang
        if len(text) > _LONGEST:
            text = text[:_LONGEST]
        names = _names(mention) if mention.brand is not None and mention.spans else ()
        number = numbers.setdefault((text, lang, names), len(asked))
        if number == len(asked):
            asked.append(Asked(text, lang, route(text, lang), names))
        wanted.append(number)
    return asked, wanted


def by_table(asked: Sequence[Asked]) -> list[int]:
    """The numbers of all texts, those that one table reads beside each other."""
    found: dict[str, list[int]] = {}
    for number, one in enumerate(asked):
        found.setdefault(one.route.table, []).append(number)
    return list(chain.from_iterable(found.values()))


def at_once(asked: Sequence[Asked], numbers: Iterable[int]) -> Iterator[list[int]]:
    """Cuts these texts into runs of some AT_ONCE characters, the last text of each included."""
    some: list[int] = []
    characters = 0
    for number in numbers:
        some.append(number)
        characters += len(asked[number].text)
        if characters >= AT_ONCE:
            yield some
            some, characters = [], 0
    if some:
        yield some


def _names(mention: ReadyText) -> tuple[str, ...]:
    return tuple(dict.fromkeys(span.text for span in mention.spans))
