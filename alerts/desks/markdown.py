"""Plain words from outside as Markdown that shows them as they are: nobody is called, nothing is linked or closed."""

from __future__ import annotations

import re
from collections.abc import Sequence

from alerts.escape import host, web_link

_TICKS = re.compile(r"`+")
_ENDS_LINK = re.compile(r"[<>\\`]")
_LINKED_BACK = ("github.com", "gitlab.com", "linear.app")
"""Sites that show, on their own page, who links to it."""


def fenced(text: str) -> str:
    """The text as a block of code (CommonMark 4.5), whose fence is longer than any run of ticks in it."""
    longest = max((len(found) for found in _TICKS.findall(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"


def linked(links: Sequence[str]) -> str:
    """The links, one a line, that can be followed; those that would tell the page's owner of it as code."""
    return "\n".join(_link(link) for url in links if (link := web_link(url)))


def _link(link: str) -> str:
    name = host(link)
    if any(name == site or name.endswith(f".{site}") for site in _LINKED_BACK):
        return f"`{link.replace('`', '%60')}`"
    return f"<{_ENDS_LINK.sub(lambda found: f'%{ord(found[0]):02X}', link)}>"
