"""Mail over real loopback SMTP: what arrives, and what each refusal means."""

from __future__ import annotations

import asyncio
import email
import email.policy
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from alerts.channels.email import EmailChannel, EmailSettings
from alerts.channels.mail_message import compose
from alerts.contract import DeliveryFailed, Message, Picture
from alerts.rendering.mail import LIMITS, brand_headers
from alerts.rendering.render import render_alert, render_report, render_test
from alerts.voice import Voice
from sources.post import Author

PASSWORD = "pa55word-s3cr3t"
NOW = datetime(2025, 6, 3, 12, 0, tzinfo=UTC)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


class Mailbox:
    """A server's answers, and what it got."""

    def __init__(self) -> None:
        self.content: list[bytes] = []
        self.receivers: list[list[str]] = []
        self.senders: list[str] = []
        self.refuse: dict[str, str] = {}  # receiver → answer
        self.mail_answer = "250 OK"
        self.data_answer = "250 OK"

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        envelope.mail_from = address
        return self.mail_answer

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.content.append(envelope.content)
        self.receivers.append(envelope.rcpt_tos)
        self.senders.append(envelope.mail_from)
        return self.data_answer

    def mail(self) -> EmailMessage:
        (content,) = self.content
        return email.message_from_bytes(content, policy=email.policy.default)  # type: ignore[return-value]


