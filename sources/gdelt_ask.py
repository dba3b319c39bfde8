"""What GDELT is asked for a query, in as few searches as its language allows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from sources.gdelt_post import LANGUAGES
from sources.query.branches import Branch
from sources.query.tree import Hashtag, Term, Word
from sources.search_asks import is_latin, shortened, spoken, values_of, without_covered

MOST_QUERY_BYTES = 250
"""No limit is documented, and "too long" is among the answers; longer lists of alternatives are split."""

SHORTEST_WORD = 3
"""GDELT refuses a whole search for one shorter word."""

_NAMES = {code: name for name, code in LANGUAGES.items()}
_SITE = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+", re.ASCII)


def asks_of(branches: Sequence[Branch]) -> tuple[list[str], int]:
    """Gives the searches that together find what the branches want, and how many branches cannot be asked for.

    Alternatives that differ in one word become one search: `acme (rockets OR jets)`. GDELT takes OR only inside
    one pair of parentheses, and words and phrases alone between them. What a branch excludes stays here: GDELT
    would look for it in the article, of which only the headline is shown.
    """
    asked = [parts for branch in branches if (parts := _parts(branch))]
    needed = Counter(part for parts in asked for part in set(parts))
    ordered = [tuple(sorted(parts, key=lambda part: (_is_filter(part), -needed[part]))) for parts in asked]
    kept = set(without_covered(ordered))
    groups: dict[tuple[tuple[str, ...], tuple[str, ...]], dict[str, None]] = {}
    for parts in ordered:
        if " ".join(parts) in kept:
            words = [part for part in parts if not _is_filter(part)] or [parts[0]]
            filters = tuple(part for part in parts if part not in words)
            groups.setdefault((tuple(words[:-1]), filters), {})[words[-1]] = None
    searches = [search for (head, filters), last in groups.items() for search in _searches(head, list(last), filters)]
    return searches, len(branches) - len(asked)


def _parts(branch: Branch) -> tuple[str, ...]:
    """Gives the words and filters to ask for; none where there is nothing that GDELT can look for."""
    words = [said for word in branch.words if (said := _said(word))]
    sites = [f"domain:{site}" for value in values_of(branch, "site")[:1] if (site := _site_of(value))]
    names = [_NAMES.get(value.casefold().partition("-")[0]) for value in values_of(branch, "lang")[:1]]
    filters = [*sites, *(f"sourcelang:{name}" for name in names if name)]
    if not words and not sites:
        return ()
    room = MOST_QUERY_BYTES - sum(len(part) + 1 for part in filters)
    return (*shortened(words, room), *filters)


def _said(word: Word) -> str:
    """GDELT has no wildcards, and looks into English translations: words of other scripts do not stand there."""
    if (isinstance(word, Term | Hashtag) and word.wildcard) or not is_latin(word.text):
        return ""
    said = spoken(word)
    return said if sum(map(str.isalnum, said)) >= SHORTEST_WORD else ""


def _site_of(value: str) -> str:
    site = value.casefold().removeprefix("www.").partition("/")[0]
    return site if len(site) <= 100 and _SITE.fullmatch(site) else ""


def _is_filter(part: str) -> bool:
    return part.startswith(("domain:", "sourcelang:"))  # a word with a colon stands in quotes


def _searches(head: tuple[str, ...], last: Sequence[str], filters: tuple[str, ...]) -> list[str]:
    """Gives one search for all alternatives in `last`, or more where that would be too long."""
    searches: list[str] = []
    batch: list[str] = []
    for word in last:
        if batch and len(_search(head, [*batch, word], filters).encode()) > MOST_QUERY_BYTES:
            searches.append(_search(head, batch, filters))
            batch = []
        batch.append(word)
    return [*searches, _search(head, batch, filters)]


def _search(head: tuple[str, ...], last: Sequence[str], filters: tuple[str, ...]) -> str:
    alternatives = last[0] if len(last) == 1 else f"({' OR '.join(last)})"
    return " ".join([*head, alternatives, *filters])
