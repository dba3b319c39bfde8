"""What a query's words find in one text, and whether a query holds: the plain way, one node after the other.

Slow and obviously right: it gives the spans of what matched, decides what needs more than a look at the set
of words, and is the judge that the fast matcher is tested against.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice

from rules.match_sought import sought
from rules.reading import Span
from sources.query.tree import And, Field, Handle, Hashtag, Near, Node, Not, Or, Phrase, Term, Word
from sources.query.words import Cut, Tag, handle_name, handle_names, hashtag_name

MOST_SPANS = 100

Occurrence = tuple[int, int]
"""The first and the last word of what was found."""

Find = Callable[[Word], Iterable[Occurrence]]
"""Where a word stands in one text, in reading order: `occurrences`, or something faster that finds the same."""


def occurrences(word: Word, text: Cut) -> Iterator[Occurrence]:
    """Where a word, phrase, hashtag or handle stands in a text, in reading order."""
    if isinstance(word, Hashtag | Handle):
        return _tags(word, text)
    return _sequences(word, text)


def _sequences(word: Term | Phrase, text: Cut) -> Iterator[Occurrence]:
    wanted = sought(word)
    takes, length = wanted.slots[0].takes, len(wanted.slots) - 1
    for number, one in enumerate(text.words):
        if takes(one) and wanted.stands_at(text, number):
            yield number, number + length


def _tags(word: Hashtag | Handle, text: Cut) -> Iterator[Occurrence]:
    for tag in text.tags:
        if is_tag(tag, word):
            yield tag.first, tag.last


def is_tag(tag: Tag, word: Hashtag | Handle) -> bool:
    """Whether a tag of a text is what a query's tag asks for."""
    if isinstance(word, Handle):
        return tag.kind == "handle" and handle_name(word.text) in handle_names(tag.text)
    name = hashtag_name(word.text)
    return tag.kind == "hashtag" and (tag.text.startswith(name) if word.wildcard else tag.text == name)


def near(node: Near, find: Find) -> Iterator[tuple[Occurrence, Occurrence]]:
    """The pairs (of the left side, of the right) that stand near enough, in either order.

    Near enough is at most `distance` steps from the one's last word to the other's first.
    """
    right = list(find(node.right))
    firsts, lasts = [one[0] for one in right], [one[1] for one in right]
    for left in find(node.left) if right else ():
        after = bisect_right(firsts, left[1])
        if after < len(right) and firsts[after] - left[1] <= node.distance:
            yield left, right[after]
        before = bisect_left(lasts, left[0]) - 1
        if before >= 0 and left[0] - lasts[before] <= node.distance:
            yield left, right[before]


def holds(node: Node, texts: Sequence[Cut], field_holds: Callable[[Field], bool]) -> bool:
    """Whether a node holds for a post of these texts; no word reaches from one text into the next."""
    if isinstance(node, And):
        return all(holds(part, texts, field_holds) for part in node.parts)
    if isinstance(node, Or):
        return any(holds(part, texts, field_holds) for part in node.parts)
    if isinstance(node, Not):
        return not holds(node.part, texts, field_holds)
    if isinstance(node, Field):
        return field_holds(node)
    if isinstance(node, Near):
        return any(True for text in texts for _ in near(node, partial(occurrences, text=text)))
    return any(True for text in texts for _ in occurrences(node, text))


def spans(leaves: Iterable[Word | Near], texts: Sequence[tuple[Cut, Find]]) -> tuple[Span, ...]:
    """Where these stand in the original title and text, in order, without repeats, at most MOST_SPANS."""
    found: set[tuple[int, int, int]] = set()
    wanted = list(leaves)
    for number, (one, find) in enumerate(texts):
        for leaf in wanted if one.words else ():
            for place in islice(_places(leaf, one, find), MOST_SPANS):
                found.add((number, *one.original(*place)))
    ordered = sorted(found, key=lambda span: (span[0], span[1], -span[2]))
    result: list[Span] = []
    reached = (0, 0)
    for number, start, end in ordered:
        if (number, end) <= reached:  # lies within the one before
            continue
        reached = (number, end)
        source = texts[number][0].text
        result.append(Span("text" if number else "title", start, end, source[start:end]))
    return tuple(result[:MOST_SPANS])


def _places(leaf: Word | Near, text: Cut, find: Find) -> Iterator[tuple[int, int]]:
    """Where a leaf stands in the folded text, with the punctuation and the # or @ that belong to it."""
    if isinstance(leaf, Near):
        for one, other in near(leaf, find):
            yield _place(leaf.left, one, text)
            yield _place(leaf.right, other, text)
    elif isinstance(leaf, Term | Phrase):
        places, wanted = text.places, sought(leaf)
        before, behind = len(wanted.lead), len(wanted.trail)
        for first, last in find(leaf):
            yield places[first][0] - before, places[last][1] + behind
    else:
        for found in find(leaf):
            yield _place(leaf, found, text)


def _place(word: Word, found: Occurrence, text: Cut) -> tuple[int, int]:
    start, end = text.places[found[0]][0], text.places[found[1]][1]
    if isinstance(word, Term | Phrase):
        wanted = sought(word)
        return start - len(wanted.lead), end + len(wanted.trail)
    kind = "hashtag" if isinstance(word, Hashtag) else "handle"
    tag = text.tags[bisect_left(text.tags, found[0], key=lambda tag: tag.first)]
    return (tag.start, tag.end) if tag.kind == kind else (start, end)


def positive_leaves(node: Node, *, wanted: bool = True) -> Iterator[Word | Near]:
    """The leaves that speak for a post: all but the fields and what stands under NOT."""
    if isinstance(node, Not):
        yield from positive_leaves(node.part, wanted=not wanted)
    elif isinstance(node, And | Or):
        for part in node.parts:
            yield from positive_leaves(part, wanted=wanted)
    elif wanted and not isinstance(node, Field):
        yield node
