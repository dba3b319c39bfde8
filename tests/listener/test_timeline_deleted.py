"""Posts that their authors delete after people were told: their words go from messages that can be changed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parent))

from timeline import Mute, Recorder, Timeline

from alerts.contract import DeliveryFailed, Message, Receipt
from listener.configuration.tables import RuleSettings
from listener.store import mentions, outbox

Make = Callable[..., Any]

ANGRY = RuleSettings(name="angry", when="sentiment.score <= -0.4", severity="high", notify=("support",))


@pytest.fixture
def line(make_app: Make, source: Any, post: Make, clock: Any) -> Make:
    def make(channel: Recorder, **options: Any) -> Timeline:
        return Timeline(make_app([source("blogs", [])], [channel], rules=[ANGRY], **options), clock, post)

    return make


def delete(now: Timeline, *numbers: int) -> Timeline:
    with now.app.store.write() as tx:
        mentions.tombstone_posts(tx, [now.post(number).key for number in numbers], now.clock.now)
    now._live()
    return now


def test_the_words_of_a_deleted_post_go_from_the_message_that_told_them(line: Make) -> None:
    now = line(Recorder("support", can_edit=True))
    now.at("0s").posts("kettle").expect("support: message").saying("my kettle broke again")
    delete(now, 1).expect("support: edit").saying("deleted by its author").saying_not("kettle", "/posts/1")
    now.at("9h").expect()


def test_a_story_goes_on_with_what_others_said_of_it(line: Make) -> None:
    now = line(Recorder("support", can_edit=True))
    now.at("0s").posts("kettle", 2).expect("support: message")
    delete(now, 1).expect("support: edit").saying("kettle broke again", "/posts/2").saying_not("/posts/1")


def test_a_list_of_alerts_loses_the_words_of_those_that_are_deleted(line: Make) -> None:
    now = line(Recorder("support", can_edit=True), asks={"support": {"most_an_hour": 1}})
    now.at("0s").posts("door").expect("support: message")
    now.at("1m").posts("kettle").posts("parcel").expect()
    now.at("2h").expect("support: summary").saying("kettle", "parcel")
    delete(now, 2).expect("support: edit").saying("parcel").saying_not("kettle")
    now.at("2h1m")
    delete(now, 3).expect("support: edit").saying_not("parcel", "kettle")


def test_where_a_message_cannot_be_changed_nobody_is_told_anything_and_nothing_is_given_up(line: Make) -> None:
    now = line(Mute("support"))
    now.at("0s").posts("kettle").expect("support: message")
    delete(now, 1).expect()
    with now.app.store.read() as tx:
        assert outbox.list_in(tx, ("due", "dead"), 9) == []


def test_a_post_that_is_deleted_while_its_message_is_on_its_way_goes_from_it_too(line: Make) -> None:
    channel = Recorder("support", can_edit=True)
    now = line(channel)
    send = channel.send

    async def slowly(message: Message) -> Receipt:
        with now.app.store.write() as tx:
            mentions.tombstone_posts(tx, [now.post(1).key], now.clock.now)
        return await send(message)

    channel.send = slowly  # type: ignore[method-assign]
    now.at("0s").posts("kettle").expect("support: message", "support: edit").saying("deleted by its author")


def test_a_message_that_was_called_off_takes_no_room_and_is_not_changed(line: Make) -> None:
    channel = Recorder("support", can_edit=True)
    now = line(channel, asks={"support": {"most_an_hour": 1}})
    channel.fails = DeliveryFailed("away")
    now.at("0s").posts("kettle").expect()
    channel.fails = None
    delete(now, 1).expect()
    now.posts("door").at("30m").expect("support: message").saying("door")
    now.at("9h").expect()


def test_a_story_whose_first_post_was_deleted_untold_is_told_when_others_tell_it(line: Make) -> None:
    channel = Recorder("support", can_edit=True)
    now = line(channel)
    channel.fails = DeliveryFailed("away")
    now.at("0s").posts("kettle").expect()
    channel.fails = None
    delete(now, 1).expect()
    now.posts("kettle").at("1h").expect("support: message").saying("kettle broke again", "/posts/2")


def test_a_story_that_was_held_back_when_its_first_post_was_deleted_is_told_when_others_tell_it(line: Make) -> None:
    now = line(Recorder("support", can_edit=True), asks={"support": {"most_an_hour": 1}})
    now.at("0s").posts("door").expect("support: message")
    now.at("1m").posts("kettle").expect()
    delete(now, 2).expect()
    now.posts("kettle").at("3h").expect("support: message").saying("kettle broke again", "/posts/3")


def test_a_story_goes_on_after_all_that_was_told_of_it_was_deleted(line: Make) -> None:
    now = line(Recorder("support", can_edit=True))
    now.at("0s").posts("kettle").expect("support: message")
    delete(now, 1).expect("support: edit").saying_not("kettle")
    now.posts("kettle").at("3h").expect("support: edit").saying("kettle broke again", "/posts/2")


def test_notes_and_tickets_elsewhere_are_not_changed_as_messages_are(line: Make) -> None:
    now = line(Recorder("support", can_edit=True))
    now.at("0s").posts("kettle").expect("support: message")
    with now.app.store.write() as tx:
        for kind in ("note", "desk"):
            outbox.put_delivery(
                tx, key=kind, channel=f"the {kind}s", kind=kind, payload={"alert": 1}, now=now.clock.now
            )
        for number in (2, 3):
            assert outbox.claim(tx, number, now.clock.now, timedelta(minutes=1)) == 1
            assert outbox.mark_sent(tx, number, 1, Receipt(id="7"), now.clock.now)
    with now.app.store.write() as tx:
        mentions.tombstone_posts(tx, [now.post(1).key], now.clock.now)
    with now.app.store.read() as tx:
        assert [one.channel for one in outbox.list_in(tx, ("due",), 9)] == ["support"]


def test_the_words_go_from_what_the_next_person_was_told_also_after_somebody_took_it_up(line: Make) -> None:
    now = line(Recorder("support", can_edit=True))
    now.at("0s").posts("kettle").expect("support: message")
    payload = {"alert": 1, "how": "next", "person": "Ann", "of": "night", "waited": 600}
    with now.app.store.write() as tx:
        outbox.put_delivery(tx, key="e", channel="support", kind="escalation", payload=payload, now=now.clock.now)
    now.at("1m").expect("support: message").saying("kettle", "Ann, you are next")
    now.does("resolve").expect("support: edit")
    now.at("2m").expect()
    delete(now, 1).expect("support: edit", "support: edit").saying("deleted by its author").saying_not("kettle")
    with now.app.store.read() as tx:
        assert outbox.list_in(tx, ("due", "dead"), 9) == []


def test_a_list_all_of_whose_posts_were_deleted_is_called_off_and_tells_of_what_comes(line: Make) -> None:
    channel = Recorder("support", can_edit=True)
    now = line(channel, asks={"support": {"most_an_hour": 1}})
    now.at("0s").posts("door").expect("support: message")
    now.at("1m").posts("kettle").posts("parcel").expect()
    channel.fails = DeliveryFailed("away")
    now.at("65m").expect()
    channel.fails = None
    delete(now, 2, 3).at("3h").expect()
    with now.app.store.read() as tx:
        assert outbox.list_in(tx, ("due", "dead"), 9) == []
    now.posts("kettle").at("6h").expect("support: message").saying("kettle broke again", "/posts/4")


def test_a_message_that_failed_while_its_post_was_deleted_is_called_off(line: Make) -> None:
    channel = Recorder("support", can_edit=True)
    now = line(channel)
    send = channel.send

    async def failing(message: Message) -> Receipt:
        channel.send = send  # type: ignore[method-assign]
        with now.app.store.write() as tx:
            mentions.tombstone_posts(tx, [now.post(1).key], now.clock.now)
        raise DeliveryFailed("away")

    channel.send = failing  # type: ignore[method-assign]
    now.at("0s").posts("kettle").at("3h").expect()
    with now.app.store.read() as tx:
        assert outbox.list_in(tx, ("due", "dead"), 9) == []
    now.posts("kettle").at("6h").expect("support: message").saying("kettle broke again", "/posts/2")
