"""One story, one alert, one message: it is changed in place as it grows, and wakes nobody again for that."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parent))

from timeline import Mute, Recorder, Timeline

from alerts.contract import DeliveryFailed
from listener.configuration.alerting import AlertingSettings, AlertingTables
from listener.configuration.tables import RuleSettings

Make = Callable[..., Any]

ANGRY = RuleSettings(name="angry", when="sentiment.score <= -0.4", severity="high", notify=("support",))
FIRE = RuleSettings(name="fire", when='text.contains("Zebra")', severity="critical", notify=("support",))


STARTS = ("small", "green", "heavy", "wooden", "broken", "silent", "narrow", "ancient")


@pytest.fixture
def line(make_app: Make, source: Any, post: Make, clock: Any) -> Make:
    def make(*channels: Recorder, **options: Any) -> Timeline:
        options.setdefault("rules", [ANGRY, FIRE])
        return Timeline(make_app([source("blogs", [])], channels, **options), clock, post)

    return make


def test_a_story_that_grows_is_one_message_which_is_changed_in_place(line: Make) -> None:
    now = line(Recorder("support", can_edit=True))
    now.at("0s").posts("kettle").expect("support: message").saying_not("more post")
    now.at("2m").posts("kettle", 29).expect()
    now.at("4m59s").expect()
    now.at("5m").expect("support: edit").saying("and 29 more posts of the same story")
    now.at("2h").expect()
    now.posts("kettle").expect("support: edit").saying("and 30 more")
    assert now.trail() == ["told support"]


def test_what_cannot_be_changed_gets_one_follow_up_an_hour(line: Make) -> None:
    now = line(Mute("support"))
    now.at("0s").posts("kettle").expect("support: message")
    now.at("10m").posts("kettle", 12).expect()
    now.at("59m").expect()
    now.at("1h").expect("support: message").saying("and 12 more")
    now.at("1h30m").posts("kettle").expect()
    now.at("2h").expect("support: message").saying("and 13 more")
    now.at("9h").expect()
    assert len({message.key for _, message in now.app.channels["support"].seen}) == 3


def test_what_becomes_worse_is_news_and_a_message_at_once(line: Make) -> None:
    now = line(Recorder("support", can_edit=True))
    now.at("0s").posts("kettle").expect("support: message")
    now.at("1m").posts("Acme is terrible, my kettle broke again and nobody answers Zebra")
    now.expect("support: message").saying("Critical")
    now.at("2m").posts("kettle").expect()
    now.at("6m").expect("support: edit").saying("Critical", "and 2 more")


def test_growth_before_the_message_is_out_is_in_the_message(line: Make) -> None:
    support = Recorder("support", can_edit=True)
    now = line(support)
    support.fails = DeliveryFailed("503")
    now.at("0s").posts("kettle").expect()
    now.at("30m").posts("kettle", 5).expect()
    support.fails = None
    now.at("50m").expect("support: message").saying("and 5 more")
    now.at("3h").expect()


def test_what_becomes_worse_while_the_channel_is_down_is_told_once(line: Make) -> None:
    support = Recorder("support", can_edit=True)
    now = line(support)
    support.fails = DeliveryFailed("503")
    now.at("0s").posts("parcel").posts("kettle")
    now.at("5m").posts("Acme is terrible, my kettle broke again and nobody answers Zebra").expect()
    support.fails = None
    now.at("50m").expect("support: message", "support: message")
    assert [message.title.partition(" ")[0] for _, message in support.seen] == ["Critical", "High"]


def test_reach_counts_each_author_once(line: Make) -> None:
    from sources.post import Author

    now = line(Recorder("support", can_edit=True))
    now.at("0s").posts("kettle", author=Author(id="a", handle="a", followers=1_000_000))
    now.posts("kettle", 2, author=Author(id="b", handle="b", followers=200_000))
    now.at("5m").expect("support: message", "support: edit").saying("Reach: 1.2 M followers")


def test_a_message_that_somebody_removed_is_told_anew_when_its_alert_grows(line: Make) -> None:
    support = Recorder("support", can_edit=True)
    now = line(support)
    now.at("0s").posts("kettle").expect("support: message")
    support.standing.clear()
    now.at("2m").posts("kettle").expect()
    now.at("6m").expect("support: message").saying("and 1 more")


def test_what_a_message_has_no_room_for_any_more_is_in_the_next_one(line: Make) -> None:
    support = Recorder("support", can_edit=True)
    now = line(support, alerting=AlertingTables(alerting=AlertingSettings(group_by=("brand",), group_wait="1m")))
    chance = Random(1)
    words = [f"{chance.choice(STARTS)} word{number}" for number in range(400)]
    texts = [f"Acme is terrible and awful: {' '.join(chance.sample(words, 14))}" for _ in range(50)]
    now.at("0s")
    for one in texts:
        now.posts(one)
    now.at("2h").expect("support: summary", "support: summary")
    assert len(support.standing["1"].shows) > 40
    for one in texts:
        now.posts(one, 12)
    now.at("6h")
    shown = [number for message in support.standing.values() for number in message.shows]
    assert sorted(shown) == list(range(1, 51))


def test_a_resolved_alert_says_so_in_its_message_and_grows_no_more_there(line: Make) -> None:
    now = line(Recorder("support", can_edit=True))
    now.at("0s").posts("kettle").expect("support: message")
    now.at("1m").does("ack").expect("support: edit").saying("Taken up by Ben")
    now.at("2m").does("resolve").expect("support: edit").saying("Resolved by Ben")
    now.at("3m").posts("kettle", 3)
    now.at("3h").expect()
