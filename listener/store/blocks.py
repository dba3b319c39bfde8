"""Finds posts by what is different in each: their story, their author.

In an index over all posts such values lie anywhere: each new post would change a page of its own, which takes longer
than all else that is done for it once there are a million. So the index begins with the block of numbers that a post
lies in: what is new changes the few pages of the newest block, and whoever looks for a value looks in each block, some
microseconds for 4,096 posts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, func, literal_column, select

from listener.store.rows import BLOCK
from listener.store.tables import POST


def posts_of(column: str, values: Sequence[Any]) -> Select[tuple[int]]:
    """Selects the numbers of the posts for which a column of POST's block indexes holds one of some values."""
    return rows_of(POST, column, values)


def rows_of(table: Table, column: str, values: Sequence[Any]) -> Select[tuple[int]]:
    """The same for any table that has a block index on the column."""
    its = table.alias("its")  # a name of its own, lest it be taken for the table of the question this one stands in
    least, greatest = select(func.min(table.c.id)), select(func.max(table.c.id))
    first = select((least.scalar_subquery().op(">>")(_BITS)).label("number"))
    block = first.cte("block", recursive=True)
    block = block.union_all(
        select(block.c.number + 1).where(block.c.number < greatest.scalar_subquery().op(">>")(_BITS))
    )
    return select(its.c.id).join_from(block, its, block.c.number == _ITS_BLOCK).where(its.c[column].in_(values))


_BITS: ColumnElement[int] = literal_column("12")
_ITS_BLOCK: ColumnElement[int] = literal_column(BLOCK.replace("id", "its.id"))
