"""Mailboxes: the real collector against a mail server of this machine."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
from hypothesis import given, settings
from hypothesis import strategies as st
from imap_service import PASSWORD, TOKEN, USER, ImapService
from pydantic import ValidationError

import sources.imap_connection as door
import sources.imap_folder as stepping
from sources.contract import Gap, Page, Source, SourceBusy, SourceError, SourceRefused, SourceUnavailable
from sources.imap import Imap, ImapSettings
from sources.imap_words import in_quotes
from sources.post import Post
from sources.query import parse

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def server() -> Iterator[ImapService]:
    with ImapService() as service:
        yield service


@pytest.fixture
def service(server: ImapService) -> ImapService:
    server.renew()
    return server


def opened(service: ImapService, **more: Any) -> Imap:
    told = {"kind": "imap", "name": "box", "host": "127.0.0.1", "port": service.port, "tls": "none"}
    told |= {"username": USER, "allow_private": True}
    if not more.keys() & {"password", "token", "token_file"}:
        told["password"] = PASSWORD
    return ImapSettings.model_validate(told | more).open()


def letter(number: int, text: str = "Hello acme", **headers: str) -> bytes:
    told = {
        "From": "Ann Lee <Ann@Lee.example>",
        "Subject": f"No. {number}",
        "Message-ID": f"<{number}@lee.example>",
        "Date": "Fri, 20 Nov 2026 10:00:00 +0100",
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    return ("".join(f"{name}: {value}\r\n" for name, value in told.items() if value) + f"\r\n{text}\r\n").encode()


def fetch(source: Imap, cursor: str | None = None, folder: str = "INBOX", now: datetime = NOW) -> Page:
    return asyncio.run(source.fetch(folder, cursor, now))


def drained(source: Imap, cursor: str | None = None, now: datetime = NOW) -> tuple[list[Post], list[Gap], str]:
    posts: list[Post] = []
    gaps: list[Gap] = []
    for _ in range(200):
        page = fetch(source, cursor, now=now)
        posts += page.posts
        gaps += page.gaps
        cursor = page.cursor
        if not page.more:
            return posts, gaps, page.cursor
    raise AssertionError("the reading does not end")


# What is read, and how


def test_a_mail_becomes_a_post_of_its_mailbox(service: ImapService) -> None:
    service.inbox.add(letter(1, References="<a@x> <b@x>", Content_Language="de"), NOW)
    (post,) = fetch(opened(service)).posts
    assert str(post.key) == "imap:support@acme.example:1@lee.example"
    assert (post.title, post.text, post.url, post.lang) == ("No. 1", "Hello acme", "", "de")
    assert post.published_at == datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
    assert (post.author.name, post.author.email) == ("Ann Lee", "ann@lee.example")
    assert (post.author.handle, post.in_reply_to, post.kind) == ("ann@lee.example", "b@x", "message")


def test_mails_stay_unread_and_the_folder_is_opened_for_reading_alone(service: ImapService) -> None:
    kept = [service.inbox.add(letter(number), NOW) for number in range(3)]
    kept[0].flags.add("\\Seen")
    kept[1].flags.add("\\Flagged")
    drained(opened(service))
    assert [one.flags for one in kept] == [{"\\Seen"}, {"\\Flagged"}, set()]
    assert {line.split()[0] for line in service.said} == {"CAPABILITY", "LOGIN", "EXAMINE", "UID", "LOGOUT"}


def test_the_test_of_unread_mails_finds_a_careless_door(service: ImapService, monkeypatch: pytest.MonkeyPatch) -> None:
    mail = service.inbox.add(letter(1), NOW)
    ask, select = door.MailConnection._ask, door._Line.select
    monkeypatch.setattr(
        door.MailConnection,
        "_ask",
        lambda self, *words, **more: ask(self, *(word.replace(".PEEK", "") for word in words), **more),
    )
    monkeypatch.setattr(door._Line, "select", lambda self, folder, readonly: select(self, folder))
    assert len(fetch(opened(service)).posts) == 1
    assert mail.flags == {"\\Seen"}


def test_the_newest_mail_does_not_come_again_when_nothing_is_new(service: ImapService) -> None:
    service.inbox.add(letter(1), NOW)
    _, _, cursor = drained(opened(service))
    service.said.clear()
    page = fetch(opened(service), cursor)
    assert (list(page.posts), page.more, list(page.gaps)) == ([], False, [])
    assert "UID SEARCH UID 2:*" in service.said  # which names mail 1, since it is the newest
    assert not any("FETCH" in line for line in service.said)


def test_the_first_reading_goes_back_some_days_and_takes_everything_from_then_on(service: ImapService) -> None:
    service.inbox.add(letter(1), NOW - timedelta(days=30))
    service.inbox.add(letter(2), NOW - timedelta(days=6))
    posts, _, cursor = drained(opened(service))
    assert [post.external_id for post in posts] == ["2@lee.example"]
    service.inbox.add(letter(3), NOW - timedelta(days=300))  # an old mail that is moved here
    posts, _, _ = drained(opened(service), cursor)
    assert [post.external_id for post in posts] == ["3@lee.example"]


def test_a_server_that_keeps_its_next_number_quiet_is_read_all_the_same(service: ImapService) -> None:
    service.keeps_uid_next_quiet = True
    for number in range(1, 4):
        service.inbox.add(letter(number), NOW - timedelta(days=20 * (3 - number)))
    posts, _, cursor = drained(opened(service))
    assert [post.external_id for post in posts] == ["3@lee.example"]
    service.inbox.add(letter(4), NOW)
    assert [post.external_id for post in drained(opened(service), cursor)[0]] == ["4@lee.example"]


def test_each_folder_is_an_ask_and_is_named_in_every_script(service: ImapService) -> None:
    source = opened(service, folders=["INBOX", 'Übergrößen & "Co"', "বাংলা"])
    assert list(source.plan(parse("acme")).asks) == ["INBOX", 'Übergrößen & "Co"', "বাংলা"]
    assert source.plan(parse("acme source:box")).asks and not source.plan(parse("acme source:feed")).asks
    assert isinstance(source, Source)
    assert in_quotes('Übergrößen & "Co"') == r'"&ANw-bergr&APYA3w-en &- \"Co\""'
    assert in_quotes("~peter/mail/台北/日本語") == '"~peter/mail/&U,BTFw-/&ZeVnLIqe-"'  # from RFC 3501, 5.1.3
    service.folders["&ANw-ber"] = service.inbox
    service.inbox.add(letter(1), NOW)
    assert len(fetch(source, folder="Über").posts) == 1


def test_numbering_anew_brings_everything_again_under_the_same_keys_and_is_told(service: ImapService) -> None:
    for number in range(1, 6):
        service.inbox.add(letter(number), NOW - timedelta(days=1), uid=number * 10)
    before, _, cursor = drained(opened(service))
    service.inbox.add(letter(6), NOW)
    service.inbox.renumber()
    after, gaps, cursor = drained(opened(service), cursor)
    assert {str(post.key) for post in before} < {str(post.key) for post in after}
    assert len(after) == 6
    (gap,) = gaps
    assert "numbered this folder anew" in gap.why and gap.until == datetime(2026, 11, 12, tzinfo=UTC)
    assert drained(opened(service), cursor)[:2] == ([], [])


def test_a_long_mail_is_read_in_part_and_noted(service: ImapService) -> None:
    service.inbox.add(letter(1, "Hello acme\r\n" + "x" * 70 + "\r\n" * 10 + "y" * 400_000), NOW)
    page = fetch(opened(service))
    assert page.posts[0].text.startswith("Hello acme")
    assert page.notes == ["of 1 mails only the first 256 KiB were read"]


def test_bounces_and_automatic_replies_are_left_out_unless_wanted(service: ImapService) -> None:
    service.inbox.add(letter(1, Auto_Submitted="auto-replied (vacation)"), NOW)
    service.inbox.add(letter(2, Return_Path="<>"), NOW)
    service.inbox.add(letter(3, Content_Type="multipart/report; boundary=x; report-type=delivery-status"), NOW)
    service.inbox.add(letter(4, Auto_Submitted="auto-generated"), NOW)  # as the form of a web site sends it
    page = fetch(opened(service))
    assert [post.external_id for post in page.posts] == ["4@lee.example"]
    assert page.notes == ["3 bounces and automatic replies were left out"]
    kinds = [post.kind for post in fetch(opened(service, automatic=True)).posts]
    assert kinds == ["automatic message"] * 3 + ["message"]


def test_a_short_body_may_come_as_a_quoted_string(service: ImapService) -> None:
    service.quotes_bodies = True
    service.inbox.add(b'Subject: a "b" \\c', NOW)
    assert fetch(opened(service)).posts[0].title == 'a "b" \\c'


# Never skip


@st.composite
def lives(draw: st.DrawFn) -> list[tuple[str, int]]:
    """What happens to a mailbox between polls: mails come and go, the server numbers anew, pages are lost."""
    happening = st.tuples(
        st.sampled_from(["arrive", "arrive", "arrive", "delete", "jump", "renumber", "crash", "poll", "poll"]),
        st.integers(1, 6),
    )
    return draw(st.lists(happening, min_size=3, max_size=20))


def lived_through(server: ImapService, happenings: list[tuple[str, int]]) -> None:
    """Polls through a mailbox's life; after the last poll nothing that is there may be missing."""
    server.renew()
    source = opened(server)
    cursor: str | None = None
    number, kept = 0, set()
    for what, count in [*happenings, ("poll", 1)]:
        if what == "arrive":
            for _ in range(count):
                number += 1
                server.inbox.add(letter(number), NOW)
        elif what == "delete":
            del server.inbox.letters[:count]
        elif what == "jump":
            server.inbox.uid_next += count * 1_000
        elif what == "renumber":
            server.inbox.renumber()
        elif what == "crash":
            fetch(source, cursor)  # neither its posts nor its cursor are kept
        else:
            posts, _, cursor = drained(source, cursor)
            kept |= {post.external_id for post in posts}
    there = {one.raw.partition(b"Message-ID: <")[2].partition(b">")[0].decode() for one in server.inbox.letters}
    assert there <= kept


