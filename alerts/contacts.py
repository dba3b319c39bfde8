"""How a customer stands, and what was said with them before, in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from alerts.escape import one_line
from alerts.excerpt import cut
from alerts.language import ENGLISH, Language, msgid
from alerts.wording import length, listed, moment, service
from rules.customer_standing import CustomerStanding
from rules.timeline import Answer, Entry
from sources.kind_terms import terms_of

_ORDINALS = {
    2: msgid("second complaint within 7 days"),
    3: msgid("third complaint within 7 days"),
    4: msgid("fourth complaint within 7 days"),
    5: msgid("fifth complaint within 7 days"),
    6: msgid("sixth complaint within 7 days"),
    7: msgid("seventh complaint within 7 days"),
    8: msgid("eighth complaint within 7 days"),
    9: msgid("ninth complaint within 7 days"),
    10: msgid("tenth complaint within 7 days"),
}
_LONGEST_QUOTE = 120
_LONGEST_WORD = 60
_MOST_TAGS = 8


def standing_words(standing: CustomerStanding, *, complains: bool, words: Language = ENGLISH) -> str:
    """Gives "third complaint within 7 days; health 41 of 100, 12 below its week; tagged vip"; "" for nothing to tell.

    `complains`: what is told of is a complaint itself.
    """
    told = [_complaints(standing.recent_complaints, complains=complains, words=words), health_words(standing, words)]
    if standing.tags:
        tags = listed([one_line(tag) for tag in standing.tags[:_MOST_TAGS]], words)
        told.append(words.say("tagged {tags}", tags=tags))
    return "; ".join(filter(None, told))


def health_words(standing: CustomerStanding, words: Language = ENGLISH) -> str:
    """Gives "health 41 of 100, 12 below its week"; "" where it is not known."""
    if standing.health is None:
        return ""
    health, trend = words.number(standing.health), round(standing.health_trend or 0.0)
    moved = words.number(abs(trend))
    if trend > 0:
        return words.say("health {health} of 100, {points} above its week", health=health, points=moved)
    if trend < 0:
        return words.say("health {health} of 100, {points} below its week", health=health, points=moved)
    return words.say("health {health} of 100", health=health)


def contact_lines(contacts: Sequence[Entry], timezone: tzinfo, words: Language = ENGLISH) -> tuple[str, ...]:
    """Gives a line a contact: "Thu 20 Nov 2026, 09:10 UTC, phone call from them with Ben: “…” (promised a refund)"."""
    return tuple(contact_line(entry, timezone, words) for entry in contacts)


def contact_line(entry: Entry, timezone: tzinfo, words: Language = ENGLISH) -> str:
    """One contact in a line: when, by what, who, what was said, and what came of it."""
    who = cut(one_line(entry.by), _LONGEST_WORD) if entry.by and entry.what != "mention" else ""
    said = cut(one_line(entry.text), _LONGEST_QUOTE)
    came = cut(one_line(entry.outcome), _LONGEST_WORD)
    what = where(entry, words)
    if who:
        what = words.say("{contact} with {name}", contact=what, name=who)
    line = f"{moment(entry.at, timezone, words)}, {what}"
    line += f": \u201c{said}\u201d" if said else ""
    return line + (f" ({came})" if came else "")


def where(entry: Entry, words: Language = ENGLISH) -> str:
    """By what a contact came: "Mastodon", "phone call from them"."""
    if entry.what == "mention":
        wanted = terms_of(entry.channel).attribution
        name = cut(service(one_line(entry.channel), words), _LONGEST_WORD)
        return f"{name} \u00b7 {wanted}" if wanted and wanted not in name else name
    channel, kind = (cut(one_line(word), _LONGEST_WORD) for word in (entry.channel, entry.kind))
    name = " ".join(dict.fromkeys(filter(None, (channel, kind)))) or words.say("contact")
    if entry.direction == "in":
        return words.say("{contact} from them", contact=name)
    return words.say("{contact} to them", contact=name) if entry.direction == "out" else name


def answer_words(answer: Answer) -> str:
    """Gives "answered after 2h by Ben"."""
    by = cut(one_line(answer.by), _LONGEST_WORD)
    seconds = answer.after.total_seconds()
    size = 86_400 if seconds >= 2 * 86_400 else 3_600 if seconds >= 3_600 else 60
    whole = type(answer.after)(seconds=seconds // size * size)
    return f"answered after {length(whole) if whole else 'less than a minute'}{f' by {by}' if by else ''}"


def _complaints(number: int, *, complains: bool, words: Language) -> str:
    if number < 1 or (complains and number < 2):
        return ""
    if not complains:
        return words.count("{number} complaint within 7 days", "{number} complaints within 7 days", number)
    if number in _ORDINALS:
        return words.say(_ORDINALS[number])
    return words.say("{number}th complaint within 7 days", number=words.number(number))
