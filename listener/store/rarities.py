"""Tells, by one question for each batch, which of the rare things that keeping it must mind there are at all."""

from __future__ import annotations

from collections.abc import Collection

from msgspec import Struct
from sqlalchemy import Connection, bindparam, select

from listener.store.statements import chunks
from listener.store.tables import ARCHIVED_POST, CUSTOMER_LINK, SETTING, SUPPRESSION

HASHES_ALONE = "posts-known-by-hash-alone"
"""The setting that is there where posts were deleted upstream: those are known without the place before the hash."""


class Rarities(Struct, frozen=True):
    """`erased`: somebody asked to be erased. `linked`: authors are linked with customers, or might be.

    `hashes_alone`: HASHES_ALONE is set. `archived`: posts that nobody wanted are archived.
    """

    erased: bool
    linked: bool
    hashes_alone: bool
    archived: bool


_ASKED = select(
    select(SUPPRESSION.c.author_hash).exists(),
    select(CUSTOMER_LINK.c.id).exists(),
    select(SETTING.c.name).where(SETTING.c.name == HASHES_ALONE).exists(),
    select(ARCHIVED_POST.c.id).exists(),
)
_ERASED = select(SUPPRESSION.c.author_hash).where(SUPPRESSION.c.author_hash.in_(bindparam("authors", expanding=True)))


def rarities(tx: Connection) -> Rarities:
    """What there is of them now. Each is the first row of an index, or none."""
    erased, linked, hashes_alone, archived = tx.execute(_ASKED).one()
    return Rarities(erased, linked, hashes_alone, archived)


def erased_among(tx: Connection, authors: Collection[bytes]) -> set[bytes]:
    """Which of these authors, told by their hashes, asked to be erased."""
    return {author for some in chunks(sorted(authors)) for author in tx.execute(_ERASED, {"authors": some}).scalars()}
