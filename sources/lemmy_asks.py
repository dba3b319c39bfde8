"""What Lemmy should be asked for a query: one word or phrase, since its search knows neither AND nor OR.

The search is `ILIKE '%words%'` with `%` for each space (lemmy/crates/db_schema/src/utils.rs, fuzzy_search): the words
in this order, anywhere, whatever stands around or between them.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence

from sources.query.branches import Branch
from sources.query.tree import Handle, Word
from sources.query.words import normalise
from sources.search_asks import shortened

MOST_BYTES = 200  # no limit is documented; well under what an address takes
_SHORTEST = 2  # one letter stands in every post


def asks_of(branches: Sequence[Branch]) -> tuple[list[str], bool]:
    """Gives the terms that together find what the branches want, and whether every branch has one.

    Of several words that must all be there the one that most branches share is asked, then the longest.
    """
    found = [_terms(branch) for branch in branches]
    shared = Counter(term for terms in found for term in set(terms))
    chosen = [max(terms, key=lambda term: (shared[term], len(term))) for terms in found if terms]
    asks = list(dict.fromkeys(chosen))
    kept = [ask for ask in asks if not any(other != ask and other in ask for other in asks)]
    return kept, all(found)


def searchable(text: str) -> str:
    """Gives `text` as the search finds every spelling that a query's word means, "" where nothing is left.

    Signs, and letters that may also be written otherwise (é, e), become spaces, which stand for anything. Where only
    signs make the word (c++), it is asked as it is.
    """
    words = "".join(character if _is_always_so(character) else " " for character in text).casefold().split()
    fitting = shortened([f'"{" ".join(words)}"'], MOST_BYTES) if words else ()
    term = fitting[0].strip('"') if fitting else ""
    if sum(map(len, term.split())) >= _SHORTEST:
        return term
    return text if text.isascii() and text.isprintable() and _SHORTEST <= len(text) <= 20 and " " not in text else ""


def _terms(branch: Branch) -> list[str]:
    """What a branch can be searched by. Not by `site:`: it means the host of the discussion, which no text names."""
    return [term for word in branch.words if (term := searchable(_spelled(word)))]


def _spelled(word: Word) -> str:
    return word.text.partition("@")[0] if isinstance(word, Handle) else word.text


def _is_always_so(character: str) -> bool:
    """Whether a text that means this character has it just so, but for its case."""
    if character.isascii():
        return character.isalnum()
    if not (character.isalnum() or unicodedata.category(character) in ("Mn", "Mc")):
        return False
    one_way = unicodedata.normalize("NFKD", character) == character
    return one_way and normalise(f"x{character}") == f"x{character.lower()}"
