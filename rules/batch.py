"""Reads a batch of posts as bytes, in whichever process."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from datetime import datetime
from threading import Lock

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from rules.analysis import Analyser, Read, Setup
from rules.long_lived import built_to_stay
from sources.post import Post

_KEPT_ANALYSERS = 2  # the set-up in use, and the one before it while its last batches run


def analyse_batch(posts: bytes, setup: bytes, seen_by: str, now_iso: str) -> bytes:
    """Reads a batch in whichever process: JSON list of Post and JSON Setup in, JSON list of Read out.

    The Analyser of a set-up is built once and kept by the digest of its bytes. Raises msgspec.DecodeError for
    bytes that are no such JSON, ValueError for a time without its zone, and what building an Analyser raises.
    """
    return _read(_analyser(digest_of(setup), setup), posts, seen_by, now_iso)


def analyse_known(posts: bytes, digest: bytes, seen_by: str, now_iso: str) -> bytes | None:
    """The same by a set-up that this process was given before, told by `digest_of`; None where it keeps it no more."""
    analyser = _known(digest)
    return None if analyser is None else _read(analyser, posts, seen_by, now_iso)


def judge_batch(reads: bytes, setup: bytes, seen_by: str, now_iso: str) -> bytes:
    """Asks the rules again about readings that have changed: JSON list of Read in and out. Raises as analyse_batch."""
    return _judged(_analyser(digest_of(setup), setup), reads, seen_by, now_iso)


def judge_known(reads: bytes, digest: bytes, seen_by: str, now_iso: str) -> bytes | None:
    """The same as `analyse_known` is of analyse_batch."""
    analyser = _known(digest)
    return None if analyser is None else _judged(analyser, reads, seen_by, now_iso)


def digest_of(setup: bytes) -> bytes:
    """What a set-up is known by in every process."""
    return hashlib.sha256(setup).digest()


def _read(analyser: Analyser, posts: bytes, seen_by: str, now_iso: str) -> bytes:
    now = _aware(now_iso)
    batch = msgspec.json.decode(posts, type=list[Post])
    return msgspec.json.encode(analyser.analyse(batch, seen_by, now))


def _judged(analyser: Analyser, reads: bytes, seen_by: str, now_iso: str) -> bytes:
    now = _aware(now_iso)
    changed = msgspec.json.decode(reads, type=list[Read])
    return msgspec.json.encode(analyser.judged(changed, seen_by, now))


def _aware(now_iso: str) -> datetime:
    now = datetime.fromisoformat(now_iso)
    if now.tzinfo is None:
        raise ValueError(f"{now_iso!r} must say its time zone")
    return now


class _Kept(Struct, frozen=True):
    but_learned: bytes  # the digest of the set-up without what was learned: topics, correction, decisions
    analyser: Analyser


_kept: OrderedDict[bytes, _Kept] = OrderedDict()
_keeping = Lock()


def _known(digest: bytes) -> Analyser | None:
    with _keeping:
        known = _kept.get(digest)
    return None if known is None else known.analyser


def _analyser(digest: bytes, setup: bytes) -> Analyser:
    with _keeping:
        kept = _kept.pop(digest, None) or _built(msgspec.json.decode(setup, type=Setup))
        _kept[digest] = kept
        while len(_kept) > _KEPT_ANALYSERS:
            _kept.popitem(last=False)
    return kept.analyser


def _built(setup: Setup) -> _Kept:
    """A new Analyser, or the kept one of a set-up that differs in what was learned alone, with that."""
    but_learned = hashlib.sha256(msgspec.json.encode(replace(setup, topics=(), correction=None, decisions=()))).digest()
    for known in _kept.values():
        if known.but_learned == but_learned:
            return _Kept(but_learned, known.analyser.having_learned(setup))
    with built_to_stay():
        return _Kept(but_learned, Analyser(setup))
