"""Makes text from outside harmless where it is shown: one line, Slack, links."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote, urlsplit

from sources.post import storable

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
# Embeddings, overrides and isolates turn the words around them too: ours.
_TURNS_READING_ORDER = re.compile("[\u202a-\u202e\u2066-\u2069]")
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_BLANK_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")
_WORD_JOINER = "\u2060"  # unseen, and enough that no reader takes the signs beside it for one word
_SLACK_CONTROL = re.compile(r"<(?=[!@#])")
_GROUP_PING = re.compile(r"@(?=(?:here|channel|everyone|group|all)\b)", re.IGNORECASE)
_ANY_PING = re.compile(r"(?<!\w)@(?=\w)")
# A web address with a path, as `web_link` leaves it: services put @names there, and nobody is pinged by an address.
_ADDRESS = re.compile(r"https?://[\w.-]+(?::\d+)?/[^\s<>|\"]*", re.IGNORECASE)
# What ends or splits a link in Slack or in a plain mail, and what turns its reading order.
_BREAKS_LINK = re.compile('[|<>"\\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]')


def readable(text: str) -> str:
    """Gives text of several lines without control characters, with one blank line at most between paragraphs."""
    text = _LINE_ENDS.sub("\n", storable(text, limit=len(text) + 1))
    text = _TURNS_READING_ORDER.sub("", _CONTROLS.sub("", text))
    return _BLANK_LINES.sub("\n\n", text).strip()


def one_line(text: str) -> str:
    """Gives text as one line: for headings, subjects and table cells."""
    return " ".join(readable(text).split())


def web_link(url: str) -> str:
    """Gives a link that can be followed and shown, or "" where `url` is none for a browser.

    Only what would break it out of its place is percent-encoded, so it leads to the very same address.
    """
    url = url.strip()
    try:
        parts = urlsplit(url)
        followable = parts.scheme.lower() in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return ""
    if not followable:
        return ""
    return _BREAKS_LINK.sub(lambda found: quote(found[0], safe=""), storable(url, limit=len(url) + 1))


def host(url: str) -> str:
    """Gives the host of a link as a short label, "" where there is none."""
    try:
        return one_line(urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def slack_plain(text: str) -> str:
    """Gives text for a `plain_text` element, where Slack reads no markup.

    Control sequences are broken all the same, because receivers that only resemble Slack may read them.
    """
    text = _SLACK_CONTROL.sub("<" + _WORD_JOINER, readable(text))
    return _GROUP_PING.sub("@" + _WORD_JOINER, text)


def slack_markup(text: str) -> str:
    """Gives text for a `mrkdwn` place: the three characters that Slack's rules name are escaped, no @name pings.

    A web address stays the address that it is. Source: docs.slack.dev/messaging/formatting-message-text, "Escaping
    text".
    """
    text = unpinged(text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unpinged(text: str) -> str:
    """Gives readable text in which no @name names anybody; a web address stays the address that it is."""
    return _outside_addresses(readable(text), _unpinged, str)


def _outside_addresses(text: str, change: Callable[[str], str], address: Callable[[str], str]) -> str:
    """Gives `text` with its web addresses put through one function, and all that is between them through the other."""
    parted, end = [], 0
    for found in _ADDRESS.finditer(text):
        parted += [change(text[end : found.start()]), address(found[0])]
        end = found.end()
    return "".join((*parted, change(text[end:])))


def _unpinged(text: str) -> str:
    return _GROUP_PING.sub("@" + _WORD_JOINER, _ANY_PING.sub("@" + _WORD_JOINER, text))


def slack_link(url: str, label: str) -> str:
    """Gives `<url|label>`, or the label alone where the url is none."""
    link, label = web_link(url), slack_markup(one_line(label)).replace("|", "¦")
    return f"<{link.replace('&', '&amp;')}|{label}>" if link else label
