"""Tells, by one question for each batch, which of the rare things that keeping it must mind there are at all."""

from __future__ import annotations

from msgspec import Struct
from sqlalchemy import Connection, select

from listener.store.tables import CUSTOMER_LINK, SETTING, SUPPRESSION

HASHES_ALONE = "posts-known-by-hash-alone"
"""The setting that is there where posts were deleted upstream: those are known without the place before the hash."""


class Rarities(Struct, frozen=True):
    """`erased`: somebody asked to be erased. `linked`: authors are linked with customers, or might be.

    `hashes_alone`: HASHES_ALONE is set.
    """

    erased: bool
    linked: bool
    hashes_alone: bool


_ASKED = select(
    select(SUPPRESSION.c.author_hash).exists(),
    select(CUSTOMER_LINK.c.id).exists(),
    select(SETTING.c.name).where(SETTING.c.name == HASHES_ALONE).exists(),
)


def rarities(tx: Connection) -> Rarities:
    """What there is of them now. Each is the first row of an index, or none."""
    erased, linked, hashes_alone = tx.execute(_ASKED).one()
    return Rarities(erased, linked, hashes_alone)