class AnyPort(Controller):
    """A server on a port that the system chooses."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def serve(mailbox) -> Iterator[Callable[..., int]]:
    running: list[Controller] = []

    def start(**options: Any) -> int:
        controller = AnyPort(mailbox, hostname="127.0.0.1", port=0, **options)
        controller.start()
        running.append(controller)
        return controller.port

    yield start
    for controller in running:
        controller.stop(no_assert=True)


def settings(port: int, **changes: Any) -> EmailSettings:
    values: dict[str, Any] = {
        "name": "marketing",
        "host": "127.0.0.1",
        "port": port,
        "tls": "none",
        "from": "Listener <listener@example.org>",
        "to": ["ann@example.org", "bob@example.org"],
        "timeout": timedelta(seconds=5),
    }
    return EmailSettings(**(values | changes))


def send(chosen: EmailSettings, message: Message | None = None) -> Any:
    return asyncio.run(EmailChannel(chosen, clock=lambda: NOW).send(message or render_test("t", "marketing")))


def failure(chosen: EmailSettings) -> DeliveryFailed:
    with pytest.raises(DeliveryFailed) as caught:
        send(chosen)
    assert PASSWORD not in str(caught.value)
    assert str(caught.value).isprintable()
    return caught.value


@pytest.fixture
def raw_server() -> Iterator[Callable[..., int]]:
    """A server that says given lines, one after each line or message it gets, then hangs up or waits."""
    release = threading.Event()
    doors: list[socket.socket] = []

    def start(*lines: str, hang: bool = False) -> int:
        door = socket.create_server(("127.0.0.1", 0))
        doors.append(door)

        def speak() -> None:
            connection, _ = door.accept()
            with connection:
                for line in lines:
                    connection.sendall(line.encode() + b"\r\n")
                    got = b""
                    end = b"\r\n.\r\n" if line.startswith("354") else b"\r\n"
                    while not got.endswith(end):
                        part = connection.recv(65536)
                        if not part:
                            return
                        got += part
                if hang:
                    release.wait(10)

        threading.Thread(target=speak, daemon=True).start()
        return door.getsockname()[1]

    yield start
    release.set()
    for door in doors:
        door.close()


UP_TO_CONTENT = ("220 hello", "250 hello", "250 sender ok", "250 ok", "250 ok", "354 go on")


def test_a_mail_arrives_with_words_html_and_picture(serve, mailbox):
    message = Message(
        key="k",
        kind="digest",
        title="আজকের সারাংশ: Acme +38 %",
        text="Zwölf Erwähnungen\n.a line that begins with a dot",
        html='<p dir="auto">রহিম</p><img src="cid:timeline-1@listener.localhost" alt="x">',
        pictures=(Picture(name="timeline-1", alt="x", png=PNG),),
        headers={"List-Id": "Acme <acme.listener.localhost>", "References": "<story.1@listener.localhost>"},
    )
    receipt = send(settings(serve()), message)
    got = mailbox.mail()
    assert got["subject"] == message.title
    assert got["from"] == "Listener <listener@example.org>"
    assert got["to"] == "ann@example.org, bob@example.org"
    assert got["date"].datetime == NOW
    assert got["message-id"] == receipt.id
    assert got["list-id"] == "Acme <acme.listener.localhost>"
    assert got["references"] == got["in-reply-to"] == "<story.1@listener.localhost>"
    assert got["auto-submitted"] == "auto-generated"
    assert got.get_body(("plain",)).get_content().splitlines() == message.text.splitlines()
    assert got.get_content_type() == "multipart/alternative"
    html = got.get_body(("html",))
    assert html.get_content().strip() == message.html
    related = next(part for part in got.walk() if part.get_content_type() == "multipart/related")
    (picture,) = [part for part in related.iter_parts() if part.get_content_type() == "image/png"]
    assert picture["content-id"] == "<timeline-1@listener.localhost>"
    assert picture.get_content_disposition() == "inline"
    assert picture.get_content() == PNG
    assert mailbox.receivers == [["ann@example.org", "bob@example.org"]]
    assert mailbox.senders == ["listener@example.org"]


def test_every_line_of_a_mail_travels_everywhere(serve, mailbox):
    send(settings(serve()), render_report("k", "পরীক্ষা", "শব্দ " * 2000 + "\n" + "x" * 5000))
    lines = mailbox.content[0].split(b"\r\n")
    assert max(len(line) for line in lines) <= 998
    assert mailbox.content[0].isascii()


def test_a_repeat_has_the_same_message_id(serve, mailbox):
    chosen = settings(serve())
    assert send(chosen).id == send(chosen).id
    assert send(chosen, render_test("other", "x")).id != send(chosen).id


def test_a_sender_with_a_long_host_keeps_its_message_id_on_one_line(serve, mailbox):
    host = "a-rather-long-name-of-a-department." * 3 + "example.org"
    send(settings(serve(), **{"from": f"listener@{host}"}))
    (line,) = [line for line in mailbox.content[0].split(b"\r\n") if line.lower().startswith(b"message-id")]
    assert line.endswith(b">")


def test_a_refused_receiver_is_told_while_the_others_get_the_mail(serve, mailbox):
    mailbox.refuse = {"bob@example.org": "550 no such user"}
    receipt = send(settings(serve()))
    assert receipt.detail == "bob@example.org was refused (550 no such user)"
    assert mailbox.receivers == [["ann@example.org"]]


@pytest.mark.parametrize(
    ("answers", "permanent"),
    [
        ({"ann@example.org": "550 unknown", "bob@example.org": "550 unknown"}, True),
        ({"ann@example.org": "550 unknown", "bob@example.org": "450 come back later"}, False),
        ({"ann@example.org": "421 closing"}, False),
    ],
)
def test_where_no_receiver_is_left_the_mail_waits_if_any_may_come_back(serve, mailbox, answers, permanent):
    mailbox.refuse = answers
    failed = failure(settings(serve()))
    assert (failed.permanent, failed.ambiguous) == (permanent, False)
    assert "does not take mail for" in str(failed)
    assert mailbox.content == []


@pytest.mark.parametrize(("answer", "permanent"), [("451 try later", False), ("554 spam", True)])
def test_the_first_digit_of_a_refusal_says_whether_to_try_again(serve, mailbox, answer, permanent):
    mailbox.data_answer = answer
    failed = failure(settings(serve()))
    assert (failed.permanent, failed.ambiguous) == (permanent, False)
    assert answer in str(failed)


def test_a_refused_sender_is_named(serve, mailbox):
    mailbox.mail_answer = "553 not yours"
    failed = failure(settings(serve()))
    assert failed.permanent
    assert "does not let listener@example.org send" in str(failed)


def test_a_connection_lost_after_the_content_may_have_told_it(raw_server):
    failed = failure(settings(raw_server(*UP_TO_CONTENT)))
    assert (failed.permanent, failed.ambiguous) == (False, True)


def test_a_server_silent_after_the_content_may_have_been_told(raw_server):
    failed = failure(settings(raw_server(*UP_TO_CONTENT, hang=True), timeout=timedelta(seconds=1)))
    assert (failed.permanent, failed.ambiguous) == (False, True)


def test_a_connection_lost_before_the_content_has_told_nobody(raw_server):
    failed = failure(settings(raw_server("220 hello", "250 hello")))
    assert (failed.permanent, failed.ambiguous) == (False, False)


def test_a_server_that_never_greets_is_given_up(raw_server):
    failed = failure(settings(raw_server(hang=True), timeout=timedelta(seconds=1)))
    assert (failed.permanent, failed.ambiguous) == (False, False)


def test_a_greeting_that_is_no_smtp_is_a_failure_to_try_again(raw_server):
    failed = failure(settings(raw_server("HTTP/1.1 400 Bad Request")))
    assert not failed.permanent


def test_a_server_that_nobody_runs_is_tried_again():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    failed = failure(settings(port))
    assert (failed.permanent, failed.ambiguous) == (False, False)
    assert "cannot be reached" in str(failed)


def test_a_server_without_starttls_is_refused_and_the_setting_named(serve):
    failed = failure(settings(serve(), tls="starttls"))
    assert failed.permanent
    assert 'set tls = "tls"' in str(failed)


def test_a_port_that_speaks_no_tls_says_that_port_and_tls_do_not_fit(serve):
    failed = failure(settings(serve(), tls="tls"))
    assert failed.permanent
    assert "port and tls do not fit together" in str(failed)


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_a_login_is_checked_by_the_server(serve, mailbox):
    def judge(server: SMTP, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=data.password == PASSWORD.encode(), handled=False)

    port = serve(authenticator=judge, auth_required=True, auth_require_tls=False)
    send(settings(port, username="listener", password=PASSWORD))
    assert len(mailbox.content) == 1
    failed = failure(settings(port, username="listener", password="wrong"))
    assert failed.permanent
    assert "does not accept username and password (535" in str(failed)


def test_a_server_that_repeats_the_password_in_its_refusal_leaks_nothing(raw_server):
    echo = f"535 bad command AUTH PLAIN {PASSWORD} AGxpc3RlbmVyAHBhNTV3b3JkLXMzY3IzdA=="
    port = raw_server("220 hello", "250-hello\r\n250 AUTH PLAIN", echo)
    failed = failure(settings(port, username="listener", password=PASSWORD))
    assert "AGxpc3R" not in str(failed)
    assert PASSWORD not in str(failed)


@pytest.mark.parametrize("before", range(130, 160, 6))
def test_a_long_refusal_that_repeats_the_password_leaks_no_part_of_it(raw_server, before):
    port = raw_server("220 hello", "250-hello\r\n250 AUTH PLAIN", f"535 {'no ' * (before // 3)}{PASSWORD}")
    failed = failure(settings(port, username="listener", password=PASSWORD))
    assert PASSWORD[:4] not in str(failed)


def test_a_refusal_of_an_empty_password_is_told_in_the_servers_words(raw_server):
    port = raw_server("220 hello", "250-hello\r\n250 AUTH PLAIN", "535 who are you?")
    assert "(535 who are you?)" in str(failure(settings(port, username="listener", password="")))


def test_a_server_without_login_says_to_leave_it_out(serve):
    failed = failure(settings(serve(), username="listener", password=PASSWORD))
    assert failed.permanent
    assert "leave username and password out" in str(failed)


def test_an_address_beyond_ascii_arrives_where_the_server_can(serve, mailbox, raw_server):
    beyond = {"to": ["রহিম@example.org"]}
    send(settings(serve(enable_SMTPUTF8=True), **beyond))
    assert mailbox.receivers == [["রহিম@example.org"]]
    failed = failure(settings(raw_server("220 hello", "250 hello", "250 bye"), **beyond))
    assert failed.permanent
    assert "SMTPUTF8" in str(failed)


def test_a_host_beyond_ascii_is_written_as_the_mail_system_knows_it(serve, mailbox):
    send(settings(serve(), to=["ann@bücher.example"]))
    assert mailbox.receivers == [["ann@xn--bcher-kva.example"]]


@pytest.mark.parametrize("brand", ["রকেট", "हिन्दी", "Häagen & Co", "Smith-Jones 2.0"])
def test_the_list_of_a_brand_bears_its_name_whole(brand):
    raw = compose(
        Message(key="k", kind="alert", title="t", text="t", headers=brand_headers(brand)), "l@e.org", ["a@e.org"], NOW
    )
    got = email.message_from_bytes(raw.as_bytes(), policy=email.policy.default)
    assert got["list-id"].startswith(f"{brand} <")


ENCODED = "=?utf-8?q?a=0D=0ABcc:_v@example.org?="  # an encoded word (RFC 2047) with another header inside
INJECTED = st.one_of(
    st.text(max_size=60),
    st.lists(
        st.sampled_from(["\r\nBcc: v@example.org", "\n\nbody", "\x00", "\ud800", "\u2028X: y", "a", " ", ENCODED])
    ).map("".join),
)


@given(INJECTED, INJECTED)
def test_no_text_adds_a_header_or_a_receiver(title, value):
    message = Message(
        key=title, kind="alert", title=title, text=value, headers={"List-Id": value, "Bcc": "v@example.org"}
    )
    raw = compose(message, "Listener <l@example.org>", ["ann@example.org"], NOW).as_bytes()
    got = email.message_from_bytes(raw, policy=email.policy.default)
    assert {name.lower() for name in got.keys()} <= {  # noqa: SIM118  # a message repeats its names
        "from", "to", "subject", "date", "message-id", "auto-submitted", "x-auto-response-suppress", "list-id",
        "content-type", "content-transfer-encoding", "mime-version",
    }  # fmt: skip
    assert got["to"] == "ann@example.org"


@pytest.mark.parametrize(
    "name", [ENCODED, "=?utf-8?b?YQ0KQmNjOiB2QGV4YW1wbGUub3Jn?=", "=?utf-8?q?=0A=0A<script>?=", "=?utf-7?q?+AA0ACg-?="]
)
def test_an_author_whose_name_is_an_encoded_word_adds_no_header(make_alert, make_mention, name):
    lead = make_mention(post={"author": Author(name=name)}, customer=None)
    message = render_alert(make_alert(lead), Voice(kind="email", limits=LIMITS, timezone=UTC))
    raw = compose(message, "Listener <l@example.org>", ["ann@example.org"], NOW).as_bytes()
    got = email.message_from_bytes(raw, policy=email.policy.default)
    assert got["bcc"] is None
    assert name in str(got["subject"]).replace("\u2060", "")
    assert got["auto-submitted"] == "auto-generated"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"from": "no address"}, "must be one mail address"),
        ({"from": "Ann <ann@example.org>\r\nBcc: v@example.org"}, "must be one mail address"),
        ({"to": ["a@example.org, b@example.org"]}, "must be one mail address"),
        ({"to": ["a@"]}, "must be one mail address"),
        ({"to": ["<script>@example.org"]}, "must be one mail address"),
        ({"username": "u"}, "needs username and password together"),
        ({"host": "mail.example.org", "username": "u", "password": PASSWORD}, "would send the password readable"),
    ],
)
def test_settings_that_cannot_work_are_refused_with_a_sentence(changes, sentence):
    with pytest.raises(ValidationError) as caught:
        settings(25, **changes)
    messages = str([error["msg"] for error in caught.value.errors(include_input=False)])
    assert sentence in messages
    assert PASSWORD not in messages


def test_settings_show_no_password():
    assert PASSWORD not in repr(settings(25, username="u", password=PASSWORD))


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def ca_file(authority, tmp_path_factory) -> str:
    file = tmp_path_factory.mktemp("authority") / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    return str(file)


@pytest.fixture(scope="session")
def server_tls(authority) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_a_protected_mail_arrives_where_the_certificate_is_trusted(serve, mailbox, server_tls, ca_file, tls):
    options = {"ssl_context": server_tls} if tls == "tls" else {"tls_context": server_tls, "require_starttls": True}
    port = serve(**options)
    failed = failure(settings(port, tls=tls))
    assert failed.permanent
    assert "certificate that is not trusted" in str(failed)
    assert "ca_file" in str(failed)
    assert mailbox.content == []
    send(settings(port, tls=tls, ca_file=ca_file))
    assert len(mailbox.content) == 1


def test_a_certificate_for_another_host_is_not_trusted(serve, server_tls, ca_file):
    port = serve(tls_context=server_tls)
    failed = failure(settings(port, host="localhost", tls="starttls", ca_file=ca_file))
    assert failed.permanent
    assert "correct host" in str(failed)


def test_a_ca_file_that_is_not_there_is_named(serve, server_tls, tmp_path):
    failed = failure(settings(serve(tls_context=server_tls), tls="starttls", ca_file=str(tmp_path / "none.pem")))
    assert failed.permanent
    assert "ca_file cannot be read" in str(failed)
