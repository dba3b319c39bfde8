"""Tells what of a post is not read, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
        for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        if kind != "equal"
    ]
