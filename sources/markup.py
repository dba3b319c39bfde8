"""Plain text from the HTML that services put into posts.

Nearly all of it consists of ordinary tags and text: one regular expression takes that apart without a step of
Python for each letter or tag. Everything else (comments, scripts, quotes left open) goes the long way, tag by tag,
which is also what the short way is tested against.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

MAX_MARKUP = 2_000_000
"""Characters of markup that are looked at: what stands beyond would be cut from the text anyway."""


def _names(names: str) -> frozenset[str]:
    return frozenset(names.split())


_LINE = _names(
    "address article aside blockquote body br caption center dd div dl dt fieldset figcaption figure footer form "
    "h1 h2 h3 h4 h5 h6 header hr html legend li main nav ol option p pre section summary table tbody tfoot thead "
    "title tr ul"
)
_GAP = _names("td th button select")
_UNSEEN = _names("script style template iframe object textarea xmp noembed noframes")
_TELLING = _names(
    "a abbr b big blockquote br cite code del div em font h1 h2 h3 h4 h5 h6 hr i iframe img ins li ol p pre q s "
    "script small span strike strong style sub sup table tbody td th tr tt u ul"
)
"""Tags that tell HTML from text that merely has a word in angle brackets (`List<Object>`)."""

_TAG_NAME = re.compile(r"/?([a-zA-Z][a-zA-Z0-9]*)")
_BALANCED = re.compile(r"""[^"']*(?:"[^"]*"[^"']*|'[^']*'[^"']*)*""")
_END_OF_UNSEEN = {name: re.compile(f"</{name}(?![a-z0-9])", re.IGNORECASE | re.ASCII) for name in _UNSEEN}
_TAG_OF_HTML = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]{0,12})[\s/>]")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_LONGEST_TAG = 20_000
_SPACES = "\t\r\x0b\x0c\x1c\x1d\x1e\x1f"
_FAR_SPACES = (
    "\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
_REFERENCE = re.compile(r"(&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\t\n\f <&#;]{1,32};?))")
"""Where `html.unescape` looks (HTML, 13.2.5.72)."""

_ORDINARY = re.compile(r"""<(/?[a-zA-Z][a-zA-Z0-9]*+)[^<>"']*+(?:"[^<>"]*+"[^<>"']*+|'[^<>']*+'[^<>"']*+)*+>""")
"""A tag that ends where its first `>` stands. The next `<` ends every attempt, so that no text is gone over twice."""

# Quotations are marked while they are taken apart by a character that no text holds then.
_QUOTES, _UNQUOTES = "\n\0(\n", "\n\0)\n"
_MARK = "> "
_DEEPEST = 3

_STANDS_FOR = {
    **dict.fromkeys(_LINE, "\n"),
    **dict.fromkeys((f"/{name}" for name in _LINE), "\n"),
    "blockquote": _QUOTES,
    "/blockquote": _UNQUOTES,
    **dict.fromkeys(_GAP, " "),
    **dict.fromkeys((f"/{name}" for name in _GAP), " "),
}


class _Characters(dict[str, str]):
    """What each reference stands for, worked out once; of strange ones not without end."""

    def __missing__(self, reference: str) -> str:
        character = html.unescape(reference)
        if len(self) < 5_000:
            self[reference] = character
        return character


_CHARACTERS = _Characters()


def text_from_html(markup: str) -> str:
    """Gives what a reader would see of `markup`: blocks on lines of their own, entities decoded, links' text kept.

    A line of a quotation (`blockquote`) begins with "> ", as in mail, so that it can be told from its author's words.
    Scripts, styles, comments and everything inside tags are gone; what cannot be read as a tag stays text. Works
    in time proportional to the length whatever it is given (HTML parsers nest, and take minutes over a
    few hundred kilobytes of `<div>`), and never raises. The text is not HTML: escape it where it is shown as HTML.
    """
    markup = _without_nul(markup[:MAX_MARKUP])
    if "<" not in markup:
        return _tidy(_decoded(markup))
    parts = _ORDINARY.split(markup)
    names = [name.lower() for name in parts[1::2]]
    if markup.count("<") != len(names) or not _UNSEEN.isdisjoint(names):
        return text_of_any_markup(markup)
    if "&" in markup:
        parts[::2] = [_decoded(text) if "&" in text else text for text in parts[::2]]
    parts[1::2] = [_STANDS_FOR.get(name, "") for name in names]
    return _with_quotes_marked(_tidy("".join(parts)))


def text_from_either(text: str) -> str:
    """Gives plain text where a service says "plain text" and sends HTML all the same, as many feeds do in titles.

    Only text with one of HTML's common tags is read as HTML, so that `List<String>` and `a < b` stay as they are;
    entities (`&amp;`), which such services escape once too often, are decoded either way.
    """
    text = text[:MAX_MARKUP]
    if "<" in text:
        for tag in _TAG_OF_HTML.finditer(text):
            if tag[1].lower() in _TELLING:
                return text_from_html(text)
    if "&" in text:
        text = _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
    return _tidy(text)


def text_of_any_markup(markup: str) -> str:
    """Gives what `text_from_html` gives, going from tag to tag."""
    return _with_quotes_marked(_tidy("".join(_pieces(_without_nul(markup[:MAX_MARKUP])))))


def _without_nul(markup: str) -> str:
    """The markup with U+FFFD for NUL, as in HTML (13.2.3.5) and wherever else text is kept."""
    return markup.replace("\0", "\ufffd") if "\0" in markup and "<" in markup else markup


def _with_quotes_marked(text: str) -> str:
    """The text with "> " before each line between the marks of a quotation."""
    if "\0" not in text:
        return text
    kept: list[str] = []
    depth = 0
    for line in text.split("\n"):
        if line == "\0(":
            depth += 1
        elif line == "\0)":
            depth = max(depth - 1, 0)
        else:
            kept.append(_MARK * min(depth, _DEEPEST) + line)
    return "\n".join(kept)


def _decoded(text: str) -> str:
    """`html.unescape`, which works each reference out anew: a feed has a handful of them thousands of times."""
    parts = _REFERENCE.split(text)
    parts[1::2] = map(_CHARACTERS.__getitem__, parts[1::2])
    return "".join(parts)


def _tidy(text: str) -> str:
    """One space for any number of them, no empty lines: a few searches for what is seldom there, none word by word."""
    for space in _SPACES if text.isascii() else _SPACES + _FAR_SPACES:
        if space in text:
            text = text.replace(space, " ")
    while "  " in text:
        text = text.replace("  ", " ")
    if "\n" in text:
        text = text.replace(" \n", "\n").replace("\n ", "\n")
        while "\n\n" in text:
            text = text.replace("\n\n", "\n")
    return text.strip()


def _pieces(markup: str) -> Iterator[str]:
    """Walks the markup once, from one `<` to the next."""
    at, length = 0, len(markup)
    while at < length:
        tag = markup.find("<", at)
        if tag < 0:
            yield html.unescape(markup[at:])
            return
        if tag > at:
            yield html.unescape(markup[at:tag])
        at, piece = _after(markup, tag)
        yield piece


def _after(markup: str, tag: int) -> tuple[int, str]:
    """Gives where the text goes on after the `<` at `tag`, and what stands for what was passed over."""
    if markup.startswith("<!--", tag):
        return _past(markup, "-->", tag + 4), ""
    if markup.startswith("<![CDATA[", tag):
        end = markup.find("]]>", tag)
        return (len(markup), markup[tag + 9 :]) if end < 0 else (end + 3, markup[tag + 9 : end])
    if markup.startswith(("<!", "<?"), tag):
        return _past(markup, ">", tag), ""
    name = _TAG_NAME.match(markup, tag + 1)
    if name is None:
        return tag + 1, "<"
    end = _end_of_tag(markup, name.end())
    if end < 0:
        return len(markup), html.unescape(markup[tag:])
    word = name[1].lower()
    if word in _UNSEEN and markup[tag + 1] != "/":
        closing = _END_OF_UNSEEN[word].search(markup, end)
        return (len(markup), " ") if closing is None else (closing.start(), " ")
    if word in _LINE:
        return end, _STANDS_FOR[word if markup[tag + 1] != "/" else f"/{word}"]
    return end, " " if word in _GAP else ""


def _past(markup: str, mark: str, start: int) -> int:
    end = markup.find(mark, start)
    return len(markup) if end < 0 else end + len(mark)


def _end_of_tag(markup: str, start: int) -> int:
    """Finds the place after the `>` that ends a tag, past those inside quotes; -1 where no `>` follows at all."""
    first = end = markup.find(">", start)
    for _ in range(8):
        if end < 0 or end - start > _LONGEST_TAG:
            break
        if _BALANCED.fullmatch(markup, start, end):
            return end + 1
        end = markup.find(">", end + 1)
    return first + 1 if first >= 0 else -1
