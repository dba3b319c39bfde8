"""Phrases that praise or blame by other words than they hold: "can't fault Acme", "never had a problem"."""

from __future__ import annotations

import re
from collections.abc import Set

from rules.sentiment.stance import NAME, Signs, sign

_CANNOT = r"(?:can['’]?t|cannot|could\s?n['’]?t|could\s+not|can\s+not)"
_CANNOT_CUES = "can't can’t cant cannot couldn't couldn’t couldnt not"
_HAD_NOT = (
    r"(?:zero|without\s+(?:a|a\s+single|any)|not\s+a\s+single|not\s+one|never\s+(?:once\s+)?(?:had|have)(?:\s+(?:a|any))?"
    r"|(?:have|has|did)\s?n['’]?t\s+(?:had|have)\s+(?:a|any|one))"
)
_HAD_NOT_CUES = "zero without not never haven't haven’t havent hasn't hasn’t hasnt didn't didn’t didnt"
_TROUBLE = (
    r"(?:problems?|issues?|complaints?|faults?|flaws?|regrets?|hiccups?|troubles?|hassles?|glitch(?:es)?|delays?|bugs?)"
)
_TROUBLE_WORDS = "problem|issue|complaint|fault|flaw|regret|hiccup|trouble|hassle|glitch|delay|bug"
_FAILING = (
    r"(?:disappoint(?:s|ed)?|fail(?:s|ed)?|regretted|(?:lost|forgot(?:ten)?|broken?)\s+(?:a|an|my|our|one|any)"
    r"|miss(?:es|ed)?\s+a\s+beat|lets?\s+(?:me|us)\s+down|looked\s+back|late(?!\s+to))"
)
_BAD = r"(?:bad|awful|terrible|late|lost|broken|disappointed|horrible)"
_GLAD = r"(?:impressed|happy|satisfied|amused|convinced|recommended|worth|pleased)"
_HONOURS = (
    r"(?:full\s+marks|kudos|props|hats?\s+off|shout\s?-?out|bravo|(?:five|5)\s+stars|10/10|three\s+cheers|well\s+done"
    r"|fair\s+play)"
)

