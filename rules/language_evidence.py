"""Tells why a text is taken for one language and not another."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from msgspec import Struct

from rules.language import UNSURE, identify_language, primary_subtag
from rules.language_decision import Decision
from rules.language_memory import READ_CHARACTERS, WordMemory
from rules.language_scripts import SCRIPTS, letters_by_script
from rules.language_table import language_table
from rules.language_words import words_of

_MOST_CANDIDATES = 3
_MOST_WORDS = 5
_LEAST_CHANCE = 0.01


class LanguageEvidence(Struct, frozen=True, kw_only=True):
    """What speaks for the language of a text.

    `scripts`: how much of its letters is written in each (ISO 15924), the most first. `likeliest`: languages with
    their probabilities, none where the script alone decides. `words`: those that speak most for the likeliest against
    the one after it, the strongest first. `claimed`: what the source says, "" for nothing.
    """

    lang: str
    scripts: tuple[tuple[str, float], ...]
    likeliest: tuple[tuple[str, float], ...]
    words: tuple[str, ...]
    claimed: str


def language_evidence(text: str, claimed: str = "") -> LanguageEvidence:
    """Gives the language that `identify_language` gives, and what it rests on. Slow; never raises."""
    memory, decision = _parts()
    claim = primary_subtag(claimed) if claimed else ""
    chances = decision.chances(memory.evidence([text]), [claim])[0]
    likeliest = sorted(chances.items(), key=lambda item: -item[1])
    counted = letters_by_script(text[:READ_CHARACTERS])
    total = sum(counted.values())
    return LanguageEvidence(
        lang=identify_language(text, claimed) or UNSURE,
        scripts=tuple((SCRIPTS[at], count / total) for at, count in sorted(counted.items(), key=lambda one: -one[1])),
        likeliest=tuple(one for one in likeliest[:_MOST_CANDIDATES] if one[1] >= _LEAST_CHANCE),
        words=_telling(text, [code for code, _ in likeliest[:2]]),
        claimed=claim,
    )


def _telling(text: str, likeliest: Sequence[str]) -> tuple[str, ...]:
    """The words that speak for the first of two languages against the second, the strongest first."""
    table = language_table()
    places = [table.languages.index(code) for code in likeliest if code in table.languages]
    words = list(dict.fromkeys(word for token in text[:READ_CHARACTERS].split() for word in words_of(token)))
    if len(places) < 2 or not words:
        return ()
    speaks = table.vectors_of(words) @ (table.weights[:, places[0]] - table.weights[:, places[1]])
    return tuple(words[at] for at in np.argsort(-speaks)[:_MOST_WORDS].tolist() if speaks[at] > 0)


@lru_cache(maxsize=1)
def _parts() -> tuple[WordMemory, Decision]:
    table = language_table()
    return WordMemory(table), Decision(table, UNSURE)
