"""Tells a brand that is where somebody weeps from one that they weep about."""

from __future__ import annotations

from collections.abc import Sequence

_PLACING = frozenset("in on at onto into outside inside near from over aboard by with".split())
_SMALL = frozenset("the a an my our this that his her their back of".split())
_GRIEF = frozenset(
    """cry crying cried bawling bawled sobbing sobbed sob tears weeping wept grief grieving mourning funeral heartbroken
    heartbreak homesick lonely dumped died dying devastated heule heul weine geweint llorando lloré pleure কাঁদছি কান্না
    😭 💔 😢""".split()
)


def is_place_in_grief(words: Sequence[str], named: Sequence[bool]) -> bool:
    """Whether words of grief stand where the brand is named as a place or a thing: "crying on the Acme ferry".

    `words`: bare; `named`: which of them are the brand's name.
    """
    return not _GRIEF.isdisjoint(words) and all(
        _is_placed(words, at) for at, is_name in enumerate(named) if is_name and not (at and named[at - 1])
    )


def _is_placed(words: Sequence[str], name: int) -> bool:
    at = name - 1
    while at >= 0 and words[at] in _SMALL:
        at -= 1
    return at >= 0 and words[at] in _PLACING
