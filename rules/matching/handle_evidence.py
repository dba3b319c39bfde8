"""Weighs an author's handle for one customer."""

from __future__ import annotations

from rules.matching import chances
from rules.matching.chances import bits
from rules.matching.handles import ALIKE, SHORTEST, HandleKey, alike, may_be_alike
from rules.matching.profile import Profile
from rules.matching.records import Records

Part = tuple[float, str, tuple[str, ...]]


def handle_parts(records: Records, profile: Profile, row: int) -> tuple[list[Part], bool, bool]:
    """Gives what the handle tells, whether it supports, and whether it is one that is taken for the customer's."""
    own = profile.handle
    if len(own.whole) < SHORTEST:
        return [], False, False
    best: Part | None = None
    other_account = lookalike = False
    for kind, key, current in records.handles[row]:
        same = key == own
        near = not same and may_be_alike(own, key) and alike(own, key)
        lookalike = lookalike or near
        if kind == profile.network:
            other_account = other_account or (current and not same)
        elif same or near:
            how = "{!r} is the handle on record for {}" if same else "{!r} is nearly the handle on record for {}"
            part = (_bits(records, row, own, key), how, (own.whole, kind))
            if best is None or part[0] > best[0]:
                best = part
    parts = [best] if best is not None and best[0] > 0 else []
    supports = bool(parts)
    if other_account:
        parts.append((chances.BITS_OTHER_ACCOUNT, "another account on {} is on record", (profile.network,)))
        if lookalike:
            parts.append((chances.BITS_LIKE_OTHER_ACCOUNT, "this one is easily taken for it", ()))
    return parts, supports, lookalike


def _bits(records: Records, row: int, own: HandleKey, key: HandleKey) -> float:
    words = [records.vocabulary.words[number] for number in records.words[row]]
    shared = key.digits if key.digits == own.digits else ""
    others = records.handle_odds.others(key, words, records.small.get(row, ()), shared)
    if key == own:
        return bits(chances.M_HANDLE, others)
    return bits(chances.M_LIKE_HANDLE, min(others * ALIKE, 1.0))
