"""Finds the patterns of all languages in a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct

from rules.patterns.folding import fold
from rules.patterns.negation import negated
from rules.patterns.pattern import Group, Pattern, compile_groups, words_of_phrase
from rules.patterns.phrase import Phrase, Words, phrase
from rules.patterns.table import read_tables

MOST_CHARACTERS = 5_000
_NEARBY = 60  # characters around a find in which `unless` is looked for
# Latin-script languages that detection is good at: a lone English word in them may be a word of theirs ("sue", "fire").
_OWN_WORDS = frozenset(
    {"af", "ca", "cs", "da", "de", "es", "et", "fi", "fr", "gl", "hr", "hu", "id", "it", "lt", "lv", "ms", "nl", "no",
     "pl", "pt", "ro", "sk", "sl", "sv", "tl", "tr", "vi", "bs", "eu", "is"}
)  # fmt: skip


class Hit(Struct, frozen=True):
    """One find: the pattern's group, the author's own words, and which characters of the folded text they are."""

    group: Group
    text: str
    start: int
    end: int


if TYPE_CHECKING:
    from rules.patterns.index import Index

Found = Mapping[str, tuple[Hit, ...]]
"""What was found in a text, by label."""

_NOTHING: Found = {}


@lru_cache(maxsize=1)
def _index() -> Index:
    from rules.patterns.index import Index  # not before a text needs it, since it brings numpy with it

    return Index(list(compile_groups(read_tables())))


def find_all(texts: Sequence[str], langs: Sequence[str]) -> list[Found]:
    """Gives what is found in the first MOST_CHARACTERS of each text, by label. Never raises.

    All phrases are looked for in every language, since people everywhere write "refund"; but a word alone not in
    languages that might mean something else by it. A group is found once, by its first phrase.
    """
    read = [text[:MOST_CHARACTERS] for text in texts]
    return [
        _found(text, lang, candidates) if candidates else _NOTHING
        for text, lang, candidates in zip(read, langs, _index().worth_running(read), strict=True)
    ]


@lru_cache(maxsize=512)
def find(text: str, lang: str) -> Found:
    """Gives the same of one text."""
    return find_all([text], [lang])[0]


def _found(text: str, lang: str, candidates: Sequence[Pattern]) -> Found:
    folded = fold(text)
    words: Words | None = None
    hits: dict[str, list[Hit]] = {}
    seen: set[int] = set()
    for pattern in candidates:
        if id(pattern.group) in seen or (pattern.single and _may_mean_another(pattern.group.langs, lang)):
            continue
        its = phrase(pattern.phrase)
        if not its.may_stand(folded):
            continue
        words = words or Words(folded)
        found = _first(pattern, its, folded, words)
        if found is not None:
            seen.add(id(pattern.group))
            hit = Hit(pattern.group, as_written(text, folded, *found), *found)
            hits.setdefault(pattern.group.label, []).append(hit)
    return {label: tuple(found_hits) for label, found_hits in hits.items()}


def _may_mean_another(langs: tuple[str, ...], lang: str) -> bool:
    """Whether a word alone may mean something else in a text of `lang`; `langs` are its own, none: an English one."""
    if not langs:
        return lang in _OWN_WORDS
    return lang not in langs and lang != "und"


def _first(pattern: Pattern, its: Phrase, folded: str, words: Words) -> tuple[int, int] | None:
    """Where the phrase stands first and means what it says: characters [start, end)."""
    for first, last in its.found(words):
        start, end = words.places[first][0], words.places[last][1]
        if not _means_another(pattern, folded, start, end):
            return start, end
    return None


def _means_another(pattern: Pattern, folded: str, start: int, end: int) -> bool:
    group = pattern.group
    if group.unless:
        nearby = Words(folded[max(0, start - _NEARBY) : end + _NEARBY])
        if any(True for written in group.unless for _ in phrase(written).found(nearby)):
            return True
    if not group.negatable:
        return False
    return negated(folded, start, end, group.langs, words_of_phrase(pattern.phrase))


def as_written(text: str, folded: str, first: int, last: int) -> str:
    """Gives the author's spelling of characters [first, last) of the folded text, by counting words up to them."""
    written = text.split()
    if len(written) != len(folded.split()):
        return folded[first:last]
    start = len(folded[:first].split())
    if first and not folded[first - 1].isspace():
        start -= 1
    end = len(folded[:last].split())
    return " ".join(written[start:end]).strip(".,!?;:()[]\"'“”‘’…-*#।")
