"""The asks of a query for a service that finds posts in which all given words stand."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from urllib.parse import urlsplit

from sources.query.branches import Branch
from sources.query.tree import Field, Handle, Word

MOST_ASKS = 200
"""The most that one plan has a service asked for; each of them costs a request at every poll."""


def at_most(asks: Sequence[str], times: int = 1) -> tuple[list[str], tuple[str, ...]]:
    """Gives the first asks of a plan, and a note where there are more than fit. Each will be asked `times` times.

    What is left out stays unseen, so a plan that gets a note is partial.
    """
    most = max(MOST_ASKS // max(times, 1), 1)
    if len(asks) <= most:
        return list(asks), ()
    return list(asks[:most]), (
        f"this query has {len(asks):,} alternatives to search for, of which only the first {most:,} are asked: what "
        "only the others find stays unseen; give them to brands or sources of their own",
    )


def spoken(word: Word) -> str:
    """Gives a query's word as a search box takes it: bare where it is only letters and digits, else in quotes.

    A hashtag and a handle are asked as their bare word, which finds more than they mean and never less.
    "" where nothing is left to ask for.
    """
    text = word.text.partition("@")[0] if isinstance(word, Handle) else word.text
    text = " ".join("".join(map(_sayable, text)).split())
    if not any(character.isalnum() for character in text):
        return ""
    return text if all(_is_of_a_word(character) for character in text) else f'"{text}"'


def is_latin(text: str) -> bool:
    """Whether all letters are Latin: words of other scripts take endings, or stand in the same breath as others."""
    return text.isascii() or all(
        "LATIN" in unicodedata.name(character, "") for character in text if character.isalpha()
    )


def meant_for(branches: Sequence[Branch], kind: str, name: str) -> list[Branch]:
    """Gives the branches that posts of this source can match: no `source:` field names another one."""
    own = {kind.casefold(), name.casefold()}
    return [branch for branch in branches if all(value.casefold() in own for value in values_of(branch, "source"))]


def found_at(branches: Sequence[Branch], host: str) -> list[Branch]:
    """Gives the branches that posts whose link is at `host` can match: no `site:` names another host."""
    return [branch for branch in branches if all(_is_above(value, host) for value in values_of(branch, "site"))]


def values_of(branch: Branch, name: str) -> list[str]:
    """Gives the values of the branch's fields of that name."""
    return [field.value for field in branch.fields if isinstance(field, Field) and field.name == name]


def shortened(parts: Sequence[str], most_bytes: int) -> tuple[str, ...]:
    """Gives the parts, each once, cut to what `most_bytes` take: fewer words find more, never less."""
    kept: list[str] = []
    for part in dict.fromkeys(parts):
        fitting = _fitting_phrase(part, most_bytes) if not kept else part
        if fitting and len(" ".join([*kept, fitting]).encode()) <= most_bytes:
            kept.append(fitting)
    return tuple(kept)


def without_covered(asks: Sequence[tuple[str, ...]]) -> list[str]:
    """Gives the asks as text, each once, without those whose posts another one finds anyway (acme: "acme rockets")."""
    if len(asks) > 1_000:  # each is compared with each
        return list(dict.fromkeys(" ".join(ask) for ask in asks))
    kept: list[str] = []
    for place, ask in enumerate(asks):
        covered = any(
            all(_stands_in(part, ask) for part in other)
            and (place > other_place or not all(_stands_in(part, other) for part in ask))
            for other_place, other in enumerate(asks)
            if other_place != place
        )
        if not covered:
            kept.append(" ".join(ask))
    return kept


def _is_above(site: str, host: str) -> bool:
    """Whether `host` is the site's or lies below it; what is no plain name of a host may be."""
    try:
        name = urlsplit(site if "//" in site else f"//{site}").hostname or ""
    except ValueError:
        return True
    name = name.rstrip(".").removeprefix("www.")
    return not name.isascii() or host == name or host.endswith(f".{name}")


def _sayable(character: str) -> str:
    """Quotes and control characters would end the phrase, or hide in it."""
    return " " if character in '"\\' or not character.isprintable() else character


def _is_of_a_word(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character) in ("Mn", "Mc")


def _stands_in(part: str, ask: Sequence[str]) -> bool:
    """Whether a post in which all of `ask` stands surely has `part`, too. Words are compared whole."""
    wanted = f" {part.strip(chr(34)).casefold()} "
    for other in ask:
        if part == other:
            return True
        if ":" not in part and other.startswith('"') and wanted in f" {other.strip(chr(34)).casefold()} ":
            return True
    return False


def _fitting_phrase(part: str, most_bytes: int) -> str:
    """Gives a part that is too long alone as the longest beginning of whole words that fits, "" where none does."""
    while len(part.encode()) > most_bytes:
        words = part.strip('"').split()[:-1]
        if not words:
            return ""
        part = f'"{" ".join(words)}"'
    return part
