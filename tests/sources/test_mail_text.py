"""Mails as bytes: what their authors wrote, and what stays of malformed and hostile ones."""

from __future__ import annotations

import base64
import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.imap_mail import author_of, post_of_mail
from sources.mail_parts import read_mail
from sources.mail_quotes import html_without_quotes, own_words
from sources.markup import text_from_html
from sources.post import storable_post

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def text_of(raw: bytes) -> str:
    return post_of_mail(raw, NOW, "box", NOW).text


# What is quoted, and what stands below every mail


@pytest.mark.parametrize(
    "above_quote",
    [
        "On Fri, 20 Nov 2026 at 10:00, Ann Lee <ann@lee.example> wrote:",
        "On Fri, 20 Nov 2026 at 10:00, Ann Lee\n<ann@lee.example> wrote:",
        "Am 20.11.2026 um 10:00 schrieb Ann Lee:",
        "Am Fr., 20. Nov. 2026 um 10:00 Uhr schrieb Ann Lee <\nann@lee.example>:",
        "Le ven. 20 nov. 2026 à 10:00, Ann Lee <ann@lee.example> a écrit :",
        "El vie, 20 nov 2026 a las 10:00, Ann Lee (<ann@lee.example>) escribió:",
        "২০ নভেম্বর, ২০২৬ তারিখে ১০:০০ টায়, Ann Lee <ann@lee.example> লিখেছেন:",
        "20 नवंबर 2026 को 10:00 बजे, Ann Lee <ann@lee.example> ने लिखा:",
        "20.11.2026 10:00, Ann Lee написал:",
        '20.11.2026, 10:00, "Ann Lee" <ann@lee.example>:',
        "Ann Lee wrote:",
    ],
)
def test_what_is_quoted_below_its_authors_name_is_left_out(above_quote: str) -> None:
    assert own_words(f"Thank you!\n\n{above_quote}\n\n> The kettle leaks.\n> Again.\n") == "Thank you!"
    assert own_words(f"> {above_quote}\n> > Old\n> Older\n\nThank you!") == "Thank you!"


@pytest.mark.parametrize(
    "separator",
    [
        "-----Original Message-----\nFrom: Ann",
        "-------- Ursprüngliche Nachricht --------\nVon: Ann",
        "---------- Forwarded message ---------\nFrom: Ann",
        "-----মূল বার্তা-----\nপ্রেরক: Ann",
        "________________________________\nFrom: Ann Lee <ann@lee.example>\nSent: Friday\nTo: Acme\nSubject: Kettle",
        "From: Ann Lee\nSent: Friday, 20 November 2026\nTo: Acme\nSubject: Kettle",
        "Von: Ann Lee\nGesendet: Freitag, 20. November 2026\nAn: Acme\nBetreff: Kessel",
        "De : Ann Lee\nEnvoyé : vendredi 20 novembre 2026\nÀ : Acme\nObjet : Bouilloire",
        "প্রেরক: Ann Lee\nপ্রাপক: Acme\nবিষয়: কেটলি",
    ],
)
def test_an_older_mail_below_is_left_out(separator: str) -> None:
    assert own_words(f"Thank you!\n\n{separator}\n\nThe kettle leaks.\n") == "Thank you!"


@pytest.mark.parametrize(
    "signature",
    [
        "-- \nAnn Lee\nLee Ltd",
        "--\nAnn",
        "Sent from my iPhone",
        "Get Outlook for Android",
        "Von meinem iPhone gesendet",
        "Envoyé de mon iPad",
        "আমার iPhone থেকে পাঠানো",
    ],
)
def test_a_signature_is_left_out(signature: str) -> None:
    assert own_words(f"The kettle leaks.\n\n{signature}\n") == "The kettle leaks."


def test_answers_between_quoted_lines_stay() -> None:
    mail = "On 20.11.2026 Ann wrote:\n> Does it leak?\nYes.\n> Since when?\nSince Monday.\n-- \nBob"
    assert own_words(mail) == "Yes.\nSince Monday."


