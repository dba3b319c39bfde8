"""A pattern's small language: how words in a table become something that finds them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from msgspec import Struct

from rules.patterns.common_words import COMMON, EVERYDAY, UBIQUITOUS
from sources.query.words import normalise

_SIGNS = r"\u0900-\u0963\u0966-\u09fe"  # \w leaves out vowel signs of Bengali and Hindi
LETTER = rf"[\w{_SIGNS}]"
BEFORE = f"(?<!{LETTER})"
AFTER = f"(?!{LETTER})"
_DANDA = "।"
_BETWEEN = rf"[^\w{_SIGNS}.!?{_DANDA}\n]{{1,3}}"  # between two words of one sentence
_IN_A_GAP = 3  # words
_GAP = rf"(?:{LETTER}+{_BETWEEN}){{0,{_IN_A_GAP}}}?"
_WHOLE_WORD = re.compile(f"{LETTER}+")
LINK = re.compile(r"(?:https?://|www\.)\S+|(?<!\w)@[\w.-]+(?:@[\w.-]+)?", re.IGNORECASE)
_APOSTROPHE = re.compile("['’‘`]")


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
    """One phrase, made ready: its regular expressions, compiled when first run, since most never are.

    `expression` says nothing of what stands before the phrase, which no letter may: told by an expression, that would
    keep it from looking for the phrase's first letters alone, and make it several times as slow.
    `needs`: what must stand wherever the phrase does, each by its choices; `anchor`: the one of these that the fewest
    posts hold. `reaches`: how many words behind each of them, but the last, the next stands at most.
    """

    group: Group
    phrase: str
    expression: str
    unless: str  # "": nothing shows another meaning
    needs: tuple[Choices, ...]
    reaches: tuple[int, ...]
    anchor: Choices
    single: bool  # one word alone


def fold_anew(text: str) -> str:
    """Gives `text` as patterns see it: normalised, no apostrophes, a dot for each address or handle.

    It has the same words between the same spaces as `text`, so that a find can be shown in the author's spelling.
    """
    lowered = text.lower() if text.isascii() else ""  # most texts need no more than this
    if "@" in text or "://" in text or "www." in (lowered or text.lower()):
        text, lowered = LINK.sub("·", text), ""
    folded = lowered or normalise(text)
    return _APOSTROPHE.sub("", folded) if not folded.isascii() or "'" in folded or "`" in folded else folded


fold = lru_cache(maxsize=512)(fold_anew)
"""The same for a text that several ask for."""


@lru_cache(maxsize=4_096)
def compiled(expression: str) -> re.Pattern[str]:
    """Compiles once what the tables hold; `re` itself remembers too few."""
    return re.compile(expression)


@lru_cache(maxsize=4_096)
def _compiled_for_ascii(expression: str) -> re.Pattern[str]:
    return re.compile(expression.replace(_SIGNS, "").replace(_DANDA, ""), re.ASCII)


def compiled_for(text: str, expression: str) -> re.Pattern[str]:
    """What finds in the text what `compiled` finds. For a text of ASCII it is made in a third of the time.

    Most of what an expression takes to compile is its classes of letters beyond ASCII, and some phrase is looked for
    the first time however long a stream has run.
    """
    return _compiled_for_ascii(expression) if text.isascii() else compiled(expression)


@lru_cache(maxsize=8_192)
def words_of_phrase(phrase: str) -> frozenset[str]:
    """All words that a phrase names, folded, in whichever choice."""
    return frozenset(fold(word) for word in re.split(r"[ /_?*]+|\.\.", phrase) if word)


def compile_groups(groups: Iterable[Group]) -> Iterator[Pattern]:
    """Makes ready the phrases of `groups`. Raises ValueError for a phrase that has no word to look for."""
    for group in groups:
        unless = "|".join(f"{BEFORE}{_expression(phrase)}{AFTER}" for phrase in group.unless)
        for phrase in group.phrases:
            needs = tuple(_required(phrase))
            if not needs:
                raise ValueError(f"the phrase {phrase!r} names no word that must stand in the text")
            yield Pattern(
                group,
                phrase,
                f"{_expression(phrase)}{AFTER}",
                unless,
                needs,
                tuple(_reaches(phrase)),
                min(needs, key=share_of_posts),
                " " not in phrase and "_" not in phrase,
            )


def _expression(phrase: str) -> str:
    """The regular expression of a phrase: each optional element and each gap brings its own space after it."""
    parts: list[str] = []
    elements = phrase.split()
    for place, element in enumerate(elements):
        last = place == len(elements) - 1
        if element == "..":
            parts.append(_GAP)
        elif element.endswith("?"):
            # an optional word at the end brings the space before it, elsewhere the one after
            inner = _choices(element[:-1])
            parts.append(f"(?:{_BETWEEN}{inner})?" if last else f"(?:{inner}{_BETWEEN})?")
        else:
            following_is_last_optional = place == len(elements) - 2 and elements[-1].endswith("?")
            parts.append(_choices(element) + ("" if last or following_is_last_optional else _BETWEEN))
    return "".join(parts)


def _choices(element: str) -> str:
    choices = [_BETWEEN.join(map(_word, choice.split("_"))) for choice in element.split("/")]
    return choices[0] if len(choices) == 1 else f"(?:{'|'.join(choices)})"


def _word(word: str) -> str:
    """One word of a phrase, folded as texts are. Raises ValueError if a text could never hold it as one word."""
    folded = fold(word.rstrip("*"))
    if not _WHOLE_WORD.fullmatch(folded):
        raise ValueError(f"{word!r} is not one word of letters and digits")
    return folded + (f"{LETTER}*" if word.endswith("*") else "")


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
        longest = _IN_A_GAP if element == ".." else max(choice.count("_") for choice in element.split("/")) + 1
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
