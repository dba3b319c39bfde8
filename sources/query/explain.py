"""What a query asks for, in plain words."""

from __future__ import annotations

from collections.abc import Iterator

from sources.query.tree import And, Field, Handle, Hashtag, Near, Node, Not, Or, Query, Term, Word
from sources.query.words import cut


def explain(query: Query) -> str:
    """Tells the query as an indented tree, one line for each thing that is looked for."""
    return "\n".join(_lines(query.tree, 0))


def described(node: Word | Field | Near) -> str:
    """One leaf of a tree in plain words."""
    if isinstance(node, Field):
        return _field(node)
    if isinstance(node, Near):
        words = "1 word" if node.distance == 1 else f"{node.distance} words"
        return f"{described(node.left)}, within {words} of {described(node.right)}"
    if isinstance(node, Handle):
        return f"a mention of @{node.text}"
    if isinstance(node, Hashtag):
        return f"a hashtag that begins with #{node.text}" if node.wildcard else f"the hashtag #{node.text}"
    if node.exact:
        return f'"{node.text}", written exactly so'
    if isinstance(node, Term) and node.wildcard:
        return f'a word that begins with "{node.text}"'
    if len(cut(node.text).words) > 1:
        return f'the words "{node.text}" side by side'
    return f'the word "{node.text}"'


def _lines(node: Node, depth: int) -> Iterator[str]:
    indent = "  " * depth
    if isinstance(node, And | Or):
        yield indent + ("all of these:" if isinstance(node, And) else "any of these:")
        for part in node.parts:
            yield from _lines(part, depth + 1)
    elif isinstance(node, Not) and isinstance(node.part, Or):
        yield indent + "none of these:"
        for part in node.part.parts:
            yield from _lines(part, depth + 1)
    elif isinstance(node, Not):
        if isinstance(node.part, And | Or | Not):
            yield indent + "not this:"
            yield from _lines(node.part, depth + 1)
        else:
            yield f"{indent}not {described(node.part)}"
    else:
        yield indent + described(node)


def _field(node: Field) -> str:
    if node.name == "author":
        return f"an author whose handle, name or id is {node.value}"
    if node.name == "site":
        return f"a link to {node.value} or to a host below it"
    if node.name == "lang":
        return f"the language {node.value}"
    return f"a source of the kind or name {node.value}"
