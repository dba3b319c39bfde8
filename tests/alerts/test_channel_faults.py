"""Every kind that speaks HTTP through its real client on loopback: what may go wrong, and what is made of it."""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Iterator
from datetime import UTC, timedelta
from threading import Thread
from typing import Any

import msgspec
import pytest
from chat_checks import check
from pydantic import ValidationError
from receivers import GOOD, RECEIPTS, SECRET, Receiver, channel_settings, drip, edit, hang, reset, send

from alerts.contract import DeliveryFailed, Message
from alerts.language import language
from alerts.rendering.many import render_alerts
from alerts.rendering.render import render_alert, render_report, render_test
from alerts.settings import ChannelSettings
from alerts.voice import Voice

SOON = timedelta(seconds=0.3)
READS_ITS_ANSWER = ("slack-bot", "discord", "telegram")

kinds = pytest.mark.parametrize(
    "kind",
    [
        pytest.param(kind, marks=pytest.mark.skipif(not importlib.util.find_spec("apprise"), reason="no apprise here"))
        if kind == "apprise"
        else kind
        for kind in GOOD
    ],
)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.release.set()
    server.shutdown()
    server.server_close()


def failure(settings: ChannelSettings, message: Message | None = None) -> DeliveryFailed:
    with pytest.raises(DeliveryFailed) as caught:
        send(settings, message or render_test("t", "one"))
    assert SECRET not in str(caught.value)
    assert str(caught.value).isprintable()
    return caught.value


def alert_message(settings: ChannelSettings, alert: Any) -> Message:
    channel = settings.open()
    return render_alert(alert, Voice(kind=channel.kind, limits=channel.limits, timezone=UTC))


@kinds
def test_what_is_taken_gives_a_receipt_and_comes_as_json(receiver, make_alert, kind):
    receiver.body = GOOD[kind]
    settings = channel_settings(kind, receiver.url)
    for message in (render_test("t", "one"), alert_message(settings, make_alert())):
        receipt = send(settings, message)
        assert receipt.id == RECEIPTS.get(kind, receipt.id)
        assert receipt.id or receipt.detail
    assert len(receiver.told) == 2
    assert "Test from listener" in str(receiver.told[0])
    assert "rocket exploded again" in str(receiver.told[1])


@kinds
def test_too_many_messages_wait_as_long_as_the_service_asks(receiver, kind):
    receiver.status, receiver.headers = 429, {"Retry-After": "30"}
    if kind == "telegram":
        receiver.headers = {}
        receiver.body = b'{"ok": false, "error_code": 429, "description": "x", "parameters": {"retry_after": 30}}'
    failed = failure(channel_settings(kind, receiver.url))
    assert (failed.permanent, failed.ambiguous) == (False, False)
    assert failed.retry_after == (None if kind == "apprise" else timedelta(seconds=30))  # Apprise hands none on


@kinds
@pytest.mark.parametrize("status", [500, 503])
def test_trouble_of_the_services_own_is_tried_again(receiver, kind, status):
    receiver.status, receiver.body = status, b"<html>\x1b[31mtrouble</html>"
    failed = failure(channel_settings(kind, receiver.url))
    assert (failed.permanent, failed.ambiguous) == (False, True)


@kinds
@pytest.mark.parametrize("behaviour", [hang, drip])
def test_a_service_that_grows_silent_is_given_up_and_may_have_been_told(receiver, kind, behaviour):
    receiver.behaviour = behaviour
    failed = failure(channel_settings(kind, receiver.url, timeout=SOON))
    assert (failed.permanent, failed.ambiguous) == (False, True)
    assert "within 0.3 s" in str(failed)
    receiver.release.set()


@kinds
def test_a_connection_that_breaks_after_the_message_may_have_told_it(receiver, kind):
    receiver.behaviour = reset
    failed = failure(channel_settings(kind, receiver.url))
    assert (failed.permanent, failed.ambiguous) == (False, True)


@kinds
def test_an_answer_without_end_is_not_kept(receiver, kind):
    receiver.body = b"x" * 3_000_000
    settings = channel_settings(kind, receiver.url)
    if kind in READS_ITS_ANSWER:
        assert failure(settings).ambiguous
    else:
        send(settings, render_test("t", "one"))


@pytest.mark.parametrize("kind", READS_ITS_ANSWER)
@pytest.mark.parametrize("body", [b"<html>maintenance</html>", b"[]", b"{}", b'{"ok": true}', b'{"id": {}}', b"\xff"])
def test_an_answer_that_is_not_the_services_own_form_may_have_come_after_the_message(receiver, kind, body):
    receiver.body = body
    settings = channel_settings(kind, receiver.url)
    if kind == "slack-bot" and body == b'{"ok": true}':
        assert send(settings, render_test("t", "one")).id == ""
    else:
        assert failure(settings).ambiguous


