"""Plain text out of dirty HTML, whatever it is, in time that does not run away."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.markup import text_from_either, text_from_html, text_of_any_markup


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>One</p><p>two<br>three</p>", "One\ntwo\nthree"),
        ("<ul><li>one<li>two</ul>after", "one\ntwo\nafter"),
        ("<td>1</td><td>2</td>", "1 2"),
        ("A<b>c</b>me", "Acme"),
        ("R&amp;D &lt;b&gt; &#128512; &nbsp;x &copy y", "R&D <b> 😀 x © y"),
        ("a<script>alert('<p>')</script>b<style>p{}</style>c", "a b c"),
        ("<SCRIPT SRC=x>alert(1)</SCRIPT\n>after", "after"),
        ("<script>never closed", ""),
        ('<a href="javascript:alert(1)" onclick="x()">click</a>', "click"),
        ('<a title="a > b" href=x>link</a>', "link"),
        ("""<img alt="it's" src='a"b'>x""", "x"),
        ('<p title="unclosed>text</p> more', "text\nmore"),
        ("I <3 Acme, 1 < 2 && 3 > 2", "I <3 Acme, 1 < 2 && 3 > 2"),
        ("x <!-- <p>hidden</p> -->y", "x y"),
        ("x<!-- never closed", "x"),
        ("<![CDATA[in <here> too]]> out", "in <here> too out"),
        ("<?php echo 1 ?>x<!doctype html>y", "xy"),
        ("cut in the mid<p", "cut in the mid<p"),
        ("<unknown-thing>kept</unknown-thing>", "kept"),
        ('<span class="invisible">https://</span><span>example.com/a</span><span>bc</span>', "https://example.com/abc"),
        ("  many \t spaces\r\n\n and lines ", "many spaces\nand lines"),
        ("", ""),
    ],
)
def test_html_becomes_what_a_reader_sees(markup: str, text: str) -> None:
    assert text_from_html(markup) == text


@pytest.mark.parametrize(
    ("claimed_plain", "text"),
    [
        ("A <b>bold</b> title", "A bold title"),
        ("Map<String, Object> and List<int>", "Map<String, Object> and List<int>"),
        ("a < b && c > d", "a < b && c > d"),
        ("Tom &amp; Jerry &#8211; AT&T &notit", "Tom & Jerry – AT&T &notit"),
        ("x?a=1&copy=2", "x?a=1&copy=2"),
        ("<script>alert(1)</script>Hi", "Hi"),
        ("<img src=x onerror=alert(1)>Hi", "Hi"),
    ],
)
def test_plain_text_is_read_as_html_only_where_it_is(claimed_plain: str, text: str) -> None:
    assert text_from_either(claimed_plain) == text


@given(st.text(st.sampled_from("<>/!-&;#\"'= abpxscript[]CDATA?\n\x00\ud800é"), max_size=200))
def test_no_text_makes_it_fail_or_leaves_a_script(markup: str) -> None:
    for text in (text_from_html(markup), text_from_either(markup)):
        assert text == text.strip()
        assert "\n\n" not in text


@given(st.text(max_size=100))
def test_text_without_markup_stays_but_for_its_spaces(text: str) -> None:
    plain = text.replace("<", "").replace("&", "")
    assert text_from_html(plain).split() == plain.split()


@pytest.mark.parametrize(
    "piece",
    [
        "<",
        "<div>",
        "<!--",
        "<a ",
        '<a b="',
        '<a "',
        '<a ">',
        "&",
        "&#",
        "<script>",
        "</script",
        "<![CDATA[",
        "<!",
        " \n",
    ],
)
def test_hostile_repetition_takes_no_more_time_than_its_length(piece: str) -> None:
    def seconds(length: int) -> float:
        started = time.process_time()
        text_from_html(piece * (length // len(piece)))
        text_from_either(piece * (length // len(piece)))
        return time.process_time() - started

    assert seconds(300_000) < 2


MARKUP_PIECES = [
    "<p>", "</p>", "<br/>", "<BR >", "<a href='x'>", '<a href="x > y">', "<b", "<", ">", '"', "'", "<td>", "</td >",
    "<!-- c -->", "<![CDATA[", "]]>", "<script>", "</script>", "<x-y z>", '<img alt="it\'s">', "<p title='a>", "&amp;",
    "&am", "p;", "&#146;", "&lt;b&gt;", "text", " ", "\n", "\r\n", "\xa0", "\u2028", "\x1f", "é", "</",
]  # fmt: skip


@given(st.lists(st.sampled_from(MARKUP_PIECES), max_size=25))
def test_the_short_way_through_ordinary_markup_gives_what_the_long_way_gives(pieces: list[str]) -> None:
    markup = "".join(pieces)
    assert text_from_html(markup) == text_of_any_markup(markup)


@given(st.text(max_size=60))
def test_spaces_and_empty_lines_are_tidied_as_two_expressions_say(text: str) -> None:
    plain = text.replace("<", "").replace("&", "")
    tidy = re.sub(r" ?\n[ \n]*", "\n", re.sub(r"[^\S\n]+", " ", plain)).strip()
    assert text_from_html(plain) == tidy
