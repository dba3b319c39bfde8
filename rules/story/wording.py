"""The author's own words of a text: no addresses, names, repost marks, labels, forms, site names or cutting marks.

Most texts hold none of these. A pattern runs only where its cue stands, since finding that out is many times quicker.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from rules.residue import may_hold_residue
from rules.story.links import begin_of_address
from rules.text import clean
from sources.query.folding import BEYOND_ASCII, normalise
from sources.query.words import EMOJI, spaced

LEAD = 64  # words of a text that count: sites cut the same release at different lengths
FEWEST_WORDS = 5  # below: "thanks!" is nobody's story

_MOST_CHARACTERS = LEAD * 40
_LONGEST_REMEMBERED = 32  # characters between two spaces
_LINK = re.compile(r"(?:[hH][tT][tT][pP][sS]?://|[wW][wW][wW]\.)\S+")
_BARE_LINK = re.compile(
    r"\b[\w-]{1,63}(?:\.[\w-]{1,63}){0,9}\.(?:com|org|net|io|ly|co|me|gl)/\S*", re.IGNORECASE
)  # without http:// or www.
_HANDLE = re.compile(r"@(?<![\w.]@)[\w.-]+(?:@[\w.-]+)?")
_REPOST = re.compile(r"^\s*(?:rt|qt|mt)\s+@?[\w.@-]+\s*:\s*|^\s*(?:rt|mt)\s+(?=@)", re.IGNORECASE)
_QUOTED = re.compile(r"\b(?:RT|MT|QT)[ \n]+@[\w.@-]+[ \n]*:?[ \n]*")
_VIA = re.compile(r"[\s(\[]*\b(?:via|h/t|hat tip|credit|source)\s*:?\s+@?[\w.@-]+[)\]]?\s*$", re.IGNORECASE)
_LABEL = re.compile(
    r"^\s*(?:breaking|update[ds]?|watch|exclusive|news|press release|just in)\s*(?:news)?\s*[:|–—-]\s*", re.IGNORECASE
)
_SITE = re.compile(r"\s+[-–—|»·•:]+\s+[^-–—|»·•\n]{2,40}$")
_FORM = re.compile(r"^\s*(?:(#{1,6}\s.*|[-*]\s*\[[ xX]\].*|\*\*[^*\n]{1,80}\*\*:?\s*)$)?", re.MULTILINE)
"""Matches lines of no form too, up to their first letter: to look again from each of a thousand empty lines before a
letter would be its square."""
_PIPE = re.compile(r"\s+\|\s+[^|\n]{2,40}$")
_TAG = re.compile(r"#\w+")
_CUT = re.compile(r"\s*\S*(?:…|\.\.\.)\s*(?:\[\+?\d* ?(?:chars?)?\])?\s*$")
_CUT_ENDS = ("…", "...", "]")
_END = 400  # characters in which what is put at a text's end is looked for
_VIA_CHARACTERS = 16  # in which the longest has room: "hat tip : @somebody"
_VIA_LAST = frozenset("aAeEpPtT: \n")  # what "via", "source", "hat tip", "credit:" end with
_AFTER_TAGS = " \n\"'”’)"
_MARKS_BEGIN = frozenset("bBuUwWeEnNpPjJrRqQmM")  # of labels and of reposts


def own_words(title: str, text: str) -> str:
    """The own words of a title and a text; a title that the text repeats counts once.

    What is ASCII stands as it was written, all else folded as queries fold it: words are the runs of letters and digits
    of ASCII, in either case, and of anything beyond. `words_of` cuts them.
    """
    body = _own(text) if text else ""
    if not title:
        return body
    heads = _own(_without_site(title))
    if not body:
        return heads
    opening = words_of(heads)
    return body if words_of(body)[: len(opening)] == opening else f"{heads} {body}"


def words_of(own: str) -> list[bytes]:
    """The words of what `own_words` gives, in UTF-8."""
    return own.encode().lower().translate(SPACES).split()


SPACES = bytes(code if code > 127 or chr(code).isalnum() else 0x20 for code in range(256))
"""What `words_of` takes a byte of UTF-8 for."""


def _folded_run(match: re.Match[str]) -> str:
    run = match[0]
    return _remembered(run) if len(run) <= _LONGEST_REMEMBERED else _fold(run)


def _fold(run: str) -> str:
    """A run beyond ASCII, folded, with spaces where words begin; an emoji is none, and a digit the same everywhere."""
    folded = EMOJI.sub(" ", spaced(normalise(run)))
    if folded.isascii() or not any(map(str.isdecimal, folded)):
        return folded
    return "".join([str(unicodedata.decimal(one)) if one.isdecimal() else one for one in folded])


_remembered = lru_cache(maxsize=32_768)(_fold)


def _own(text: str) -> str:
    text = text[: LEAD * 60]
    # Invisible characters and odd spaces are left to folding.
    if may_hold_residue(text.lower()) or "&" in text or "\0" in text:
        text = clean(text)
    text = text[:_MOST_CHARACTERS]
    if "\n" in text and ("#" in text or "**" in text or "[" in text):
        text = _FORM.sub(_without_form, text)
    if "/" in text:
        text = _without_links(text)
    elif "www." in text or "WWW." in text:
        text = _LINK.sub(" ", text)
    text = text.strip()
    if has_at := "@" in text:
        text = _after_quoting(text)
    if text[:1] in _MARKS_BEGIN:
        text = _LABEL.sub("", _REPOST.sub("", text))
    if "|" in text:
        text = _without_end(_PIPE, text)
    if "#" in text:
        text = _without_tags(text).replace("#", " ")
    if text.endswith(_CUT_ENDS):
        text = _without_end(_CUT, text)
    last = text.rfind(" ")
    if text[last - 1 : last] in _VIA_LAST and _may_end_with_via(text[max(last - _VIA_CHARACTERS, 0) : last]):
        text = _without_end(_VIA, text)
    if has_at:
        text = _HANDLE.sub(" ", text)
    return text if text.isascii() else BEYOND_ASCII.sub(_folded_run, text)[:_MOST_CHARACTERS]


def _without_form(match: re.Match[str]) -> str:
    return match[0] if match[1] is None else ""


def _without_links(text: str) -> str:
    """A text with a "/" in it without what addresses something; most need no look at what is before the address."""
    begin = 0 if "www." in text.lower() else begin_of_address(text)
    text = text[:begin] + _LINK.sub(" ", text[begin:])
    return _BARE_LINK.sub(" ", text) if "/" in text else text


def _after_quoting(text: str) -> str:
    """What stands behind the last "RT @name:", all of the text where that is too little to be what is quoted."""
    if "T @" not in text:
        return text
    rest = _QUOTED.split(text)[-1]
    return rest if len(rest.split()) >= FEWEST_WORDS else text


def _without_tags(text: str) -> str:
    """A text without the hashtags at its end, and the quotes and brackets that close behind them."""
    end = text.rstrip(_AFTER_TAGS)
    while (begin := _last_piece(end)) and _TAG.fullmatch(end, begin):
        text = end = end[:begin].rstrip()
    return text


def _may_end_with_via(end: str) -> bool:
    """Whether "via" or the like may stand at the end of what is before a text's last piece."""
    end = end.lower()
    if "via" in end or "source" in end or "credit" in end or "h/t" in end or "hat tip" in end:
        return True
    # a pattern without case takes these for s and i, and `lower` does not
    return not end.isascii() and ("ſ" in end or "ı" in end or "\u0307" in end)


def _last_piece(text: str) -> int:
    """Where what stands behind the last space begins."""
    return max(text.rfind(" "), text.rfind("\n")) + 1


def _without_site(title: str) -> str:
    """A title without " - Name of the Site" at its end; a short title is left as it is."""
    return _without_end(_SITE, title) if len(title.split()) > FEWEST_WORDS else title


def _without_end(ending: re.Pattern[str], text: str) -> str:
    """Drops an ending; from each of a thousand brackets or tags before it, a look to the end would be its square."""
    return text[:-_END] + ending.sub("", text[-_END:])