@kinds
def test_a_redirect_is_not_followed(receiver, kind):
    receiver.status, receiver.headers = 302, {"Location": f"{receiver.url}/elsewhere"}
    failed = failure(channel_settings(kind, receiver.url))
    assert (failed.permanent, failed.disables) == (True, True)
    assert len(receiver.received) == 1


@kinds
@pytest.mark.parametrize("status", [401, 403, 404])
def test_what_every_message_would_meet_disables_the_channel(receiver, kind, status):
    receiver.status = status
    failed = failure(channel_settings(kind, receiver.url))
    assert (failed.permanent, failed.disables) == (True, True)


@kinds
@pytest.mark.parametrize("status", [400, 413])
def test_what_is_about_one_message_sets_that_one_aside(receiver, kind, status):
    receiver.status = status
    failed = failure(channel_settings(kind, receiver.url))
    assert (failed.permanent, failed.disables) == (True, False)


@pytest.mark.parametrize("kind", [kind for kind in GOOD if kind != "apprise"])
def test_an_address_inside_the_network_is_refused_unless_allowed(receiver, kind):
    failed = failure(channel_settings(kind, receiver.url, allow_private=False))
    assert failed.disables
    assert "allow_private = true" in str(failed)
    assert receiver.received == []


@kinds
def test_a_text_of_any_size_comes_within_the_services_limits(receiver, make_alert, make_mention, kind):
    receiver.body = GOOD[kind]
    settings = channel_settings(kind, receiver.url)
    alert = make_alert(make_mention(post={"text": "বাংলা খবর @everyone " * 1_000, "title": "t" * 5_000}, spans=()))
    voice = Voice(kind=settings.kind, limits=settings.open().limits, timezone=UTC)
    for message in (
        render_alert(alert, voice),
        render_alerts([alert] * 120, voice, key="k").message,
        render_report("r", "title", "a line of words\n" * 2_000),
    ):
        if message.kind != "report":
            check(message, settings.kind)
        send(settings, message)
    assert max(len(body) for _, _, _, body in receiver.received) < 150_000
    if kind == "teams":
        assert max(len(body) for _, _, _, body in receiver.received) <= 28 * 1024


@pytest.mark.parametrize("kind", ["slack-bot", "discord", "telegram", "teams"])
def test_what_a_channel_adds_of_its_own_is_in_the_messages_language(receiver, kind):
    receiver.body = GOOD[kind]
    words = language("bn")
    send(channel_settings(kind, receiver.url), render_report("r", "t", "a line of words\n\n" * 2_000, words))
    added = "More than fits in one Slack message was left out."
    if kind != "slack-bot":
        added = "More than fits in one message was left out."
    assert words.say(added) in str(receiver.told[0]).replace("\\", "")


@kinds
def test_a_repeat_says_the_very_same(receiver, make_alert, kind):
    receiver.body = GOOD[kind]
    settings = channel_settings(kind, receiver.url)
    receipts = [send(settings, alert_message(settings, make_alert())) for _ in range(2)]
    assert receipts[0] == receipts[1]
    first, second = receiver.told
    assert first == second
    headers = [received[2] for received in receiver.received]
    assert headers[0].get("webhook-id") == headers[1].get("webhook-id")


@kinds
def test_neither_errors_nor_logs_nor_settings_show_the_secret(receiver, caplog, kind):
    caplog.set_level(logging.DEBUG)
    settings = channel_settings(kind, receiver.url)
    receiver.body = GOOD[kind]
    send(settings, render_test("t", "one"))
    receiver.status = 404
    failure(settings)
    assert SECRET not in caplog.text
    assert SECRET not in repr(settings)


@pytest.mark.parametrize("kind", [*RECEIPTS, "webhook"])
def test_an_edit_puts_the_new_words_in_the_place_of_the_old(receiver, make_alert, kind):
    receiver.body = GOOD[kind]
    settings = channel_settings(kind, receiver.url)
    told = send(settings, alert_message(settings, make_alert()))
    grown = alert_message(settings, make_alert(mentions=30))
    assert edit(settings, told.id, grown) == told
    assert edit(settings, told.id, grown) == told
    first, second, third = receiver.received
    assert second[1] == third[1]
    assert second[3] == third[3]
    assert first[1:2] + first[3:] != second[1:2] + second[3:]
    assert "30" in str(receiver.told[1]) or "29" in str(receiver.told[1])


@pytest.mark.parametrize(
    ("kind", "status", "body"),
    [
        ("discord", 404, b'{"message": "Unknown Message", "code": 10008}'),
        ("telegram", 400, b'{"ok": false, "error_code": 400, "description": "Bad Request: message to edit not found"}'),
        ("telegram", 400, b'{"ok": false, "error_code": 400, "description": "Bad Request: message can\'t be edited"}'),
    ],
)
def test_a_message_that_is_not_there_any_more_is_gone(receiver, kind, status, body):
    receiver.status, receiver.body = status, body
    with pytest.raises(DeliveryFailed) as caught:
        edit(channel_settings(kind, receiver.url), RECEIPTS[kind], render_test("t", "one"))
    assert (caught.value.gone, caught.value.permanent, caught.value.disables) == (True, True, False)


