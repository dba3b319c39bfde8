"""Which period a digest tells of, and that each is queued once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.config import ConfigError, load
from listener.configuration.digests import DigestSettings, NamedDigestSettings
from listener.digests.plan import DAYS, DigestPlan, kept_span
from listener.digests.preview import NoSuchDigest, chosen_plan, shown_plan
from listener.store import outbox
from sources.contract import Page

BERLIN = ZoneInfo("Europe/Berlin")


def plan(**changes: Any) -> DigestPlan:
    values: dict[str, Any] = {"name": "", "at": time(8), "timezone": BERLIN, "brands": ("Acme",), "channels": ("a",)}
    return DigestPlan(**(values | changes))


def test_before_the_hour_the_newest_whole_day_ended_yesterday() -> None:
    span = plan().newest(datetime(2026, 11, 22, 6, 59, tzinfo=UTC))
    assert span.until == datetime(2026, 11, 21, 8, tzinfo=BERLIN)
    assert span.since == datetime(2026, 11, 20, 8, tzinfo=BERLIN)
    assert span.before == datetime(2026, 11, 19, 8, tzinfo=BERLIN)


def test_at_the_hour_the_day_that_just_ended_is_told() -> None:
    assert plan().newest(datetime(2026, 11, 22, 7, 0, tzinfo=UTC)).until == datetime(2026, 11, 22, 8, tzinfo=BERLIN)


def test_the_day_on_which_clocks_go_back_is_25_hours_long_and_the_day_before_it_24() -> None:
    span = plan().newest(datetime(2026, 10, 25, 12, tzinfo=UTC))
    assert span.until.astimezone(UTC) - span.since.astimezone(UTC) == timedelta(hours=25)
    assert span.since.astimezone(UTC) - span.before.astimezone(UTC) == timedelta(hours=24)


def test_in_the_hour_that_comes_twice_a_digest_is_due_from_the_first_time_on() -> None:
    twice = plan(at=time(2, 30))
    assert twice.newest(datetime(2026, 10, 25, 0, 29, tzinfo=UTC)).until.day == 24
    assert twice.newest(datetime(2026, 10, 25, 0, 30, tzinfo=UTC)).until.day == 25
    assert twice.newest(datetime(2026, 10, 25, 1, 10, tzinfo=UTC)).until.day == 25


def test_a_week_ends_on_its_day() -> None:
    weekly = plan(weekly=True, day="fri")
    for at, day in (
        (datetime(2026, 11, 26, 12), 20),
        (datetime(2026, 11, 27, 6, 59), 20),
        (datetime(2026, 11, 27, 7), 27),
    ):
        span = weekly.newest(at.replace(tzinfo=UTC))
        assert span.until == datetime(2026, 11, day, 8, tzinfo=BERLIN)
        assert span.until.date() - span.since.date() == span.since.date() - span.before.date() == timedelta(days=7)


def test_a_preview_ends_now_and_is_as_long_as_the_digest() -> None:
    now = datetime(2026, 10, 25, 12, tzinfo=UTC)
    day = plan().until_now(now)
    assert (day.until, day.until - day.since.astimezone(UTC)) == (now, timedelta(hours=25))
    assert plan(weekly=True).until_now(now).since.date() == datetime(2026, 10, 18).date()
    assert plan().until_now(now, timedelta(hours=3)).before == now - timedelta(hours=6)


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)),
    st.times(),
    st.sampled_from(["Asia/Dhaka", "America/New_York", "UTC"]),
    st.booleans(),
    st.sampled_from(DAYS),
)
def test_periods_end_in_the_past_and_are_the_newest(
    naive: datetime, at: time, zone: str, weekly: bool, day: Any
) -> None:
    now = naive.replace(tzinfo=UTC)
    one = plan(at=at.replace(second=0, microsecond=0), timezone=ZoneInfo(zone), weekly=weekly, day=day)
    span = one.newest(now)
    assert span.before < span.since < span.until <= now
    assert now - span.until.astimezone(UTC) < timedelta(days=one.days, hours=2)
    assert not weekly or span.until.weekday() == DAYS.index(day)
    assert kept_span(one.payload(span)) == span


def test_what_an_older_version_queued_still_has_its_period() -> None:
    since, until = datetime(2026, 11, 21, 8, tzinfo=UTC), datetime(2026, 11, 22, 8, tzinfo=UTC)
    span = kept_span({"since": since.isoformat(), "until": until.isoformat()})
    assert (span.before, span.since, span.until) == (since - timedelta(days=1), since, until)
    assert plan().key(span, "support") == f"digest:{until.isoformat()}:support"


def test_each_digest_is_made_up_for_once_by_its_own_name(
    make_app: Any, source: Any, channel: Any, post: Any, clock: Any
) -> None:
    blogs = source("blogs", [Page(posts=[post(1)], cursor="1")])
    app = make_app(
        [blogs],
        [channel("support"), channel("boss")],
        digest=DigestSettings(notify=("support",)),
        digests=(
            NamedDigestSettings(name="dhaka", timezone=ZoneInfo("Asia/Dhaka"), notify=("support",)),
            NamedDigestSettings(name="week", period="weekly", notify=("boss", "support")),
        ),
    )
    asyncio.run(app.poll_once(["blogs"]))
    assert app.queue_digest() == [], "a first start owes nobody the digest of a day it did not live"
    clock.forward(days=8)
    assert app.queue_digest() == ["support", "support", "boss", "support"]
    assert app.queue_digest() == []
    clock.forward(days=1)
    assert app.queue_digest() == ["support", "support"]
    with app.store.read() as tx:
        keys = [one.key for one in outbox.list_deliveries(tx, "due", 20)]
    assert sum(key.startswith("digest:week:") for key in keys) == 2
    assert sum(key.startswith("digest:dhaka:") for key in keys) == 2


CONFIG = """
[listener]
timezone = "Europe/Berlin"
[[brands]]
name = "Acme"
query = "acme"
[[brands]]
name = "Bolt"
query = "bolt"
[[channels]]
kind = "slack"
name = "support"
webhook_url = "https://hooks.slack.com/services/x"
[[channels]]
kind = "slack"
name = "boss"
webhook_url = "https://hooks.slack.com/services/y"
[[calendars]]
name = "dhaka"
timezone = "Asia/Dhaka"
hours = { sun-thu = "09:00-17:00" }
[[people]]
name = "Mita"
[[teams]]
name = "care"
people = ["Mita"]
channels = ["support"]
language = "bn-BD"
calendar = "dhaka"
[[teams]]
name = "mute"
people = ["Mita"]
"""


def read(folder: Path, more: str) -> Any:
    (folder / "config.toml").write_text(CONFIG + more)
    return load(folder / "config.toml")


def test_a_team_is_told_in_its_time_zone_and_language(tmp_path: Path) -> None:
    config = read(
        tmp_path, '[[digests]]\nname = "care"\nteam = "care"\nnotify = ["boss", "support"]\nbrands = ["Bolt"]'
    )
    (found,) = config.digests
    assert (found.timezone.key, found.language, found.brands) == ("Asia/Dhaka", "bn", ("Bolt",))
    assert found.channels == ("boss", "support")


def test_a_digest_of_its_own_says_more_than_its_team(tmp_path: Path) -> None:
    own = 'timezone = "UTC"\nlanguage = "en"\nperiod = "weekly"\nday = "sun"\nat = "17:30"'
    config = read(tmp_path, f'[digest]\nnotify = ["boss"]\n[[digests]]\nname = "care"\nteam = "care"\n{own}')
    first, second = config.digests
    assert (first.name, first.timezone, first.brands, first.channels) == ("", BERLIN, ("Acme", "Bolt"), ("boss",))
    assert (second.timezone.key, second.language, second.weekly, second.day) == ("UTC", "en", True, "sun")
    assert chosen_plan(config, "care") == second
    assert chosen_plan(config, "") == first


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ('name = "a"', "digests[0] names nobody: give it channels in `notify`, or a `team`"),
        ('name = "a"\nnotify = ["boss"]\nday = "mon"', 'set period = "weekly"'),
        ('name = "a"\nteam = "mute"', "digests[0].team has no channels"),
        ('name = "a"\nteam = "cares"', "digests[0].team is 'cares', must be one of: care, mute"),
        ('name = "a"\nnotify = ["bos"]', "digests[0].notify[0] is 'bos'"),
        ('name = "a"\nnotify = ["boss"]\nbrands = ["Acm"]', "digests[0].brands[0] is 'Acm'"),
        ('name = "a"\nnotify = ["boss"]\nlanguage = "tlh"', "digests[0].language is 'tlh', must be one of: en, bn"),
        (
            'name = "a"\nnotify = ["boss"]\n[[digests]]\nname = "A"\nnotify = ["boss"]',
            "which is the name of digests[0]",
        ),
    ],
)
def test_a_mistake_in_a_digest_is_told_by_its_place(tmp_path: Path, table: str, told: str) -> None:
    with pytest.raises(ConfigError) as error:
        read(tmp_path, f"[[digests]]\n{table}")
    assert told in str(error.value)


def test_a_digest_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    config = read(tmp_path, "".join(f'[[digests]]\nname = "{name}"\nnotify = ["boss"]\n' for name in "ab"))
    for name, told in (("c", "no digest is named 'c'; configured: a, b"), ("", "say which digest: a, b")):
        with pytest.raises(NoSuchDigest, match=told):
            chosen_plan(config, name)
    assert shown_plan(config, "").channels == ()
    with pytest.raises(NoSuchDigest, match="nobody to send it to"):
        chosen_plan(read(tmp_path, ""), "")
