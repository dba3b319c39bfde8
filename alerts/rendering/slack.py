"""Lays messages out as Slack's Block Kit.

Text from outside stands in `plain_text` elements only, where Slack reads no markup; `mrkdwn` elements hold our own
words, numbers and encoded links. Limits: docs.slack.dev/reference/block-kit/blocks; a message as a whole is
refused from about 13,000 characters on (msg_blocks_too_long), which is not documented.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from alerts.actions import button_id
from alerts.alert_layout import heading
from alerts.contract import Action, Limits
from alerts.escape import host, one_line, slack_link, slack_plain
from alerts.excerpt import cut, plain, width
from alerts.facts import AlertFacts
from alerts.language import ENGLISH, Language, msgid
from alerts.listing import Entry, Listing

LIMITS = Limits(title=150, text=3_000)
MOST_BLOCKS = 50
MOST_IN_ALL = 11_000

_MOST_SECTIONS = 3
_LEFT_OUT = msgid("More than fits in one Slack message was left out.")

Block = dict[str, Any]


def alert_blocks(facts: AlertFacts, state: str = "", actions: Sequence[Action] = ()) -> list[Block]:
    """Gives an alert: heading, what was said, who and why, where and when with the link, how many others."""
    said = plain(facts.said)
    blocks = [header(heading(facts))]
    if state:
        blocks.append(words(state))
    if facts.headline:
        blocks.append(words(facts.headline))
    if said.strip():
        blocks.append(words(f"\u201c{said.strip()}\u201d"))
    if facts.link:
        blocks.append(_open_link(facts))
    blocks.append(context(*filter(None, (facts.where, facts.when, facts.ticket))))
    blocks.append(words(cut("\n".join(f"{label}: {told}" for label, told in facts.lines()), 2_500)))
    if actions:
        blocks.append(_to_do(actions))
    if facts.others:
        blocks.append(_others(facts))
    return within_limits(blocks, facts.words)


def listing_blocks(listing: Listing, more: str, language: Language) -> list[Block]:
    """Gives several alerts, a small line with a link for each; `more` says in words what is not among them."""
    lines = [quoted_link(entry.link, entry.line, language) for entry in listing.entries]
    return within_limits([header(listing.title), *lines, *([context(more)] if more else [])], language)


def entry_size(entry: Entry) -> int:
    """Counts what an alert takes in a listing, as within_limits does."""
    return _weight(quoted_link(entry.link, entry.line))


def plain_blocks(title: str, text: str, language: Language) -> list[Block]:
    """Gives any message that has no form of its own: its title and its text, cut into sections."""
    blocks = [header(title)]
    rest = slack_plain(text)
    while rest.strip() and len(blocks) <= _MOST_SECTIONS:
        part = rest if width(rest) <= LIMITS.text else _beginning(rest)
        blocks.append({"type": "section", "text": {"type": "plain_text", "text": part.strip(), "emoji": False}})
        rest = rest[len(part) :].lstrip()
    if rest:
        blocks.append(context(language.say(_LEFT_OUT)))
    return within_limits(blocks, language)


def header(text: str) -> Block:
    """Gives a heading of at most 150 characters."""
    return {"type": "header", "text": _plain(text, LIMITS.title)}


def words(text: str) -> Block:
    """Gives a section of text from anywhere."""
    return {"type": "section", "text": _plain(text, LIMITS.text)}


def own_words(markup: str) -> Block:
    """Gives a section of our own markup: nothing from outside but what slack_link and slack_markup made of it."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": markup, "verbatim": True}}


def context(*texts: str) -> Block:
    """Gives a small grey line of at most ten texts."""
    return {"type": "context", "elements": [_plain(text, 300) for text in texts[:10] if text.strip()]}


def quoted_link(link: str, text: str, language: Language = ENGLISH) -> Block:
    """Gives a small line of text from anywhere with a link beside it, the text alone where the link is none or long."""
    block = context(text)
    markup = slack_link(link, language.say("Open"))
    if link and width(markup) <= 1_000:
        block["elements"].insert(0, {"type": "mrkdwn", "text": markup, "verbatim": True})
    return block


def links(before: str, labelled: Sequence[tuple[str, str]], limit: int = LIMITS.text) -> str:
    """Gives markup of (url, label) pairs after our own words, as many as fit whole."""
    markup = before
    for url, label in labelled:
        link = slack_link(url, cut(one_line(label), 80))
        if width(markup) + width(link) + 3 <= limit:
            joint = "\n" if markup == before else " \u00b7 "
            markup += (joint if markup else "") + link
    return markup


def within_limits(blocks: Sequence[Block], language: Language = ENGLISH) -> list[Block]:
    """Drops blocks from the end until the message as a whole fits, and says so."""
    kept: list[Block] = []
    total = 0
    for block in blocks:
        total += _weight(block)
        if total > MOST_IN_ALL or len(kept) == MOST_BLOCKS - 1:
            return [*kept, context(language.say(_LEFT_OUT))]
        kept.append(block)
    return kept


def _open_link(facts: AlertFacts) -> Block:
    markup = slack_link(facts.link, facts.words.say("Open the post"))
    if width(markup) <= LIMITS.text:
        return own_words(f"*{markup}*")
    return context(facts.words.say("The post's link is longer than Slack takes: `listener alerts` shows it."))


def _others(facts: AlertFacts) -> Block:
    labelled = [(url, f"{number}. {host(url)}") for number, url in enumerate(facts.other_links, 1)]
    told = facts.words.count(
        "*and {number} more post* of the same story", "*and {number} more posts* of the same story", facts.others
    )
    return own_words(links(told, labelled, 2_000))


def _to_do(actions: Sequence[Action]) -> Block:
    """Buttons whose press comes back to us, or links where the actions have addresses."""
    if any(action.url for action in actions):
        return own_words(links("", [(action.url, action.label) for action in actions if action.url]))
    buttons = [
        {
            "type": "button",
            "action_id": button_id(action),
            "value": str(action.alert),
            "text": _plain(action.label, 75),
        }
        for action in actions[:25]
    ]
    return {"type": "actions", "block_id": f"alert:{actions[0].alert}", "elements": buttons}


def _plain(text: str, limit: int) -> Block:
    """An empty text would make Slack refuse the whole message."""
    return {"type": "plain_text", "text": cut(slack_plain(text), limit) or "\u2013", "emoji": False}


def _beginning(text: str) -> str:
    """The beginning of a text that fits one section, ending at a line's end if there is one."""
    fitting = cut(text, LIMITS.text)[:-1] or text[: LIMITS.text // 2]
    line_end = fitting.rfind("\n")
    return fitting[: line_end + 1] if line_end > LIMITS.text // 2 else fitting


def _weight(block: Block) -> int:
    """Counts the characters of a block's texts, with some room for its frame."""
    if block["type"] == "actions":
        return 150 * len(block["elements"])
    texts = [block["text"]] if "text" in block else block.get("elements", [])
    return 60 + sum(width(text["text"]) for text in texts)
