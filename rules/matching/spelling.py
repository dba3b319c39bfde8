"""Keys under which spellings of one name meet, whoever wrote it down."""

from __future__ import annotations

import re
from functools import lru_cache

_RULES = tuple(
    (re.compile(pattern), by)
    for pattern, by in (
        ("shch|sch|sh|sz|sj", "S"),
        ("tch|tsch|ch|cz|tj|dzh|dj|dsch", "C"),
        ("zh|kh|gh|bh|dh|th|ph|jh", ""),  # replaced letter by letter below
        ("tz|ts|c(?=[eiy])", "z"),
        ("ck|q|c", "k"),
        ("x", "ks"),
        ("w", "v"),
        ("oo|ou", "u"),
        ("ee", "i"),
        ("[yj]", "i"),
        ("ae", "a"),
        ("oe", "o"),
        ("ue", "u"),
        ("ie|ei|ii", "i"),
        (r"(.)\1+", r"\1"),
        ("(?<=.)h$|(?<=[aeiou])h(?=[^aeiou])", ""),
        ("z", "s"),
    )
)
_ASPIRATED = re.compile("(z|k|g|b|d|t|p|j)h")
_ASPIRATED_AS = {"z": "z", "k": "h", "g": "g", "b": "b", "d": "d", "t": "t", "p": "f", "j": "j"}
_VOWELS = re.compile("[aeiou]")


@lru_cache(maxsize=8192)
def skeleton(token: str) -> str:
    """Gives what the ways of spelling a name in plain letters have in common (Müller, Mueller; Yuliya, Julija)."""
    for pattern, by in _RULES:
        if by == "":
            token = pattern.sub("", token) if "h$" in pattern.pattern else _ASPIRATED.sub(_without_breath, token)
        else:
            token = pattern.sub(by, token)
    return token


def _without_breath(found: re.Match[str]) -> str:
    return _ASPIRATED_AS[found[1]]


@lru_cache(maxsize=8192)
def consonants(token: str) -> str:
    """Gives a name's consonants, for scripts and habits that tell vowels in many ways (Mohammed, Muhamad)."""
    key = skeleton(token).lower()
    start = key[:1] if key[:1] not in "aeiou" else ""
    return start + _VOWELS.sub("", key[len(start) :])


def deletions(token: str) -> set[str]:
    """Gives the token with each one letter left out; two tokens a slip apart share one of these or themselves."""
    return {token[:place] + token[place + 1 :] for place in range(len(token))}


def one_slip_apart(one: str, other: str) -> bool:
    """Whether one letter changed, left out, put in or exchanged with its neighbour makes one of the other."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    start = 0
    shorter = min(len(one), len(other))
    while start < shorter and one[start] == other[start]:
        start += 1
    left, right = one[start:], other[start:]
    if len(left) == len(right):
        return left[1:] == right[1:] or (left[:2] == right[1::-1] and left[2:] == right[2:] and len(left) > 1)
    return left[1:] == right if len(left) > len(right) else left == right[1:]
