"""Puts an alert into the words of a ticket, and what else is heard of its story into those of an addition."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from msgspec import Struct

from alerts.alert import Alert, ReadMention
from alerts.escape import one_line, web_link
from alerts.excerpt import cut, plain
from alerts.facts import AlertFacts, alert_facts, author_name
from alerts.language import Language
from alerts.wording import moment, service

_LONGEST_QUOTE = 4_000
_LONGEST_LINE = 300
MOST_SHOWN = 20
"""Posts that one addition quotes; the others are counted."""


class TicketWords(Struct, frozen=True):
    """One line, plain text of several lines, and the post's link ("" where there is none)."""

    title: str
    text: str
    link: str


def ticket_words(alert: Alert, timezone: tzinfo, language: Language, longest_title: int, longest: int) -> TicketWords:
    """The words of a ticket that is opened for an alert as it stands."""
    facts = alert_facts(alert, timezone, longest_title, _LONGEST_QUOTE, language)
    return TicketWords(
        title=cut(one_line(facts.title), longest_title),
        text=cut(_lines(alert, facts, language), longest),
        link=facts.link,
    )


def addition_words(
    mentions: Sequence[ReadMention], count: int, timezone: tzinfo, language: Language, longest: int
) -> tuple[str, list[str]]:
    """The words on `count` further posts of a story, of which these are the newest, and their links."""
    shown = mentions[:MOST_SHOWN]
    lines = [language.count("One more post of this story:", "{number} more posts of this story:", count)]
    lines += [_line(one, timezone, language) for one in shown]
    if count > len(shown):
        lines.append(language.count("and one more", "and {number} more", count - len(shown)))
    links = dict.fromkeys(link for one in shown if (link := web_link(one.post.url)))
    return cut("\n".join(lines), longest), list(links)


def _lines(alert: Alert, facts: AlertFacts, language: Language) -> str:
    said = plain(facts.said).strip()
    told = [facts.headline, f"\u201c{said}\u201d" if said else "", ""]
    told += [f"{label}: {words}" for label, words in facts.lines()]
    told += [f"{facts.where}, {facts.when}"]
    if facts.others:
        told.append(language.count("One more post tells it.", "{number} more posts tell it.", facts.others))
        told += list(facts.other_links)
    told += ["", language.say("Alert {number} ({severity})", number=alert.id, severity=facts.severity_word)]
    if facts.ticket:
        told.append(facts.ticket)
    return "\n".join(told).strip()


def _line(mention: ReadMention, timezone: tzinfo, language: Language) -> str:
    post = mention.post
    at = moment(post.published_at or mention.first_seen_at, timezone, language)
    words = one_line(post.title or post.text)
    who = author_name(mention) if post.author.handle or post.author.name or mention.customer else ""
    where = ", ".join(part for part in (service(one_line(post.source), language), at) if part)
    return cut(f"- {who or '?'} ({where}){f': {words}' if words else ''}", _LONGEST_LINE)
