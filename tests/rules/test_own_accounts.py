"""Telling a brand's own posts from everyone else's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.own import OwnAccounts
from sources.post import Author, Post

OWN = OwnAccounts(
    [
        "mastodon:AcmeHelp@Mastodon.social",
        "bluesky:acme.example",
        "bluesky:did:plc:acme",
        "hackernews:acme",
        "email:press@acme.example",
        "feed:https://blog.acme.example/news/",
        "feed:acme.example",
    ]
)


def wrote(source: str, url: str = "", **author: str) -> bool:
    return OWN.wrote(Post(source=source, instance="host", external_id="1", url=url, author=Author(**author)))


def test_own_accounts_are_known_by_handle_did_and_address() -> None:
    assert wrote("mastodon", handle="acmehelp@mastodon.social")
    assert wrote("bluesky", handle="Acme.example")
    assert wrote("bluesky", id="did:plc:acme", handle="renamed.example")
    assert wrote("hackernews", handle="acme")
    assert wrote("email", email="Press@acme.example")


def test_a_name_alone_or_the_same_word_elsewhere_is_not_own() -> None:
    assert not wrote("mastodon", name="acmehelp@mastodon.social")
    assert not wrote("mastodon", handle="acmehelp@evil.example")
    assert not wrote("x", handle="acme")
    assert not wrote("hackernews", url="https://blog.acme.example/news/1", handle="pg")


@pytest.mark.parametrize(
    ("url", "own"),
    [
        ("https://blog.acme.example/news", True),
        ("http://blog.acme.example/news/2026/launch?x=1", True),
        ("https://blog.acme.example/newsroom", False),
        ("https://blog.acme.example/", False),
        ("https://www.acme.example/anything", True),
        ("https://acme.example.evil.example/", False),
        ("https://acme.example@evil.example/", False),
        ("https://shop.acme.example/", False),
        ("https://[bad/", False),
        ("", False),
    ],
)
def test_a_feed_is_own_where_its_page_lies_at_or_below_the_address(url: str, own: bool) -> None:
    assert wrote("feed", url=url) is own


@pytest.mark.parametrize(
    "entry", ["acme", "mastodon:acme", "feed:", "feed:///x", ":x", "bluesky:acme", "https://acme.example"]
)
def test_an_entry_that_names_nobody_is_refused(entry: str) -> None:
    with pytest.raises(ValueError):
        OwnAccounts([entry])


@given(st.text(), st.text(), st.builds(Author, id=st.text(), handle=st.text(), email=st.text()))
def test_no_post_makes_it_raise(source: str, url: str, author: Author) -> None:
    for kind in (source, "feed", "bluesky"):
        OWN.wrote(Post(source=kind, instance="", external_id="", url=url, author=author))


@given(st.text())
def test_an_entry_is_read_or_refused_with_a_sentence(entry: str) -> None:
    for text in (entry, f"feed:{entry}"):
        try:
            OwnAccounts([text])
        except ValueError as error:
            assert str(error)