@given(happenings=lives(), page=st.integers(1, 4))
@settings(max_examples=40)
def test_what_is_in_the_mailbox_is_kept_whatever_happened_to_it(
    server: ImapService, happenings: list[tuple[str, int]], page: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stepping, "MAILS", page)
        lived_through(server, happenings)


DEFECTS = ["newest first", "numbering not looked at", "newest page is all", "search by date alone"]


@pytest.mark.parametrize("defect", DEFECTS)
def test_the_property_finds_seeded_defects(server: ImapService, monkeypatch: pytest.MonkeyPatch, defect: str) -> None:
    unread, resume = stepping._unread, stepping._resume
    if defect == "newest first":
        monkeypatch.setattr(stepping, "_unread", lambda *told: unread(*told)[::-1])
    elif defect == "newest page is all":
        monkeypatch.setattr(stepping, "_unread", lambda *told: unread(*told)[-2:])
    elif defect == "search by date alone":
        monkeypatch.setattr(
            stepping,
            "_unread",
            lambda connection, standing: [uid for uid in unread(connection, standing) if uid < standing.floor],
        )
    else:

        def careless(cursor: str | None, numbering: Any, *told: Any) -> Any:
            same = None if cursor is None else stepping.msgspec.json.decode(cursor, type=stepping.Standing)
            return resume(cursor, numbering, *told) if same is None else (same, ())

        monkeypatch.setattr(stepping, "_resume", careless)
    monkeypatch.setattr(stepping, "MAILS", 2)
    life = [("arrive", 5), ("poll", 1), ("delete", 3), ("renumber", 1), ("arrive", 2)]
    with pytest.raises(AssertionError):
        lived_through(server, life if defect == "numbering not looked at" else [("poll", 1), ("arrive", 5)])


