"""How a customer stands, and what was said with them before, in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from alerts.escape import one_line
from alerts.excerpt import cut
from alerts.wording import counted, length, listed, moment, service
from rules.customer_standing import CustomerStanding
from rules.timeline import Answer, Entry
from sources.kind_terms import terms_of

_ORDINALS = ("", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_LONGEST_QUOTE = 120
_LONGEST_WORD = 60
_MOST_TAGS = 8


def standing_words(standing: CustomerStanding, *, complains: bool) -> str:
    """Gives "third complaint within 7 days; health 41 of 100, 12 below its week; tagged vip"; "" for nothing to tell.

    `complains`: what is told of is a complaint itself.
    """
    told = [_complaints(standing.recent_complaints, complains=complains), health_words(standing)]
    if standing.tags:
        told.append(f"tagged {listed([one_line(tag) for tag in standing.tags[:_MOST_TAGS]])}")
    return "; ".join(filter(None, told))


def health_words(standing: CustomerStanding) -> str:
    """Gives "health 41 of 100, 12 below its week"; "" where it is not known."""
    if standing.health is None:
        return ""
    trend = round(standing.health_trend or 0.0)
    against = f", {abs(trend)} {'above' if trend > 0 else 'below'} its week" if trend else ""
    return f"health {standing.health:.0f} of 100{against}"


def contact_lines(contacts: Sequence[Entry], timezone: tzinfo) -> tuple[str, ...]:
    """Gives a line a contact: "Thu 20 Nov 2026, 09:10 UTC, phone call from them with Ben: “…” (promised a refund)"."""
    return tuple(contact_line(entry, timezone) for entry in contacts)


def contact_line(entry: Entry, timezone: tzinfo) -> str:
    """One contact in a line: when, by what, who, what was said, and what came of it."""
    who = cut(one_line(entry.by), _LONGEST_WORD) if entry.by and entry.what != "mention" else ""
    said = cut(one_line(entry.text), _LONGEST_QUOTE)
    came = cut(one_line(entry.outcome), _LONGEST_WORD)
    line = f"{moment(entry.at, timezone)}, {where(entry)}{f' with {who}' if who else ''}"
    line += f": \u201c{said}\u201d" if said else ""
    return line + (f" ({came})" if came else "")


def where(entry: Entry) -> str:
    """By what a contact came: "Mastodon", "phone call from them"."""
    if entry.what == "mention":
        words = terms_of(entry.channel).attribution
        name = cut(service(one_line(entry.channel)), _LONGEST_WORD)
        return f"{name} \u00b7 {words}" if words and words not in name else name
    channel, kind = (cut(one_line(word), _LONGEST_WORD) for word in (entry.channel, entry.kind))
    name = " ".join(dict.fromkeys(filter(None, (channel, kind)))) or "contact"
    return name + {"in": " from them", "out": " to them", "": ""}[entry.direction]


def answer_words(answer: Answer) -> str:
    """Gives "answered after 2h by Ben"."""
    by = cut(one_line(answer.by), _LONGEST_WORD)
    seconds = answer.after.total_seconds()
    size = 86_400 if seconds >= 2 * 86_400 else 3_600 if seconds >= 3_600 else 60
    whole = type(answer.after)(seconds=seconds // size * size)
    return f"answered after {length(whole) if whole else 'less than a minute'}{f' by {by}' if by else ''}"


def _complaints(number: int, *, complains: bool) -> str:
    if number < 1:
        return ""
    if complains and number >= 2:
        return f"{_ORDINALS[number] if number < len(_ORDINALS) else f'{number}th'} complaint within 7 days"
    return "" if complains else f"{counted(number, 'complaint')} within 7 days"
