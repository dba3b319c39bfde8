"""The searches of X that together find all that a query wants, each within X's length."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sources.query.branches import Branch
from sources.query.tree import Handle, Hashtag, Phrase, Term, Word
from sources.search_asks import shortened, spoken, values_of, without_covered

MOST_LENGTH = 512
"""Characters of a recent search (docs.x.com, "Recent search"); counted here as bytes, which are never fewer."""

_MOST_EXCLUDED = 160
_NAME = re.compile(r"[A-Za-z0-9_]{1,15}")
_TAG = re.compile(r"(?=.*[^\W\d_])\w+")
_OPERATORS = {"and", "or", "not"}


def searches(branches: Sequence[Branch]) -> list[str]:
    """Gives the searches for the branches; alternatives that exclude the same share one, as far as its length goes.

    AND binds closer than OR there, a minus stands before single words only and never alone (docs.x.com, "Build a
    query"). What cannot be said is left out, which finds more; a branch of which nothing is left is not asked.
    """
    groups: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for branch in branches:
        if parts := words_of(branch):
            groups.setdefault(_excluded(branch), []).append(parts)
    found: list[str] = []
    for excluded, wanted in groups.items():
        found += _batches(_uncovered(wanted), "".join(f" -{part}" for part in excluded))
    return list(dict.fromkeys(found))


def words_of(branch: Branch) -> tuple[str, ...]:
    """Gives what a branch is searched for, () where nothing of it can be searched for."""
    words = [said for word in branch.words if (said := _said(word))]
    if not words:
        words = [f"from:{name}" for name in values_of(branch, "author")[:1] if _NAME.fullmatch(name.lstrip("@"))]
        words = [word.replace("@", "") for word in words]
    return shortened(words, MOST_LENGTH - _MOST_EXCLUDED - 2)


def _uncovered(wanted: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    kept = set(without_covered(wanted))
    return [parts for parts in dict.fromkeys(wanted) if " ".join(parts) in kept]


def _said(word: Word) -> str:
    """A word as X takes it. Wildcards it has none, and half a word would find less than the whole query wants."""
    if isinstance(word, Term | Hashtag) and word.wildcard:
        return ""
    if isinstance(word, Hashtag) and _TAG.fullmatch(word.text):
        return f"#{word.text}"
    if isinstance(word, Handle) and _NAME.fullmatch(word.text):
        return f"@{word.text}"
    said = spoken(word)
    return f'"{said}"' if said.lower() in _OPERATORS else said


def _excluded(branch: Branch) -> tuple[str, ...]:
    """What X may leave out already: only what is surely left out here, too, and not the exact {CASE}."""
    kept: list[str] = []
    for word in branch.excluded:
        if isinstance(word, Term | Phrase) and word.exact:
            continue
        said = _said(word)
        if said and len("".join(f" -{part}" for part in [*kept, said]).encode()) <= _MOST_EXCLUDED:
            kept.append(said)
    return tuple(dict.fromkeys(kept))


def _batches(wanted: Sequence[tuple[str, ...]], excluded: str) -> list[str]:
    batches: list[list[tuple[str, ...]]] = []
    for parts in wanted:
        if batches and len(_one([*batches[-1], parts], excluded).encode()) <= MOST_LENGTH:
            batches[-1].append(parts)
        else:
            batches.append([parts])
    return [_one(batch, excluded) for batch in batches]


def _one(wanted: Sequence[tuple[str, ...]], excluded: str) -> str:
    if len(wanted) == 1:
        return f"{' '.join(wanted[0])}{excluded}"
    alternatives = " OR ".join(f"({' '.join(parts)})" if len(parts) > 1 else parts[0] for parts in wanted)
    return f"({alternatives}){excluded}" if excluded else alternatives