def test_a_burst_of_5000_is_read_page_by_page(service: ImapService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stepping, "MAILS", 900)
    _, _, cursor = drained(opened(service))
    for number in range(5_000):
        service.inbox.add(letter(number), NOW)
    posts, gaps, _ = drained(opened(service), cursor)
    assert len({post.external_id for post in posts}) == 5_000 and gaps == []


def test_mails_that_take_long_to_read_are_read_over_several_steps(
    service: ImapService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise some dozens of hostile ones would keep a mailbox from being read for ever."""
    monkeypatch.setattr(stepping, "TAKING_APART", timedelta(seconds=-1))
    for number in range(1, 5):
        service.inbox.add(letter(number), NOW)
    service.hidden = {2}
    page = fetch(opened(service))
    assert [post.external_id for post in page.posts] == ["1@lee.example"] and page.more
    posts, gaps, _ = drained(opened(service))
    assert [post.external_id for post in posts] == [f"{number}@lee.example" for number in (1, 3, 4)]
    assert len(gaps) == 1


def test_a_mail_that_is_listed_and_not_shown_is_a_gap_and_stops_no_other(service: ImapService) -> None:
    for number in range(1, 4):
        service.inbox.add(letter(number), NOW)
    service.hidden = {2}
    page = fetch(opened(service))
    assert [post.external_id for post in page.posts] == ["1@lee.example", "3@lee.example"]
    assert "1 mails in 'INBOX' that it does not show" in page.gaps[0].why
    service.hidden = {4}
    service.inbox.add(letter(4), NOW)
    with pytest.raises(SourceUnavailable, match="shows none"):  # it may be the server's mood: nothing is given up yet
        fetch(opened(service), page.cursor)


# Signing in


def test_a_token_signs_in_and_is_read_afresh_from_its_file(service: ImapService, tmp_path: Path) -> None:
    service.inbox.add(letter(1), NOW)
    assert len(fetch(opened(service, token=TOKEN)).posts) == 1
    lying = tmp_path / "token"
    lying.write_text("stale")
    source = opened(service, token_file=lying)
    with pytest.raises(SourceRefused, match="the token") as refused:
        fetch(source)
    assert refused.value.why == "credentials"
    lying.write_text(TOKEN + "\n")
    assert len(fetch(source).posts) == 1
    lying.unlink()
    with pytest.raises(SourceRefused, match="holds no access token"):
        fetch(source)


def test_a_wrong_password_is_a_persons_to_mend_and_stands_in_no_message(service: ImapService) -> None:
    with pytest.raises(SourceRefused) as refused:
        fetch(opened(service, password="wröng"))  # said by AUTHENTICATE, since it is no ASCII
    assert refused.value.why == "credentials"
    service.scripted["LOGIN"] = b"TAG NO [UNAVAILABLE] later\r\n"
    with pytest.raises(SourceBusy):
        fetch(opened(service))
    service.scripted["LOGIN"] = f"TAG NO you said {PASSWORD}\r\n".encode()
    with pytest.raises(SourceRefused) as echoed:
        fetch(opened(service))
    assert PASSWORD not in str(refused.value) + str(echoed.value)


def test_settings_want_one_secret_and_show_none() -> None:
    told = {"kind": "imap", "name": "box", "host": "imap.acme.example", "username": USER}
    for wrong in ({}, {"password": "a", "token": "b"}, {"password": "a\r\nb"}, {"password": "a", "tls": "no"}):
        with pytest.raises(ValidationError):
            ImapSettings.model_validate(told | wrong)
    good = ImapSettings.model_validate(told | {"password": "pa55word"})
    assert "pa55word" not in repr(good) + good.open().credential
    assert (good.tls, good.port) == ("tls", None)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.mark.parametrize("way", ["tls", "starttls"])
def test_mail_is_read_through_tls_and_a_certificate_of_nobody_is_refused(
    authority: trustme.CA, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(theirs)
    for trusted in (True, False):
        ours = ssl.create_default_context()
        if trusted:
            authority.configure_trust(ours)
        monkeypatch.setattr(door, "_tls", lambda ours=ours: ours)
        with ImapService(**{way: theirs}) as service:
            service.inbox.add(letter(1), NOW)
            source = opened(service, tls=way, host="localhost")
            if trusted:
                assert len(fetch(source).posts) == 1
            else:
                with pytest.raises(SourceUnavailable, match="no valid certificate"):
                    fetch(source)
                assert not any(line.startswith(("LOGIN", "AUTH")) for line in service.said)


def test_no_password_is_said_where_tls_is_wanted_and_not_offered(service: ImapService) -> None:
    with pytest.raises(SourceRefused, match="offers no STARTTLS"):
        fetch(opened(service, tls="starttls"))
    with pytest.raises(SourceUnavailable, match="TLS"):
        fetch(opened(service, tls="tls"))
    assert service.said[:1] == ["CAPABILITY"] and not any("LOGIN" in line for line in service.said)


def test_an_address_on_a_private_network_is_refused_unless_allowed(service: ImapService) -> None:
    with pytest.raises(SourceRefused, match="allow_private = true"):
        fetch(opened(service, allow_private=False))
    assert service.said == []


# A server that fails, or means harm


def test_a_folder_that_is_not_there_is_a_persons_to_mend(service: ImapService) -> None:
    with pytest.raises(SourceRefused, match="has no folder 'Nowhere'") as refused:
        fetch(opened(service), folder="Nowhere")
    assert refused.value.why == "settings"


ODD = [
    b"",
    b"* BYE too much\r\n",
    b"TAG BAD what\r\n",
    b"TAG NO [SERVERBUG] oh\r\n",
    b"* 1 FETCH (UID 1 BODY[] {99999999999}\r\n",
    b"* 1 FETCH (UID 99999999999999999999999 BODY[] NIL)\r\nTAG OK\r\n",
    b"* SEARCH 1 x -5 \xff 99999999999999999999\r\nTAG OK\r\n",
    b"* " + b"(" * 5_000 + b"\r\nTAG OK\r\n",
    b"HTTP/1.1 200 OK\r\n\r\n<html>",
    b"+ go on\r\nTAG OK\r\n",
    b"* OK [UIDVALIDITY x]\r\n* OK [UIDNEXT -1]\r\nTAG OK [READ-ONLY]\r\n",
]


@pytest.mark.parametrize("command", ["CAPABILITY", "LOGIN", "EXAMINE", "UID SEARCH", "UID FETCH", "LOGOUT"])
def test_an_odd_answer_is_a_source_error_or_no_mail(service: ImapService, command: str) -> None:
    for number, answer in enumerate(ODD):
        service.renew()
        service.inbox.add(letter(1), NOW)
        source = opened(service)
        source._timeout = 0.3
        service.scripted[command] = answer
        try:
            page = fetch(source)
        except SourceError as error:
            assert str(error).isprintable() and PASSWORD not in str(error), number
        else:
            assert command in ("LOGIN", "LOGOUT") or not page.posts, number


@given(
    st.lists(st.binary(max_size=60) | st.sampled_from([b"* ", b"\r\n", b"FETCH (UID 1 ", b"{5}", b"TAG OK\r\n", b'"']))
)
@settings(max_examples=60)
def test_hostile_answers_raise_nothing_but_source_errors(server: ImapService, pieces: list[bytes]) -> None:
    server.renew()
    server.inbox.add(letter(1), NOW)
    server.scripted["UID FETCH"] = b"".join(pieces) + b"\r\nTAG OK done\r\n* BYE\r\n"
    source = opened(server)
    source._timeout = 0.1
    try:
        page = fetch(source)
    except SourceError as error:
        assert str(error).isprintable()
    else:
        assert all(post.external_id for post in page.posts)


def test_a_search_answered_with_a_literal_is_no_list_of_mails(service: ImapService) -> None:
    service.scripted["UID SEARCH"] = b"* SEARCH {1}\r\n4\r\nTAG OK done\r\n"
    with pytest.raises(SourceUnavailable, match="something else than numbers"):
        fetch(opened(service))


def test_a_server_that_never_stops_talking_is_cut(service: ImapService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "MOST_BYTES", 100_000)
    service.scripted["UID SEARCH"] = b"* SEARCH" + b" 1" * 100_000 + b"\r\nTAG OK\r\n"
    with pytest.raises(SourceUnavailable, match="more than it was asked for"):
        fetch(opened(service))


@pytest.mark.parametrize("drips", [False, True])
def test_a_server_that_says_nothing_or_drips_is_left_within_the_sources_own_time(drips: bool) -> None:
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def drip() -> None:
            taken, _ = listening.accept()
            with taken:
                while not ended.wait(0.05):
                    try:
                        taken.sendall(b"*" if drips else b"")
                    except OSError:
                        return

        threading.Thread(target=drip, daemon=True).start()
        told = {"kind": "imap", "name": "box", "host": "127.0.0.1", "port": listening.getsockname()[1], "tls": "none"}
        told |= {"username": USER, "password": PASSWORD, "allow_private": True}
        source = ImapSettings.model_validate(told).open()
        source._timeout = 0.4
        began = time.monotonic()
        with pytest.raises(SourceUnavailable, match="did not answer"):
            fetch(source)
        ended.set()
        assert time.monotonic() - began < 3
