"""What a comparison says of one side: "better than Acme" speaks against Acme."""

from __future__ import annotations

import re
from collections.abc import Set

from rules.sentiment.stance import NAME, Signs, sign

_BETTER = (
    r"(?:better|faster|cheaper|nicer|easier|safer|smoother|cleaner|friendlier|superior|tastier|quieter|kinder"
    r"|more\s+(?!expensive)\w+|less\s+expensive)"
)
_WORSE = r"(?:worse|slower|pricier|harder|dearer|inferior|more\s+expensive|less\s+(?!expensive)\w+)"
_CHANGED = r"(?:switch|mov|chang|migrat|going\s+back|went\s+back|go\s+back|leav|left)\w*"
_NOT_AS = r"(?:not|isn'?t|wasn'?t|aren'?t|weren'?t|never|nowhere\s+near|half)"
_NO_OTHER = r"(?:nothing|nobody|no\s?one|no\s+other|none)"
_TIMES = r"(?:twice|\w+\s+times|miles|just|every\s+bit)"
_COULD_NOT = r"(?:could\s?n['’]?t|could\s+not|can['’]?t|cannot|failed|would\s?n['’]?t|did\s?n['’]?t|refused)"
_BETTER_ABROAD = r"(?:besser|schneller|günstiger|mejor|mieux|meilleure?s?|melhor|meglio|migliore)"
_BETTER_WORDS = (
    "better|faster|cheaper|nicer|easier|safer|smoother|cleaner|friendlier|superior|tastier|quieter|kinder|more|less"
)
_WORSE_WORDS = "worse|slower|pricier|harder|dearer|inferior|more|less"
_BETTER_WORDS_ABROAD = "besser|schneller|günstiger|mejor|mieux|meilleur|melhor|meglio|migliore"
_NOT_AS_WORDS = "t as |never as |near as |half as "
_THAN_NAMED, _AS_NAMED = f"than {NAME}|", f"as {NAME}|"
_NOT = "couldn't couldn’t couldnt could can't can’t cant cannot failed wouldn't wouldn’t wouldnt didn't didn’t refused"

