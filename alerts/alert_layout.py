"""Lays an alert out as paragraphs, for services that show text with bold words and links."""

from __future__ import annotations

import re
from collections.abc import Sequence

from alerts.escape import host
from alerts.excerpt import Piece, plain
from alerts.facts import AlertFacts
from alerts.language import Language
from alerts.rich_text import Paragraph, Run, joined
from rules.reading import Severity

_ADDRESS = re.compile(r"(?:https?://|www\.)\S*", re.IGNORECASE)
_DOT = " \u00b7 "

SIGNS: dict[Severity, str] = {
    "critical": "\N{LARGE RED CIRCLE}",
    "high": "\N{LARGE ORANGE CIRCLE}",
    "medium": "\N{LARGE YELLOW CIRCLE}",
    "low": "\N{MEDIUM WHITE CIRCLE}",
}


def heading(facts: AlertFacts) -> str:
    """Gives the title without the quote where the post stands right below it, after the sign of its severity."""
    shown = facts.title
    if plain(facts.said).strip() or facts.headline:
        shown = shown.partition(": \u201c")[0]
    return f"{SIGNS[facts.severity]} {shown}"


def alert_paragraphs(facts: AlertFacts, state: str) -> list[Paragraph]:
    """Gives what stands below the heading: what was done, what was said, where, why, how many others."""
    link = (Run(facts.words.say("Open the post"), bold=True, link=facts.link), Run(_DOT)) if facts.link else ()
    where = _DOT.join(filter(None, (facts.where, facts.when, facts.ticket)))
    told = [
        (Run(state, bold=True),) if state else (),
        (Run(facts.headline, bold=True),) if facts.headline else (),
        _said(facts),
        (*link, Run(where)),
        _lines(facts),
        _others(facts),
    ]
    return [paragraph for paragraph in told if paragraph]


def left_out(language: Language) -> Paragraph:
    """Gives the line that says that a message could not hold everything."""
    return (Run(language.say("More than fits in one message was left out.")),)


def _said(facts: AlertFacts) -> Paragraph:
    if not plain(facts.said).strip():
        return ()
    return (Run("\u201c"), *_marked(facts.said), Run("\u201d"))


def _marked(pieces: Sequence[Piece]) -> list[Run]:
    """The words that were asked for in bold, but for those inside a web address, which must stay one."""
    addresses = [found.span() for found in _ADDRESS.finditer(plain(pieces))]
    runs: list[Run] = []
    start = 0
    for piece in pieces:
        end = start + len(piece.text)
        bold = piece.marked and not any(first <= end and start <= last for first, last in addresses)
        if runs and runs[-1].bold == bold:
            runs[-1] = Run(runs[-1].text + piece.text, bold=bold)
        else:
            runs.append(Run(piece.text, bold=bold))
        start = end
    return runs


def _lines(facts: AlertFacts) -> Paragraph:
    runs: list[Run] = []
    for label, told in facts.lines():
        runs += [Run(f"{chr(10) if runs else ''}{label}:", bold=True), Run(f" {told}")]
    return tuple(runs)


def _others(facts: AlertFacts) -> Paragraph:
    if not facts.others:
        return ()
    links = [Run(f"{number}. {host(url)}", link=url) for number, url in enumerate(facts.other_links, 1)]
    return (Run(facts.more_posts, bold=True), *((Run("\n"), *joined(links, _DOT)) if links else ()))
