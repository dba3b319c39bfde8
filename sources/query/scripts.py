"""Which characters make words, in which scripts: the classes that the tokeniser is built from."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable


def _class(codes: Iterable[int]) -> str:
    """The inside of a regular expression's [...] for these ascending code points."""
    runs: list[list[int]] = []
    for code in codes:
        if runs and runs[-1][1] == code - 1:
            runs[-1][1] = code
        else:
            runs.append([code, code])
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in runs)


def _span(*ranges: tuple[int, int]) -> set[int]:
    return {code for low, high in ranges for code in range(low, high + 1)}


# Ideographs and Hangul syllables are letters throughout: asking for each would double the time to import this.
_ASKED = (*range(0x3400), *range(0xA000, 0xAC00), *range(0xD7B0, 0xD800), *range(0xF900, 0x10000))
_KINDS = {code: unicodedata.category(chr(code))[0] for code in _ASKED}
_LETTERS = {code for code, kind in _KINDS.items() if kind in "LMN"}
_EMOJI = _span((0x2300, 0x23FF), (0x2600, 0x27BF), (0x2B00, 0x2BFF))

# Scripts written without spaces: every character is a token, so that a term of them matches as a substring.
# The ideographs are taken as whole ranges: a Python that knows fewer of them must not cut differently.
_DENSE = _LETTERS & _span(
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x2FDF),  # radicals
    (0x3005, 0x3007),
    (0x3021, 0x312F),  # kana, bopomofo
    (0x31A0, 0x31FF),
    (0xA9E0, 0xA9FF),
    (0xAA60, 0xAA7F),
    (0xF900, 0xFAFF),
) | _span((0x3400, 0x4DBF), (0x4E00, 0x9FFF))

# Scripts that stand in the same breath as Latin words: "Acmeের", "Acme은", "الـAcme". A word breaks where the
# script changes between these and any other, so that a Latin brand is found under another language's endings.
_JOINING = (_LETTERS & _span((0x0590, 0x1CFF), (0xA880, 0xABFF), (0xD7B0, 0xD7FF)) | _span((0xAC00, 0xD7A3))) - _DENSE

EMOJI = _class(sorted(_EMOJI)) + "\U0001f000-\U0001faff"
DENSE = _class(sorted(_DENSE)) + "\U0001aff0-\U0001b16f\U00020000-\U0002fa1f\U00030000-\U000323af"
JOINING = _class(sorted(_JOINING))

# Every other script: Latin, Cyrillic, Greek, ... and their digits. Beyond the first plane whole blocks are taken.
PLAIN = (
    _class(sorted(_LETTERS - _DENSE - _JOINING - _EMOJI))
    + "\U00010000-\U0001afef\U0001b170-\U0001cfff\U0001d400-\U0001efff"
)

# Ignored wherever they stand: soft hyphen, tatweel, zero-width and bidi controls, variation selectors, skin tones.
IGNORED = (
    "\u00ad\u034f\u061c\u0640\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufe00-\ufe0f\ufeff\U0001f3fb-\U0001f3ff\U000e0100-\U000e01ef"
)

# Characters that change how the ones before them fold, so that both must be folded together: marks, what is
# ignored, Hangul's vowels and finals (conjoining, compatibility and half-width), half-width voicing marks.
_MARKS = [code for code in sorted(_LETTERS) if _KINDS[code] == "M"] + [
    code
    for code in sorted(_span((0x101FD, 0x101FD), (0x10300, 0x11FFF), (0x16AF0, 0x16FFF), (0x1BC9D, 0x1E94F)))
    if unicodedata.category(chr(code))[0] == "M"
]
EXTENDING = _class(_MARKS) + IGNORED + "\u1160-\u11ff\ud7b0-\ud7fb\u3131-\u318e\uffa0-\uffdc\uff9e\uff9f"

# Marks that Unicode sorts when they follow each other, which takes the square of their number.
SORTED_MARKS = _class(code for code in _MARKS if unicodedata.combining(chr(code)))

# What is folded away outside {}: accents, Arabic vowel signs and hamza seats, Hebrew points, enclosing marks.
# Never a vowel sign of an Indic or South East Asian script, never Japanese voicing.
FOLDED_MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
)
