"""From a query's text to its tree."""

from __future__ import annotations

from typing import NoReturn

from sources.query.lex import Lexeme, Lexer
from sources.query.tree import And, Field, Near, Node, Not, Or, Query, QueryError, Word

DEEPEST = 100

_OPERAND = 'a word, a "phrase", #tag, @handle, field:value or ('


def parse(text: str) -> Query:
    """Reads a query. Raises QueryError, with the column and what was expected there, and nothing else.

    At most 20,000 characters and 100 levels of parentheses and NOT. A query always says something that must
    be there: one that is only negative is refused.
    """
    return Query(text, _Parser(text).whole())


class _Parser:
    """Recursive descent over the pieces: OR binds least, then AND (or a space), NOT, NEAR."""

    def __init__(self, query: str) -> None:
        self._query = query
        self._pieces = list(Lexer(query).pieces())
        self._next = 0
        self._depth = 0

    def whole(self) -> Node:
        if self._now().kind == "end":
            self._fail(f"the query is empty: expected {_OPERAND}", self._now())
        tree = self._or()
        if self._now().kind == ")":
            self._fail("this ) closes nothing: expected ( before it", self._now())
        negative = _only_negative(tree, wanted=True)
        if negative is not None:
            self._refuse_negative(tree, negative)
        return tree

    def _now(self) -> Lexeme:
        return self._pieces[self._next]

    def _take(self) -> Lexeme:
        piece = self._pieces[self._next]
        self._next += 1
        return piece

    def _fail(self, message: str, piece: Lexeme) -> NoReturn:
        raise QueryError(f"column {piece.column}: {message}", piece.column, self._query)

    def _or(self) -> Node:
        parts = [self._and()]
        while self._now().kind == "OR":
            operator = self._take()
            self._operand_after(operator)
            parts.append(self._and())
        return _joined(Or, parts)

    def _and(self) -> Node:
        parts = [self._factor()]
        while self._now().kind in {"AND", "NOT", "(", "word", "NEAR"}:
            if self._now().kind == "AND":
                self._operand_after(self._take())
            parts.append(self._factor())
        return _joined(And, parts)

    def _operand_after(self, operator: Lexeme) -> None:
        if self._now().kind in {"end", ")"}:
            self._fail(f"nothing follows this {operator.raw}: expected {_OPERAND}", operator)

    def _factor(self) -> Node:
        piece = self._now()
        if piece.kind == "NOT":
            self._take()
            self._operand_after(piece)
            self._descend(piece)
            inner = self._factor()
            self._depth -= 1
            return Not(inner, piece.column)
        if piece.kind == "(":
            return self._group()
        if piece.kind != "word":
            found = "the end" if piece.kind == "end" else piece.raw
            self._fail(f"{found} cannot stand here: expected {_OPERAND}", piece)
        node = self._take().node
        assert node is not None
        return self._near(node) if self._now().kind == "NEAR" else node

    def _group(self) -> Node:
        opening = self._take()
        self._descend(opening)
        if self._now().kind == ")":
            self._fail(f"there is nothing between these parentheses: expected {_OPERAND}", opening)
        inner = self._or()
        if self._now().kind != ")":
            self._fail("this ( is never closed: expected )", opening)
        self._take()
        self._depth -= 1
        if self._now().kind == "NEAR":
            self._no_group_near(self._now())
        return inner

    def _near(self, first: Word | Field) -> Node:
        """`a NEAR/2 b NEAR/5 c`: each two neighbours."""
        pairs: list[Node] = []
        left = first
        while self._now().kind == "NEAR":
            operator = self._take()
            self._operand_after(operator)
            if self._now().kind == "(":
                self._no_group_near(operator)
            if self._now().kind != "word":
                self._fail(f"{self._now().raw} cannot stand here: expected a word after {operator.raw}", self._now())
            right = self._take().node
            assert right is not None
            if isinstance(left, Field) or isinstance(right, Field):
                self._fail(f"{operator.raw} stands between words, phrases, #tags and @handles, not fields", operator)
            pairs.append(Near(left, right, operator.distance, operator.column))
            left = right
        return _joined(And, pairs)

    def _no_group_near(self, operator: Lexeme) -> NoReturn:
        self._fail(
            f"{operator.raw} stands between words, phrases, #tags and @handles, not parentheses: "
            "expected (a NEAR/5 c) OR (b NEAR/5 c)",
            operator,
        )

    def _descend(self, piece: Lexeme) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            self._fail(f"a query has at most {DEEPEST} levels of parentheses and NOT", piece)

    def _refuse_negative(self, tree: Node, negative: Not) -> NoReturn:
        column = negative.column
        where = "this side of OR only says" if isinstance(tree, Or) else "this query only says"
        raise QueryError(
            f"column {column}: {where} what must not be there, which nearly every post fulfils: "
            "expected something that must be there too, as in acme NOT coyote",
            column,
            self._query,
        )


def _joined(kind: type[And] | type[Or], parts: list[Node]) -> Node:
    """One And or Or of all parts; groups of the same kind inside it are opened."""
    if len(parts) == 1:
        return parts[0]
    flat: list[Node] = []
    for part in parts:
        if isinstance(part, kind):
            flat.extend(part.parts)
        else:
            flat.append(part)
    return kind(tuple(flat))


def _only_negative(node: Node, *, wanted: bool) -> Not | None:
    """The NOT that leaves `node` without anything that must be there; None where something must.

    Not wanted: the node is negated, so that AND and OR change places.
    """
    if isinstance(node, Not):
        inner = _only_negative(node.part, wanted=not wanted)
        return None if inner is None else (node if wanted else inner)
    if isinstance(node, And | Or):
        verdicts = [_only_negative(part, wanted=wanted) for part in node.parts]
        every = isinstance(node, Or) == wanted
        bad = [verdict for verdict in verdicts if verdict is not None]
        if every:
            return bad[0] if bad else None
        return bad[0] if len(bad) == len(verdicts) else None
    return None if wanted else _NEGATED


_NEGATED = Not(And(()), 1)
