"""The hashtags under which posts that a query wants are likely to stand."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence

from sources.query.branches import Branch
from sources.query.tree import Handle, Hashtag, Term, Word

MOST = 20
"""Tags for one query; each is a request per instance and poll."""


def tag_of(text: str) -> str:
    """Gives the hashtag that words make when they are run together ("Acme Rockets": acmerockets), "" where none.

    A tag is made of letters, marks, digits and underscores, and is not a number (Tag::HASHTAG_RE of Mastodon).
    """
    kept = [character for character in unicodedata.normalize("NFKC", text) if _is_of_a_tag(character)]
    tag = "".join(kept).lower()
    return "" if not tag or all(character.isdigit() or character == "_" for character in tag) else tag


def tags_of(branches: Sequence[Branch]) -> tuple[Sequence[str], Sequence[str]]:
    """Gives the tags to ask for, and notes on what has none.

    Of a branch with hashtags, the first is enough: whatever matches carries it. Of another one: its word that the
    most branches need (the brand, rather than what is said of it; the first among equals), and all its words run
    together.
    """
    needed = Counter(tag for branch in branches for tag in {_tag_of_word(word) for word in branch.words})
    tags: dict[str, None] = {}
    untagged = 0
    for branch in branches:
        found = _tags_of_branch(branch, needed)
        untagged += not found
        tags.update(dict.fromkeys(found))
    notes = []
    if untagged:
        notes.append("a part of this query has no word that could be a hashtag; name its tags in `tags`")
    if len(tags) > MOST:
        notes.append(
            f"this query makes {len(tags)} hashtags, of which the first {MOST} are asked; or name them in `tags`"
        )
    return list(tags)[:MOST], notes


def _tags_of_branch(branch: Branch, needed: Counter[str]) -> list[str]:
    hashtags = [tag for word in branch.words if isinstance(word, Hashtag) and (tag := _tag_of_word(word))]
    if hashtags:
        return hashtags[:1]
    words = sorted(branch.words, key=lambda word: word.column)
    single = [tag for word in words if (tag := _tag_of_word(word))]
    if not single:
        return []
    together = tag_of("".join(single))
    return list(dict.fromkeys([max(single, key=lambda tag: needed[tag]), together]))


def _tag_of_word(word: Word) -> str:
    """A handle is a mention and a wildcard has no end: neither is a tag."""
    if isinstance(word, Handle) or (isinstance(word, Term | Hashtag) and word.wildcard):
        return ""
    return tag_of(word.text)


def _is_of_a_tag(character: str) -> bool:
    return character == "_" or unicodedata.category(character)[0] in "LMN"