@pytest.mark.parametrize(
    "text",
    [
        "From: my kitchen with love",
        "Hello\nwe wrote: it leaks, and then came more",
        "On Monday it broke. My husband wrote: a letter",
        "I like -- dashes\nand lists:\n- one\n- two",
        "Price: 5 > 4, I think",
        "She wrote:\nthe kettle leaks",
        "---\nA line above and below\n---",
        "Subject: to change\nbut nothing else",
    ],
)
def test_what_only_looks_alike_stays(text: str) -> None:
    assert own_words(text) == text


@pytest.mark.parametrize(
    "text",
    ["> only quoted", "---------- Forwarded message ---------\nFrom: A\n\nLook", "Sent from my iPhone", "--\nAnn"],
)
def test_where_nothing_would_be_left_the_whole_text_stays(text: str) -> None:
    assert own_words(text) == text.strip()


@pytest.mark.parametrize(
    "quote",
    [
        '<div class="gmail_quote"><div class="gmail_attr">On Fri, Nov 20, 2026 Ann &lt;<a href="mailto:a@l.ex">'
        "a@l.ex</a>&gt; wrote:<br></div><blockquote>It <blockquote>all</blockquote> leaks</blockquote></div>",
        '<div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>From:</b> Ann</div><div>It leaks</div>',
        '<div class="moz-cite-prefix">Am 20.11.26 um 10:00 schrieb Ann:<br></div><blockquote>It leaks</blockquote>',
        "<hr><p><b>From:</b> Ann<br><b>Sent:</b> Friday<br><b>To:</b> Acme<br><b>Subject:</b> x</p><p>It leaks</p>",
    ],
)
def test_quotes_in_html_are_left_out(quote: str) -> None:
    mail = b"Content-Type: text/html; charset=utf-8\r\n\r\n" + f"<html><p>Thank you!</p>{quote}</html>".encode()
    assert text_of(mail) == "Thank you!"


# MIME


def test_an_answer_below_a_quotation_in_html_is_read() -> None:
    """Thunderbird puts the answer there unless it is told otherwise."""
    cited = '<div class="moz-cite-prefix">Am 20.11.26 um 10:00 schrieb Ann:<br></div><blockquote>It leaks</blockquote>'
    assert text_of(f"Content-Type: text/html\n\n{cited}<p>So does mine</p>".encode()) == "So does mine"


@pytest.mark.parametrize("above", ["", "<p>On Fri, 20 Nov 2026, Ann &lt;ann@lee.example&gt; wrote:</p>"])
def test_a_mail_in_html_that_only_hands_on_another_is_read(above: str) -> None:
    mail = f"Content-Type: text/html\n\n{above}<blockquote type=cite><p>My kettle leaks</p></blockquote>"
    assert "My kettle leaks" in text_of(mail.encode())


def test_of_two_ways_to_say_it_the_plain_one_is_read_and_attachments_only_counted() -> None:
    mail = (
        b'Content-Type: multipart/mixed; boundary="a b"\n\nprologue\n--a b\nContent-Type: multipart/alternative; '
        b"boundary=c\n\n--c\n\nplain\n--c\nContent-Type: text/html\n\n<b>html</b>\n--c--\n--a b\n"
        b"Content-Type: text/plain\nContent-Disposition: attachment; filename=acme.txt\n\nacme acme\n--a b--\nepilogue"
    )
    post = post_of_mail(mail, NOW, "box", NOW)
    assert (post.text, post.kind) == ("plain", "message with attachments")


def test_an_empty_plain_part_gives_way_to_the_html() -> None:
    empty = b"Content-Type: multipart/alternative; boundary=c\n\n--c\n\n \n"
    mail = empty + b"--c\nContent-Type: text/html\n\n<p>It &amp; I</p>\n--c--"
    assert text_of(mail) == "It & I"


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (b"text/plain; charset=us-ascii", "Größe".encode()),
        (b"text/plain; charset=utf-8", "Größe".encode("cp1252")),
        (b"text/plain; charset=windows-1252", "Größe".encode("cp1252")),
        (b"text/plain; charset=no-such-thing", "Größe".encode("cp1252")),
        (b"text/plain; charset=base64", "Größe".encode()),
        (b"text/plain", "Größe".encode()),
        (b"text/plain; charset", "Größe".encode("latin-1")),
        (b"text/plain; charset=iso-8859-15", "Größe".encode("iso-8859-15")),
    ],
)
def test_a_charset_that_lies_spoils_no_text(head: bytes, body: bytes) -> None:
    assert text_of(b"Content-Type: " + head + b"\r\n\r\n" + body) == "Größe"


