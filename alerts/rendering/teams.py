"""Lays messages out for Microsoft Teams: an Adaptive Card, with all text from outside in TextRuns.

A TextRun reads no Markdown (adaptivecards.io/explorer/TextRun.html). A message of more than 28 KB is refused
(learn.microsoft.com/microsoftteams/limits-specifications-teams), so a card is measured in bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from alerts.alert_layout import alert_paragraphs, heading, left_out
from alerts.contract import Action, Limits
from alerts.escape_chat import teams_text
from alerts.excerpt import cut
from alerts.facts import AlertFacts
from alerts.language import Language
from alerts.rich_text import Paragraph, Run, parted, plain_paragraphs, within

LIMITS = Limits(title=150, text=6_000)
ROOM = 20_000  # bytes of the card's body; the rest of the 28 KB is for its frame and its buttons
_LONGEST_LINK = 2_000
_MOST_BUTTONS = 6


def alert_card(facts: AlertFacts, state: str, actions: Sequence[Action]) -> dict[str, Any]:
    """Gives an alert: heading, what was said, where, why, how many others; the post and the actions as buttons."""
    opened = [(facts.words.say("Open the post"), facts.link)] if facts.link else []
    buttons = [*opened, *((action.label, action.url) for action in actions if action.url)]
    return card(heading(facts), alert_paragraphs(facts, state), facts.words, buttons)


def plain_card(title: str, text: str, words: Language) -> dict[str, Any]:
    """Gives any message that has no form of its own: its title and its text."""
    return card(title, plain_paragraphs(text), words)


def card(
    title: str, paragraphs: Sequence[Paragraph], language: Language, buttons: Sequence[tuple[str, str]] = ()
) -> dict[str, Any]:
    """Gives a title, as many paragraphs as one card holds, and buttons that lead to web addresses."""
    told = teams_text(cut(title, LIMITS.title)) or "\u2013"
    head = {
        "type": "RichTextBlock",
        "inlines": [{"type": "TextRun", "text": told, "weight": "Bolder", "size": "Medium"}],
    }
    body = [head, *map(block, within(paragraphs, ROOM, size, left_out(language)))]
    actions = [
        {"type": "Action.OpenUrl", "title": cut(label, 80), "url": url}
        for label, url in buttons
        if len(url) <= _LONGEST_LINK
    ]
    return {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "Full"},
        "body": body,
        **({"actions": actions[:_MOST_BUTTONS]} if actions else {}),
    }


def size(paragraph: Paragraph) -> int:
    """Counts the bytes that a paragraph takes in the card."""
    return len(msgspec.json.encode(block(paragraph))) + 1


def block(paragraph: Paragraph) -> dict[str, Any]:
    """Gives a paragraph as a block of its own."""
    return {"type": "RichTextBlock", "spacing": "Medium", "inlines": [_inline(run) for run in paragraph if run.text]}


def _inline(run: Run) -> dict[str, Any]:
    shown: dict[str, Any] = {"type": "TextRun", "text": "".join(parted(run.text, teams_text))}
    if run.bold:
        shown["weight"] = "Bolder"
    if run.link and len(run.link) <= _LONGEST_LINK:
        shown["selectAction"] = {"type": "Action.OpenUrl", "url": run.link}
    return shown
