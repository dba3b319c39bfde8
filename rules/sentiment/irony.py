"""Cues that an author says the opposite of what they mean."""

from __future__ import annotations

import re
from typing import Literal

from msgspec import Struct

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
