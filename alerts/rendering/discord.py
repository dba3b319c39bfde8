"""Lays messages out for Discord: a line of text that notifications show, and one embed below it.

Limits: discord.com/developers/docs/resources/message#embed-object-embed-limits (4,096 characters in a description)
and .../resources/webhook#execute-webhook (2,000 in the content).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from alerts.alert_layout import alert_paragraphs, heading, left_out
from alerts.contract import Action, Limits
from alerts.escape_chat import discord_address, discord_text
from alerts.excerpt import cut, width
from alerts.facts import AlertFacts
from alerts.language import Language
from alerts.rich_text import Paragraph, Run, parted, plain_paragraphs, within
from rules.reading import Severity

LIMITS = Limits(title=150, text=4_000)
_ROOM = 4_000
_LONGEST_CONTENT = 2_000
_LONGEST_BUTTON_LINK = 512
_MOST_BUTTONS = 5
_WORD_JOINER = "\u2060"

COLOURS: dict[Severity, int] = {"critical": 0x8F1D2C, "high": 0xB4470F, "medium": 0x7A5C00, "low": 0x4B5866}


def alert_body(facts: AlertFacts, state: str, actions: Sequence[Action]) -> dict[str, Any]:
    """Gives an alert: heading, what was said, where with the link, why, how many others; actions as link buttons."""
    paragraphs = alert_paragraphs(facts, state)
    shown = body(heading(facts), paragraphs, facts.words, COLOURS[facts.severity])
    return {**shown, **_components(actions)}


def plain_body(title: str, text: str, words: Language) -> dict[str, Any]:
    """Gives any message that has no form of its own: its title and its text."""
    return body(title, plain_paragraphs(text), words, COLOURS["low"])


def body(title: str, paragraphs: Sequence[Paragraph], language: Language, colour: int) -> dict[str, Any]:
    """Gives a title, and as many paragraphs as one embed holds."""
    kept = within(paragraphs, _ROOM, size, left_out(language))
    description = "\n\n".join(markup(paragraph).strip() for paragraph in kept)
    content = discord_text(cut(title, LIMITS.title))
    return {
        "content": cut(f"**{content}**" if content else "\u2013", _LONGEST_CONTENT),
        "embeds": [{"description": description or "\u2013", "color": colour}],
    }


def size(paragraph: Paragraph) -> int:
    """Counts what a paragraph takes in Discord's Markdown, with the blank line before it."""
    return 2 + width(markup(paragraph))


def markup(paragraph: Paragraph) -> str:
    """Gives a paragraph as Markdown; signs of bold that would meet are kept apart by an unseen character."""
    text = ""
    for run in paragraph:
        shown = _run(run)
        text += f"{_WORD_JOINER if text.endswith('*') and shown.startswith('*') else ''}{shown}"
    return text


def _run(run: Run) -> str:
    """Signs of bold stand right at the words, or Discord shows them."""
    before, core, after = parted(run.text, discord_text)
    link = discord_address(run.link) if run.link else ""
    if core and link:
        core = f"[{core}]({link})"
    return f"{before}{f'**{core}**' if core and run.bold else core}{after}"


def _components(actions: Sequence[Action]) -> dict[str, Any]:
    """Buttons that are links; every webhook may send them (Discord calls them non-interactive)."""
    buttons = [
        {"type": 2, "style": 5, "label": cut(action.label, 80), "url": action.url}
        for action in actions
        if action.url and len(action.url) <= _LONGEST_BUTTON_LINK
    ]
    return {"components": [{"type": 1, "components": buttons[:_MOST_BUTTONS]}]} if buttons else {}
