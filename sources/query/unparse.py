"""From a tree back to the text that gives it."""

from __future__ import annotations

import re

from sources.query.lex import QUOTES
from sources.query.tree import And, Field, Handle, Hashtag, Near, Node, Not, Or, Phrase, Query, Term

_NEEDS_QUOTES = re.compile(rf"[\s(){{}}（）*{QUOTES}]")


def unparse(query: Query | Node) -> str:
    """Writes a query so that `parse` gives the same tree again, columns aside."""
    node = query.tree if isinstance(query, Query) else query
    if isinstance(node, And):
        return " AND ".join(_within(part, Or) for part in node.parts)
    if isinstance(node, Or):
        return " OR ".join(unparse(part) for part in node.parts)
    if isinstance(node, Not):
        return f"NOT {_within(node.part, And, Or)}"
    if isinstance(node, Near):
        return f"{unparse(node.left)} NEAR/{node.distance} {unparse(node.right)}"
    return _word(node)


def _word(node: Term | Phrase | Hashtag | Handle | Field) -> str:
    if isinstance(node, Field):
        value = f'"{node.value}"' if _NEEDS_QUOTES.search(node.value) else node.value
        return f"{node.name}:{value}"
    if isinstance(node, Handle):
        return f"@{node.text}"
    if isinstance(node, Hashtag):
        return f"#{node.text}{'*' if node.wildcard else ''}"
    if node.exact:
        return f"{{{node.text}}}"
    if isinstance(node, Phrase):
        return f'"{node.text}"'
    return f"{node.text}{'*' if node.wildcard else ''}"


def _within(node: Node, *kinds: type) -> str:
    return f"({unparse(node)})" if isinstance(node, kinds) else unparse(node)
