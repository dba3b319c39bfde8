"""Several alerts in one message: a line for each, the worst first, as many as the channel's form holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice

from msgspec import Struct

from alerts.alert import Alert
from alerts.alert_layout import SIGNS
from alerts.escape import one_line
from alerts.excerpt import cut
from alerts.facts import alert_facts
from alerts.language import Language
from alerts.voice import Voice
from alerts.wording import listed
from rules.reading import SEVERITIES, Severity

_LONGEST_WORDS = 140
_LONGEST_NOTE = 80
_LONGEST_TITLE = 150
_QUOTE = 200
_MOST_BRANDS = 3


class Entry(Struct, frozen=True, kw_only=True):
    """One alert of a listing: what it is, what else there is to say (each in one line), and where it leads."""

    alert: int
    severity: Severity
    title: str
    detail: str
    link: str

    @property
    def line(self) -> str:
        """All of it in one line, after the sign of its severity."""
        return f"{SIGNS[self.severity]} {self.title} \u00b7 {self.detail}"


class Listing(Struct, frozen=True, kw_only=True):
    """What one message lists. `more` is how many alerts there are besides; they follow."""

    title: str
    entries: tuple[Entry, ...]
    more: int = 0


def entries_of(alerts: Sequence[Alert], voice: Voice, notes: Mapping[int, str]) -> Iterator[Entry]:
    """Gives a line for each alert, the worst first; those that are as bad stay in the order in which they came.

    Each is made when it is asked for: of thousands that wait, one message holds a few dozen.
    """
    by_rank = {severity: rank for rank, severity in enumerate(SEVERITIES)}
    for alert in sorted(alerts, key=lambda alert: -by_rank[alert.severity]):
        yield _entry(alert, voice, notes.get(alert.id, ""))


def fitting(entries: Iterable[Entry], room: int, most: int, size: Callable[[Entry], int]) -> tuple[Entry, ...]:
    """Gives as many entries, from the first, as one message holds: one at least, that there is an end to it."""
    taken: list[Entry] = []
    for entry in islice(entries, most):
        room -= size(entry)
        if room < 0 and taken:
            break
        taken.append(entry)
    return tuple(taken)


def listing_title(alerts: Sequence[Alert], more: int, language: Language) -> str:
    """Gives "12 alerts: 2 critical, 10 high · Acme and Beta"."""
    counted = {severity: sum(alert.severity == severity for alert in alerts) for severity in SEVERITIES}
    each = [
        language.say("{number} critical", number=language.number(counted["critical"])) if counted["critical"] else "",
        language.say("{number} high", number=language.number(counted["high"])) if counted["high"] else "",
        language.say("{number} medium", number=language.number(counted["medium"])) if counted["medium"] else "",
        language.say("{number} low", number=language.number(counted["low"])) if counted["low"] else "",
    ]
    total = language.count("{number} alert", "{number} alerts", len(alerts) + more)
    brands = list(dict.fromkeys(one_line(brand) for alert in alerts for brand in alert.brands or (alert.lead.brand,)))
    named = f" \u00b7 {listed(brands[:_MOST_BRANDS], language)}" if brands else ""
    told = ", ".join(filter(None, each))
    return cut(f"{total}{f': {told}' if told and not more else ''}{named}", _LONGEST_TITLE)


def more_words(more: int, language: Language) -> str:
    """Says that there are alerts besides those that are listed; "" where there are none."""
    if not more:
        return ""
    return language.count(
        "and {number} more alert, in the next message", "and {number} more alerts, in the next message", more
    )


def _entry(alert: Alert, voice: Voice, note: str) -> Entry:
    facts = alert_facts(alert, voice.timezone, _LONGEST_WORDS, _QUOTE, voice.language)
    others = facts.others and voice.language.count("and {number} more post", "and {number} more posts", facts.others)
    number = voice.language.say("alert {number}", number=alert.id)
    told = [facts.when, others or "", cut(one_line(note), _LONGEST_NOTE), number]
    return Entry(
        alert=alert.id,
        severity=alert.severity,
        title=facts.title,
        detail=" \u00b7 ".join(filter(None, told)),
        link=facts.link,
    )
