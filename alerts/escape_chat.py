"""Makes text from outside harmless for Discord, Telegram and Teams."""

from __future__ import annotations

import re

from alerts.escape import readable, unpinged, web_link

_WORD_JOINER = "\u2060"

_DISCORD_SIGNS = re.compile(r"[\\*_~`|\[\]()<>#:]")
_DISCORD_GROUP = re.compile(r"@(?=everyone|here)", re.IGNORECASE)  # others are named by numbers in <>
_DISCORD_LINE_START = re.compile(r"^(\s*)([-+]|\d{1,9}(?=\.))", re.MULTILINE)
# As Discord itself finds one; it never holds what would end a link in brackets, or an escape.
_ADDRESS = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_AFTER_ADDRESS = ".,:;!?'\u201c\u201d\u2026*_~`|\\]["
_DISCORD_IN_ADDRESS = re.compile(r"[\\*`|\[\]()~]|@(?=everyone|here)", re.IGNORECASE)

_TELEGRAM_COMMAND = re.compile(r"(?<![A-Za-z0-9_/<>])/(?=[A-Za-z0-9_])")


def discord_text(text: str) -> str:
    """Gives Discord's Markdown that shows `text` as it is: nothing in it formats, links, hides or pings.

    Web addresses stay whole, for Discord makes links of them. Source: support.discord.com/hc/en-us/articles/210298617
    (Markdown Text 101); a backslash takes any of its signs for what they are.
    """
    text = readable(text)
    parted, end = [], 0
    for found in _ADDRESS.finditer(text):
        address = _without_what_follows(found[0])
        parted += [_discord_words(text[end : found.start()]), discord_address(address) or _discord_words(address)]
        end = found.start() + len(address)
    return "".join((*parted, _discord_words(text[end:])))


def discord_address(url: str) -> str:
    """Gives a web address in which nothing ends a link of Discord's, leading to the very same place; "" for none."""
    return _DISCORD_IN_ADDRESS.sub(lambda found: f"%{ord(found[0]):02X}", web_link(url))


def telegram_text(text: str) -> str:
    """Gives text in which Telegram finds nobody to ping and no command to press; formats stand beside it, never in it.

    Telegram makes @names and /commands of a message's text by itself (core.telegram.org/bots/api#messageentity).
    """
    return _TELEGRAM_COMMAND.sub("/" + _WORD_JOINER, unpinged(text))


def teams_text(text: str) -> str:
    """Gives text for a TextRun, where Teams reads no Markdown: mentions and date functions are broken all the same.

    Sources: adaptivecards.io/explorer/TextRun.html ("Markdown is not supported"); a mention needs an entity beside
    `<at>` (learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/cards-format), and we send none.
    """
    text = re.sub(r"<(?=/?at\b)", "<" + _WORD_JOINER, unpinged(text), flags=re.IGNORECASE)
    return text.replace("{{", "{" + _WORD_JOINER + "{")


def _discord_words(text: str) -> str:
    text = _DISCORD_SIGNS.sub(lambda found: "\\" + found[0], text)
    text = _DISCORD_LINE_START.sub(_escaped_start, text)
    return _DISCORD_GROUP.sub("@" + _WORD_JOINER, text)


def _escaped_start(found: re.Match[str]) -> str:
    """A list's dash takes a backslash before it; a list's number takes one before its full stop."""
    space, sign = found[1], found[2]
    return f"{space}\\{sign}" if sign in "-+" else f"{space}{sign}\\"


def _without_what_follows(address: str) -> str:
    """An address in a sentence: without the signs that end the sentence, or the bracket that it stands in."""
    while address and (address[-1] in _AFTER_ADDRESS or (address[-1] == ")" and "(" not in address)):
        address = address[:-1]
    return address
