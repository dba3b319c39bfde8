"""What in a query may not mean what its author thinks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sources.query.endings import with_endings
from sources.query.tree import And, Handle, Hashtag, Near, Node, Not, Or, Phrase, Query, Term, Word
from sources.query.unparse import unparse
from sources.query.words import cut, is_dense, is_word_character, normalise

# The commonest words of some large languages, enough to warn of: the matcher itself counts what it sees.
_COMMON_LISTED = """
the be to of and a in that have it for not on with he as you do at this but his by from they we say her she or
an will my one all would there their what so up out if about who get which go me when make can like time no
just him know take people into year your good some could them see other than then now look only come its over
think also back after use two how our work first well way even new want because any these give day most us is
are was were has had been more very here near best app shop love help news thing great need que de la el es y
en lo un por una los se con para las del al como mas su ya o nao uma os da em um com na dos eu le les et des
est pas une pour dans je vous ce qui sur au du il der die und ist das nicht ich sie den von zu mit auf ein
eine im dem für auch bir ve bu için ben ne çok yang dan di itu dengan untuk tidak ini dari и в не на я что он
с а это как но они то все она так его
"""
_COMMON = frozenset(normalise(_COMMON_LISTED).split())
_OPERATORS = {"and": "AND", "or": "OR", "not": "NOT", "near": "NEAR/5"}


def lint(query: Query) -> list[str]:
    """Gives warnings in plain sentences, each with its column; an empty list is a query without any. Pure."""
    warnings = [*_spelling(query.text)]
    for word in _words(query.tree):
        warnings.extend(_word_warnings(word))
    for group in _groups(query.tree):
        seen: set[str] = set()
        for part in group.parts:
            text = unparse(part).casefold() if not (isinstance(part, Term | Phrase) and part.exact) else unparse(part)
            if text in seen:
                warnings.append(f"{unparse(part)} stands twice beside the same operator: once is enough")
            seen.add(text)
    for lone in _alone(query.tree):
        warnings.extend(_alone_warnings(lone))
    return list(dict.fromkeys(warnings))


def _spelling(text: str) -> Iterator[str]:
    if found := re.search("[“”„‟«»＂]", text):
        yield f"column {found.start() + 1}: {found[0]} is read as a plain quote"
    if found := re.search(r"(?<!\S)['‘’][^'‘’\s]+(?:\s+[^'‘’\s]+)+['‘’](?!\S)", text):
        yield f"column {found.start() + 1}: single quotes make no phrase; write double quotes"
    if found := re.search(r"[^\s\"”»]+,(?=\s)", text):
        yield f"column {found.end()}: a comma means nothing here, words beside each other must all be there; write OR"


def _word_warnings(word: Word) -> Iterator[str]:
    at = f"column {word.column}:"
    if isinstance(word, Hashtag | Handle):
        return
    if isinstance(word, Phrase):
        if "*" in word.text and not word.exact:
            yield f'{at} inside quotes * is no wildcard: "{word.text}" is looked for with the * in it'
        if re.search(r"(?<!\S)(?:AND|OR|NOT|NEAR/\d+)(?!\S)", word.text) and not word.exact:
            yield f"{at} inside quotes AND, OR, NOT and NEAR are words like any other"
        return
    if word.exact:
        return
    if word.text in _OPERATORS:
        yield f"{at} {word.text} is looked for as a word; the operator is written {_OPERATORS[word.text]}"
    if re.match(r"[-\u2010-\u2015]\w", word.text):
        yield f"{at} {word.text} looks for the word; to leave posts out write NOT {word.text[1:]}"
    if re.match(r"\+\w", word.text):
        yield f"{at} {word.text} looks for the word with a + before it; words side by side must all be there anyway"
    if word.text[-1] in "!?." and len(word.text) > 1:
        yield f"{at} the mark at the end of {word.text} is not looked for; write {{{word.text}}} to ask for it"
    if word.wildcard and len(cut(word.text).words[-1]) < 3:
        yield f"{at} {word.text}* matches very many words"


def _alone_warnings(word: Term | Phrase) -> Iterator[str]:
    words = cut(word.text).words
    if len(words) != 1 or word.exact or (isinstance(word, Term) and word.wildcard):
        return
    only = words[0]
    if not is_word_character(only[0]):
        return
    if only in _COMMON:
        yield f"column {word.column}: {word.text} is a very common word and alone will match very many posts"
    elif len(only) < (2 if is_dense(only) else 3) and not _has_marks(word.text) and len(with_endings(only)) == 1:
        yield f"column {word.column}: {word.text} is very short and alone will match very many posts"


def _has_marks(text: str) -> bool:
    return bool(re.search(r"[+#&$%@]|^\.", text))


def _words(node: Node) -> Iterator[Word]:
    if isinstance(node, And | Or):
        for part in node.parts:
            yield from _words(part)
    elif isinstance(node, Not):
        yield from _words(node.part)
    elif isinstance(node, Term | Phrase | Hashtag | Handle):
        yield node
    elif isinstance(node, Near):
        yield node.left
        yield node.right


def _groups(node: Node) -> Iterator[And | Or]:
    if isinstance(node, And | Or):
        yield node
        for part in node.parts:
            yield from _groups(part)
    elif isinstance(node, Not):
        yield from _groups(node.part)


def _alone(node: Node) -> Iterator[Term | Phrase]:
    """The words any of which is enough: the query itself, and the sides of its OR."""
    if isinstance(node, Term | Phrase):
        yield node
    elif isinstance(node, Or):
        for part in node.parts:
            yield from _alone(part)
    elif isinstance(node, And):
        wanted = [part for part in node.parts if not isinstance(part, Not)]
        if len(wanted) == 1:
            yield from _alone(wanted[0])
