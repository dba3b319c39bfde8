"""Cues that an author says the opposite of what they mean."""

from __future__ import annotations

import re
from typing import Literal

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

_PRAISE = r"(?:great|nice|lovely|fantastic|wonderful|brilliant|awesome|amazing|perfect|excellent|cool|fab|superb)"
_TROUBLE = (
    r"(?:delay|delayed|cancel\w*|late|broken|down|outage|lost|wait\w*|queue\w*|crash\w*|fail\w*|error|bill|charge\w*|fee|"
    r"update|excuse|bug|mess|scam|refus\w*|ignor\w*|nothing|los(?:e|ing)|break\w*|ruin\w*|hour|hours|hold)"
)
_TURNED = re.compile(
    rf"""\bthanks?(?:\s+you)?\s+(?:so\s+much\s+|a\s+lot\s+)?for\s+(?:nothing|absolutely\s+nothing|not\s+\w+)
    |\b{_PRAISE}[,.!…]*\s+(?:another|yet\s+another|one\s+more)\b(?=.{{0,40}}\b{_TROUBLE}\b)
    |\bgood\s+luck\s+(?:getting|trying|reaching)\b
    |\bway\s+to\s+go[,.!]*\s+(?=.{{0,60}}\b{_TROUBLE}\b)
    |\bworst\s+\w+\s+ever,?\s+{_PRAISE}\b""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_OPEN = re.compile(
    rf"""(?:^|\s)/s(?:\s|$)|\#(?:sarcasm|sarcastic|irony|ironic|not|justkidding)\b|\byeah,?\s+right\b
    |\b(?:oh|well|just|that'?s\s+just)[,]?\s+{_PRAISE}\b[.,!…]|\bjust\s+what\s+i\s+(?:needed|wanted)\b
    |\b(?:love|loving|adore)\s+(?:how|it\s+when|that\s+(?:you|they|i\s+have\s+to)|being\s+(?:on\s+hold|ignored|charged)|waiting|paying)\b
    |\bthanks?(?:\s+you)?\b[^.!?\n]{{0,30}}\bfor\s+(?=[^.!?\n]{{0,30}}\b{_TROUBLE}\b)
    |["“”']\s*{_PRAISE}\s*["“”'] |🙃 |🙄""",
    re.IGNORECASE | re.VERBOSE,
)


class Cue(Struct, frozen=True):
    """The words that hint at irony. `means`: "opposite" where hardly anyone says them in earnest, else "either"."""

    text: str
    means: Literal["opposite", "either"]


# One of these stands in every cue: looking for them is many times faster than looking for it.
_HINTS = (
    "thank", "another", "one more", "good luck", "way to go", "worst", "/s", "#", "right", "just", "oh", "well", "love",
    "loving", "adore", '"', "“", "'", "🙃", "🙄",
)  # fmt: skip


def irony(text: str) -> Cue | None:
    """Gives the first cue in the text, English alone; None where nothing hints at irony."""
    lowered = text.lower()
    if not any(hint in lowered for hint in _HINTS):
        return None
    found = _TURNED.search(text)
    if found:
        return Cue(found.group().strip(), "opposite")
    found = _OPEN.search(text)
    return Cue(found.group().strip(), "either") if found else None


# What the words of a cue are to it. Words that are enough to look for one, and pairs and threes of which one stands in
# each cue: nearly all posts hold a hint, and few the words of a cue.
(
    _SURE, _THANKS, _FOR, _WRONG, _PRAISING, _MORE, _WAY, _WORST, _OPENING, _OPENED, _LOVING, _HOW, _QUOTE,
) = (1 << bit for bit in range(13))  # fmt: skip
_TOGETHER = (
    _SURE, _THANKS | _FOR | _WRONG, _PRAISING | _MORE | _WRONG, _WAY | _WRONG, _WORST | _PRAISING, _OPENING | _OPENED,
    _LOVING | _HOW, _QUOTE | _PRAISING,
)  # fmt: skip
_LISTED = {
    _SURE: "luck yeah",
    _THANKS: "thank thanks",
    _FOR: "for",
    _WRONG: "delay delayed late broken down outage lost error bill fee update excuse bug mess scam nothing lose losing"
    " hour hours hold not",
    _PRAISING: "great nice lovely fantastic wonderful brilliant awesome amazing perfect excellent cool fab superb",
    _MORE: "another more",
    _WAY: "way",
    _WORST: "worst",
    _OPENING: "oh well just",
    _OPENED: "needed wanted",
    _LOVING: "love loving adore",
    _HOW: "how when that being waiting paying",
}
_BEGINNINGS = frozenset(["canc", "wait", "queu", "cras", "fail", "char", "refu", "igno", "brea", "ruin", "noth"])
_BY_WORD: dict[str, int] = {}
for _bit, _words in _LISTED.items():
    for _word in _words.split():
        _BY_WORD[_word] = _BY_WORD.get(_word, 0) | _bit
_WORDS = re.compile(r"\w+")
_TOLD_BY_A_PIECE = re.compile(r"^/s$|#(?:sarcas|iron|not|justk)|🙃|🙄")
_PRAISE_AND_MARK = re.compile(rf"^{_PRAISE}[.,!…]")
_NO_QUOTE, _NO_MARK = (frozenset(marks).isdisjoint for marks in ("\"“”'", "\"“”'/#🙃🙄"))
_LIKE_ASCII = str.maketrans({"ſ": "s", "\u212a": "k", "ı": "i", "İ": "i"})  # letters that IGNORECASE takes for these


def hints(piece: str) -> int:
    """Gives what a piece of a text may be to a cue in it, as bits for `may_be_ironic`."""
    lowered = piece.lower() if piece.isascii() else piece.translate(_LIKE_ASCII).lower()
    if lowered.isalpha():
        return _of_word(lowered)
    found = 0
    for word in _WORDS.findall(lowered):
        found |= _of_word(word)
    if found & _PRAISING and _PRAISE_AND_MARK.match(lowered):
        found |= _OPENED
    if _NO_MARK(lowered):
        return found
    if _TOLD_BY_A_PIECE.search(lowered):
        found |= _SURE
    return found if _NO_QUOTE(lowered) else found | _QUOTE


def _of_word(word: str) -> int:
    return _BY_WORD.get(word, 0) | (_WRONG if word[:4] in _BEGINNINGS else 0)


def may_be_ironic(hinted: NDArray[np.uint16]) -> NDArray[np.bool_]:
    """Whether `irony` may find a cue in texts, given all the hints of each text's pieces; never False where it does."""
    found: NDArray[np.bool_] = ((hinted[:, None] & _EACH) == _EACH).any(axis=1)
    return found


_EACH = np.array(_TOGETHER, np.uint16)
