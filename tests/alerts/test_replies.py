"""Answers through the real clients to services on loopback: threaded, counted, never twice where that can be known."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from pydantic import ValidationError

from alerts.contract import DeliveryFailed, Receipt
from alerts.replies import registry
from alerts.replies.bluesky import link_facets, record_key
from alerts.replies.contract import Reply, Replying
from alerts.replies.email import EmailReplySettings, compose_reply
from alerts.replies.lengths import graphemes, mastodon_length, x_length
from listener.demo.loopback import LoopbackServer, Request, json_reply
from listener.demo.loopback import Reply as Answered
from listener.demo.mail_sink import MailSink
from sources.post import Author, Post

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
SECRET = "s3cr3t-t0ken-0123456789"
ABOVE = "at://did:plc:jane/app.bsky.feed.post/3kabc"
POSTS = {
    "mastodon": Post(
        source="mastodon",
        instance="other.example",
        external_id="https://other.example/users/jane/statuses/7",
        url="https://other.example/@jane/7",
        title="broken things",
        text="my kettle broke",
        author=Author(handle="jane@other.example"),
    ),
    "bluesky": Post(source="bluesky", instance="bsky.app", external_id=ABOVE, url="https://bsky.app/x", text="broke"),
    "x": Post(source="x", instance="x.com", external_id="1700000000000000001", url="https://x.com/i/1", text="broke"),
    "email": Post(
        source="imap",
        instance="support",
        external_id="abc123@mail.example.org",
        in_reply_to="first@mail.example.org",
        title="My kettle",
        text="it broke",
        author=Author(email="jane@example.org", handle="jane@example.org"),
        kind="message",
    ),
}


class Service(LoopbackServer):
    """Mastodon, Bluesky and X in one, as far as answers go. It keeps what is posted, and may lose its own answer."""

    def __init__(self) -> None:
        super().__init__(self._answer, lambda: NOW)
        self.posted: list[dict[str, Any]] = []
        self.keys: dict[str, dict[str, Any]] = {}
        self.records: dict[str, dict[str, Any]] = {}
        self.heads: list[dict[str, str]] = []
        self.visibility = "unlisted"
        self.reply_disabled = False
        self.there = True
        self.loses: list[str] = []  # what happens to the next answers: "500", "hang", "long", "broken"
        self.let_go = threading.Event()

    def _answer(self, request: Request) -> Answered:
        self.heads.append(dict(request.headers))
        path = request.path
        if path == "/api/v2/search":
            status = {
                "id": "107",
                "uri": request.one("q"),
                "url": POSTS["mastodon"].url,
                "visibility": self.visibility,
                "spoiler_text": "broken things",
            }
            return json_reply({"statuses": [{"id": "1", "uri": "https://other.example/else"}, *[status] * self.there]})
        if path == "/api/v1/accounts/verify_credentials":
            return json_reply({"id": "55"})
        if path == "/api/v1/statuses/107/context":
            shown = [
                {
                    "id": str(number),
                    "in_reply_to_id": "107",
                    "account": {"id": "55"},
                    "content": f"<p>{one['status'].replace('@other.example', '')}</p>",
                    "url": f"https://own.example/{number}",
                }
                for number, one in enumerate(self.posted)
            ]
            return json_reply({"ancestors": [], "descendants": shown})
        if path == "/xrpc/com.atproto.server.createSession":
            return json_reply({"did": "did:plc:us", "accessJwt": "jwt"})
        if path == "/xrpc/app.bsky.feed.getPosts":
            root = {"uri": "at://did:plc:bob/app.bsky.feed.post/3kroot", "cid": "rootcid"}
            view = {
                "uri": ABOVE,
                "cid": "cid7",
                "record": {"reply": {"root": root}},
                "viewer": {"replyDisabled": self.reply_disabled},
            }
            return json_reply({"posts": [view] * self.there})
        return self._lost() or self._post(request)

    def _lost(self) -> Answered | None:
        return None

    def _post(self, request: Request) -> Answered:
        told = json.loads(request.body)
        answered = self._kept(request, told)
        fate = self.loses.pop(0) if self.loses else ""
        if fate == "hang":
            self.let_go.wait(2)
        if fate == "500":
            return Answered(status=500)
        if fate == "long":
            return Answered(body=b"[" + b" " * 300_000)
        return Answered(body=b"\xff{") if fate == "broken" else answered

    def _kept(self, request: Request, told: dict[str, Any]) -> Answered:
        if request.path == "/api/v1/statuses":
            key = request.headers["idempotency-key"]
            if key not in self.keys:
                self.posted.append(told)
                self.keys[key] = {"id": str(500 + len(self.posted)), "url": "https://own.example/@us/501"}
            return json_reply(self.keys[key])
        if request.path == "/xrpc/com.atproto.repo.putRecord":
            self.records[told["rkey"]] = told
            self.posted = list(self.records.values())
            return json_reply({"uri": f"at://{told['repo']}/app.bsky.feed.post/{told['rkey']}", "cid": "new"})
        if any(one["text"] == told["text"] for one in self.posted):
            return json_reply({"detail": "You are not allowed to create a Tweet with duplicate content."}, 403)
        self.posted.append(told)
        return json_reply({"data": {"id": "1800000000000000009", "text": told["text"]}}, 201)


@pytest.fixture
def service() -> Iterator[Service]:
    with Service() as one:
        yield one
        one.let_go.set()


@pytest.fixture
def sink() -> Iterator[MailSink]:
    with MailSink(lambda: NOW) as one:
        yield one


TOLD: dict[str, dict[str, str]] = {
    "mastodon": {"token": SECRET},
    "bluesky": {"handle": "us.example.org", "app_password": SECRET},
    "x": {"api_key": SECRET, "api_secret": SECRET, "access_token": SECRET, "access_token_secret": SECRET},
}
WEB = sorted(TOLD)


def _account(kind: str, service: Service, patience: float = 10, **changes: Any) -> Any:
    told = {"kind": kind, "name": "us", "base_url": service.url, "allow_private": True, **TOLD[kind], **changes}
    settings = registry.settings_class(kind).model_validate(told)
    return settings.model_copy(update={"timeout": timedelta(seconds=patience)}).open()


def _mail_account(port: int) -> Any:
    told = {
        "kind": "email",
        "name": "us",
        "host": "127.0.0.1",
        "port": port,
        "tls": "none",
        "from": "Us <us@acme.example>",
    }
    return EmailReplySettings.model_validate(told).open()


def _reply(kind: str, text: str = "We are sorry, see https://acme.example/help.", **changes: Any) -> Reply:
    return Reply(key="reply:1", post=POSTS[kind], text=text, written_at=NOW, **changes)


def _send(account: Replying, reply: Reply) -> Receipt:
    async def send() -> Receipt:
        try:
            return await account.reply(reply)
        finally:
            await account.close()

    return asyncio.run(send())


def _failure(account: Replying, reply: Reply) -> DeliveryFailed:
    with pytest.raises(DeliveryFailed) as caught:
        _send(account, reply)
    assert SECRET not in str(caught.value)
    return caught.value


@pytest.mark.parametrize("kind", registry.kinds())
def test_each_kind_keeps_the_contract(kind: str, service: Service, sink: MailSink) -> None:
    account = _mail_account(sink.port) if kind == "email" else _account(kind, service)
    assert isinstance(account, Replying) and (account.name, account.kind) == ("us", kind)
    for other, post in POSTS.items():
        assert bool(account.refuses(post)) == (other != kind)
    assert account.refuses(replace(POSTS[kind], external_id="", url="", author=Author()))
    assert account.length(POSTS[kind], "fine").fits
    assert not account.length(POSTS[kind], "much " * 30_000).fits
    assert account.under(POSTS[kind])
    assert SECRET not in repr(account) + repr(vars(account))


def test_on_mastodon_the_answer_hangs_under_the_post_as_visible_as_it(service: Service) -> None:
    account = _account("mastodon", service)
    text = account.written(POSTS["mastodon"], " Sorry! ")
    assert text == "@jane@other.example Sorry!" and account.written(POSTS["mastodon"], text) == text
    for somebody_else in ("@jane@other.example.org knows", "mail@jane@other.example", "@jane@other.examples"):
        assert account.written(POSTS["mastodon"], somebody_else) == f"@jane@other.example {somebody_else}"
    receipt = _send(account, _reply("mastodon", text))
    assert receipt == Receipt(id="501", detail="https://own.example/@us/501")
    (posted,) = service.posted
    assert posted == {
        "status": text, "in_reply_to_id": "107", "visibility": "unlisted", "spoiler_text": "broken things",
    }  # fmt: skip
    assert service.heads[-1]["authorization"] == f"Bearer {SECRET}"


def test_on_bluesky_it_hangs_in_the_thread_and_its_links_are_links(service: Service) -> None:
    receipt = _send(_account("bluesky", service), _reply("bluesky", "দুঃখিত, see https://acme.example/help."))
    (posted,) = service.posted
    record = posted["record"]
    assert record["reply"] == {
        "root": {"uri": "at://did:plc:bob/app.bsky.feed.post/3kroot", "cid": "rootcid"},
        "parent": {"uri": ABOVE, "cid": "cid7"},
    }
    (facet,) = record["facets"]
    span = record["text"].encode()[facet["index"]["byteStart"] : facet["index"]["byteEnd"]]
    assert span.decode() == facet["features"][0]["uri"] == "https://acme.example/help"
    assert record["createdAt"] == "2026-11-22T08:00:00.000000Z"
    assert receipt.id.endswith(posted["rkey"]) and receipt.detail.startswith(
        "https://bsky.app/profile/did:plc:us/post/"
    )


def test_on_x_it_answers_the_number_of_the_post(service: Service) -> None:
    receipt = _send(_account("x", service), _reply("x"))
    assert receipt.id == "1800000000000000009"
    (posted,) = service.posted
    assert posted["reply"] == {"in_reply_to_tweet_id": "1700000000000000001"}
    assert service.heads[-1]["authorization"].startswith("OAuth ")


def test_by_mail_it_stands_in_the_conversation(sink: MailSink) -> None:
    receipt = _send(_mail_account(sink.port), _reply("email", "Sorry!\n.\nবাংলা"))
    (mail,) = sink.mails
    read = mail.read()
    assert mail.receivers == ("jane@example.org",)
    assert read["Subject"] == "Re: My kettle" and read["In-Reply-To"] == "<abc123@mail.example.org>"
    assert read["References"] == "<first@mail.example.org> <abc123@mail.example.org>"
    assert read["Message-ID"] == receipt.id and "Auto-Submitted" not in read
    assert mail.part("text/plain").replace("\r\n", "\n") == "Sorry!\n.\nবাংলা\n"
    again = compose_reply(_reply("email"), "us@acme.example", NOW)
    assert again["Message-ID"] == receipt.id


@pytest.mark.parametrize("kind", WEB)
@pytest.mark.parametrize("fate", ["500", "hang", "long", "broken"])
def test_what_came_through_without_an_answer_is_not_posted_again(kind: str, fate: str, service: Service) -> None:
    service.loses = [fate]
    text = "@jane@other.example Sorry!" if kind == "mastodon" else "Sorry!"
    error = _failure(_account(kind, service, 0.25 if fate == "hang" else 10), _reply(kind, text))
    assert error.ambiguous and not error.permanent
    service.keys.clear()  # an instance knows a key for an hour only
    service.let_go.set()
    _send(_account(kind, service), _reply(kind, text, again=True))
    assert len(service.posted) == 1


@pytest.mark.parametrize("kind", WEB)
def test_patience_is_kept_and_trouble_is_told(kind: str, service: Service) -> None:
    posts = {"mastodon": "/api/v1/statuses", "bluesky": "/xrpc/com.atproto.repo.putRecord", "x": "/2/tweets"}[kind]
    service.fail(429, times=1, retry_after=120, path=posts)
    error = _failure(_account(kind, service), _reply(kind))
    assert error.retry_after == timedelta(seconds=120) and not error.permanent and not error.ambiguous
    for status, permanent in ((401, True), (403, True), (422, True), (500, False)):
        service.fail(status, times=1, path=posts)
        assert _failure(_account(kind, service), _reply(kind)).permanent is permanent
    assert service.posted == []


@pytest.mark.parametrize("kind", WEB)
def test_without_leave_no_private_address_is_reached(kind: str, service: Service) -> None:
    error = _failure(_account(kind, service, allow_private=False), _reply(kind))
    assert error.permanent and "allow_private" in str(error) and not service.asked


def test_a_post_that_is_gone_or_closed_takes_no_answer(service: Service) -> None:
    service.there = False
    for kind in ("mastodon", "bluesky"):
        assert _failure(_account(kind, service), _reply(kind)).permanent
    service.there, service.reply_disabled = True, True
    error = _failure(_account("bluesky", service), _reply("bluesky"))
    assert error.permanent and "does not let this account answer" in str(error)
    assert service.posted == []


def test_an_answer_that_says_the_same_as_an_earlier_one_is_refused_by_x_unless_it_was_that_one(
    service: Service,
) -> None:
    _send(_account("x", service), _reply("x"))
    assert _failure(_account("x", service), _reply("x")).permanent
    assert "it was there already" in _send(_account("x", service), _reply("x", again=True)).detail


@pytest.mark.parametrize("answer", ["451 later", "554 no"])
def test_a_mail_server_that_refuses_is_told(answer: str, sink: MailSink) -> None:
    sink.refuse(answer)
    assert _failure(_mail_account(sink.port), _reply("email")).permanent is answer.startswith("5")
    assert sink.mails == ()


def test_no_subject_or_address_begins_another_header() -> None:
    hostile = replace(
        POSTS["email"],
        title="x\r\nBcc: all@example.org =?utf-8?q?a?=",
        external_id="a@b>\r\nBcc: c@d",
        in_reply_to="<x>",
    )
    mail = compose_reply(replace(_reply("email"), post=hostile), "us@acme.example", NOW)
    assert mail["Bcc"] is None and mail["In-Reply-To"] is None
    automatic = replace(POSTS["email"], kind="automatic message")
    assert "machine" in _mail_account(1).refuses(automatic)


@pytest.mark.parametrize(
    ("text", "seen", "weighed"),
    [
        ("hello", 5, 5),
        ("é", 1, 1),
        ("e\u0301", 1, 1),
        ("日本", 2, 4),
        ("👩‍👩‍👧‍👦", 1, 2),
        ("👍🏽", 1, 2),
        ("🇧🇩🇩🇪", 2, 4),
        ("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", 1, 2),
        ("1️⃣", 1, 2),
        ("কি", 1, 2),
        ("a\r\nb", 3, 4),
        ("see https://acme.example/a/very/long/address?with=parts&and=more.", 65, 28),
    ],
)
def test_a_text_is_as_long_as_the_service_counts_it(text: str, seen: int, weighed: int) -> None:
    assert (graphemes(text), x_length(text)) == (seen, weighed)


def test_mastodon_counts_names_without_hosts_and_links_as_23() -> None:
    assert mastodon_length("@jane@other.example hi") == len("@jane hi")
    assert mastodon_length("https://acme.example/" + "a" * 100 + " hi", "warning") == 23 + 3 + 7


@given(st.text(max_size=80))
def test_no_text_is_longer_in_letters_than_in_characters(text: str) -> None:
    assert graphemes(text) <= len(text)
    assert x_length(text) >= 0 and mastodon_length(text) >= 0
    for facet in link_facets(text.encode("utf-8", "replace").decode()):
        assert facet["index"]["byteStart"] < facet["index"]["byteEnd"]


@given(st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1)), st.text(max_size=20))
def test_a_records_key_has_the_form_of_one_and_is_always_the_same(at: datetime, key: str) -> None:
    number = record_key(key, at.replace(tzinfo=UTC))
    assert (
        len(number) == 13 and number[0] in "234567abcdefghij" and set(number) <= set("234567abcdefghijklmnopqrstuvwxyz")
    )
    assert number == record_key(key, at.replace(tzinfo=UTC))


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("mastodon", {"token": "two words", "base_url": "https://m.example"}),
        ("mastodon", {"token": SECRET, "base_url": "https://user:pass@m.example"}),
        ("bluesky", {"handle": "@us", "app_password": SECRET}),
        ("x", {"api_key": SECRET}),
        ("email", {"host": "h", "from": "us@x.example", "username": "u"}),
        ("email", {"host": "h.example", "from": "us@x.example", "username": "u", "password": SECRET, "tls": "none"}),
    ],
)
def test_wrong_settings_are_refused(kind: str, told: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        registry.settings_class(kind).model_validate({"kind": kind, "name": "us", **told})
