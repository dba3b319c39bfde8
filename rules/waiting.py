"""Whether the author of a post waits for an answer."""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import Struct

from rules.patterns.find import MOST_CHARACTERS, Found, Hit, as_written, find
from rules.patterns.folding import fold
from rules.reading import Intent, Reason

_SOLD = 0.6  # a post that is an offer this clearly asks for buyers, not for an answer
_ASKS_READERS = frozenset({"spam"})
_MOST_REASONS = 3
_SENTENCE = re.compile(r"[^.!?؟।\n。]*[.!?؟।\n。]*")
_MARKED = re.compile("[?؟]")
_LAST_WORDS = re.compile(r"[\w'-]+")
_INTERJECTIONS = frozenset(
    word
    for line in """
    really seriously huh right eh what why no yes ok okay lol wtf wait oh omg hmm ha man bro hey hello hi sure yeah nah
    wow excuse me say so and then but come on pardon innit no_one anyone amirite yall you know how who
    সত্যি তাই কি হ্যাঁ না তো কেন sotti tai ki na hae wirklich echt oder ja nein was hein non oui quoi verdad que si
    né não sério vero davvero cosa toch değil mi kan ya правда да нет что хорошо
    """.splitlines()
    for word in fold(line).split()
)
_ENDS_TAMELY = re.compile(
    r"(?:, |\s)(?:right|eh|huh|no|innit|amirite|oder|né|verdad|vero|toch|hein|na|tai na)\s*[?؟]+$"
)
# English turned round asks without a mark: "does it come with a charger", "quick one: can I swap seats"
_ASKS_TURNED = (
    r"(?:does|do|did|is|are|was|can|could|may|will|would|should|has|have|which|am)"
    r" (?:the|you|u|it|i|we|they|there|this|these|your|my|parking|delivery|shipping|shop|store|one)"
)
_LATER = r"[.!?:,\n] ?(?:(?:and|so|but|also|or) )?"
_BEGINS_TURNED = re.compile(rf"{_ASKS_TURNED}\b").match
_TURNED_LATER = re.compile(rf"{_LATER}{_ASKS_TURNED}\b").search  # apart from that: a first letter is looked for alone
_MAY_BEGIN_TURNED, _MAY_TURN_LATER = re.compile(_ASKS_TURNED).match, re.compile(f"{_LATER}{_ASKS_TURNED}").search
_UNFOLDED = str.maketrans("", "", "'`")
_SHOWN = re.compile(r"\S+")
_MOST_SHOWN = 6  # words of a question
_NOT_SOUGHT: tuple[Hit, ...] = ()


class Waiting(Struct, frozen=True):
    """Whether an answer is waited for, and the words that ask for it."""

    waits: bool = False
    reasons: tuple[Reason, ...] = ()


_NOBODY = Waiting()


def read_waiting(text: str, lang: str, intents: Iterable[Intent], found: Found | None = None) -> Waiting:
    """Tells whether the author waits for an answer, from the post's questions and from words that ask or demand.

    `found`: what `find` gave for the same text and language, to spare another look. Never raises.

    A sentence that ends in a question mark waits, unless it says something in the shape of a question ("who else
    loves this?"), is an interjection ("really?") or ends in a tag (", right?"). Words that ask for a reply ("any
    update", "does anyone know") and demands ("refund me by Friday or") wait without the mark. An offer asks for buyers
    and waits for no answer.
    """
    if found is None:
        found = find(text, lang)
    asked = found.get("waiting", _NOT_SOUGHT)
    text = text[:MOST_CHARACTERS]
    if not (asked or _may_ask(text)):
        return _NOBODY
    folded = fold(text)
    if not (asked or _MARKED.search(folded) or _is_turned(folded)):
        return _NOBODY
    if any(intent.label in _ASKS_READERS and intent.score >= _SOLD for intent in intents):
        return _NOBODY
    said = found.get("rhetorical", _NOT_SOUGHT)
    reasons = [
        Reason(text=hit.text, why=f"waits for an answer: {hit.group.meaning}", weight=hit.group.weight)
        for hit in asked
        if not any(_in_one_sentence(folded, hit, other) for other in said)
    ]
    if not reasons:
        reasons = [
            Reason(text=as_written(text, folded, *question), why="waits for an answer: asks", weight=0.6)
            for question in _questions(folded, said)[:_MOST_REASONS]
        ]
    return Waiting(True, tuple(reasons[:_MOST_REASONS])) if reasons else _NOBODY


def _questions(folded: str, said: tuple[Hit, ...]) -> list[tuple[int, int]]:
    """Where the last words of each sentence stand that asks and means it."""
    found = []
    for sentence in _SENTENCE.finditer(folded):
        if not (_MARKED.search(sentence[0]) or _is_turned(sentence[0].lstrip())):
            continue
        if any(hit.start < sentence.end() and sentence.start() < hit.end for hit in said):
            continue
        words = _LAST_WORDS.findall(sentence[0])
        if _INTERJECTIONS.issuperset(words) or _ENDS_TAMELY.search(sentence[0]):
            continue
        shown = [word.span() for word in _SHOWN.finditer(folded, *sentence.span())][-_MOST_SHOWN:]
        found.append((shown[0][0], shown[-1][1]))
    return found


def _is_turned(folded: str) -> bool:
    return bool(_BEGINS_TURNED(folded) or _TURNED_LATER(folded))


def _may_ask(text: str) -> bool:
    """False for most texts that ask nothing, without folding them, which takes as long as all the rest.

    To fold plain text makes its letters small and leaves out apostrophes and addresses; these alone may hide where a
    word ends, so that no end of a word is asked for.
    """
    if not text.isascii() or "?" in text:
        return True
    lowered = text.lower()
    if "'" in lowered or "`" in lowered:
        lowered = lowered.translate(_UNFOLDED)
    return bool(_MAY_BEGIN_TURNED(lowered) or _MAY_TURN_LATER(lowered))


def _in_one_sentence(folded: str, one: Hit, other: Hit) -> bool:
    first, last = min(one.start, other.start), max(one.end, other.end)
    return len(_SENTENCE.findall(folded[first:last].rstrip(".!?؟।\n。"))) <= 2  # findall ends in an empty match
