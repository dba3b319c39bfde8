"""The tree that a query is: what each node wants to find, and where it stands in the query's text."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

FieldName = Literal["author", "site", "lang", "source"]


class Term(Struct, frozen=True, tag=True):
    """A word; `wildcard`: any ending (`reliab*`); `exact`: {ACME}, case, accents and ending as written."""

    text: str
    column: int
    wildcard: bool = False
    exact: bool = False


class Phrase(Struct, frozen=True, tag=True):
    """Words that stand side by side; `exact` as in {Acme Rockets}."""

    text: str
    column: int
    exact: bool = False


class Hashtag(Struct, frozen=True, tag=True):
    text: str  # without #
    column: int
    wildcard: bool = False


class Handle(Struct, frozen=True, tag=True):
    text: str  # without @; may be user@host
    column: int


class Field(Struct, frozen=True, tag=True):
    """`author:`, `site:`, `lang:`, `source:`: a property of the post, not a word in it."""

    name: FieldName
    value: str
    column: int


class Near(Struct, frozen=True, tag=True):
    """Both sides within `distance` words of each other, in either order."""

    left: Term | Phrase | Hashtag | Handle
    right: Term | Phrase | Hashtag | Handle
    distance: int
    column: int


class And(Struct, frozen=True, tag=True):
    parts: tuple[Node, ...]


class Or(Struct, frozen=True, tag=True):
    parts: tuple[Node, ...]


class Not(Struct, frozen=True, tag=True):
    part: Node
    column: int


Node = Term | Phrase | Hashtag | Handle | Field | Near | And | Or | Not
Word = Term | Phrase | Hashtag | Handle


class Query(Struct, frozen=True):
    """A parsed query: its text as the user wrote it, and the tree."""

    text: str
    tree: Node


class QueryError(ValueError):
    """A query that cannot be read: the column (from 1) where, and what was expected there."""

    def __init__(self, message: str, column: int, query: str) -> None:
        super().__init__(message)
        self.column = column
        self.query = query

    def pointing(self) -> str:
        """The query with a caret under the column, and the sentence."""
        return f"{self.query}\n{' ' * (self.column - 1)}^\n{self}"
