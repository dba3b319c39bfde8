"""What may be done with a mention, by the terms of the services that it came from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec.structs import replace

from alerts.alert import ReadMention
from sources.kind_terms import terms_of
from sources.post import Post

Exportable = Literal["full", "ids", "none"]

_STRICTEST: tuple[Exportable, ...] = ("none", "ids", "full")


def exportable(mention: ReadMention, kinds: Mapping[str, str]) -> Exportable:
    """The strictest of what the service of the post, and the sources that saw it, allow. `kinds` by source name."""
    allowed = {terms_of(kind).exportable for kind in _concerned(mention, kinds)}
    return next(one for one in _STRICTEST if one in allowed)


def may_learn_from(mention: ReadMention, kinds: Mapping[str, str]) -> bool:
    """Whether no service of the post, or that saw it, forbids to learn from it. `kinds` by source name."""
    return all(terms_of(kind).learning == "allowed" for kind in _concerned(mention, kinds))


def attribution(mention: ReadMention) -> str:
    """The words that the service wants beside its post, "" where the link is enough."""
    return terms_of(mention.post.source).attribution


def _concerned(mention: ReadMention, kinds: Mapping[str, str]) -> set[str]:
    return {mention.post.source, *(kinds[name] for name in mention.seen_by if name in kinds)}


def ids_alone(mention: ReadMention) -> ReadMention:
    """The mention with its post's key and link and our own reading, but nothing that the service or its author told."""
    post = mention.post
    bare = Post(source=post.source, instance=post.instance, external_id=post.external_id, url=post.url, kind=post.kind)
    customer = replace(mention.customer, evidence=()) if mention.customer is not None else None
    return replace(
        mention,
        post=bare,
        spans=(),
        sentiment=replace(mention.sentiment, reasons=()),
        urgency=replace(mention.urgency, reasons=()),
        intent=tuple(replace(intent, reasons=()) for intent in mention.intent),
        customer=customer,
        rules=tuple(replace(rule, reason="") for rule in mention.rules),
        waits_because=(),
    )