@pytest.mark.parametrize("kind", ["discord", "telegram"])
def test_a_receipt_that_names_nothing_cannot_be_edited(receiver, kind):
    with pytest.raises(DeliveryFailed) as caught:
        edit(channel_settings(kind, receiver.url), "../../x", render_test("t", "one"))
    assert caught.value.gone
    assert receiver.received == []


def test_telegram_says_that_nothing_had_to_change(receiver):
    receiver.status = 400
    receiver.body = msgspec.json.encode(
        {"ok": False, "error_code": 400, "description": "Bad Request: message is not modified: specified new ..."}
    )
    receipt = edit(channel_settings("telegram", receiver.url), "-100 77", render_test("t", "one"))
    assert receipt.id == "-100 77"


@pytest.mark.parametrize(
    "description",
    [
        "Bad Request: chat not found",
        "Bad Request: group chat was upgraded to a supergroup chat",
        "Forbidden: bot was kicked from the group chat",
        "Bad Request: not enough rights to send text messages to the chat",
    ],
)
def test_a_chat_that_telegram_does_not_let_us_write_in_disables_the_channel(receiver, description):
    receiver.status = 403 if description.startswith("Forbidden") else 400
    receiver.body = msgspec.json.encode(
        {
            "ok": False,
            "error_code": receiver.status,
            "description": description,
            "parameters": {"migrate_to_chat_id": 1},
        }
    )
    assert failure(channel_settings("telegram", receiver.url)).disables


def test_a_follow_up_in_telegram_answers_the_message_that_it_follows(receiver):
    receiver.body = GOOD["telegram"]
    send(
        channel_settings("telegram", receiver.url, topic=9),
        msgspec.structs.replace(render_test("t", "one"), under="-100 77"),
    )
    assert receiver.told[0]["reply_parameters"] == {"message_id": 77, "allow_sending_without_reply": True}
    assert receiver.told[0]["message_thread_id"] == 9


@pytest.mark.parametrize("chat", ["-100", -100, "@acme_alerts", 7])
def test_a_chat_of_telegram_is_told_by_its_number_or_its_name(receiver, chat):
    receiver.body = GOOD["telegram"]
    settings = channel_settings("telegram", receiver.url, chat=chat)
    send(settings, render_test("t", "one"))
    assert receiver.told[0]["chat_id"] == (chat if str(chat).startswith("@") else int(chat))
    a_minute = settings.open().limits.rate
    assert a_minute.window == timedelta(seconds=1 if chat == 7 else 60)


def test_discord_is_asked_to_wait_and_to_ping_nobody(receiver):
    receiver.body = GOOD["discord"]
    settings = channel_settings("discord", receiver.url, thread_id="55", username="Listener")
    send(settings, render_test("t", "one"))
    edit(settings, "1234567890", render_test("t", "one"))
    posted, patched = receiver.received
    assert posted[0] == "POST"
    assert posted[1].endswith("?wait=true&with_components=true&thread_id=55")
    assert patched[0] == "PATCH"
    assert "/messages/1234567890?with_components=true&thread_id=55" in patched[1]
    assert [sent["allowed_mentions"] for sent in receiver.told] == [{"parse": []}] * 2
    assert (receiver.told[0]["username"], receiver.told[1].get("username")) == ("Listener", None)


def test_teams_gets_one_adaptive_card(receiver):
    receiver.status = 202
    send(channel_settings("teams", receiver.url), render_test("t", "one"))
    (card,) = receiver.told[0]["attachments"]
    assert card["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert card["content"]["type"] == "AdaptiveCard"


@pytest.mark.parametrize(
    ("kind", "changes", "sentence"),
    [
        ("discord", {"webhook_url": "https://discord.com/channels/1/2"}, "a webhook's address as Discord shows it"),
        ("telegram", {"bot_token": "abc"}, "a bot's token as @BotFather shows it"),
        ("telegram", {"bot_token": "1:a/../b"}, "a bot's token as @BotFather shows it"),
        ("telegram", {"chat": "my group"}, "pattern"),
        ("teams", {"webhook_url": "hooks.example"}, "must be a web address"),
        ("webhook", {"secrets": []}, "at least 1"),
        ("webhook", {"secrets": ["hunter2"]}, "whsec_ and 24 to 64 random bytes"),
        ("apprise", {"url": "nothing"}, "an address as Apprise has it"),
        ("apprise", {"allow_private": False}, "needs allow_private = true"),
    ],
)
def test_settings_that_cannot_work_are_refused_with_a_sentence(kind, changes, sentence):
    with pytest.raises(ValidationError) as caught:
        channel_settings(kind, "http://127.0.0.1:9", **changes)
    messages = str([error["msg"] for error in caught.value.errors(include_input=False)])
    assert sentence in messages
    assert "hunter2" not in messages