def test_japanese_in_seven_bits_is_believed() -> None:
    body = "かきくけこ".encode("iso-2022-jp")
    assert text_of(b"Content-Type: text/plain; charset=ISO-2022-JP\n\n" + body) == "かきくけこ"


def test_a_body_that_is_cut_in_the_middle_is_read_as_far_as_it_goes() -> None:
    packed = base64.encodebytes("Hallo Größe ".encode() * 40)
    for cut in range(300, 310):
        raw = b"Content-Transfer-Encoding: base64\nContent-Type: text/plain; charset=utf-8\n\n" + packed[:cut]
        assert text_of(raw).startswith("Hallo Größe Hallo")


def test_headers_are_read_in_every_spelling() -> None:
    raw = (
        b"Subject: =?utf-8?B?R3LDtsOfZQ==?= =?utf-8?Q?_und_?=\r\n m\r\nFrom: =?utf-8?q?J=C3=B6rg?= <JO@x.example>\r\n"
        b"Message-ID:  <1@x> (added)\r\n\r\nHi"
    )
    post = post_of_mail(raw, NOW, "box", NOW)
    assert (post.title, post.author.name, post.author.email) == ("Größe und m", "Jörg", "jo@x.example")
    assert (post.external_id, post.published_at) == ("1@x", NOW)
    assert post_of_mail("Subject: Größe =?utf-8?q?=C3=B6?=\n\n".encode(), None, "box", NOW).title == "Größe ö"


@pytest.mark.parametrize(
    ("header", "author"),
    [
        ('"Lee, Ann" <ann@lee.example>', ("Lee, Ann", "ann@lee.example")),
        ("ann@lee.example (Ann Lee)", ("Ann Lee", "ann@lee.example")),
        ("undisclosed: ;, Ann <Ann@Lee.Example>", ("Ann", "ann@lee.example")),
        ("Ann Lee", ("Ann Lee", "")),
        ("", ("", "")),
        ("(" * 3_000, None),
        ("<" * 3_000 + "a@b", None),
    ],
)
def test_the_author_is_read_from_any_header(header: str, author: tuple[str, str] | None) -> None:
    found = author_of(header)
    assert author is None or found == author


def test_a_mail_without_an_id_is_known_by_its_bytes() -> None:
    first, again, other = (post_of_mail(raw, NOW, "box", NOW).external_id for raw in (b"\n\na", b"\n\na", b"\n\nb"))
    assert first == again != other and first.startswith("sha256:")


# Hostile bytes

_PIECES = [
    b"Content-Type: multipart/mixed; boundary=x\r\n\r\n",
    b"Content-Type: multipart/alternative; boundary=\"x\"\r\n\r\n",
    b"Content-Type: text/html; charset=utf-7\r\n",
    b"Content-Type: text/plain; charset*0*=x''%ff; name*=utf-8''%\r\n",
    b"Content-Transfer-Encoding: base64\r\n",
    b"Content-Transfer-Encoding: quoted-printable\r\n",
    b"Subject: =?utf-8?B?/w==?= =?x?q?=00=ff?=\r\n",
    b"From: =?iso-2022-jp?b?GyRC?= <a@b>, \"\r\n",
    b"Date: Fri, 99 Nov 99999 99:99:99 +9999\r\n",
    b"Message-ID: <<>>\r\n",
    b"References: <a> <b@c\r\n",
    b"\r\n", b"\r\n\r\n", b"--x\r\n", b"\r\n--x--\r\n", b"> ", b"wrote:\n",
    b"<blockquote>", b"</blockquote>", b"\x00", b"\xff",
]  # fmt: skip


