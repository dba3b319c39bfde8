"""Compares handles across networks, by how likely somebody else would have taken the same one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from msgspec import Struct

from rules.matching.chances import UNLISTED
from rules.matching.romanise import plain
from rules.matching.spelling import consonants, one_slip_apart

SHORTEST = 4  # letters and digits; shorter handles are anybody's
SHORTEST_SLIP = 7
LONGEST_AFFIX = 8
ALIKE = 10.0  # handles that are taken for one
_SUFFIXES = (".bsky.social",)
_LEET = str.maketrans("013457", "oieast")
_TAIL = re.compile(r"\d+$")

# How many of the people of a name take a handle of this make.
WHOLE_NAME = 0.2
INITIAL_AND_NAME = 0.1
ONE_NAME = 0.02
MOST_NAMES = 4
YEARS = 60.0


class HandleKey(Struct, frozen=True, gc=False):
    """A handle without server and marks: `whole` as written, `stem` its letters with digits read as letters.

    `edges` are the marks at its ends, which make another handle; those within differ with what a network allows.
    """

    whole: str
    stem: str
    digits: str
    edges: str


def local_part(network: str, handle: str) -> str:
    """Gives the part of a handle that its owner chose: no server, no domain of the network."""
    handle = handle.lower().removeprefix("@")
    if network == "mastodon" or handle.count("@") == 1:
        handle = handle.partition("@")[0]
    for suffix in _SUFFIXES:
        handle = handle.removesuffix(suffix)
    return handle


def handle_key(local: str) -> HandleKey:
    """Gives the form in which handles of different networks are compared."""
    whole = plain(local[:80])
    tail = _TAIL.search(whole)
    digits = tail[0] if tail else ""
    letters = whole[: len(whole) - len(digits)]
    inner = local[:80].strip("_.-")
    edges = local[:80].replace(inner, " ", 1) if inner != local[:80] else ""
    return HandleKey(whole, letters.translate(_LEET), digits, edges)


def may_be_alike(one: HandleKey, other: HandleKey) -> bool:
    """A quick look: whether two handles begin or end alike."""
    first, second = one.stem, other.stem
    return first[:3] == second[:3] or first[-3:] == second[-3:] or first[1:4] == second[:3] or first[:3] == second[1:4]


def alike(one: HandleKey, other: HandleKey) -> bool:
    """Whether one handle is taken for the other: a letter, a mark or the digits at its end differ."""
    if min(len(one.whole), len(other.whole)) < SHORTEST:
        return False
    if min(len(one.whole), len(other.whole)) >= SHORTEST_SLIP and _with_affix(one.whole, other.whole):
        return True
    if one.stem == other.stem and len(one.stem) >= SHORTEST:
        return one.digits == other.digits or not one.digits or not other.digits or _extended(one.digits, other.digits)
    if len(one.whole) < SHORTEST_SLIP:
        return False
    return one_slip_apart(one.whole, other.whole) or (
        one_slip_apart(one.stem, other.stem) and one.digits == other.digits
    )


def _with_affix(one: str, other: str) -> bool:
    """Whether one is the other with something before or behind, as people add where a handle is taken."""
    short, long = sorted((one, other), key=len)
    return len(long) - len(short) <= LONGEST_AFFIX and (long.startswith(short) or long.endswith(short))


def _extended(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one) or one_slip_apart(one, other)


class HandleOdds:
    """How common the letters of handles are in a directory."""

    def __init__(self, people: Iterable[Iterable[HandleKey]]) -> None:
        self._stems: Counter[str] = Counter()
        self._known = 0
        for keys in people:
            self._known += 1
            self._stems.update({key.stem for key in keys})

    def others(self, key: HandleKey, names: Sequence[str], small: Sequence[str], digits: str) -> float:
        """How many of all other authors have this handle; of one made of `names`, how many whose name that is.

        `small`: the particles of the name. `digits`: those that count, where the handle's are not all shared.
        """
        make = _make(key.stem, names, small)
        if make == 0.0:
            unheard = 0.3 / (self._known + UNLISTED) if len(key.stem) > SHORTEST else 1e-3
            make = max(self._stems[key.stem] - 1, 0) / (self._known + UNLISTED) + unheard
        return make * _odds_of_digits(digits)


def _odds_of_digits(digits: str) -> float:
    if not digits:
        return 1.0
    if len(digits) == 2 or (len(digits) == 4 and digits[:2] in {"19", "20"}):
        return 2.0 / YEARS
    return 0.3 * 10.0 ** -min(len(digits), 6)


def _make(stem: str, names: Sequence[str], small: Sequence[str]) -> float:
    """How many people of these names make such a handle of them; 0 where it is not made of the names alone.

    A word of the name stands in it whole or by its initial, each once, particles too.
    """
    best = 0.0
    open_ends: list[tuple[str, tuple[str, ...], int, int]] = [(stem, (*names[:MOST_NAMES], *small[:2]), 0, 0)]
    while open_ends:
        rest, unused, whole, initials = open_ends.pop()
        if not rest:
            best = max(best, WHOLE_NAME if whole > 1 else INITIAL_AND_NAME if initials else ONE_NAME if whole else 0.0)
            continue
        for place, name in enumerate(unused):
            left = unused[:place] + unused[place + 1 :]
            if rest.startswith(name):
                counts = len(name) > 1 and name not in small
                open_ends.append((rest[len(name) :], left, whole + counts, initials + (not counts)))
            if len(name) > 1 and rest.startswith(name[0]):
                open_ends.append((rest[1:], left, whole, initials + 1))
    return best or _make_by_sound(stem, names)


def _make_by_sound(stem: str, names: Sequence[str]) -> float:
    """The same for names that the handle spells otherwise, as those on record in a script without vowels."""
    sounds = [sound for name in names[:MOST_NAMES] if (sound := consonants(name))]
    sought = consonants(stem)
    if any(one + other == sought for one in sounds for other in sounds if one is not other):
        return WHOLE_NAME
    return 0.0
