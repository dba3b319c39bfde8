"""A receiver of incoming webhooks that is as strict as Slack."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from listener.demo.loopback import Clock, LoopbackServer, Reply, Request

WEBHOOK = "/services/T0DEMO/B0DEMO/demo"

_ELEMENTS = {"context": 10, "actions": 25}
_TEXT_LIMITS = {"header": 150, "section": 3_000}


class SlackMessage(Struct, frozen=True):
    """A message as it came in."""

    at: datetime
    payload: Mapping[str, Any]

    @property
    def text(self) -> str:
        """The text that notifications show."""
        return str(self.payload.get("text", ""))


class SlackSink(LoopbackServer):
    """Takes messages at `webhook_url`, answers "ok", and keeps them.

    What Slack refuses, it refuses in the same words (docs.slack.dev/messaging/sending-messages-using-incoming-webhooks;
    limits: docs.slack.dev/reference/block-kit/blocks). It does not mind the same message twice: nor does Slack.
    """

    def __init__(self, clock: Clock) -> None:
        super().__init__(self._take, clock)
        self._messages: list[SlackMessage] = []

    @property
    def webhook_url(self) -> str:
        return self.url + WEBHOOK

    @property
    def messages(self) -> tuple[SlackMessage, ...]:
        """What has come in, in its order."""
        return tuple(self._messages)

    def _take(self, request: Request) -> Reply:
        if request.method != "POST":
            return _said(400, "invalid_payload")
        if request.path != WEBHOOK:
            return _said(404, "no_service")
        try:
            payload = json.loads(request.body)
        except ValueError:
            return _said(400, "invalid_payload")
        if not isinstance(payload, dict):
            return _said(400, "invalid_payload")
        trouble = refusal(payload)
        if trouble:
            return _said(400, trouble.partition(":")[0])
        self._messages.append(SlackMessage(self.clock(), payload))
        return _said(200, "ok")


def refusal(payload: Mapping[str, Any]) -> str:
    """Why Slack would not take a message: its code, a colon and the place; "" where it would."""
    blocks = payload.get("blocks", [])
    if not isinstance(blocks, list):
        return "invalid_blocks: blocks is no list"
    if not blocks and not str(payload.get("text", "")).strip():
        return "no_text: neither text nor blocks"
    if len(str(payload.get("text", ""))) > 40_000:
        return "msg_too_long: text"
    if len(blocks) > 50:
        return "invalid_blocks: more than 50 blocks"
    troubles = (trouble for number, block in enumerate(blocks) for trouble in _block(block, f"blocks[{number}]"))
    return next(troubles, "")


def _block(block: Any, place: str) -> Iterator[str]:
    kind = block.get("type") if isinstance(block, dict) else None
    if kind not in ("header", "section", "context", "actions", "divider", "rich_text"):
        yield f"invalid_blocks: {place} has an unknown type"
        return
    if len(str(block.get("block_id", ""))) > 255:
        yield f"invalid_blocks: {place}.block_id is too long"
    if kind in _TEXT_LIMITS and (kind == "header" or "text" in block):
        yield from _text(block.get("text"), f"{place}.text", _TEXT_LIMITS[kind], plain=kind == "header")
    if kind == "section":
        fields = block.get("fields", [])
        if "text" not in block and not fields:
            yield f"invalid_blocks: {place} has neither text nor fields"
        if len(fields) > 10:
            yield f"invalid_blocks: {place}.fields are too many"
        for field in fields:
            yield from _text(field, f"{place}.fields", 2_000)
    if kind in _ELEMENTS:
        yield from _elements(block.get("elements"), place, kind)


def _elements(elements: Any, place: str, kind: str) -> Iterator[str]:
    if not isinstance(elements, list) or not 1 <= len(elements) <= _ELEMENTS[kind]:
        yield f"invalid_blocks: {place}.elements must be 1 to {_ELEMENTS[kind]}"
        return
    for element in elements:
        if kind == "context" and element.get("type") in ("plain_text", "mrkdwn"):
            yield from _text(element, f"{place}.elements", 2_000)
        elif element.get("type") == "button":
            yield from _text(element.get("text"), f"{place}.elements.text", 75, plain=True)
            if len(str(element.get("url", ""))) > 3_000 or len(str(element.get("value", ""))) > 2_000:
                yield f"invalid_blocks: {place}.elements: the button's url or value is too long"
        elif element.get("type") != "image":
            yield f"invalid_blocks: {place}.elements has an unknown type"


def _text(text: Any, place: str, longest: int, plain: bool = False) -> Iterator[str]:
    kinds = ("plain_text",) if plain else ("plain_text", "mrkdwn")
    if not isinstance(text, dict) or text.get("type") not in kinds:
        yield f"invalid_blocks: {place} is no text object of type {' or '.join(kinds)}"
    elif not 1 <= len(str(text.get("text", ""))) <= longest:
        yield f"invalid_blocks: {place} must have 1 to {longest} characters"


def _said(status: int, words: str) -> Reply:
    return Reply(status=status, body=words.encode(), headers={"content-type": "text/html"})
