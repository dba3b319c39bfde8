"""Keeps, with the posts of a batch, who their authors were found to be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from msgspec.structs import replace
from sqlalchemy import Connection, bindparam, select, update

from listener.store.erased_customers import erased_ids
from listener.store.hashes import NOBODY, author_handle_hash, author_id_hash
from listener.store.link_keys import author_key
from listener.store.links import link_values
from listener.store.rarities import Rarities
from listener.store.readings import to_json
from listener.store.relabelling import decisions_on, known_customers
from listener.store.statements import chunks, insert_new
from listener.store.tables import CUSTOMER_LINK
from rules.analysis import Read
from rules.matching.outcome import Candidate
from rules.reading import CustomerMatch
from rules.recognition import settled
from sources.post import Post

Key = TypeVar("Key")
_ITS = CUSTOMER_LINK.c
_RANK = {"": 0, "review": 1, "linked": 2}
_Pair = tuple[bytes, str]


def settle(tx: Connection, batches: Mapping[Key, list[Read]], rare: Rarities) -> Mapping[Key, list[Read]]:
    """Gives each read the customer who counts by what people have said up to now.

    Whoever read the batch may have known less: a person may have decided meanwhile.
    """
    batches = _without_erased(tx, batches)
    if not rare.linked:
        return batches if not any(read.decided for batch in batches.values() for read in batch) else _undecided(batches)
    said = decisions_on(tx, {name for batch in batches.values() for name in _hashes(batch[-1].post)} - {NOBODY})
    known = known_customers(tx)

    def settled_read(read: Read) -> Read:
        if not read.may_match:
            return read
        found = _found(read)
        decisions = [one for name in _hashes(read.post) for one in said.get(name, ())]
        customer = settled(found, decisions, known)
        return _with(read, customer, found) if decisions or read.decided else read

    return {key: [settled_read(read) for read in batch] for key, batch in batches.items()}


def _without_erased(tx: Connection, batches: Mapping[Key, list[Read]]) -> Mapping[Key, list[Read]]:
    """The reads without customers who were erased after somebody had begun to read."""
    named = {one for batch in batches.values() for read in batch for one in _named(read)}
    erased = erased_ids(tx, named)
    if not erased:
        return batches
    return {
        key: [
            read if erased.isdisjoint(_named(read)) else _with(replace(read, weighed=None), None, None)
            for read in batch
        ]
        for key, batch in batches.items()
    }


def _named(read: Read) -> set[str]:
    """The customers whom a read names."""
    found = {match.id for match in (read.reading.customer, read.found) if match is not None}
    return found | {candidate.customer_id for candidate in (read.weighed.candidates if read.weighed else ())}


def keep_weighed(tx: Connection, reads: Iterable[Read], now: datetime) -> None:
    """Keeps what evidence came to, a row an author and customer: what is strongest of all that their posts showed.

    Which post comes first makes no difference. What a person said stays beside it, and outranks it.
    """
    found: dict[_Pair, dict[str, Any]] = {}
    for read in reads:
        if read.weighed is None or read.weighed.state == "none":
            continue
        author = author_key(read.post.source, read.post.author)
        if author is None:
            continue
        shown = read.post.author.handle or read.post.author.name or read.post.author.id
        for place, candidate in enumerate(read.weighed.candidates):
            # the outcome speaks of the first candidate; the others are at most to be looked at
            state = read.weighed.state if place == 0 else "review"
            row = {**link_values(author, shown, candidate.customer_id), **_scored(state, candidate, now)}
            pair = (row["author_hash"], candidate.customer_id)
            if pair not in found or _strength(row) > _strength(found[pair]):
                found[pair] = row
    if found:
        _strengthen(tx, found)


def _strengthen(tx: Connection, rows: Mapping[_Pair, Mapping[str, Any]]) -> None:
    authors = sorted({author for author, _ in rows})
    kept = {
        (row.author_hash, row.customer_id): row._asdict()
        for some in chunks(authors)
        for row in tx.execute(select(CUSTOMER_LINK).where(_ITS.author_hash.in_(some)))
    }
    insert_new(tx, CUSTOMER_LINK, [row for pair, row in rows.items() if pair not in kept])
    stronger = [
        {f"new_{name}": row[name] for name in _SCORED} | {"number": kept[pair]["id"]}
        for pair, row in rows.items()
        if pair in kept and _strength(row) > _strength(kept[pair])
    ]
    if stronger:
        values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in _SCORED}
        tx.execute(update(CUSTOMER_LINK).where(_ITS.id == bindparam("number")).values(**values), stronger)


_SCORED = ("scored", "probability", "evidence_json", "scored_at")


def _scored(state: str, candidate: Candidate, now: datetime) -> dict[str, Any]:
    evidence = to_json(candidate.evidence)
    return dict(zip(_SCORED, (state, candidate.probability, evidence, now), strict=True))


def _strength(row: Mapping[str, Any]) -> tuple[int, float, str]:
    return _RANK[row["scored"]], row["probability"] or 0.0, row["evidence_json"]


def _found(read: Read) -> CustomerMatch | None:
    return read.found if read.decided else read.reading.customer


def _undecided(batches: Mapping[Key, list[Read]]) -> Mapping[Key, list[Read]]:
    return {key: [_with(read, _found(read), _found(read)) for read in batch] for key, batch in batches.items()}


def _with(read: Read, customer: CustomerMatch | None, found: CustomerMatch | None) -> Read:
    decided = customer != found
    reading = replace(read.reading, customer=customer)
    return replace(read, reading=reading, decided=decided, found=found if decided else None)


def _hashes(post: Post) -> Sequence[bytes]:
    """The surest last, as rules.authors.keys_of."""
    return author_handle_hash(post.source, post.author), author_id_hash(post.source, post.author)
