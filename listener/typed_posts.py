"""A post that a person types or writes into a test, to see how it would be read for a brand."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from listener.configuration.rule_tests import TriedPost
from rules.analysis import Setup
from sources.post import Author, Engagement, Post, storable_post


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


def tried_post(told: TriedPost, now: datetime) -> Post:
    """Gives the post that a rule test describes, as a source would."""
    post = Post(
        source=told.source,
        instance=told.instance,
        external_id="test",
        url=told.url,
        title=told.title,
        text=told.text,
        lang=told.lang,
        kind=told.kind,
        published_at=now - told.age,
        in_reply_to="another" if told.reply else "",
        author=Author(handle=told.author.removeprefix("@"), name=told.name, followers=told.followers),
        engagement=Engagement(likes=told.likes, replies=told.replies, reposts=told.reposts, views=told.views),
    )
    return storable_post(post, now)


def about_brand(setup: Setup, brand: str, source: str) -> Setup:
    """The set-up of one brand that every post of a source is about; its query tells by which words."""
    about = (replace(one, query=f'({one.query}) OR source:"{source}"') for one in setup.brands if one.name == brand)
    return replace(setup, brands=tuple(about))
