"""Finds the patterns of all languages in a text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from msgspec import Struct

from rules.patterns.pattern import LETTER, Group, Pattern, compile_groups, compiled, fold
from rules.patterns.table import read_tables

MOST_CHARACTERS = 5_000
_NEARBY = 60  # characters around a find in which `unless` is looked for
_WORD = re.compile(f"{LETTER}+")
_PARTED = bytes(code if code < 128 and (chr(code).isalnum() or chr(code) == "_") else 0x20 for code in range(256))
_LONGEST = 40
_MOST_IDLE = 100_000
"""Words remembered to be in no pattern, of at most _LONGEST characters: some ten megabytes."""
_CLAUSE_END = re.compile(r"[.!?;:।,\n·]|(?<!\w)but(?!\w)")
_NEGATORS = frozenset(
    {"no", "not", "never", "without", "isnt", "wasnt", "arent", "werent", "dont", "didnt", "doesnt", "wont", "cant",
     "cannot", "hasnt", "havent", "aint", "wouldnt", "couldnt", "nothing", "none", "neither", "nor", "zero", "nobody"}
)  # fmt: skip
_NO_NEGATION = re.compile(
    r"(?:cant|cannot|dont|wouldnt) (?:believe|wait|recommend)|no (?:doubt|joke|wonder)"
    r"|not (?:only|just|even|sure|to mention)"
)
_NEGATORS_BEHIND = frozenset(map(fold, (
    "না", "নয়", "নাই", "নেই", "নি", "হয়নি", "লাগেনি", "করেনি", "ঘটেনি", "হয়নাই", "নহে", "পাইনি", "হচ্ছেনা", "ছিলনা", "ছিলোনা",
    "na", "noy", "nai", "nei", "hoyni", "hoini", "lageni", "koreni", "hoynai",
)))  # fmt: skip
# Latin-script languages that detection is good at: a lone English word in them may be a word of theirs ("sue", "fire").
_OWN_WORDS = frozenset(
    {"af", "ca", "cs", "da", "de", "es", "et", "fi", "fr", "gl", "hr", "hu", "id", "it", "lt", "lv", "ms", "nl", "no",
     "pl", "pt", "ro", "sk", "sl", "sv", "tl", "tr", "vi", "bs", "eu", "is"}
)  # fmt: skip


class Hit(Struct, frozen=True):
    """One find: the pattern's group, and the author's own words."""

    group: Group
    text: str


Found = Mapping[str, tuple[Hit, ...]]
"""What was found in a text, by label."""


class _Index:
    """Patterns filed under their anchors: a text's words name the few patterns worth running."""

    def __init__(self, patterns: list[Pattern]) -> None:
        self.patterns = patterns
        self._words: dict[str, list[int]] = {}
        self._stems: dict[str, list[int]] = {}
        for number, pattern in enumerate(patterns):
            for word, any_ending in pattern.anchors:
                shelf = self._stems if any_ending else self._words
                shelf.setdefault(word, []).append(number)
        self._lengths = sorted({len(stem) for stem in self._stems})
        self._idle: set[str] = set()
        self._of_word = lru_cache(maxsize=65_536)(self._anchored)

    def worth_running(self, folded: str) -> list[Pattern]:
        """The patterns all of whose required words stand in the text, in the order of the tables."""
        words = words_of(folded)
        idle = self._idle
        if idle.issuperset(words):
            return []  # as with most texts: one look at each word, and nothing made of them
        numbers: set[int] = set()
        for word in words:
            if word not in idle:
                numbers.update(self._numbers(word))
        if not numbers:
            return []
        there = set(words)
        candidates = [self.patterns[number] for number in sorted(numbers)]
        return [pattern for pattern in candidates if not any(map(there.isdisjoint, pattern.needs))]

    def _numbers(self, word: str) -> tuple[int, ...]:
        numbers = self._of_word(word[:_LONGEST])
        if not numbers and len(word) <= _LONGEST:
            if len(self._idle) >= _MOST_IDLE:
                self._idle = set()
            self._idle.add(word)
        return numbers

    def _anchored(self, word: str) -> tuple[int, ...]:
        found = list(self._words.get(word, ()))
        for length in self._lengths:
            if length > len(word):
                break
            found.extend(self._stems.get(word[:length], ()))
        return tuple(found)


def words_of(folded: str) -> list[str]:
    """The words of a folded text, in their order."""
    if folded.isascii():  # cut by one look-up a byte, which finds the same several times as fast
        return folded.encode("ascii").translate(_PARTED).decode("ascii").split()
    return _WORD.findall(folded)


@lru_cache(maxsize=1)
def _index() -> _Index:
    return _Index(list(compile_groups(read_tables())))


@lru_cache(maxsize=512)
def find(text: str, lang: str) -> Found:
    """Gives what is found in the first MOST_CHARACTERS of `text`, by label. Never raises.

    English words are looked for in every language, since people everywhere write "refund"; but a word alone not
    in languages that might mean something else by it. A group is found once, by its first phrase.
    """
    text = text[:MOST_CHARACTERS]
    folded = fold(text)
    candidates = _index().worth_running(folded)
    if not candidates:
        return {}
    hits: dict[str, list[Hit]] = {}
    seen: set[int] = set()
    guarded = lang in _OWN_WORDS
    for pattern in candidates:
        if id(pattern.group) in seen or (guarded and pattern.single):
            continue
        found = _first(pattern, folded)
        if found is not None:
            seen.add(id(pattern.group))
            hits.setdefault(pattern.group.label, []).append(Hit(pattern.group, _as_written(text, folded, found)))
    return {label: tuple(found_hits) for label, found_hits in hits.items()}


def _first(pattern: Pattern, folded: str) -> re.Match[str] | None:
    for found in compiled(pattern.expression).finditer(folded):
        start, end = found.span()
        nearby = folded[max(0, start - _NEARBY) : end + _NEARBY]
        if pattern.unless and compiled(pattern.unless).search(nearby):
            continue
        if pattern.group.negatable and (_negated_before(folded, start) or _negated_behind(folded, end)):
            continue
        return found
    return None


def _negated_before(folded: str, start: int) -> bool:
    clause = _CLAUSE_END.split(folded[max(0, start - 40) : start])[-1]
    words = clause.split()[-3:]
    return not _NEGATORS.isdisjoint(words) and not _NO_NEGATION.search(clause)


def _negated_behind(folded: str, end: int) -> bool:
    """Bengali negates behind the word, in either script."""
    clause = _CLAUSE_END.split(folded[end : end + 30])[0]
    return not _NEGATORS_BEHIND.isdisjoint(clause.split()[:2])


def _as_written(text: str, folded: str, found: re.Match[str]) -> str:
    """The author's spelling of a find, by counting words up to it."""
    written = text.split()
    if len(written) != len(folded.split()):
        return found.group()
    start = len(folded[: found.start()].split())
    if found.start() and not folded[found.start() - 1].isspace():
        start -= 1
    end = len(folded[: found.end()].split())
    return " ".join(written[start:end]).strip(".,!?;:()[]\"'“”‘’…-*#।")
