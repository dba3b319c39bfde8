"""Tells what of a post is not read, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher
from functools import partial

from msgspec import Struct

from rules.quotes import without_quotes
from rules.text import READ_CHARACTERS, SEARCHED, clean, decoded, readable, repeats, rightly_encoded, tidy, told
from sources.post import Post

REPAIRED = "its letters were garbled by a wrong encoding"
QUOTED = "others' words, or a signature"
RESIDUE = "put there by a site, not by the author"
BEYOND = f"what stands behind the first {READ_CHARACTERS:,} characters is not read"
REPEATED = "the text repeats the title"

_COMPARED = 2_000  # characters in which single changes are looked for; longer texts are compared line by line
_MOST_PIECES = 400  # that are compared each with each: time grows with their cube where many are the same

Places = tuple[int, int, int, int]
"""Which pieces of the old text stand for which of the new: from, to (excluded), from, to."""


class LeftOut(Struct, frozen=True):
    """A piece of a post that is not read, why, and what is read in its place ("" where nothing is)."""

    text: str
    why: str
    instead: str = ""


def left_out(post: Post) -> list[LeftOut]:
    """Gives what `readable` leaves out of a post or reads otherwise than it stands there, in the order of its steps.

    Spaces and invisible characters are not told of.
    """
    found: list[LeftOut] = []
    for text in (post.title, post.text):
        for why, before, after in steps(text, post.kind if text is post.text else "article"):
            found += _changes(before, after, why)
    title, text = clean(post.title), clean(post.text)
    if title and repeats(title, text):
        found.append(LeftOut(title, REPEATED))
    if len(readable(post)) == READ_CHARACTERS:
        found.append(LeftOut("…", BEYOND))
    return found


def steps(text: str, kind: str) -> Iterator[tuple[str, str, str]]:
    """Gives of each step by which a text is made ready why it is taken, and the text before and after it."""
    before = text[:SEARCHED]
    taken: tuple[tuple[str, Callable[[str], str]], ...] = (
        ("", decoded),
        (REPAIRED, rightly_encoded),
        ("", tidy),
        (RESIDUE, told),
        (QUOTED, partial(without_quotes, kind=kind)),
    )
    for why, step in taken:
        after = step(before)
        if why:
            yield why, before, after
        before = after


def _changes(before: str, after: str, why: str) -> list[LeftOut]:
    if before == after:
        return []
    small = max(len(before), len(after)) <= _COMPARED and (why == REPAIRED or "\n" not in before)
    old = before.split(" ") if small else before.split("\n")
    new = after.split(" ") if small else after.split("\n")
    by = " " if small else "\n"
    return [
        LeftOut(by.join(old[a:b]), why, by.join(new[c:d]))
        for a, b, c, d in (_apart(old, new) if max(len(old), len(new)) <= _MOST_PIECES else _walked(old, new))
    ]


def _apart(old: Sequence[str], new: Sequence[str]) -> Iterator[Places]:
    """Where the pieces differ, by the longest runs that they share."""
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            yield a, b, c, d


def _walked(old: Sequence[str], new: Sequence[str]) -> Iterator[Places]:
    """The same in one walk, since nearly always pieces were taken out and no more; else all that lies between."""
    begun = _same_at_start(old, new)
    end = _same_at_start(old[begun:][::-1], new[begun:][::-1])
    last, final = len(old) - end, len(new) - end
    gone: list[Places] = []
    place = from_here = begun
    for at in range(begun, last):
        if place < final and old[at] == new[place]:
            if from_here < at:
                gone.append((from_here, at, place, place))
            place, from_here = place + 1, at + 1
    if from_here < last:
        gone.append((from_here, last, place, place))
    yield from gone if place == final else [(begun, last, begun, final)]


def _same_at_start(one: Sequence[str], other: Sequence[str]) -> int:
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
