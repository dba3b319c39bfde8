"""A spike is an alert of its own: it speaks for its stories while it is open, and an outage explains it away."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parent))

from timeline import Recorder, Timeline

from listener.configuration.alerting import AlertingTables, CampaignSettings, SpikeSettings
from listener.configuration.tables import RuleSettings
from listener.store import heard
from listener.store import sources as states
from listener.store.alerting import held_and_muted
from listener.store.tables import HEARD

Make = Callable[..., Any]
ZEBRA = RuleSettings(name="zebra", when='text.contains("Zebra")', severity="high", notify=("support",))
STORY = "Acme recalls a hundred thousand kettles after tests by the consumer board, shops take them back"


@pytest.fixture
def line(make_app: Make, source: Any, post: Make, clock: Any) -> Make:
    """A product that has heard two mentions of Acme an hour for four weeks."""

    def make(campaigns: tuple[CampaignSettings, ...] = ()) -> Timeline:
        tables = AlertingTables(spikes=SpikeSettings(notify=("support",)), campaigns=campaigns)
        app = make_app([source("blogs", [])], [Recorder("support", can_edit=True)], rules=(ZEBRA,), alerting=tables)
        chance = Random(1)
        hour = heard.hour_of(clock.now)
        rows = []
        for before in range(1, 28 * 24):
            minute = (hour - before) * 60
            rows.append({"minute": minute, "source": "", "brand": "", "posts": 0})
            posts = chance.choice([0, 1, 2, 3, 4])
            if posts:
                rows.append({"minute": minute, "source": "blogs", "brand": "Acme", "posts": posts})
        with app.store.write() as tx:
            tx.execute(HEARD.insert(), rows)
        return Timeline(app, clock, post)

    return make


def look(now: Timeline) -> Timeline:
    now.app.telling.spikes.look()
    now._live()
    return now


def test_a_spike_is_told_once_grows_in_place_and_mutes_its_story(line: Make) -> None:
    now = line()
    look(now.at("0s").posts(STORY, 30)).expect("support: message").saying("30 mentions of 'Acme' within an hour")
    now.at("1m").posts(f"{STORY} Zebra").expect()
    assert now.trail(2) == ["muted support"]
    with now.app.store.read() as tx:
        kept = held_and_muted(tx, now.begin, now.clock.now + timedelta(minutes=1))
    assert [(one.alert_id, one.state, one.stage) for one in kept] == [(2, "muted", "inhibit")]
    assert "alert 1 tells of a spike" in kept[0].reason and kept[0].title.startswith("Acme recalls")
    look(now.at("2m").posts(STORY, 20)).expect()
    now.at("5m").expect("support: edit").saying("and 50 more posts")
    now.at("6m").posts("Acme has a Zebra that has nothing to do with all this, it lives in a zoo and eats hay")
    now.expect("support: message")
    now.at("9h")
    now.posts("Zebra again: Acme opens a second zoo, with more hay and fewer kettles than before")
    now.expect("support: message")


def test_what_a_source_brings_after_an_outage_is_no_spike(line: Make) -> None:
    now = line()
    with now.app.store.write() as tx:
        states.record_failure(tx, "blogs", now.clock.now, "time-out", None, posts=0)
        states.record_success(tx, "blogs", now.clock.now, 0, None)
    look(now.at("10m").posts(STORY, 30)).expect()
    assert now.trail(1) == ["muted support"]


def test_a_spike_of_which_a_channel_does_not_hear_mutes_nothing_there(line: Make) -> None:
    now = line()
    with now.app.store.write() as tx:
        states.record_failure(tx, "blogs", now.clock.now, "time-out", None, posts=0)
        states.record_success(tx, "blogs", now.clock.now, 0, None)
    look(now.at("10m").posts(STORY, 30)).expect()
    now.at("11m").posts(f"{STORY} Zebra").expect("support: message").saying("Zebra")


def test_a_planned_campaign_holds_the_spike_until_it_is_over(line: Make, clock: Any) -> None:
    launch = CampaignSettings(name="launch", start=clock.now, end=clock.now + timedelta(hours=1), brands=("Acme",))
    now = line((launch,))
    look(now.at("0s").posts(STORY, 30)).expect()
    now.at("1h").expect("support: message").saying("30 mentions")


def test_a_usual_hour_is_no_spike(line: Make) -> None:
    look(line().at("0s").posts(STORY, 9)).expect()
