"""Lays messages out for Telegram: plain text, with its formats as entities beside it.

Nothing in the text is ever read as markup, for no parse_mode is set. Limits: core.telegram.org/bots/api#sendmessage
(4,096 characters after entities) and limits.tginfo.me (100 entities); offsets count UTF-16 units.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from alerts.alert_layout import alert_paragraphs, heading, left_out
from alerts.contract import Action, Limits
from alerts.escape_chat import telegram_text
from alerts.excerpt import width
from alerts.facts import AlertFacts
from alerts.language import Language
from alerts.rich_text import Paragraph, Run, parted, plain_paragraphs, within

LIMITS = Limits(title=150, text=4_096)
MOST_ENTITIES = 100
_MOST_BUTTONS = 8


def alert_body(facts: AlertFacts, state: str, actions: Sequence[Action]) -> dict[str, Any]:
    """Gives an alert: heading, what was said, where with the link, why, how many others; actions as buttons below."""
    paragraphs = [(Run(heading(facts), bold=True),), *alert_paragraphs(facts, state)]
    return {**body(paragraphs, facts.words), **keyboard(actions)}


def plain_body(title: str, text: str, words: Language) -> dict[str, Any]:
    """Gives any message that has no form of its own: its title and its text."""
    return body([(Run(title, bold=True),), *plain_paragraphs(text)], words)


def body(paragraphs: Sequence[Paragraph], language: Language) -> dict[str, Any]:
    """Gives text and entities of as many paragraphs as one message holds."""
    text, entities = "", []
    for paragraph in within(paragraphs, LIMITS.text, size, left_out(language)):
        text += "\n\n" if text else ""
        for run in paragraph:
            before, core, after = parted(run.text, telegram_text)
            formatted = {"offset": width(text + before), "length": width(core)}
            if core and run.link:
                entities.append({"type": "text_link", "url": run.link, **formatted})
            elif core and run.bold:
                entities.append({"type": "bold", **formatted})
            text += before + core + after
    return {"text": text.rstrip() or "\u2013", "entities": entities[:MOST_ENTITIES]}


def size(paragraph: Paragraph) -> int:
    """Counts a paragraph's text and the blank line before it."""
    return 2 + sum(width("".join(parted(run.text, telegram_text))) for run in paragraph)


def keyboard(actions: Sequence[Action]) -> dict[str, Any]:
    """Gives the buttons that lead to the actions' addresses, two in a row; {} where none has one."""
    buttons = [{"text": action.label, "url": action.url} for action in actions[:_MOST_BUTTONS] if action.url]
    rows = [buttons[place : place + 2] for place in range(0, len(buttons), 2)]
    return {"reply_markup": {"inline_keyboard": rows}} if rows else {}
