"""Bounds on feedparser's work where a hostile document would make it grow with the square of its size.

feedparser has no hook for this, so some of its methods are given less to do: a tag of thousands of attributes, a base
address that grows with every tag inside another, thousands of namespaces, an author of a million letters (a search
that holds the whole process for hours) and categories, which nobody reads here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from feedparser import api

MAX_ATTRIBUTES = 100
MAX_BASE = 500
MAX_AUTHOR = 2_000
MAX_NAMESPACES = 100


def bound_work() -> None:
    """Bounds both of feedparser's parsers, for the whole process. Calling it again changes nothing."""
    for parser in (api.StrictFeedParser, api.LooseFeedParser):
        if "_sync_author_detail" in vars(parser):
            continue
        parser.unknown_starttag = _few_attributes(parser.unknown_starttag)
        parser._sync_author_detail = _short_author(parser._sync_author_detail)
        parser.track_namespace = _few_namespaces(parser.track_namespace)
        parser._add_tag = _no_category
    if not hasattr(api.StrictFeedParser.startElementNS, "__wrapped__"):
        api.StrictFeedParser.startElementNS = _few_read(api.StrictFeedParser.startElementNS)


def _few_attributes(whole: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(whole)
    def unknown_starttag(parser: Any, tag: str, attributes: Sequence[tuple[str, str]]) -> Any:
        if len(parser.baseuri) > MAX_BASE:
            parser.baseuri = ""
        few = [
            (name, value)
            for name, value in attributes[:MAX_ATTRIBUTES]
            if len(value) <= MAX_BASE or name.lower() not in ("xml:base", "base")
        ]
        return whole(parser, tag, few)

    return unknown_starttag


def _few_read(whole: Callable[..., Any]) -> Callable[..., Any]:
    """The SAX reader looks every attribute up among all others."""

    @wraps(whole)
    def start_element(parser: Any, name: Any, qualified: Any, attributes: Any) -> Any:
        if len(attributes) > MAX_ATTRIBUTES:
            attributes = type(attributes)({}, {})
        return whole(parser, name, qualified, attributes)

    return start_element


def _short_author(whole: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(whole)
    def sync_author_detail(parser: Any, key: str = "author") -> Any:
        context = parser._get_context()
        told = context.get(key)
        if isinstance(told, str) and len(told) > MAX_AUTHOR:
            context[key] = told[:MAX_AUTHOR]
        return whole(parser, key)

    return sync_author_detail


def _few_namespaces(whole: Callable[..., Any]) -> Callable[..., Any]:
    """All that are known are gone through for each tag."""

    @wraps(whole)
    def track_namespace(parser: Any, prefix: str | None, uri: str) -> Any:
        if prefix in parser.namespaces_in_use or len(parser.namespaces_in_use) < MAX_NAMESPACES:
            whole(parser, prefix, uri)

    return track_namespace


def _no_category(parser: Any, term: Any, scheme: Any, label: Any) -> None:
    parser._get_context().setdefault("tags", [])
