"""Says in another language why a ticket is so pressing, and why it is whose: names and tags stay as they were written.

Both are English sentences that `alerts.tickets.priority`, `.routing` and `.needs` make and the store keeps. What does
not read as one of theirs, such as the words of a person, stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from alerts.label_words import intent_word, severity_word
from alerts.language import Language
from alerts.wording import language
from rules.reading import Severity

_Said = Callable[["re.Match[str]", Language], str]

_SEVERITIES: dict[str, Severity] = {"low": "low", "medium": "medium", "high": "high", "critical": "critical"}
_MANY = re.compile(r" \(of (\d+) who could\)$")
_SKILL = r"(?P<skill>.+?) \((?P<why>.*)\)"


def priority_words(why: str, words: Language) -> str:
    """Gives "critical x platinum customer x 120,000 followers" in the language `words`."""
    if words.is_english:
        return why
    return " x ".join(
        ", ".join(_said(part, _PARTS_OF_PRIORITY, words) for part in factor.split(", ")) for factor in why.split(" x ")
    )


def routing_words(why: str, words: Language) -> str:
    """Gives "has the skill legal (it is about legal); has 2 open; is at work" in the language `words`."""
    if words.is_english:
        return why
    told, _, names = why.partition("; next: ")
    many = _MANY.search(told)
    said = [_said(part, _PARTS_OF_ROUTING, words) for part in _MANY.sub("", told).split("; ")]
    if many:
        said.append(words.say("of {number} who could", number=words.number(_number(many))))
    if names:
        said.append(words.say("next: {names}", names=names))
    return "; ".join(said)


def _said(part: str, known: dict[str, _Said], words: Language) -> str:
    for pattern, say in known.items():
        if found := re.fullmatch(pattern, part, re.DOTALL):
            return say(found, words)
    return part


def _number(found: re.Match[str]) -> int:
    return int(found[1].replace(",", ""))


def _needed(found: re.Match[str], words: Language) -> dict[str, str]:
    return {"skill": found["skill"], "why": _said(found["why"], _PARTS_OF_NEED, words)}


_PARTS_OF_PRIORITY: dict[str, _Said] = {
    "low|medium|high|critical": lambda found, words: severity_word(_SEVERITIES[found[0]], words).lower(),
    "(.+) customer": lambda found, words: words.say("{tier} customer", tier=found[1]),
    r"health (\d+)": lambda found, words: words.say("health {health} of 100", health=words.number(int(found[1]))),
    r"([\d,]+) followers": lambda found, words: words.count("{number} follower", "{number} followers", _number(found)),
    r"([\d,]+) reposts": lambda found, words: words.count("{number} repost", "{number} reposts", _number(found)),
    r"([\d,]+) networks and sites": lambda found, words: words.count(
        "{number} network or site", "{number} networks and sites", _number(found)
    ),
    "chosen by (.+)": lambda found, words: words.say("chosen by {name}", name=found[1]),
}

_PARTS_OF_NEED: dict[str, _Said] = {
    "it is about (.+)": lambda found, words: words.say("it is about {intent}", intent=intent_word(found[1], words)),
    r"they came (\d+) times with it": lambda found, words: words.count(
        "they came {number} time with it", "they came {number} times with it", _number(found)
    ),
    "tagged (.+)": lambda found, words: words.say("tagged {tags}", tags=found[1]),
    "customer with (.+)": lambda found, words: words.say("customer with {field}", field=found[1]),
}

_PARTS_OF_ROUTING: dict[str, _Said] = {
    f"has the skill {_SKILL}": lambda found, words: words.say("has the skill {skill} ({why})", **_needed(found, words)),
    f"lacks the skill {_SKILL}, and nobody has all that it asks for": lambda found, words: words.say(
        "lacks the skill {skill} ({why}), and nobody has all that it asks for", **_needed(found, words)
    ),
    f"nobody has the skill {_SKILL}": lambda found, words: words.say(
        "nobody has the skill {skill} ({why})", **_needed(found, words)
    ),
    "speaks ([a-z]+)": lambda found, words: words.say("speaks {language}", language=language(found[1], words)),
    "nobody who could take it now speaks ([a-z]+)": lambda found, words: words.say(
        "nobody who could take it now speaks {language}", language=language(found[1], words)
    ),
    "looks after this customer": lambda _, words: words.say("looks after this customer"),
    r"has (\d+) open": lambda found, words: words.count(
        "has {number} open ticket", "has {number} open tickets", _number(found)
    ),
    r"has (\d+) open of (\d+)": lambda found, words: words.count(
        "has {number} open ticket of {most}",
        "has {number} open tickets of {most}",
        _number(found),
        most=words.number(int(found[2])),
    ),
    r"has (\d+) open, as many as they take at once, and nobody who fits as well has room": lambda found, words: (
        words.count(
            "has {number} open ticket, as many as they take at once, and nobody who fits as well has room",
            "has {number} open tickets, as many as they take at once, and nobody who fits as well has room",
            _number(found),
        )
    ),
    "is at work": lambda _, words: words.say("is at work"),
    "nobody is at work": lambda _, words: words.say("nobody is at work"),
    "nobody with the skill is at work": lambda _, words: words.say("nobody with the skill is at work"),
    "nobody with as many of the skills is at work": lambda _, words: words.say(
        "nobody with as many of the skills is at work"
    ),
    r"begins \w{3} (.+)": lambda found, words: words.say("begins {moment}", moment=words.digits(found[1])),
    "its author was seen again": lambda _, words: words.say("its author was seen again"),
}
