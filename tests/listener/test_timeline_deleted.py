"""Posts that their authors delete after people were told: their words go from messages that can be changed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parent))

from timeline import Mute, Recorder, Timeline

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
