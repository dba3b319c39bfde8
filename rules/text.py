"""The text of a post as the reading parts see it."""

from __future__ import annotations

import html
import re

from sources.post import Post

READ_CHARACTERS = 5_000
"""How much of a post is read: what stands behind its first 5,000 characters counts for nothing."""

_SEARCHED = (
    READ_CHARACTERS * 4
)  # residue is dropped from this much, so that a 200 kB post costs no more than a long one
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});", re.IGNORECASE)
_INVISIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_UNSTORABLE = re.compile("[\ud800-\udfff]")
_SPACES = re.compile(r"[^\S\n]+")
_LINES = re.compile(r" ?\n[ \n]*")
_SAME = re.compile(r"[\W_]+")

# What content systems put around an author's words. Whole lines, or the end of the text.
_RESIDUE = re.compile(
    r"""
    ^\ *(?:share\ (?:this|on\ \w+)|tweet\ this|click\ to\ (?:share|email)[^\n]{0,80}|like\ this:?(?:\ *loading\.*)?
        |read\ (?:more|next|also)|continue\ reading|advertisements?|sponsored|related:?|loading\.*
        |sign\ up\ for\ our\ newsletter[^\n]{0,80}|(?:no\ )?comments?:?\ *\d*|\d+\ comments?)[\ .:…→»>-]*$
    |\bthe\ post\ [^\n]{1,300}?\ (?:first\ appeared|appeared\ first)\ on\ [^\n]{1,120}?\.?\ *$
    |(?:(?<=[.!?”"])|\ *(?:\[(?:…|\.\.\.)\]|…|\.\.\.))
        \ *\[?(?:continue\ reading|read\ (?:more|the\ (?:full|whole)\ (?:article|story|post)))
        (?:\ (?:on|at|about)\ [^\n.]{1,60})?
        [\ .:…→»>\]-]*$
    |\ *submitted\ by\ +/?u/\S+(?:\ +to\ +r/\S+)?(?:\ *\[link\])?(?:\ *\[comments\])?\ *$
    """,
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)

# One of these stands in all residue: looking for them is many times faster than looking for it.
_CUES = (
    "share ", "tweet this", "click to", "like this", "read ", "continue reading", "advertisement", "sponsored",
    "related", "loading", "sign up for", "comment", "first appeared", "appeared first", "submitted by",
)  # fmt: skip
# In a text of one line, what takes a whole line begins it.
_BEGINS = (
    "share ", "tweet this", "click to", "like this", "read ", "continue reading", "advertisement", "sponsored",
    "related", "loading", "sign up for", "comment", "no comment", *"0123456789",
)  # fmt: skip


def readable(post: Post) -> str:
    """Gives the title, a line end and the text of `post`, cleaned, at most READ_CHARACTERS characters.

    A title that the text repeats at its start is given once. Words are left as their author spelt them, and
    an address stays the one token that it is. Never raises.
    """
    title = clean(post.title)
    text = clean(post.text)
    if not title or _repeats(title, text):
        return text
    return f"{title}\n{text}".rstrip()[:READ_CHARACTERS]


def clean(text: str) -> str:
    """Gives `text` without markup's leftovers, share buttons and invisible characters, cut to READ_CHARACTERS."""
    if not text:
        return ""
    text = text[:_SEARCHED]
    if "&" in text:
        text = _ENTITY.sub(lambda entity: html.unescape(entity.group()), text)
    if not _is_storable(text):
        text = _UNSTORABLE.sub("\ufffd", text)
    if not text.isprintable():  # line ends, tabs, control characters, unusual spaces
        text = _LINES.sub("\n", _SPACES.sub(" ", _INVISIBLE.sub("", text.replace("\r", "\n"))))
    elif "  " in text:
        text = _SPACES.sub(" ", text)
    text = text.strip()
    if may_hold_residue(text.lower()):
        text = _LINES.sub("\n", _RESIDUE.sub("", text)).strip()
    return text[:READ_CHARACTERS]


def may_hold_residue(lowered: str) -> bool:
    """Whether there may be residue in a text, given in small letters; said of few texts that hold none."""
    if "\n" in lowered:
        return any(map(lowered.__contains__, _CUES))
    return (
        lowered.startswith(_BEGINS)
        or ("read" in lowered and ("read " in lowered or "continue reading" in lowered))
        or ("appeared" in lowered and ("first appeared" in lowered or "appeared first" in lowered))
        or "submitted by" in lowered
    )


def _is_storable(text: str) -> bool:
    """Whether there is no half of a surrogate pair in the text: to encode it tells that sooner than to search it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _repeats(title: str, text: str) -> bool:
    """Feeds and link blogs often open the text with its title, sometimes cut with an ellipsis."""
    shown = _SAME.sub("", title.rstrip("….").casefold())
    return bool(shown) and _SAME.sub("", text[: len(title) * 2 + 40].casefold()).startswith(shown)