_SIGNS = Signs(
    sign(-1, _CANNOT_CUES, rf"\b{_CANNOT}\s+(?:say|claim|pretend)\b[^{NAME}]*\b{_GLAD}\b"),
    sign(-1, _CANNOT_CUES, rf"\b{_CANNOT}\s+recommend\b(?!.*\benough)"),
    sign(-1, "wouldn't wouldn’t wouldnt", rf"\bwould\s?n['’]?t\s+(?:recommend\b|wish\s+{NAME}\s+on\b)"),
    sign(
        -1, "not never hardly isn't isn’t isnt wasn't wasn’t wasnt",
        rf"\b(?:not|never|hardly|(?:is|was)\s?n['’]?t)\s+(?:very\s+|really\s+|at\s+all\s+|that\s+)?{_GLAD}\b",
        "impressed|happy|satisfied|amused|convinced|recommended|worth|pleased",
    ),
    sign(-1, "again", r"\bnever\s+(?:\S+\s+){0,4}?again\b"),
    sign(-1, "nothing", r"\bnothing\s+but\s+(?:problems?|troubles?|issues?|lies|delays?|excuses|headaches)\b"),
    sign(
        -1, "shame boycott avoid stay star stars",
        rf"\b(?:shame\s+on|boycott|avoid|stay\s+away\s+from|zero\s+stars|(?:one|1)\s+star)\s+(?:for\s+|to\s+)?{NAME}",
    ),
    sign(-1, "nie nunca plus jamais mai", r"\b(?:nie\s+wieder|nunca\s+m[áa]s|plus\s+jamais|mai\s+più|nunca\s+mais)\b"),
    sign(1, _CANNOT_CUES, rf"\b{_CANNOT}\s+(?:really\s+)?(?:fault|complain)\b"),
    sign(1, "enough", rf"\b{_CANNOT}\s+(?:praise|thank|recommend)\b.*\benough\b"),
    sign(1, _HAD_NOT_CUES, rf"\b{_HAD_NOT}\s+(?:\w+\s+)?{_TROUBLE}\b", _TROUBLE_WORDS),
    sign(1, "no", r"\bno\s+(?:complaints|regrets|arguing|fuss|drama|quibbles|hassle)\b"),
    sign(1, "no", rf"\bno\s+{_TROUBLE}\s+(?:with|at\s+all|so\s+far|whatsoever|ever)\b", _TROUBLE_WORDS),
    sign(
        1, "never haven't haven’t havent hasn't hasn’t hasnt",
        rf"\b(?:never|ha(?:s|ve)\s?n['’]?t)\s+(?:once\s+|ever\s+|yet\s+)?{_FAILING}\b(?!\s+to\s+(?:disappoint|annoy|amaze))",
        "disappoint|fail|regret|lost|forgot|broke|miss|let|looked|late",
    ),
    sign(
        1, "wasn't wasn’t wasnt weren't weren’t werent isn't isn’t isnt aren't aren’t arent",
        rf"\b(?:was|were|is|are)n['’]?t\s+(?:even\s+|half\s+|too\s+|that\s+|so\s+)?{_BAD}\b",
    ),
    sign(1, "bad", r"\bnot\s+(?:half\s+|too\s+|so\s+|that\s+)?bad(?:\s+at\s+all\b|\s*$|[.!,])"),
    sign(
        1, "nothing",
        r"\bnothing\s+(?:bad\s+to\s+say|but\s+(?:good|praise|love|great)|(?:i|we)\s*(?:['’]?d|would)\s+change)\b",
    ),
    sign(1, "without", rf"\bwithout\s+{NAME}\s[^{NAME}]*(?:\bwould|['’]d\b)"),
    sign(
        1, "marks kudos props off shoutout shout-out out bravo stars 10/10 cheers done play",
        rf"\b{_HONOURS}\s+(?:to\s+|for\s+)?(?:the\s+)?{NAME}",
    ),
    sign(1, "nie keine kein noch ohne", r"\b(?:nie|keine?|noch\s+nie|ohne)\s+(?:probleme?|ärger|enttäuscht\w*)\b"),
    sign(1, "meckern", r"\bnichts\s+zu\s+meckern\b"),
    sign(1, "nunca jamás", r"\b(?:nunca|jamás)\s+(?:me|nos)\s+ha[ns]?\s+fallado\b"),
    sign(1, "sin ningún nessun nenhum", r"\b(?:sin|ningún|nessun|nenhum)\s+problemas?\b"),
    sign(1, "aucun sans jamais", r"\b(?:(?:aucun|sans)\s+problème|jamais\s+déçue?)s?\b"),
    sign(
        1, "সমস্যা ঝামেলা অসুবিধা আফসোস অভিযোগ",
        r"(?:সমস্যা|ঝামেলা|অসুবিধা|আফসোস|অভিযোগ)\s+(?:হয়নি|হয়নি|নেই|নাই|পাইনি)",
    ),
)  # fmt: skip
PHRASING = _SIGNS.cues
"""Words that stand in such phrases."""

_NOT_SO = frozenset(["hope", "hoping", "hopefully", "if", "unless", "wish", "would", "should", "until"])
"""Words by which a thing is wanted and not told: "hoping for no more delays"."""


def phrased(clause: str, words: Set[str]) -> tuple[int, re.Match[str]] | None:
    """Finds such a phrase in a clause, the brand standing in it as NAME: 1 where it praises, -1 where it blames.

    `words`: those of the clause, bare.
    """
    found = _SIGNS.first(clause, words)
    if found and found[0] > 0 and "without" not in words and "nothing" not in words and not _NOT_SO.isdisjoint(words):
        return None
    return found
