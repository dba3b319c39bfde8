"""The words for what weighing an author against the customers comes to."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

State = Literal["linked", "review", "none"]


class Candidate(Struct, frozen=True):
    """A customer whom an author may be, how probably, and on what evidence."""

    customer_id: str
    probability: float
    evidence: tuple[str, ...] = ()


class Outcome(Struct, frozen=True):
    """What the evidence comes to: `linked` with its first candidate, to be looked at by a person, or nobody."""

    state: State = "none"
    candidates: tuple[Candidate, ...] = ()