@given(
    st.lists(
        st.sampled_from(_PIECES)
        | st.binary(max_size=40)
        | st.text(max_size=20).map(lambda t: t.encode("utf-8", "surrogatepass")),
        max_size=25,
    )
)
@settings(max_examples=300)
def test_no_bytes_make_it_fail_and_what_they_give_can_be_kept(pieces: list[bytes]) -> None:
    post = post_of_mail(b"".join(pieces), None, "box", NOW)
    assert storable_post(post, NOW) == post and post.external_id
    post.text.encode("utf-8")


@given(st.text(max_size=300))
@settings(max_examples=100)
def test_own_words_are_words_of_the_mail(text: str) -> None:
    kept = own_words(text)
    assert not kept.strip() or set(kept.split()) <= set(text.split())


BOMBS = {
    "nested": b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(5_000)),
    "parts": b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--x\n\n" * 50_000,
    "boundaries": b"Content-Type: multipart/mixed; boundary=x\n\n" + b"\n--x" * 60_000,
    "parameters": b"Content-Type: text/plain" + b'; a="' * 50_000 + b"\n\nx",
    "comments": b"From: " + b"(" * 250_000 + b"\n\nx",
    "words": b"Subject: " + b"=?utf-8?q?a?= " * 18_000 + b"\n\nx",
    "one header": b"Subject: " + b"a\n " * 80_000,
    "headers": b"a: b\n" * 50_000 + b"\nx",
    "quotes": b"\n\n" + b"> " * 120_000,
    "wrote": b"\n\n" + b"On 1.1.2026 a@b wrote\n" * 12_000,
    "headers in the text": b"\n\n" + b"From: a\n" * 30_000,
    "rules": b"\n\n" + b"________________________\n" * 10_000,
    "blank": b"\n\nx" + b"\n" * 250_000,
    "spaces": b"\n\nx" + b" " * 250_000 + b"x",
    "dashes": b"\n\n" + b"-" * 250_000,
    "blockquotes": b"Content-Type: text/html\n\n" + b"<blockquote " * 20_000,
    "open": b"Content-Type: text/html\n\n" + b"<blockquote>" * 20_000 + b"x",
    "class": b"Content-Type: text/html\n\n" + b'<div class="a' * 18_000,
    "attributes": b"Content-Type: text/html\n\n<div " + b"class id " * 28_000,
    "ids": b"Message-ID: " + b"<" * 250_000 + b"\nReferences: " + b"<a " * 1_000 + b"\n\n",
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_no_mail_takes_long(bomb: str) -> None:
    began = time.process_time()
    post_of_mail(BOMBS[bomb][: 256 * 1024], NOW, "box", NOW)
    assert time.process_time() - began < 1


def test_html_that_is_all_quotation_is_shown_whole() -> None:
    mail = b"Content-Type: text/html\n\n<div id=divRplyFwdMsg>From: Ann</div>It leaks"
    assert "It leaks" in text_of(mail)


# Recordings

RECORDINGS = os.environ.get("LISTENER_RECORDINGS", "")
needs_recordings = pytest.mark.skipif(not RECORDINGS, reason="LISTENER_RECORDINGS names no folder of recordings")


@needs_recordings
def test_recorded_answers_are_freed_of_what_they_quote() -> None:
    folder = Path(RECORDINGS) / "email" / "talon"
    for path in sorted((folder / "standard_replies").glob("*.eml")):
        assert text_of(path.read_bytes()) == "Hello", path
    for path in sorted((folder / "html_replies").glob("*.html")):
        markup = path.read_text("utf-8", "replace")
        assert own_words(text_from_html(html_without_quotes(markup))).startswith("Hi. I am fine."), path
        assert "Alexander" not in own_words(text_from_html(html_without_quotes(markup))), path


@needs_recordings
def test_recorded_bounces_are_told_apart() -> None:
    folder = Path(RECORDINGS) / "email"
    for path in [*folder.glob("flanker/bounce/*.eml"), *folder.glob("imap_tools/multipart_report_emails/*.eml")]:
        assert post_of_mail(path.read_bytes(), None, "box", NOW).kind == "automatic message", path
    assert read_mail((folder / "huginn/imap1.eml").read_bytes()).body.text.startswith("Some plain text")
