"""Says the reason of a rule in another language: its own words are translated, what it quotes stays as it was written.

Reasons are English sentences that `rules.rule_reason` makes and the store keeps. What does not read as one of those,
such as the reason of a package's own rule, stays as it is.
"""

from __future__ import annotations

import re

from alerts.label_words import intent_word, urgency_word
from alerts.language import Language, msgid

_OPENING = re.compile(
    r"(?P<who>.+?) wrote(?: (?P<score>-?\d\.\d\d))?(?: about '(?P<brand>.+?)')?"
    r"(?P<unknown> \(sentiment unknown(?:: (?P<why>.+))?\))?(?P<quoted>: '.+')?",
    re.DOTALL,
)
_STRANGER, _CUSTOMER = " (not a known customer)", " (customer)"
_URGENCY = re.compile(r"urgency (none|low|high|critical)(?: \(('.+')\))?")
_INTENT = re.compile(r"(\w+)(?: \(('.+')\))?")
_FACT = re.compile(r"([a-z]+(?: [a-z]+)*): (.+)", re.DOTALL)
_EMPTY = re.compile(r"([a-z]+(?: [a-z]+)*) is empty")
_NUMBER = re.compile(r"-?[\d,]+(?:\.\d+)?")
_ASKED = {
    "source": msgid("source"),
    "instance": msgid("instance"),
    "seen by": msgid("seen by"),
    "kind": msgid("kind"),
    "url": msgid("address"),
    "title": msgid("title"),
    "text": msgid("text"),
    "lang": msgid("language"),
    "is reply": msgid("is a reply"),
    "own": msgid("our own account"),
    "dated": msgid("has a date"),
    "age hours": msgid("age in hours"),
    "author id": msgid("author's id"),
    "author handle": msgid("author's handle"),
    "author name": msgid("author's name"),
    "author url": msgid("author's page"),
    "author email": msgid("author's e-mail"),
    "author followers": msgid("author's followers"),
    "author known followers": msgid("author's followers are known"),
    "engagement likes": msgid("likes"),
    "engagement replies": msgid("replies"),
    "engagement reposts": msgid("reposts"),
    "engagement views": msgid("views"),
    "waits for answer": msgid("waits for an answer"),
    "topics": msgid("topics"),
    "customer id": msgid("customer's id"),
    "customer owner": msgid("who looks after the customer"),
    "customer company": msgid("customer's company"),
    "customer confidence": msgid("how sure it is this customer"),
    "customer health": msgid("customer's health"),
    "customer health known": msgid("customer's health is known"),
    "customer health trend": msgid("how the customer's health moved"),
    "customer recent complaints": msgid("customer's recent complaints"),
    "customer tags": msgid("customer's tags"),
}
"""What a condition asks about, by the name that a reason gives it."""

_VALUES = {"yes": msgid("yes"), "no": msgid("no"), "none": msgid("nothing")}


def reason_words(reason: str, words: Language) -> str:
    """Gives a reason in the language `words`."""
    if words.is_english or not reason:
        return reason
    opening, *rest = _apart(reason)
    return "; ".join((_opening(opening, words), *(_part(part, words) for part in rest)))


def _apart(reason: str) -> list[str]:
    """The parts of a reason; a semicolon within quotes parts nothing."""
    parts = [""]
    for piece in re.split(r"(; )", reason):
        # an apostrophe inside a word is no quote: an odd number of the others means that one is open
        if piece == "; " and len(re.findall(r"(?<!\w)'|'(?!\w)", parts[-1])) % 2 == 0:
            parts.append("")
        else:
            parts[-1] += piece
    return parts


def _opening(told: str, words: Language) -> str:
    found = _OPENING.fullmatch(told)
    if found is None:
        return told
    say = words.say
    who, score, brand = _who(found["who"], words), found["score"], found["brand"]
    score = words.digits(score) if score else ""
    if score and brand:
        said = say("{who} wrote {score} about '{brand}'", who=who, score=score, brand=brand)
    elif score:
        said = say("{who} wrote {score}", who=who, score=score)
    elif brand:
        said = say("{who} wrote about '{brand}'", who=who, brand=brand)
    else:
        said = say("{who} wrote", who=who)
    if found["unknown"] and found["why"]:
        said += f" ({say('sentiment unknown: {why}', why=found['why'])})"
    elif found["unknown"]:
        said += f" ({say('sentiment unknown')})"
    return said + (found["quoted"] or "")


def _who(told: str, words: Language) -> str:
    if told.endswith(_STRANGER):
        return f"{_who(told.removesuffix(_STRANGER), words)} ({words.say('not a known customer')})"
    if told.endswith(_CUSTOMER):
        return f"{told.removesuffix(_CUSTOMER)} ({words.say('customer')})"
    return words.say("someone") if told == "someone" else told


def _part(told: str, words: Language) -> str:
    if found := _URGENCY.fullmatch(told):
        urgency = words.say("urgency: {urgency}", urgency=urgency_word(found[1], words))
        return urgency + (f" ({found[2]})" if found[2] else "")
    if found := _EMPTY.fullmatch(told):
        return words.say("{fact}: nothing", fact=_asked(found[1], words))
    if found := _FACT.fullmatch(told):
        return f"{_asked(found[1], words)}: {_value(found[2], words)}"
    if found := _INTENT.fullmatch(told):
        return intent_word(found[1], words) + (f" ({found[2]})" if found[2] else "")
    return told


def _asked(name: str, words: Language) -> str:
    known = _ASKED.get(name)
    return words.say(known) if known else name


def _value(told: str, words: Language) -> str:
    if told in _VALUES:
        return words.say(_VALUES[told])
    return words.digits(told) if _NUMBER.fullmatch(told) else told
