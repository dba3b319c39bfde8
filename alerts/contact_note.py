"""Puts what a customer wrote into a note for whoever looks after them."""

from __future__ import annotations

from datetime import tzinfo

from msgspec import Struct
from msgspec.structs import replace

from alerts.alert import Alert, ReadMention
from alerts.excerpt import cut, plain
from alerts.facts import alert_facts

LONGEST_TITLE = 200
LONGEST_TEXT = 6_000
_LONGEST_QUOTE = 2_000


class ContactNote(Struct, frozen=True, kw_only=True):
    """The words of a note: one line, plain text of several lines, and the post's link ("" where there is none)."""

    title: str
    text: str
    link: str


def contact_note(alert: Alert, mention: ReadMention, timezone: tzinfo) -> ContactNote:
    """The note on one mention of an alert, at most LONGEST_TITLE and LONGEST_TEXT characters.

    It tells of this mention alone: other authors of the same story are nothing that belongs on this customer's record.
    """
    alone = replace(
        alert, lead=mention, rules=tuple(mention.rules), brands=(mention.brand,), others=(), last_contacts=()
    )
    facts = alert_facts(replace(alone, standing=None), timezone, LONGEST_TITLE, _LONGEST_QUOTE)
    said = plain(facts.said).strip()
    lines = [
        facts.headline,
        f"“{said}”" if said else "",
        *(f"Why: {reason}" for reason in facts.why),
        f"Feeling: {facts.feeling}" if facts.feeling else "",
        f"About: {facts.about}" if facts.about else "",
        f"{facts.where}, {facts.when}",
        ", ".join(filter(None, [f"Alert {alert.id} ({alert.severity})", facts.ticket])),
    ]
    return ContactNote(
        title=cut(f"{facts.brands}: the customer wrote on {facts.where}", LONGEST_TITLE),
        text=cut("\n".join(line for line in lines if line), LONGEST_TEXT),
        link=facts.link,
    )
