"""What each service documents for a message, and what no text from outside may do in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from alerts.contract import Message
from alerts.excerpt import width

GROUP_PING = re.compile(r"@(here|channel|everyone|group|all)\b", re.IGNORECASE)
ADDRESS = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
ADDRESS_WITH_PATH = re.compile(r"https?://[\w.-]+(:\d+)?/\S*", re.IGNORECASE)

HOSTILE = [
    "<!channel> <@U123456> <#C1|general> <!subteam^S1> @here @channel @everyone",
    "<@123> <@&456> <#789> </stop:1> <:smile:1> <t:1> <id:customize> :smile:",
    "<at>Everyone</at> {{DATE(2017-02-14T06:00:00Z)}} ${x} @{triggerBody()}",
    "*bold* **bold** __it__ _it_ ~s~ ~~s~~ `code` ```block``` > quote ||spoiler||",
    "# head\n-# small\n- item\n1. item\n>>> quote\n+ item",
    "[bank](https://evil.example) <https://evil.example|https://bank.example> [x]: y",
    "https://site.example/a_b_(c)*d*`e`|f|~~g~~[h](i)\\j see (https://site.example/x).",
    "https://@everyone/@here https://x.example/@everyone http://[ https://",
    "/start@evilbot /delete_all and/or @victim @victim_2 #tag $CASH",
    "</td><script>alert(1)</script><img src=x onerror=alert(1)>",
    "\r\nBcc: victim@example.org\r\n\r\nbody",
    "\u202egnp.exe \u2066x",
    "{{ 7 * 7 }} {% raw %} \\",
    "&lt;!channel&gt; &amp;",
    "\x00\x07\ud800\x1b[31m",
    "ক্ষ্ম্য্ষ্ম্য" * 8,
    "👨‍👩‍👧‍👦🇧🇩🇧🇩👍🏽" * 5,
]


def check(message: Message, kind: str) -> None:
    """Checks a message's own form for a kind."""
    assert "\n" not in message.title
    CHECKS.get(kind, lambda _: None)(message)


def check_discord(message: Message) -> None:
    (body,) = message.blocks
    embeds = body["embeds"]
    assert 1 <= width(body["content"]) <= 2_000
    assert len(embeds) == 1
    assert 1 <= width(embeds[0]["description"]) <= 4_096
    assert set(embeds[0]) == {"description", "color"}
    for text in (body["content"], embeds[0]["description"]):
        assert not re.search(r"@(everyone|here)", text, re.IGNORECASE)
        seen = re.sub(r"\\[^0-9A-Za-z\s]", "x", text)  # what a backslash takes for itself
        seen = re.sub(r"\]\(https?://[^\s()]+\)", "]", seen)  # our own links
        seen = re.sub(r"\*\*([^*]+)\*\*", r"\1", seen)  # our own bold words
        seen = ADDRESS.sub("", seen)
        assert seen.count("[") == seen.count("]")
        assert not re.search(r"[_~`|<>#\\()*]", seen), (text, seen)
        assert not re.search(r"^\s*([-+]|\d+\.)\s", seen, re.MULTILINE)
    for row in body.get("components", ()):
        assert 1 <= len(row["components"]) <= 5
        assert all(len(button["url"]) <= 512 and len(button["label"]) <= 80 for button in row["components"])
    msgspec.json.encode(body)


def check_telegram(message: Message) -> None:
    (body,) = message.blocks
    text, units = body["text"], body["text"].encode("utf-16-le")
    assert 1 <= len(units) // 2 <= 4_096
    assert text == text.strip()
    assert len(body["entities"]) <= 100
    end = 0
    for entity in body["entities"]:
        assert entity["offset"] >= end
        end = entity["offset"] + entity["length"]
        covered = units[2 * entity["offset"] : 2 * end].decode("utf-16-le")  # never half a character
        assert covered == covered.strip() != ""
        assert entity["type"] in ("bold", "text_link")
        assert (entity["type"] == "text_link") == bool(re.match(r"https?://\S+$", entity.get("url", "")))
    assert end <= len(units) // 2
    outside = ADDRESS_WITH_PATH.sub("", text)
    assert not re.search(r"(?<!\w)@\w", outside)
    assert not re.search(r"(?<![\w/<>])/\w", outside, re.ASCII)
    assert set(body) <= {"text", "entities", "reply_markup"}
    msgspec.json.encode(body)


def check_teams(message: Message) -> None:
    (card,) = message.blocks
    assert len(msgspec.json.encode(card)) <= 26_000
    assert set(card["msteams"]) == {"width"}  # no entities: nothing in it is a mention
    for block in card["body"]:
        assert block["type"] == "RichTextBlock"
        assert block["inlines"]
        for run in block["inlines"]:
            assert run["type"] == "TextRun"
            assert run["text"]
            assert not re.search(r"</?at\b|\{\{", run["text"], re.IGNORECASE)
            assert not re.search(r"(?<!\w)@\w", ADDRESS_WITH_PATH.sub("", run["text"]))
    assert len(card.get("actions", ())) <= 6
    assert all(action["url"].startswith("http") for action in card.get("actions", ()))


def check_webhook(message: Message) -> None:
    (event,) = message.blocks
    body = msgspec.json.encode(event)
    assert len(body) <= 1_000_000
    assert msgspec.json.decode(body) == event
    assert set(event) == {"version", "type", "timestamp", "data"}


def check_slack(message: Message) -> None:
    """What Slack documents, and what no text may do."""
    from alerts.channels.slack import payload

    sent = payload(message)
    assert len(sent["blocks"]) <= 50
    assert len(sent["text"]) <= 40_000
    assert sum(width(text["text"]) for text in texts(sent["blocks"])) <= 13_000
    for block in sent["blocks"]:
        if block["type"] == "header":
            assert width(block["text"]["text"]) <= 150
            assert block["text"]["type"] == "plain_text"
        if block["type"] == "context":
            assert 1 <= len(block["elements"]) <= 10
    for text in texts(sent["blocks"]):
        assert 1 <= width(text["text"]) <= 3000
        assert not re.search(r"<[!@#]|@(here|channel|everyone)\b", text["text"])
        if text["type"] == "mrkdwn":
            outside_links = re.sub(r"<https?://[^|<>\s]+\|[^|<>]*>", "", text["text"])
            assert "<" not in outside_links
            assert ">" not in outside_links
    assert not re.search("[<>]", sent["text"])
    outside_addresses = ADDRESS_WITH_PATH.sub("", sent["text"])
    assert not re.search(r"(?<!\w)@\w", outside_addresses)
    msgspec.json.encode(sent)


def texts(value: Any) -> Iterator[dict[str, Any]]:
    """All text objects of a list of blocks."""
    if isinstance(value, dict):
        if value.get("type") in ("plain_text", "mrkdwn"):
            yield value
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from texts(inner)


CHECKS = {
    "discord": check_discord,
    "telegram": check_telegram,
    "teams": check_teams,
    "webhook": check_webhook,
    "slack": check_slack,
}
