"""What a term or phrase of a query asks of a text's words: forms, order, and punctuation that must be there."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from msgspec import Struct

from sources.query.endings import with_endings, with_prefixes
from sources.query.tree import Phrase, Term
from sources.query.words import Cut, as_written, cut, is_dense, is_word_character

# Marks that end or part sentences: at a word's end they say nothing about the word ("Yahoo!", "Acme Inc.").
_SENTENCE = frozenset(".,;:!?…‼⁇⁈⁉、。，．！？¿¡·・•،؛؟۔।॥‧։׃״׳၊။។៕๏")
_ALWAYS_SOFT = frozenset("_'`´ʼ\"′″")
_SOFT_KINDS = frozenset({"Pd", "Ps", "Pe", "Pi", "Pf"})


class Slot(Struct, frozen=True):
    """One word: any of `forms`, or whatever begins with `prefix`."""

    forms: frozenset[str]
    prefix: str = ""

    def takes(self, word: str) -> bool:
        return word in self.forms or (self.prefix != "" and word.startswith(self.prefix))


class Sought(Struct, frozen=True):
    """Words side by side. `glue[i]` must stand between words i and i+1: None is anything, "" nothing at all.

    `lead` and `trail` must stand directly before and after ("C++", ".NET"). `written` is the text exactly as it
    must be ({ACME}), "" where case and accents do not count.
    """

    slots: tuple[Slot, ...]
    glue: tuple[str | None, ...]
    lead: str = ""
    trail: str = ""
    written: str = ""

    @property
    def plain(self) -> bool:
        """Whether the order of the words is all there is to check."""
        return not (self.lead or self.trail or self.written) and all(glue is None for glue in self.glue)

    @property
    def run(self) -> str:
        """The text of a term in a script without spaces that can be looked for as it is, else ""."""
        if self.lead or self.trail or self.written or any(glue != "" for glue in self.glue):
            return ""
        words = [next(iter(slot.forms)) for slot in self.slots if len(slot.forms) == 1 and not slot.prefix]
        return "".join(words) if len(words) == len(self.slots) and is_dense(words[0]) else ""

    def stands_at(self, text: Cut, first: int) -> bool:
        """Whether these words stand at word `first` of the text and on."""
        words = text.words
        if first + len(self.slots) > len(words):
            return False
        for number, slot in enumerate(self.slots):
            if not slot.takes(words[first + number]):
                return False
        return self._punctuation_fits(text, first)

    def _punctuation_fits(self, text: Cut, first: int) -> bool:
        last = first + len(self.slots) - 1
        start, end = text.places[first][0], text.places[last][1]
        for number, glue in enumerate(self.glue):
            if glue is not None:
                gap = text.folded[text.places[first + number][1] : text.places[first + number + 1][0]]
                if (gap if glue == "" else hard_part(gap)) != glue:
                    return False
        if self.lead and not _leads(text.folded, start, self.lead):
            return False
        if self.trail and not _trails(text.folded, end, self.trail):
            return False
        if self.written:
            begin, stop = text.original(start, end)
            return as_written(text.text[begin:stop]) == self.written
        return True


@lru_cache(maxsize=4096)
def sought(word: Term | Phrase) -> Sought:
    """Reads what a term or phrase asks for. Pure."""
    text = cut(word.text)
    wildcard = isinstance(word, Term) and word.wildcard
    start, end = text.places[0][0], text.places[-1][1]
    lead = _lead(text.folded[:start], exact=word.exact)
    trail = "" if wildcard else _trail(text.folded[end:], exact=word.exact)
    if word.exact:
        begin, stop = text.original(start, end)
        slots = tuple(Slot(frozenset({one})) for one in text.words)
        glue: tuple[str | None, ...] = (None,) * (len(slots) - 1)
        return Sought(slots, glue, lead, trail, as_written(text.text[begin:stop]))
    return Sought(_slots(text.words, wildcard=wildcard, takes_ending=not trail), _glue(text), lead, trail)


def hard_part(gap: str) -> str:
    """The punctuation between two words that is part of a name: "&" of "AT & T", "." of "booking.com"."""
    spaced = any(map(str.isspace, gap))
    return "".join(one for one in gap if not one.isspace() and not _is_soft(one, sentence=spaced))


def _slots(words: list[str], *, wildcard: bool, takes_ending: bool) -> tuple[Slot, ...]:
    """Only the last word takes an ending, only the first a prefix."""
    slots: list[Slot] = []
    for number, word in enumerate(words):
        last = number == len(words) - 1
        if last and wildcard:
            slots.append(Slot(frozenset(), word))
            continue
        forms = frozenset({word})
        if last and takes_ending:
            forms |= with_endings(word)
        if number == 0:
            forms = forms.union(*(with_prefixes(form) for form in forms))
        slots.append(Slot(forms))
    return tuple(slots)


def _glue(text: Cut) -> tuple[str | None, ...]:
    glue: list[str | None] = []
    for number in range(len(text.words) - 1):
        gap = text.folded[text.places[number][1] : text.places[number + 1][0]]
        if gap == "" and is_dense(text.words[number]) and is_dense(text.words[number + 1]):
            glue.append("")
        else:
            glue.append(hard_part(gap) or None)
    return tuple(glue)


def _is_soft(character: str, *, sentence: bool) -> bool:
    if character in _SENTENCE:
        return sentence
    return character in _ALWAYS_SOFT or unicodedata.category(character) in _SOFT_KINDS


def _lead(before: str, *, exact: bool) -> str:
    lead = before.rsplit(maxsplit=1)[-1] if before and not before[-1].isspace() else ""
    if exact:
        return lead
    while lead and lead != "." and _is_soft(lead[0], sentence=True):
        lead = lead[1:]
    return lead


def _trail(after: str, *, exact: bool) -> str:
    trail = after.split(maxsplit=1)[0] if after and not after[0].isspace() else ""
    if exact:
        return trail
    while trail and _is_soft(trail[-1], sentence=True):
        trail = trail[:-1]
    return trail


def _leads(folded: str, start: int, lead: str) -> bool:
    if not folded.endswith(lead, 0, start):
        return False
    before = folded[start - len(lead) - 1 : start - len(lead)]
    return not before or (before != lead[0] and not is_word_character(before))


def _trails(folded: str, end: int, trail: str) -> bool:
    """ "C+" does not stand in "C++": the same mark must not go on."""
    return folded.startswith(trail, end) and folded[end + len(trail) : end + len(trail) + 1] != trail[-1]
