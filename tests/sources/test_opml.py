"""Lists of feeds from readers: every feed once with its folders, and nothing that a file could do to us."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources import opml
from sources.opml import NoOpml, Subscription, read_opml


def listed(*outlines: str) -> bytes:
    return f"<opml version='2.0'><head/><body>{''.join(outlines)}</body></opml>".encode()


def test_every_feed_is_given_once_with_its_title_and_folders() -> None:
    feeds, notes = read_opml(
        listed(
            '<outline text="News"><outline title="World"><outline type="rss" text="A &amp; B" xmlUrl="https://a/f"/>',
            '</outline><outline text="A" XMLURL="https://a/f"/></outline>',
            '<outline title="Blog" text="x" xmlUrl=" feed://blog.example/feed "/>',
            '<outline type="rss" text="broken" xmlUrl="ftp://x/"/><outline text="a note"/>',
            '<outline type="link" text="page" url="https://x/"/>',
        )
    )
    assert feeds == [
        Subscription(url="https://a/f", title="A & B", folders=("News", "World")),
        Subscription(url="http://blog.example/feed", title="Blog"),
    ]
    assert notes == [
        "1 of its outlines stand in it twice",
        "1 of its outlines have no web address that could be asked",
    ]


def test_addresses_with_bare_ampersands_are_read_as_they_are_meant() -> None:
    ((feed,), _) = read_opml(listed('<outline text="R&D &copy; &amp; &#169;" xmlUrl="https://a/f?x=1&y=2&amp;z=3"/>'))
    assert (feed.url, feed.title) == ("https://a/f?x=1&y=2&z=3", "R&D &copy; & ©")


def test_other_encodings_are_read() -> None:
    text = "<?xml version='1.0' encoding='{}'?><opml><body><outline text='é' xmlUrl='https://a/f'/></body></opml>"
    for encoding in ("utf-16", "iso-8859-1", "utf-8"):
        ((feed,), _) = read_opml(text.format(encoding).encode(encoding))
        assert feed.title == "é"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "not well-formed"),
        (b"<html></html>", "no <opml> element"),
        (listed("<outline"), "not well-formed"),
        (
            b"<!DOCTYPE o [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]>" + listed("<outline text='&b;'/>"),
            "declares entities",
        ),
        (b"<!DOCTYPE o [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>" + listed("<outline text='&a;'/>"), "declares ent"),
        (listed("<outline text='x'>" * 200), "inside each other"),
    ],
)
def test_what_is_no_list_is_refused_in_words(content: bytes, why: str) -> None:
    with pytest.raises(NoOpml, match=why):
        read_opml(content)


def test_a_list_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opml, "MOST_OUTLINES", 10)
    with pytest.raises(NoOpml, match="more than 10 outlines"):
        read_opml(listed("<outline text='x'/>" * 11))
    monkeypatch.setattr(opml, "MOST_BYTES", 10)
    with pytest.raises(NoOpml, match="longer than"):
        read_opml(listed())


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200), st.text(alphabet="<outline xmlUrl=\"https://a/&;'>", max_size=120))
def test_no_bytes_make_reading_fail_otherwise(odd: bytes, markup: str) -> None:
    for content in (odd, listed(markup), listed(markup) + odd):
        try:
            feeds, _ = read_opml(content)
        except NoOpml:
            continue
        assert all(feed.url.startswith(("http://", "https://")) for feed in feeds)
