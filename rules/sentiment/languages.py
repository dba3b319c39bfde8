"""Which table reads which language, and on what evidence."""

from __future__ import annotations

import re

from msgspec import Struct

from rules.sentiment.word_lists import GRADED, HALF_KNOWN

_BENGALI = re.compile("[\u0980-\u09fe]")
_LETTERS = re.compile(r"[^\W\d_]")


class Route(Struct, frozen=True):
    """The table that reads a text. `pictures_only`: of the text, emoji and emoticons alone are understood."""

    table: str
    pictures_only: bool = False


def route(text: str, lang: str) -> Route:
    """Gives the way a text is read. `lang` is its primary subtag, "und" where nobody knows."""
    lang = lang.partition("-")[0]
    if lang == "en":
        return Route("english")
    if lang == "bn":
        return Route("bengali" if _BENGALI.search(text) else "world")
    if lang in GRADED or lang in HALF_KNOWN:
        return Route("world")
    if lang in {"", "und"}:
        return Route("world", pictures_only=not _LETTERS.search(text))
    return Route("world", pictures_only=True)
