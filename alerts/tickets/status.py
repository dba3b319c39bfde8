"""The states of a ticket, and what becomes of one whose author is seen again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal, get_args

Status = Literal["new", "open", "pending", "solved", "closed"]
"""new: nobody has it. open: somebody works on it. pending: it waits for the customer, and its clocks stand still.
solved: whoever had it says so; it is closed after a while. closed: settled, unless its author is soon seen again."""

STATUSES: tuple[Status, ...] = get_args(Status)
UNSOLVED: tuple[Status, ...] = ("new", "open", "pending")

Fate = Literal["add", "reopen", "leave"]
"""add: it hangs on the ticket. reopen: it does, and the ticket is open again. leave: it was settled too long ago."""


def fate(
    status: Status, settled_at: datetime | None, *, same_author: bool, now: datetime, reopen_within: timedelta
) -> Fate:
    """What a new post means for a ticket of its author, or of its story.

    What others repeat of a story that is settled is added, and a person decides; its author speaks for themself.
    """
    if status in UNSOLVED or not same_author:
        return "add"
    recent = settled_at is not None and now - settled_at <= reopen_within
    return "reopen" if recent else "leave"