_SIGNS = Signs(
    sign(
        -1, "than", rf"\b{_BETTER}\b[^{NAME}]*\bthan\s+{NAME} | {NAME}[^{NAME}]*\b{_WORSE}\b[^{NAME}]*\bthan\b",
        _THAN_NAMED + _WORSE_WORDS,
    ),
    sign(
        -1, "over", rf"\b(?:prefer|cho[os]|pick|recommend|any\s?day|better)\w*\b[^{NAME}]*\bover\s+{NAME}",
        f"over {NAME}",
    ),
    sign(-1, "instead rather", rf"\b(?:instead\s+of|rather\s+than)\s+{NAME}", f"of {NAME}|than {NAME}"),
    sign(-1, "beats > unlike", rf"(?:\bbeats|(?<!\S)>|\bunlike)\s+{NAME}"),
    sign(
        -1, "as", rf"\b{_TIMES}\s+as\s+\w+\s+as\s+{NAME} | {NAME}[^{NAME}]*\b{_NOT_AS}\s+as\s+\w+\s+as\b",
        _AS_NAMED + _NOT_AS_WORDS,
    ),
    sign(-1, "makes", rf"\bmakes\s+{NAME}\s+look\s+(?:like|bad|old|silly|cheap|slow|poor)\b"),
    sign(-1, "wish", rf"\bwish\s+{NAME}\s+(?:was|were|had|would|could)\b"),
    sign(-1, _NOT, rf"\bwhat\s+{NAME}[^{NAME}]*\b{_COULD_NOT}(?!\S)"),
    sign(-1, "used", rf"\bused\s+to\s+(?:love|like|defend|recommend|adore|trust|swear\s+by)\s+{NAME}"),
    sign(-1, "als que di", rf"\b{_BETTER_ABROAD}\b[^{NAME}]*\b(?:als|que|do\s+que|di)\s+{NAME}", _BETTER_WORDS_ABROAD),
    sign(-1, "চেয়ে চেয়ে চাইতে", rf"{NAME}\s+(?:এর\s+)?(?:চেয়ে|চেয়ে|চাইতে)"),
    sign(
        1, "than", rf"{NAME}[^{NAME}]*\b{_BETTER}\b[^{NAME}]*\bthan\b | \b{_WORSE}\b[^{NAME}]*\bthan\s+{NAME}",
        _THAN_NAMED + _BETTER_WORDS,
    ),
    sign(1, "over instead rather", rf"{NAME}\s+(?:over|instead\s+of|rather\s+than)\b"),
    sign(1, "beats wins >", rf"{NAME}\s+(?:easily\s+)?(?:beats|wins|>)(?!\S)"),
    sign(1, "makes", rf"{NAME}\s+makes\b[^{NAME}]*\blook\s+(?:like|bad|old|silly|cheap|slow|poor)\b"),
    sign(1, "as", rf"\b{_NOT_AS}\s+as\s+\w+\s+as\s+{NAME}", f"as {NAME}"),
    sign(1, "wish", rf"\bwish\b[^{NAME}]*\b(?:like|as\s+\w+\s+as)\s+{NAME}"),
    sign(
        1, "nothing nobody no noone none",
        rf"\b{_NO_OTHER}\b[^{NAME}]*\b(?:beats|(?:compares?|close)\s+to|as\s+\w+\s+as|like)\s+{NAME}",
        f"beats {NAME}|compare to {NAME}|compares to {NAME}|close to {NAME}|as {NAME}|like {NAME}",
    ),
    sign(1, _NOT, rf"{NAME}[^{NAME}]+\bwhat\s+[^{NAME}]*\b{_COULD_NOT}(?!\S)"),
    sign(
        1, "als que di", rf"{NAME}[^{NAME}]*\b{_BETTER_ABROAD}\b[^{NAME}]*\b(?:als|que|do\s+que|di)\b",
        _BETTER_WORDS_ABROAD,
    ),
    sign(1, "bessere besseren", rf"{NAME}[^{NAME}]*\b(?:die|der|das)\s+besseren?\b"),
    sign(1, "ধারেকাছে", rf"{NAME}[^{NAME}]*ধারেকাছে[^{NAME}]*(?:নেই|নাই|না)"),
)  # fmt: skip
_CHANGES = Signs(
    sign(-1, "to over", rf"\bprefer\w*\b[^{NAME}]*\b(?:to|over)\s+{NAME}", f"to {NAME}|over {NAME}"),
    sign(-1, "from", rf"\b{_CHANGED}\b[^{NAME}]*\bfrom\s+{NAME}", f"from {NAME}"),
    sign(-1, "for", rf"\b(?:leav\w+|left|dropp?\w*|ditch\w*)\s+{NAME}\s+(?:\w+\s+){{0,2}}for\s+(?-i:[A-Z@])"),
    sign(1, "to", rf"\b{_CHANGED}\b[^{NAME}]*\bto\s+{NAME}", f"to {NAME}"),
)
_PREFERRED = re.compile(rf"\bprefer\w*\s+{NAME}", re.IGNORECASE)
COMPARING = _SIGNS.cues
"""Words that stand in comparisons; so do those that begin as CHANGES_BEGIN."""

CHANGES_BEGIN = ("prefer", "switch", "mov", "chang", "migrat", "went", "go", "leav", "left", "drop", "ditch")
"""How words begin by which something changes from one to another."""


def compared(clause: str, words: Set[str], *, changing: bool) -> tuple[int, re.Match[str]] | None:
    """Reads the comparison in one clause, the brand standing in it as NAME: 1 for the brand, -1 against it.

    `words`: those of the clause, bare; `changing`: whether one of them begins as CHANGES_BEGIN.
    """
    found = _SIGNS.first(clause, words)
    if found or not changing:
        return found
    found = _CHANGES.first(clause, words)
    preferred = None if found else _PREFERRED.search(clause)
    return (1, preferred) if preferred else found
