"""The stages that an alert goes through: each lets it go on or says why not, in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.calendar import Calendar, read_hours
from alerts.pipeline.campaign import Campaign, campaign
from alerts.pipeline.candidate import LABELS, Candidate, Routed, Timing
from alerts.pipeline.cooldown import cooldown, cooldown_key
from alerts.pipeline.decision import STAGES, stopped
from alerts.pipeline.group import Before, group, group_key, next_batch
from alerts.pipeline.inhibit import OpenSpike, Outage, inhibit
from alerts.pipeline.quiet_hours import quiet_hours
from alerts.pipeline.stages import OfChannel, Surroundings, decide
from alerts.pipeline.throttle import HOUR, MOST_WAITING, URGENT_WAITS, Load, throttle
from rules.alert_match import AlertMatch
from rules.reading import SEVERITIES

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)  # a Monday
MINUTE = timedelta(minutes=1)
BERLIN = ZoneInfo("Europe/Berlin")
AT_ONCE = Timing()
severities = st.sampled_from(SEVERITIES)
moments = st.datetimes(datetime(2000, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))


@pytest.fixture(scope="module")
def candidate(make_mention: Any) -> Any:
    def make(timing: Timing = AT_ONCE, **changes: Any) -> Candidate:
        lead = changes.pop("lead", None) or make_mention()
        values: dict[str, Any] = {
            "alert_id": 1,
            "kind": "mention",
            "key": lead.story,
            "severity": "high",
            "brands": ("Acme",),
            "rules": ("angry customer",),
            "lead": lead,
            "routed": Routed(channel="support", route="", timing=timing, why="named by rule 'angry customer'"),
        }
        return Candidate(**{**values, **changes})

    return make


def test_an_alert_that_nothing_keeps_back_passes_every_stage_with_a_reason(candidate: Any) -> None:
    decisions = decide(candidate(), Surroundings(now=NOW), OfChannel(interval=HOUR), Before())
    assert [one.stage for one in decisions] == list(STAGES[:-2])
    assert stopped(decisions) is None and all(one.reason for one in decisions)


def test_the_stage_that_keeps_it_back_is_the_last_word(candidate: Any) -> None:
    spike = OpenSpike(
        alert_id=7, brand="Acme", severity="high", stories=frozenset({"story-1"}), channels=frozenset({"support"})
    )
    decisions = decide(candidate(), Surroundings(now=NOW, spikes=[spike]), OfChannel(interval=HOUR), Before())
    assert [one.stage for one in decisions] == ["route", "inhibit"]
    assert stopped(decisions) is decisions[-1] and "alert 7" in decisions[-1].reason


@pytest.mark.parametrize(
    ("severity", "brand", "story", "muted"),
    [("high", "Acme", "story-1", True), ("critical", "Acme", "story-1", False), ("low", "Beta", "story-1", False)],
)
def test_a_spike_mutes_its_own_stories_that_are_no_worse(
    candidate: Any, severity: Any, brand: str, story: str, muted: bool
) -> None:
    spike = OpenSpike(
        alert_id=7, brand=brand, severity="high", stories=frozenset({story}), channels=frozenset({"support"})
    )
    assert (inhibit(candidate(severity=severity), [spike], [], NOW).verdict == "muted") is muted


def test_an_outage_explains_a_spike_for_two_hours_after_it_and_no_single_story(candidate: Any) -> None:
    over = Outage(source="fediverse", since=NOW, until=NOW, why="failed until 12:00 UTC")
    assert inhibit(candidate(kind="spike"), [], [over], NOW + HOUR).verdict == "muted"
    assert inhibit(candidate(kind="spike"), [], [over], NOW + 3 * HOUR).goes_on
    assert inhibit(candidate(), [], [over], NOW).goes_on


def test_a_campaign_holds_spikes_and_praise_and_lets_complaints_through(candidate: Any, make_mention: Any) -> None:
    launch = Campaign(name="launch", starts_at=NOW, ends_at=NOW + HOUR, brands=("Acme",))
    assert campaign(candidate(), [launch], NOW).goes_on
    held = campaign(candidate(kind="spike"), [launch], NOW)
    assert (held.verdict, held.until) == ("held", NOW + HOUR) and "'launch'" in held.reason
    assert campaign(candidate(kind="spike"), [launch], NOW + HOUR).goes_on
    own = Campaign(name="x", starts_at=NOW, ends_at=NOW + HOUR, match=AlertMatch('severity == "high"'))
    assert campaign(candidate(), [own], NOW).verdict == "held"


def test_a_cooldown_is_of_the_rule_the_brand_and_the_customer(candidate: Any, make_mention: Any) -> None:
    cooldowns = {"angry customer": HOUR}
    assert cooldown(candidate(), cooldowns, None, NOW).goes_on
    held = cooldown(candidate(), cooldowns, NOW - 10 * MINUTE, NOW)
    assert (held.verdict, held.until) == ("held", NOW + 50 * MINUTE)
    assert cooldown(candidate(), cooldowns, NOW - HOUR, NOW).goes_on
    assert cooldown(candidate(waited=True, cooled=True), cooldowns, NOW, NOW).goes_on  # once is enough, or it starves
    stranger = candidate(lead=make_mention(customer=None))
    assert cooldown_key(candidate(), cooldowns) != cooldown_key(stranger, cooldowns)
    assert cooldown_key(candidate(rules=("another",)), cooldowns) == ""


def test_a_group_waits_once_then_keeps_still_for_its_interval(candidate: Any) -> None:
    timing = Timing(group_by=("brand", "rule"), wait=MINUTE)
    first = group(candidate(timing), Before(), HOUR, UTC, NOW)
    assert (first.verdict, first.until) == ("waits", NOW + MINUTE)
    joins = group(candidate(timing), Before(group_due=NOW + 20 * MINUTE), HOUR, UTC, NOW)
    assert joins.until == NOW + 20 * MINUTE
    still = group(candidate(timing), Before(group=NOW - 10 * MINUTE), HOUR, UTC, NOW)
    assert still.until == NOW + 50 * MINUTE
    assert group(candidate(timing, waited=True), Before(group=NOW), HOUR, UTC, NOW).goes_on
    assert group(candidate(timing, told_as="low"), Before(group=NOW), HOUR, UTC, NOW).goes_on


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC)), st.sampled_from([15, 60, 1440])
)
def test_a_batch_is_always_later_never_too_late_and_at_a_round_time_of_the_clock(at: datetime, minutes: int) -> None:
    until = next_batch(at, timedelta(minutes=minutes), BERLIN)
    assert at < until <= at + timedelta(minutes=minutes) + 2 * HOUR  # a change of clocks makes a day longer
    local = until.astimezone(BERLIN)
    assert local.second == local.microsecond == 0
    assert local.minute % min(minutes, 60) == 0 and (minutes < 1440 or (local.hour, local.minute) == (8, 0))


def test_a_batch_is_told_later_also_in_the_hour_that_comes_twice() -> None:
    at = datetime(2026, 10, 25, 1, 40, tzinfo=UTC)  # 02:40 in Berlin, for the second time that night
    assert next_batch(at, 15 * MINUTE, BERLIN) == at + 5 * MINUTE


@given(st.sampled_from(LABELS), st.text(max_size=20), st.text(max_size=20))
def test_groups_of_different_values_have_different_keys(candidate: Any, label: str, one: str, other: str) -> None:
    def key(name: str) -> str:
        routed = Routed(channel="support", route=name, timing=Timing(group_by=(label,)), why="")
        return group_key(candidate(routed=routed))

    assert (key(one) == key(other)) is (one == other)


def test_quiet_hours_hold_what_can_wait_until_the_office_opens(candidate: Any) -> None:
    office = Calendar(name="office", timezone=BERLIN, hours=read_hours({"mon-fri": "09:00-17:30"}))
    night = datetime(2026, 3, 6, 22, 0, tzinfo=BERLIN)  # a Friday
    held = quiet_hours(candidate(), office, "critical", night)
    assert held.verdict == "held" and held.until == datetime(2026, 3, 9, 9, 0, tzinfo=BERLIN)
    assert quiet_hours(candidate(severity="critical"), office, "critical", night).goes_on
    assert quiet_hours(candidate(), office, "high", night).goes_on
    assert quiet_hours(candidate(), office, "critical", night - timedelta(hours=10)).goes_on


@given(st.lists(st.integers(0, 120), max_size=40), st.integers(0, 30), severities, severities, st.booleans())
def test_a_cap_is_never_passed_and_always_says_when_there_is_room(
    ages: list[int], most: int, severity: Any, urgent: Any, has_waited: bool
) -> None:
    load = Load(lately=sorted(NOW - age * MINUTE for age in ages))
    decision = throttle(severity, load, most, urgent, NOW, has_waited=has_waited)
    lately = sum(1 for age in ages if age < 60)
    is_urgent = SEVERITIES.index(severity) >= SEVERITIES.index(urgent)
    if not most or lately < most or (is_urgent and has_waited):
        assert decision.goes_on
    else:
        assert decision.verdict == "held" and decision.until is not None
        assert NOW < decision.until <= NOW + (URGENT_WAITS if is_urgent else HOUR)
        if not is_urgent:
            assert throttle(severity, load, most, urgent, decision.until).goes_on


@given(st.dictionaries(severities, st.integers(0, 40)), severities)
def test_what_is_worse_than_all_that_waits_never_waits_behind_it(waiting: dict[Any, int], severity: Any) -> None:
    decision = throttle(severity, Load(waiting=waiting), 0, "critical", NOW)
    ahead = sum(count for one, count in waiting.items() if SEVERITIES.index(one) >= SEVERITIES.index(severity))
    assert decision.goes_on is (ahead < MOST_WAITING)
    after = Load(waiting=waiting).with_one_more(severity, NOW)
    assert after.ahead_of(severity) == ahead + 1
