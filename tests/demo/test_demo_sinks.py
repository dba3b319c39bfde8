"""The demo's receivers take what Slack and a mail server take, refuse what they refuse, and keep the rest."""

from __future__ import annotations

import json
import smtplib
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest

from listener.demo.mail_sink import MailSink
from listener.demo.slack_sink import SlackSink

SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "hello"}}


@pytest.fixture
def slack(clock: Any) -> Iterator[SlackSink]:
    with SlackSink(clock) as sink:
        yield sink


@pytest.fixture
def post(slack: SlackSink, get: Callable[..., Any]) -> Callable[..., Any]:
    return lambda payload: get(slack.webhook_url, body=json.dumps(payload).encode())


def test_a_message_is_kept_and_answered_ok(slack: SlackSink, post: Callable[..., Any], clock: Any) -> None:
    got = post({"text": "hi", "blocks": [SECTION]})
    assert (got.status, got.body) == (200, b"ok")
    assert [(message.at, message.text) for message in slack.messages] == [(clock(), "hi")]


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({}, b"no_text"),
        ({"text": "x" * 40_001}, b"msg_too_long"),
        ({"blocks": [SECTION] * 51}, b"invalid_blocks"),
        ({"blocks": [{"type": "carousel"}]}, b"invalid_blocks"),
        ({"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3_001}}]}, b"invalid_blocks"),
        ({"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": ""}}]}, b"invalid_blocks"),
        ({"blocks": [{"type": "section"}]}, b"invalid_blocks"),
        ({"blocks": [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}]}, b"invalid_blocks"),
        ({"blocks": [{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}]}, b"invalid_blocks"),
        ({"blocks": [{"type": "context", "elements": []}]}, b"invalid_blocks"),
        ({"blocks": [{"type": "context", "elements": [SECTION["text"]] * 11}]}, b"invalid_blocks"),
        ({"blocks": [{"type": "section", "fields": [SECTION["text"]] * 11}]}, b"invalid_blocks"),
        (
            {
                "blocks": [
                    {
                        "type": "actions",
                        "elements": [{"type": "button", "text": {"type": "plain_text", "text": "x" * 76}}],
                    }
                ]
            },
            b"invalid_blocks",
        ),
        ([], b"invalid_payload"),
    ],
)
def test_what_slack_refuses_is_refused_in_its_words(
    slack: SlackSink, post: Callable[..., Any], payload: Any, code: bytes
) -> None:
    got = post(payload)
    assert (got.status, got.body) == (400, code)
    assert slack.messages == ()


def test_another_webhook_is_unknown(slack: SlackSink, get: Callable[..., Any]) -> None:
    assert get(f"{slack.url}/services/T0/B0/other", body=b"{}").body == b"no_service"
    assert get(slack.webhook_url).status == 400
    assert get(slack.webhook_url, body=b"not json").body == b"invalid_payload"


def test_slack_can_be_down_for_an_hour(slack: SlackSink, post: Callable[..., Any], clock: Any) -> None:
    slack.fail(503, lasting=timedelta(hours=1))
    assert post({"text": "hi"}).status == 503
    clock.move(minutes=59)
    assert post({"text": "hi"}).status == 503
    clock.move(minutes=1)
    assert post({"text": "hi"}).status == 200
    slack.fail(429, times=1, retry_after=7)
    assert post({"text": "hi"}).headers["retry-after"] == "7"
    assert len(slack.messages) == 1


def test_a_mail_is_kept_with_its_receivers(clock: Any) -> None:
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = "Grüße", "a@a.example", "b@b.example"
    mail.set_content("plain ✓")
    mail.add_alternative("<p>html</p>", subtype="html")
    with MailSink(clock) as sink, smtplib.SMTP("127.0.0.1", sink.port, timeout=10) as server:
        server.send_message(mail)
        sink.refuse("451 Try again later")
        with pytest.raises(smtplib.SMTPDataError):
            server.send_message(mail)
        (kept,) = sink.mails
    assert (kept.at, kept.subject, kept.receivers) == (clock(), "Grüße", ("b@b.example",))
    assert kept.part("text/plain").strip() == "plain ✓" and kept.part("text/html").strip() == "<p>html</p>"
    assert kept.part("image/png") == ""
