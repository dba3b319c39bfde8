"""The scripts that texts are written in, and the languages that each can stand for."""

from __future__ import annotations

import re
from collections.abc import Mapping

# Letters of each script as ranges of a character class. Digits and punctuation belong to none.
_LETTERS: Mapping[str, str] = {
    "Latn": "A-Za-z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02af\u1e00-\u1eff",
    "Asse": "\u09f0\u09f1",
    "Beng": "\u0980-\u09e3\u09fc-\u09fe",
    "Deva": "\u0900-\u0963\u0970-\u097f",
    "Arab": "\u0620-\u063f\u0641-\u065f\u066e-\u06d3\u06d5-\u06dc\u06e1-\u06e8\u06ee\u06ef\u06fa-\u06fc\u0750-\u077f"
    "\ufb50-\ufdff\ufe70-\ufefc",
    "Cyrl": "\u0400-\u052f",
    "Hani": "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f",
    "Kana": "\u3041-\u3096\u30a1-\u30fa\u30fc\uff66-\uff9d",
    "Hang": "\u1100-\u11ff\uac00-\ud7a3",
    "Thai": "\u0e01-\u0e3a\u0e40-\u0e4e",
    "Grek": "\u0370-\u0373\u0376-\u037d\u037f\u0384-\u03ff\u1f00-\u1fff",
    "Hebr": "\u05b0-\u05f4\ufb1d-\ufb4f",
    "Ethi": "\u1200-\u135a\u1380-\u138f",
    "Taml": "\u0b80-\u0bff",
    "Telu": "\u0c00-\u0c7f",
    "Knda": "\u0c80-\u0cff",
    "Mlym": "\u0d00-\u0d7f",
    "Gujr": "\u0a80-\u0aff",
    "Guru": "\u0a00-\u0a7f",
    "Orya": "\u0b00-\u0b7f",
    "Sinh": "\u0d80-\u0dff",
    "Laoo": "\u0e80-\u0eff",
    "Mymr": "\u1000-\u109f",
    "Khmr": "\u1780-\u17ff",
    "Geor": "\u10a0-\u10ff\u1c90-\u1cbf",
    "Armn": "\u0531-\u0587",
    "Tibt": "\u0f00-\u0fff",
    "Thaa": "\u0780-\u07bf",
}

SCRIPTS = tuple(_LETTERS)
"""ISO 15924 codes; "Asse" are the two letters of the Bengali script that only Assamese has, ৰ and ৱ."""

LETTER = "\u0300-\u036f\u200c" + "".join(_LETTERS.values())
"""All letters as the inside of a character class, with the marks that stand above or below them."""

# The languages a script can stand for; one alone needs no table. The first is meant where nothing tells them apart.
WRITTEN_IN: Mapping[str, tuple[str, ...]] = {
    "Thai": ("th",), "Hang": ("ko",), "Kana": ("ja",), "Hani": ("zh", "ja"), "Grek": ("el",), "Beng": ("bn",),
    "Asse": ("as",), "Hebr": ("he", "yi"), "Taml": ("ta",), "Telu": ("te",), "Knda": ("kn",), "Mlym": ("ml",),
    "Gujr": ("gu",), "Guru": ("pa",), "Orya": ("or",), "Sinh": ("si",), "Laoo": ("lo",), "Mymr": ("my",),
    "Khmr": ("km",), "Geor": ("ka",), "Armn": ("hy",), "Tibt": ("bo", "dz"), "Thaa": ("dv",), "Ethi": ("am", "ti"),
    "Deva": ("hi", "mr", "ne"), "Arab": ("ar", "fa", "ur", "ps", "ckb", "ug", "sd"),
    "Cyrl": ("ru", "uk", "bg", "sr", "be", "mk", "kk", "ky", "mn", "tg", "tt", "cv", "sah"),
}  # fmt: skip
TOLD_BY_TABLE = frozenset({"Latn", "Deva", "Arab", "Cyrl", "Ethi", "Hebr"})
"""Scripts of several languages that the trained table tells apart."""

_RUNS = re.compile("|".join(f"(?P<{script}>[{letters}]+)" for script, letters in _LETTERS.items()))


def letters_by_script(text: str) -> dict[int, int]:
    """Counts the letters of each script in `text`, by the script's place in SCRIPTS."""
    found: dict[int, int] = {}
    for run in _RUNS.finditer(text):
        script = (run.lastindex or 1) - 1
        found[script] = found.get(script, 0) + run.end() - run.start()
    return found
