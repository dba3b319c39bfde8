"""How alerts stand on channels, what was silenced, what a spike is made of: asked of both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from alerts.alert import AlertIntent, ReadMention
from alerts.contract import Receipt
from alerts.pipeline.campaign import Campaign
from alerts.pipeline.candidate import Timing
from alerts.pipeline.route import Routing
from alerts.pipeline.stages import OfChannel
from listener.alerting.deciding import Alerting
from listener.alerting.growth import refresh, shown
from listener.alerting.setup import AlertingSetup
from listener.store import Store, alerts, channel_states, handling, heard, notices, outbox, purge, silences, spikes
from listener.store import sources as states
from listener.store.alerting import held_and_muted
from listener.store.growing import put_alerts
from listener.store.mentions import put_results, tombstone_posts
from rules.alert_match import AlertMatch
from rules.analysis import Read
from rules.reading import RuleMatch, Severity
from rules.rule import RuleError
from sources.post import Author

MakeRead = Callable[..., Read]
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
GROUPED = AlertingSetup(
    routing=Routing(usual=Timing(group_by=("brand",), wait=10 * MINUTE)),
    channels={"slack": OfChannel(interval=HOUR)},
    edits=frozenset({"slack"}),
)
PLAIN = AlertingSetup(channels={"slack": OfChannel(interval=HOUR)}, edits=frozenset({"slack"}))


@pytest.fixture
def kept(store: Store, make_read: MakeRead, now: datetime) -> list[ReadMention]:
    reads = [
        make_read(str(number), author=Author(id=f"u{number % 2}", handle=f"user{number % 2}", followers=100 * number))
        for number in range(5)
    ]
    with store.write() as tx:
        return put_results(tx, reads, "blogs", False, now).new


def intent(mention: ReadMention, severity: Severity = "high", key: str = "", **options: Any) -> AlertIntent:
    rule = RuleMatch(name="angry", severity=severity, reason="because")
    key = key or f"story-{mention.id}"
    values = {"key": key, "story": key, "rules": (rule,), "channels": ("slack",), **options}
    followers = mention.post.author.followers or 0
    return AlertIntent(severity=severity, brand="Acme", mention_id=mention.id, followers=followers, **values)


def take_in(
    store: Store, setup: AlertingSetup, kept: list[ReadMention], now: datetime, *intents: AlertIntent
) -> list[int]:
    with store.write() as tx:
        told = put_alerts(tx, intents, now)
        Alerting(setup).take_in(tx, told, intents, {one.id: one for one in kept}, now)
        return [one.alert_id for one in told]


def look(store: Store, setup: AlertingSetup, now: datetime) -> bool:
    with store.write() as tx:
        alerting = Alerting(setup)
        due = alerting.work_is_due(tx, now)
        alerting.round(tx, now)
        return due


def test_a_group_waits_together_and_is_told_in_one_message(
    store: Store, kept: list[ReadMention], now: datetime
) -> None:
    one, two = take_in(store, GROUPED, kept, now, intent(kept[0], "low"), intent(kept[1], "critical"))
    (three,) = take_in(store, GROUPED, kept, now + MINUTE, intent(kept[2]))
    with store.read() as tx:
        found = notices.of_alerts(tx, [one, two, three])
    assert {place: (it.state, it.stage, it.due_at) for place, it in found.items()} == {
        (number, "slack"): ("waiting", "group", now + 10 * MINUTE) for number in (one, two, three)
    }
    assert not look(store, GROUPED, now + 9 * MINUTE)
    assert look(store, GROUPED, now + 10 * MINUTE)
    with store.read() as tx:
        (message,) = outbox.list_deliveries(tx, None, 10)
        found = notices.of_alerts(tx, [one, two, three])
        assert notices.of_delivery(tx, message.id) and not notices.anything_due(tx, now + DAY)
    assert (message.kind, message.payload["alerts"], message.severity) == ("summary", [two, three, one], "critical")
    assert {it.state for it in found.values()} == {"told"}


def test_growth_changes_the_message_once_it_is_out(store: Store, kept: list[ReadMention], now: datetime) -> None:
    (number,) = take_in(store, PLAIN, kept, now, intent(kept[0], key="s"))
    take_in(store, PLAIN, kept, now + MINUTE, intent(kept[1], key="s"), intent(kept[2], key="s"))
    assert look(store, PLAIN, now + 2 * HOUR)
    with store.write() as tx:
        (message,) = outbox.list_deliveries(tx, None, 10)  # it is not out, and will show all that there is by then
        assert outbox.claim(tx, message.id, now, HOUR) == 1
        outbox.mark_sent(tx, message.id, 1, Receipt(id="m"), now + 2 * HOUR)
        shown(tx, PLAIN, message, {number: 1}, now + 2 * HOUR)
    assert not look(store, PLAIN, now + 2 * HOUR + 59 * MINUTE)
    assert look(store, PLAIN, now + 3 * HOUR)
    with store.write() as tx:
        (edit,) = outbox.list_in(tx, ["due"], 10)
        assert (edit.kind, edit.payload) == ("edit", {"delivery": message.id})
        assert not outbox.put_edit(tx, "slack", message.id, now + 4 * HOUR)
        refresh(tx, number, now + 4 * HOUR)
        assert len(outbox.list_in(tx, ["due"], 10, "slack")) == 1
        alert = alerts.get_alert(tx, number)
    assert alert is not None
    assert (alert.mentions, alert.reach) == (3, 200 + 100)  # user0 wrote twice, and counts with the greater number


def test_what_was_told_while_the_clock_was_ahead_holds_nothing_for_years(
    store: Store, kept: list[ReadMention], now: datetime
) -> None:
    setup = msgspec.structs.replace(
        PLAIN, cooldowns={"angry": HOUR}, channels={"slack": OfChannel(interval=HOUR, most_an_hour=1)}
    )
    take_in(store, setup, kept, now + 9 * 365 * DAY, intent(kept[0]))
    (number,) = take_in(store, setup, kept, now, intent(kept[1]))
    with store.write() as tx:
        assert notices.of_alerts(tx, [number])[number, "slack"].state == "told"


def test_a_new_start_looks_again_at_what_a_campaign_holds(store: Store, kept: list[ReadMention], now: datetime) -> None:
    launch = Campaign(name="launch", starts_at=now, ends_at=now + 30 * DAY, match=AlertMatch('severity == "high"'))
    held = msgspec.structs.replace(PLAIN, campaigns=(launch,))
    (number,) = take_in(store, held, kept, now, intent(kept[0]))
    with store.write() as tx:
        assert notices.of_alerts(tx, [number])[number, "slack"].due_at == now + 30 * DAY
        notices.look_again(tx, now + DAY)
        Alerting(held).round(tx, now + DAY)
        stands = notices.of_alerts(tx, [number])[number, "slack"]
        assert (stands.due_at, stands.decided_at) == (now + 30 * DAY, now)
        notices.look_again(tx, now + DAY)
        Alerting(PLAIN).round(tx, now + DAY)
        assert notices.of_alerts(tx, [number])[number, "slack"].state == "told"


def test_what_waits_for_room_is_told_as_soon_as_there_is_some(store: Store, make_read: MakeRead, now: datetime) -> None:
    with store.write() as tx:
        many = put_results(tx, [make_read(str(number)) for number in range(30)], "blogs", False, now).new
    take_in(store, PLAIN, many, now, *(intent(one, "critical" if one.id % 10 == 0 else "low") for one in many))
    with store.write() as tx:
        lately, waiting = outbox.load(tx, "slack", now, HOUR)
        assert (len(lately), sum(waiting.values())) == (20, 20)
        assert notices.waiting_for_room(tx, now) == {"slack": "low"}
        held, more = notices.held_for_room(tx, "slack", 4)
        assert (len(held), more, held[0].severity) == (4, 6, "low")
        assert not Alerting(PLAIN).work_is_due(tx, now)
        for one in outbox.due(tx, now, 5, ["slack"]):
            assert outbox.claim(tx, one.id, now, HOUR) == 1
            outbox.mark_sent(tx, one.id, 1, Receipt(), now)
    assert look(store, PLAIN, now)
    with store.read() as tx:
        summary = outbox.list_deliveries(tx, None, 1)[0]
        assert notices.waiting_for_room(tx, now) == {}
    assert (len(summary.payload["alerts"]), summary.payload["more"]) == (10, 0)


def test_a_silence_is_kept_with_who_why_and_until_when(store: Store, kept: list[ReadMention], now: datetime) -> None:
    told = {"reason": " a recall ", "by": "Ann", "starts_at": now, "ends_at": now + HOUR, "now": now}
    with store.write() as tx:
        made = silences.add(tx, match='brand == "Acme" && severity == "high"', **told)
        later = silences.add(tx, match="true", **{**told, "starts_at": now + DAY, "ends_at": now + 2 * DAY})
        for wrong in ({"reason": " "}, {"by": ""}, {"ends_at": now}):
            with pytest.raises(ValueError, match="silence"):
                silences.add(tx, match="true", **{**told, **wrong})
        with pytest.raises(RuleError):
            silences.add(tx, match="severty == 1", **told)
    (number,) = take_in(store, PLAIN, kept, now, intent(kept[0]))
    with store.write() as tx:
        assert notices.of_alerts(tx, [number])[number, "slack"].state == "muted"
        assert silences.muted_by(tx) == {made.id: 1}
        (kept_back,) = held_and_muted(tx, now, now + HOUR)
        assert (kept_back.stage, kept_back.url) == ("silence", kept[0].post.url)
        assert held_and_muted(tx, now + HOUR, now + DAY) == []
        assert [one.id for one in silences.active(tx, now)] == [made.id]
        ended = silences.end(tx, made.id, "Ben", now + MINUTE)
        assert ended is not None and ended.state(now + MINUTE) == "ended"
        assert silences.end(tx, made.id, "Ben", now + MINUTE) is None
        assert [one.state(now) for one in silences.list_silences(tx, 10)] == ["planned", "ended"]
        assert [one.id for one in silences.list_silences(tx, 10, now=now)] == [later.id]


def test_a_spike_knows_its_stories_and_an_outage_its_source(
    store: Store, kept: list[ReadMention], now: datetime
) -> None:
    key = f"spike:Acme:{now.isoformat()}"
    intents = [intent(one, "high", key=key, kind="spike") for one in kept[:2]]
    with store.write() as tx:
        told = put_alerts(tx, intents, now)
        assert [one.mention for one in spikes.heard_since(tx, "Acme", now - HOUR)] == [one.id for one in kept[::-1]]
        assert spikes.spike_of(tx, "Acme", now) == key
        assert spikes.spike_of(tx, "Acm%", now) is None
        assert spikes.spike_of(tx, "Acme", now + DAY) is None
        assert spikes.already_in(tx, key, [one.id for one in kept]) == {kept[0].id, kept[1].id}
        (spike,) = spikes.open_spikes(tx, now)
        assert spike.stories == {one.story for one in kept[:2]}
        handling.change(tx, told[0].alert_id, "resolve", "Ann", "cli", now)
        assert spikes.open_spikes(tx, now) == []
        states.sync_sources(tx, [("blogs", "feed", "host", HOUR), ("news", "feed", "host", HOUR)], now - DAY)
        for _ in range(3):
            states.record_failure(tx, "blogs", now, "time-out", None)
        states.record_failure(tx, "news", now, "time-out", None)
        states.record_success(tx, "news", now, 3, None)
        assert {one.source for one in spikes.outages(tx, now)} == {"blogs", "news"}
        heard.count_posts(tx, "news", [kept[0].post], now, first_reading=False)
        assert [one.source for one in spikes.outages(tx, now)] == ["blogs"]


def test_a_disabled_channel_is_told_nothing_until_it_is_enabled(store: Store, now: datetime) -> None:
    with store.write() as tx:
        outbox.put_delivery(tx, key="a", channel="slack", kind="report", payload={}, now=now)
        assert channel_states.disable_channel(tx, "slack", "no token", now)
        assert not channel_states.disable_channel(tx, "slack", "again", now)
        assert channel_states.disabled_channels(tx) == {"slack": (now, "no token")}
        assert outbox.channels_due(tx, now + DAY) == outbox.due(tx, now + DAY, 5) == []
        assert channel_states.enable_channel(tx, "slack", now)
        assert not channel_states.enable_channel(tx, "slack", now)
        assert outbox.channels_due(tx, now) == ["slack"]


def test_what_somebody_has_still_to_be_told_of_is_not_purged(
    store: Store, kept: list[ReadMention], now: datetime
) -> None:
    (number,) = take_in(store, GROUPED, kept, now, intent(kept[0]))
    with store.write() as tx:
        purge.purge_older(tx, now + 2 * DAY)
        assert [one.id for one in alerts.list_alerts(tx)] == [number]
        purge.purge_older(tx, now + 40 * DAY)
        assert alerts.list_alerts(tx) == [] and notices.of_alerts(tx, [number]) == {}


def test_nobody_is_told_of_what_its_author_deleted_while_it_waited(
    store: Store, kept: list[ReadMention], now: datetime
) -> None:
    (number,) = take_in(store, GROUPED, kept, now, intent(kept[0]))
    with store.write() as tx:
        tombstone_posts(tx, [kept[0].post.key], now)
        notice = notices.of_alerts(tx, [number])[number, "slack"]
        assert (notice.state, notice.due_at) == ("muted", None) and "deleted by its author" in notice.reason
        assert alerts.briefs(tx, [number]) == {} and alerts.get_alerts(tx, [number]) == []
