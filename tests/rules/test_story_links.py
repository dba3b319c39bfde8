"""Addresses of one article, however it was shared, are one address."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rules.story import fingerprint, links, same_story, wording
from rules.story.links import article_of, begin_of_address, canonical

ARTICLE = "planet.example/2026/11/acme-recalls-skates"


@pytest.mark.parametrize(
    "address",
    [
        "https://planet.example/2026/11/acme-recalls-skates",
        "http://www.planet.example/2026/11/acme-recalls-skates/",
        "HTTPS://PLANET.EXAMPLE:443/2026/11/acme-recalls-skates#comments",
        "https://planet.example/2026/11/acme-recalls-skates?utm_source=x&utm_medium=social&fbclid=IwAR0",
        "https://planet.example/2026/11/acme-recalls-skates?gclid=1&mc_cid=2&igshid=3&at_medium=RSS",
        "https://m.planet.example/2026/11/acme-recalls-skates",
        "https://mobile.planet.example/2026/11/acme-recalls-skates",
        "https://amp.planet.example/2026/11/acme-recalls-skates",
        "https://www.planet.example/amp/2026/11/acme-recalls-skates",
        "https://planet.example/2026/11/acme-recalls-skates/amp/",
        "https://planet.example/2026/11/acme-recalls-skates.amp.html",
        "https://planet.example/2026/11/acme-recalls-skates?amp=1",
        "https://planet.example/2026/11/acme-recalls-skates?outputType=amp",
        "https://www.google.com/amp/s/planet.example/2026/11/acme-recalls-skates",
        "https://planet-example.cdn.ampproject.org/c/s/planet.example/2026/11/acme-recalls-skates",
        "https://planet.example/2026/11//acme%2Drecalls%2dskates",
        "https://planet.example/2026/11/acme-recalls-skates/index.html",
    ],
)
def test_one_article_has_one_address(address: str) -> None:
    assert canonical(address) == ARTICLE


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://en.m.wikipedia.org/wiki/Roller_skates", "https://en.wikipedia.org/wiki/Roller_skates"),
        ("https://youtu.be/dQw4w9WgXcQ?si=abc", "https://www.youtube.com/watch?v=dQw4w9WgXcQ&feature=share"),
        ("https://mobile.twitter.com/acme/status/1?s=20", "https://x.com/acme/status/1?s=20"),
        ("https://old.reddit.com/r/acme/comments/1/x", "https://www.reddit.com/r/acme/comments/1/x/"),
        ("https://a.example/x?b=2&a=1", "https://a.example/x?a=1&b=2&utm_campaign=z"),
    ],
)
def test_a_services_other_doors_lead_to_the_same_page(one: str, other: str) -> None:
    assert canonical(one) == canonical(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://news.ycombinator.com/item?id=1", "https://news.ycombinator.com/item?id=2"),
        ("https://a.example/read?article=1", "https://a.example/read?article=2"),
        ("https://a.example/1", "https://b.example/1"),
        ("https://a.example:8080/1", "https://a.example/1"),
        ("https://amp.example/champ", "https://amp.example/ch"),
        ("https://a.example/camp", "https://a.example/c"),
        ("https://m.example/1", "https://example/1"),
    ],
)
def test_what_says_which_page_it_is_stays(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


@pytest.mark.parametrize(
    "address",
    [
        "", "planet.example/x", "ftp://planet.example/x", "https://planet.example/", "https://t.co/a1b2c3",
        "https://bit.ly/3xYz", "https://[oops", "https://planet.example:port/x", "https://localhost/x",
    ],
)  # fmt: skip
def test_no_articles_address_is_none(address: str) -> None:
    assert canonical(address) == ""


def test_an_address_in_a_sentence_ends_before_the_sentences_marks() -> None:
    assert article_of("", f"Have you read it (https://{ARTICLE})? I did.") == ARTICLE
    assert article_of("", f"See https://{ARTICLE}, and more.") == ARTICLE
    assert article_of("", "https://en.wikipedia.org/wiki/Skate_(shoe)") == "en.wikipedia.org/wiki/Skate_%28shoe%29"
    assert article_of("", f"short https://t.co/x, then https://{ARTICLE}!") == ARTICLE
    assert article_of("", "no address at all") == ""


@given(st.text(max_size=200))
@example("https://a.example/" + "%" * 50)
@example("https://a.example/?" + "&" * 500)
@example("https://a.example/\udcff?\udcff=\udcff")
def test_no_address_is_an_error(address: str) -> None:
    assert isinstance(canonical(address), str)
    assert isinstance(canonical("https://a.example/" + address), str)
    fingerprint("", "look: https://a.example/" + address)


def test_the_same_article_under_the_same_title_is_one_story_whatever_else_is_said() -> None:
    feed = fingerprint(
        "Acme Q3 results", "Revenue rose by a third, the company said on Friday. " * 3, f"https://{ARTICLE}"
    )
    tweet = fingerprint("", f"Acme Q3 results https://www.{ARTICLE}?utm_source=twitter via @planet")
    link_post = fingerprint("Acme Q3 results", f"https://m.{ARTICLE}/amp")
    assert same_story(feed, tweet)
    assert same_story(feed, link_post)
    assert same_story(tweet, link_post)


def test_the_same_title_over_other_articles_or_the_same_article_under_other_words_is_not() -> None:
    one = fingerprint("Acme Q3 results", "", f"https://{ARTICLE}")
    assert not same_story(one, fingerprint("Acme Q3 results", "", "https://planet.example/2027/02/acme"))
    assert not same_story(one, fingerprint("Why I sold Acme", "", f"https://{ARTICLE}"))


def test_a_question_around_a_link_is_about_more_than_the_link() -> None:
    docs = "https://docs.acme.example/install"
    one = fingerprint("Help needed", f"I followed {docs} but the skate does not start when it rains outside")
    other = fingerprint("Help needed", f"As {docs} says I pressed both buttons and now the battery is on fire")
    assert not same_story(one, other)


def test_an_address_with_a_lone_surrogate_has_a_canonical_form_too() -> None:
    assert canonical("https://youtu.be/\ud800abc").startswith("youtube.com/watch?v=")
    assert canonical("https://news.example/a\udbff/b?c=\ud800") != ""


@given(
    st.lists(
        st.sampled_from(
            ["ht", "http", "HTTPS", ":", "://", "/", "www.", "wWw.", "a.example", "/b", " ", "\n", "İ", "s"]
        )
    )
)
def test_nothing_that_addresses_something_stands_before_where_it_may_begin(pieces: list[str]) -> None:
    text = "".join(pieces)
    found = [match.span() for match in links._ADDRESS.finditer(text)]
    assert [match.span() for match in links._ADDRESS.finditer(text, begin_of_address(text))] == found
    assert wording._without_links(text) == wording._BARE_LINK.sub(" ", wording._LINK.sub(" ", text))
