"""Puts what a customer wrote into a note for whoever looks after them."""

from __future__ import annotations

from datetime import tzinfo

from msgspec import Struct
from msgspec.structs import replace

from alerts.alert import Alert, ReadMention
from alerts.excerpt import cut, plain
from alerts.facts import alert_facts
from alerts.language import ENGLISH, Language

LONGEST_TITLE = 200
LONGEST_TEXT = 6_000
_LONGEST_QUOTE = 2_000


class ContactNote(Struct, frozen=True, kw_only=True):
    """The words of a note: one line, plain text of several lines, and the post's link ("" where there is none)."""

    title: str
    text: str
    link: str


def contact_note(alert: Alert, mention: ReadMention, timezone: tzinfo, words: Language = ENGLISH) -> ContactNote:
    """The note on one mention of an alert, at most LONGEST_TITLE and LONGEST_TEXT characters.

    It tells of this mention alone: other authors of the same story are nothing that belongs on this customer's record.
    """
    alone = replace(
        alert, lead=mention, rules=tuple(mention.rules), brands=(mention.brand,), others=(), last_contacts=()
    )
    facts = alert_facts(replace(alone, standing=None), timezone, LONGEST_TITLE, _LONGEST_QUOTE, words)
    said = plain(facts.said).strip()
    told = {words.say("Why"): list(facts.why), words.say("Feeling"): [facts.feeling], words.say("About"): [facts.about]}
    number = words.say("Alert {number} ({severity})", number=alert.id, severity=facts.severity_word.lower())
    lines = [
        facts.headline,
        f"“{said}”" if said else "",
        *(f"{label}: {fact}" for label, some in told.items() for fact in some if fact),
        f"{facts.where}, {facts.when}",
        ", ".join(filter(None, [number, facts.ticket])),
    ]
    title = words.say("{brands}: the customer wrote on {place}", brands=facts.brands, place=facts.where)
    return ContactNote(
        title=cut(title, LONGEST_TITLE),
        text=cut("\n".join(line for line in lines if line), LONGEST_TEXT),
        link=facts.link,
    )
