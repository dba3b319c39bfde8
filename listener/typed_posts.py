"""A post that a person types, to see how it would be read for a brand."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from rules.analysis import Setup
from sources.post import Author, Post, storable_post


def typed_post(text: str, title: str, lang: str, author: str, now: datetime) -> Post:
    """Gives the post, written just now. `author` is "mastodon:jane@host", or a handle alone."""
    source, _, handle = author.partition(":")
    post = Post(
        source=source if handle else "test",
        instance="",
        external_id="typed",
        title=title,
        text=text,
        lang=lang,
        published_at=now,
        author=Author(handle=(handle or author).removeprefix("@")),
    )
    return storable_post(post, now)


def about_brand(setup: Setup, brand: str, source: str) -> Setup:
    """The set-up of one brand that every post of a source is about; its query tells by which words."""
    about = (replace(one, query=f'({one.query}) OR source:"{source}"') for one in setup.brands if one.name == brand)
    return replace(setup, brands=tuple(about))
