"""What is kept back, and how it reaches people all the same: groups, batches, quiet hours, caps, silences."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parent))

from timeline import Mute, Recorder, Timeline

from alerts.contract import DeliveryFailed
from listener.configuration.alerting import AlertingSettings, AlertingTables, CampaignSettings, RouteSettings
from listener.configuration.people import CalendarSettings
from listener.configuration.tables import RuleSettings
from listener.store import channel_states, outbox, silences

Make = Callable[..., Any]

ANGRY = RuleSettings(name="angry", when="sentiment.score <= -0.4", severity="high", notify=("support",))
FIRE = RuleSettings(name="fire", when='text.contains("caught fire")', severity="critical", notify=("support",))
GLAD = RuleSettings(name="glad", when="sentiment.score >= 0.4", severity="low", notify=("support",))
RULES = (ANGRY, FIRE, GLAD)
ANGRY_BOTH = RuleSettings(name="angry", when="sentiment.score <= -0.4", severity="high", notify=("support", "other"))
PLAIN = AlertingTables()


@pytest.fixture
def line(make_app: Make, source: Any, post: Make, clock: Any) -> Make:
    def make(*channels: Recorder, tables: AlertingTables = PLAIN, **options: Any) -> Timeline:
        options.setdefault("rules", RULES)
        return Timeline(make_app([source("blogs", [])], channels, alerting=tables, **options), clock, post)

    return make


def by_brand(**settings: Any) -> AlertingTables:
    return AlertingTables(alerting=AlertingSettings(group_by=("brand",), **settings))


def test_a_post_at_0_is_one_message_at_30_s_nothing_at_2_min_and_an_edit_five_minutes_after_it(line: Make) -> None:
    tables = AlertingTables(alerting=AlertingSettings(group_wait="30s"))
    now = line(Recorder("support", can_edit=True), tables=tables)
    now.at("0s").posts("kettle").expect()
    now.at("29s").expect()
    now.at("30s").expect("support: message")
    now.at("2m").posts("kettle", 3).expect()
    now.at("5m29s").expect()
    now.at("5m30s").expect("support: edit").saying("and 3 more posts")


def test_different_stories_of_one_group_are_one_message_then_another_after_the_interval(line: Make) -> None:
    now = line(Recorder("support", can_edit=True), tables=by_brand(group_wait="1m", group_interval="10m"))
    now.at("0s").posts("kettle")
    now.at("40s").posts("fire").expect()
    now.at("1m").expect("support: summary").ordered("caught fire", "my kettle")
    now.at("3m").posts("parcel")
    now.at("5m").posts("refund").expect()
    now.at("11m").expect("support: summary").saying("lost my parcel", "every refund").saying_not("my kettle")
    now.at("2h").expect()


def test_what_becomes_worse_does_not_wait_for_its_group(line: Make) -> None:
    now = line(Recorder("support", can_edit=True), tables=by_brand(group_wait="1m", group_interval="1h"))
    now.at("0s").posts("kettle").at("1m").expect("support: message")
    now.at("5m").posts("Acme is terrible, my kettle broke again and nobody answers caught fire")
    now.expect("support: message").saying("Critical")


def test_a_story_told_in_a_summary_grows_there(line: Make) -> None:
    now = line(Recorder("support", can_edit=True), tables=by_brand(group_wait="1m"))
    now.at("0s").posts("kettle").posts("parcel").at("1m").expect("support: summary")
    now.at("2m").posts("parcel", 7).at("6m").expect("support: edit").saying("and 7 more posts", "my kettle")


def test_the_first_route_that_matches_wins_and_the_rules_channels_stand_where_none_does(line: Make) -> None:
    tables = AlertingTables(
        routes=(
            RouteSettings(name="worst", match='severity == "critical"', notify=("oncall",), goes_on=True),
            RouteSettings(name="fires", match='rule == "fire" && brand == "Acme"', notify=("safety", "oncall")),
            RouteSettings(name="never", match='"fire" in rules', notify=("nobody",)),
        )
    )
    channels = [Recorder(name) for name in ("support", "oncall", "safety", "nobody")]
    now = line(*channels, tables=tables)
    now.at("0s").posts("kettle").expect("support: message")
    now.posts("fire").expect("oncall: message", "safety: message")


def test_a_batch_is_told_at_the_quarter_in_one_message_worst_first(line: Make, clock: Any) -> None:
    tables = AlertingTables(routes=(RouteSettings(name="slow", notify=("support",), batch="15m"),))
    clock.now += timedelta(minutes=3)
    now = line(Recorder("support"), tables=tables)
    now.at("0s").posts("kettle").posts("fire").posts("parcel").expect()
    now.at("11m59s").expect()
    now.at("12m").expect("support: summary").ordered("caught fire", "my kettle", "my parcel")


def test_at_night_only_the_urgent_is_told_and_the_rest_in_one_summary_when_the_office_opens(line: Make) -> None:
    office = CalendarSettings(name="office", hours={"mon-sun": "08:30-17:00"}, timezone="UTC")
    now = line(Mute("support"), calendars=[office], asks={"support": {"calendar": "office"}})
    now.at("0s").posts("kettle").posts("parcel").posts("I really love Acme, great and wonderful people").expect()
    now.at("5m").posts("fire").expect("support: message").saying("caught fire")
    now.at("29m59s").expect()
    now.at("30m").expect("support: summary").ordered("my kettle", "my parcel", "wonderful people")
    now.at("31m").posts("refund").expect("support: message")


def test_more_than_the_cap_in_an_hour_is_told_in_a_summary_and_the_urgent_within_minutes(line: Make) -> None:
    now = line(Mute("support"), asks={"support": {"most_an_hour": 2}})
    now.at("0s").posts("kettle").at("1m").posts("parcel").expect("support: message", "support: message")
    now.at("2m").posts("refund").posts("app").expect()
    now.at("10m").posts("fire").at("14m59s").expect()
    now.at("15m").expect("support: summary").ordered("caught fire", "every refund", "Acme app crashes")
    now.at("9h").expect()


def test_a_rule_that_spoke_of_a_brand_cools_down_and_what_followed_is_in_the_summary(line: Make) -> None:
    angry = RuleSettings(
        name="angry", when="sentiment.score <= -0.4", severity="high", notify=("support",), cooldown="30m"
    )
    now = line(Mute("support"), rules=(angry,))
    now.at("0s").posts("kettle").expect("support: message")
    now.at("5m").posts("parcel").at("10m").posts("refund").expect()
    now.at("30m").expect("support: summary").saying("my parcel", "every refund")
    assert now.trail(2) == ["held support", "summarised support"]


def test_a_silence_mutes_with_its_reason_and_what_goes_on_afterwards_is_told(line: Make) -> None:
    now = line(Recorder("support", can_edit=True))
    with now.app.store.write() as tx:
        silences.add(
            tx,
            match='text.contains("kettle")',
            reason="the recall is known",
            by="Ann",
            starts_at=now.clock.now,
            ends_at=now.clock.now + timedelta(hours=1),
            now=now.clock.now,
        )
    now.at("0s").posts("kettle").posts("parcel").expect("support: message").saying("my parcel")
    now.at("59m").posts("kettle", 5).expect()
    assert now.trail(1) == ["muted support"]
    now.at("3h").expect()
    now.posts("kettle").expect("support: message").saying("and 6 more posts")


def test_a_planned_campaign_holds_what_is_positive_until_it_is_over(line: Make) -> None:
    begin = datetime(2026, 11, 22, 8, tzinfo=UTC)
    launch = CampaignSettings(name="launch", start=begin, end=begin + timedelta(hours=2), brands=("Acme",))
    now = line(Mute("support"), tables=AlertingTables(campaigns=(launch,)))
    now.at("0s").posts("I love Acme, a great and wonderful launch").posts("kettle").expect("support: message")
    now.saying("my kettle")
    now.at("2h").expect("support: message").saying("wonderful launch")


def test_what_a_campaign_held_is_told_where_a_new_start_knows_it_no_more(
    line: Make, make_app: Make, source: Any, post: Make, clock: Any
) -> None:
    begin = clock.now
    launch = CampaignSettings(name="launch", start=begin, end=begin + timedelta(days=20), brands=("Acme",))
    line(Mute("support"), tables=AlertingTables(campaigns=(launch,))).posts("I love Acme, a great launch").expect()
    again = Timeline(make_app([source("blogs", [])], [Mute("support")], rules=RULES), clock, post)
    again.at("1m").expect("support: message").saying("a great launch")


def test_what_nobody_takes_up_is_told_again_until_somebody_does(line: Make) -> None:
    now = line(
        Recorder("support", can_edit=True), tables=AlertingTables(alerting=AlertingSettings(repeat_interval="1h"))
    )
    now.at("0s").posts("kettle").expect("support: message")
    now.at("1h").expect("support: message")
    now.at("1h30m").does("ack").expect("support: edit")
    now.at("9h").expect()


def test_alerts_of_one_group_that_grow_are_followed_up_in_one_message(line: Make) -> None:
    now = line(Mute("support"), tables=by_brand(group_wait="1m", group_interval="30m"))
    now.at("0s").posts("kettle").posts("parcel").at("1m").expect("support: summary")
    now.at("10m").posts("kettle", 3).posts("parcel", 4).expect()
    now.at("31m").expect("support: summary").saying("and 3 more posts", "and 4 more posts")
    now.at("9h").expect()


def test_what_nobody_takes_up_is_told_again_also_where_the_channel_was_down_meanwhile(line: Make) -> None:
    support = Recorder("support", can_edit=True)
    support.fails = DeliveryFailed("503")
    now = line(support, tables=AlertingTables(alerting=AlertingSettings(repeat_interval="1h")))
    now.at("0s").posts("kettle").at("90m").expect()
    support.fails = None
    now.at("110m").expect("support: message")
    now.at("2h30m").expect()  # an hour after it was out, not after it was made
    now.at("2h50m").expect("support: message")


REPEATS = AlertingTables(alerting=AlertingSettings(repeat_interval="1h"))


def test_what_is_told_again_is_silenced_too(line: Make) -> None:
    now = line(Recorder("support", can_edit=True), Mute("other"), tables=REPEATS, rules=(ANGRY_BOTH,))
    now.at("0s").posts("kettle").expect("support: message", "other: message")
    with now.app.store.write() as tx:
        begin, end = now.clock.now, now.clock.now + timedelta(hours=4)
        silences.add(tx, match='brand == "Acme"', reason="known", by="Ann", starts_at=begin, ends_at=end, now=begin)
    now.at("10m").posts("kettle", 3).at("15m").expect("support: edit")
    now.at("3h59m").expect()
    now.at("4h").expect("support: message", "other: message").saying("and 3 more")


def test_one_more_message_on_what_grew_waits_for_the_office_to_open(line: Make) -> None:
    office = CalendarSettings(name="office", hours={"mon-sun": "07:30-08:30"}, timezone="UTC")
    now = line(Mute("support"), calendars=[office], asks={"support": {"calendar": "office"}})
    now.at("0s").posts("kettle").expect("support: message")
    now.at("10m").posts("kettle", 3).at("23h29m").expect()
    now.at("23h30m").expect("support: message").saying("and 3 more")


def test_what_was_snoozed_or_opened_again_is_told_again_where_nobody_takes_it_up(line: Make) -> None:
    now = line(Recorder("support", can_edit=True), tables=REPEATS)
    now.at("0s").posts("kettle").expect("support: message")
    now.does("snooze", until=now.clock.now + timedelta(hours=3)).expect("support: edit")
    now.at("3h59m").expect()
    now.at("4h").expect("support: message")
    now.does("ack").expect("support: edit").at("6h").expect()
    now.does("reopen").expect("support: edit").at("6h59m").expect()
    now.at("7h").expect("support: message")


def test_what_grew_while_it_was_resolved_is_shown_when_it_is_opened_again(line: Make) -> None:
    now = line(Mute("support"))
    now.at("0s").posts("kettle").expect("support: message")
    now.does("resolve").at("1h").posts("kettle", 3).at("3h").expect()
    now.does("reopen").expect("support: message").saying("and 3 more")


def test_a_channel_that_is_down_is_told_the_worst_first_and_the_many_in_summaries(line: Make) -> None:
    support = Mute("support")
    support.fails = DeliveryFailed("503")
    now = line(support)
    now.at("0s")
    chance = Random(1)
    for _ in range(60):
        now.posts(f"Acme is terrible and awful: {' '.join(chance.sample(WORDS, 14))}")
    now.posts("fire").expect()
    support.fails = None
    now.at("1h")
    seen = [what for what, _ in support.seen]
    whole = "\n".join(message.text for _, message in support.seen)
    assert "caught fire" in support.seen[0][1].text
    assert (seen.count("message"), seen.count("summary")) == (21, 1)
    assert all(f"https://example.org/posts/{number}\n" in f"{whole}\n" for number in range(1, 62))


WORDS = (
    "kettle", "oven", "door", "parcel", "invoice", "printer", "ladder", "carpet", "window", "garden", "engine",
    "radio", "piano", "bicycle", "hammer", "lamp", "mirror", "sofa", "blanket", "curtain", "drawer", "fridge",
    "heater", "tablet", "camera", "helmet", "jacket", "boots", "umbrella", "wallet", "guitar", "violin",
    "trumpet", "canvas", "pencil", "marker", "folder", "stapler", "scissors", "ruler", "compass", "telescope",
    "microscope", "battery", "charger", "adapter", "cable", "socket", "switch", "fuse", "bulb", "torch", "candle",
    "lantern", "stove", "grill", "kettlebell", "rope", "anchor", "paddle", "rudder", "sail", "mast", "hull",
)  # fmt: skip


def test_a_refused_channel_is_disabled_and_the_operator_hears_of_it_by_another(line: Make) -> None:
    support, ops = Mute("support"), Mute("ops")
    support.fails = DeliveryFailed("the token was withdrawn", disables=True)
    now = line(support, ops, operator=["support", "ops"])
    now.at("0s").posts("kettle").expect("ops: message").saying("'support' is disabled", "listener channels enable")
    support.fails = None
    now.at("5h").posts("parcel").expect()

    with now.app.store.write() as tx:
        assert channel_states.enable_channel(tx, "support", now.clock.now)
    now.at("5h1m").expect("support: message", "support: message")


def test_nothing_is_told_of_what_its_author_deleted_while_it_was_held(line: Make) -> None:
    from listener.store.mentions import tombstone_posts
    from sources.post import PostKey

    now = line(Mute("support"), tables=AlertingTables(alerting=AlertingSettings(group_wait="10m")))
    now.at("0s").posts("kettle")
    with now.app.store.write() as tx:
        tombstone_posts(tx, [PostKey("feed", "example.org", "1")], now.clock.now)
    now.at("3h").expect()


def test_nothing_is_told_of_what_its_author_deleted_while_the_channel_was_down_not_even_by_a_retry(line: Make) -> None:
    from listener.store.mentions import tombstone_posts
    from sources.post import PostKey

    support = Mute("support")
    support.fails = DeliveryFailed("503")
    now = line(support)
    now.at("0s").posts("kettle").expect()
    with now.app.store.write() as tx:
        tombstone_posts(tx, [PostKey("feed", "example.org", "1")], now.clock.now)
        assert outbox.retry_dead(tx, now=now.clock.now) == 0  # it is called off, not given up
    support.fails = None
    now.at("3h").expect()


def test_a_short_failure_loses_nothing_that_waited_for_a_channel_for_longer_than_is_tried(line: Make) -> None:
    support = Mute("support")
    support.fails = DeliveryFailed("the token was withdrawn", disables=True)
    now = line(support)
    now.at("0s").posts("kettle").posts("parcel").at("9d").expect()
    support.fails = None
    support.answers = [DeliveryFailed("503"), DeliveryFailed("503")]
    with now.app.store.write() as tx:
        assert channel_states.enable_channel(tx, "support", now.clock.now)
    now.at("9d1h").expect("support: message", "support: message")
