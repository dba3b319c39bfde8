"""The text of a post as the reading parts see it."""

from __future__ import annotations

import html
import re

from rules.mojibake import repaired, shows_mojibake
from rules.quotes import without_quotes
from rules.residue import may_hold_residue, without_residue
from sources.post import Post

READ_CHARACTERS = 5_000
"""How much of a post is read: what stands behind its first 5,000 characters counts for nothing."""

SEARCHED = READ_CHARACTERS * 4
"""What is left out is looked for in this much, so that a 200 kB post costs no more than a long one."""

_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});", re.IGNORECASE)
_INVISIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_UNSTORABLE = re.compile("[\ud800-\udfff]")
_SPACES = re.compile(r"[^\S\n]+")
_LINES = re.compile(r" ?\n[ \n]*")
_SAME = re.compile(r"[\W_]+")


def readable(post: Post) -> str:
    """Gives the title, a line end and the text of `post`, cleaned, at most READ_CHARACTERS characters.

    What others wrote (quotations, a reposted text behind the author's comment) and signatures are left out, and a
    title that the text repeats at its start is given once. Words are left as their author spelt them, and an address
    stays the one token that it is. Never raises. `rules.left_out` tells what this leaves out.
    """
    title = clean(post.title)
    text = _cleaned(post.text)
    if "\n" in text or "T @" in text:  # nothing is quoted in others
        text = without_quotes(text, post.kind)
    text = text[:READ_CHARACTERS]
    if not title or repeats(title, text):
        return text
    return f"{title}\n{text}".rstrip()[:READ_CHARACTERS]


def clean(text: str) -> str:
    """Gives `text` without markup's leftovers, share buttons and invisible characters, cut to READ_CHARACTERS.

    Where its bytes were read in the wrong encoding ("CafÃ©"), that is repaired.
    """
    return _cleaned(text)[:READ_CHARACTERS]


def _cleaned(text: str) -> str:
    if not text:
        return ""
    text = text[:SEARCHED]
    if "&" in text:
        text = decoded(text)
    if not text.isascii():
        text = rightly_encoded(text)
    text = tidy(text)
    return told(text) if may_hold_residue(text.lower()) else text


def decoded(text: str) -> str:
    """Gives `text` with characters for the entities that were escaped once too often ("&amp;")."""
    return _ENTITY.sub(lambda entity: html.unescape(entity.group()), text)


def rightly_encoded(text: str) -> str:
    """Gives `text` without halves of surrogate pairs, and with letters for what mojibake made of them."""
    try:
        encoded = text.encode()
    except UnicodeEncodeError:
        text = _UNSTORABLE.sub("\ufffd", text)
        encoded = text.encode()
    return _UNSTORABLE.sub("\ufffd", repaired(text)) if shows_mojibake(encoded) else text


def tidy(text: str) -> str:
    """Gives `text` without invisible characters, with one space for many and no empty lines."""
    has_lines = "\n" in text
    if not (text.replace("\n", "") if has_lines else text).isprintable():  # tabs, control characters, unusual spaces
        text = _SPACES.sub(" ", _INVISIBLE.sub("", text.replace("\r", "\n")))
        has_lines = True
    elif "  " in text:
        text = _SPACES.sub(" ", text)
    if has_lines and ("\n\n" in text or " \n" in text or "\n " in text):
        text = _LINES.sub("\n", text)
    return text.strip()


def told(text: str) -> str:
    """Gives a tidy `text` without residue."""
    return _LINES.sub("\n", without_residue(text)).strip()


def repeats(title: str, text: str) -> bool:
    """Whether the text opens with its title, as feeds and link blogs often do, sometimes cut with an ellipsis."""
    shown = _SAME.sub("", title.rstrip("….").casefold())
    return bool(shown) and _SAME.sub("", text[: len(title) * 2 + 40].casefold()).startswith(shown)
