"""Routes, campaigns, spikes, a channel's hours: what is written is decided by, and mistakes have their place."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from listener.alerting.setup import alerting_setup
from listener.config import ConfigError, load

BEGIN = """
[listener]
timezone = "Europe/Berlin"
[[brands]]
name = "Acme"
query = "acme"
[[channels]]
kind = "slack"
name = "support"
webhook_url = "https://hooks.example.org/x"
calendar = "office"
quiet_severity = "high"
most_an_hour = 12
[[calendars]]
name = "office"
hours = { mon-fri = "09:00-17:00" }
[[rules]]
name = "angry"
when = "sentiment.score < -0.4"
severity = "high"
notify = ["support"]
cooldown = "2h"
"""
WHOLE = (
    BEGIN
    + """
[alerting]
group_by = ["brand", "rule"]
group_wait = "30s"
repeat_interval = "4h"
[[routes]]
name = "worst"
match = 'severity == "critical" && "angry" in rules'
notify = ["support"]
continue = true
[[routes]]
name = "slow"
group_by = ["customer"]
batch = "1h"
[[campaigns]]
name = "launch"
start = 2026-12-01T09:00:00
end = 2026-12-01T18:00:00Z
brands = ["Acme"]
[spikes]
notify = ["support"]
times = 5
"""
)


def written(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text)
    path.chmod(0o600)
    return path


def test_what_is_written_is_what_alerts_are_told_by(tmp_path: Path) -> None:
    config = load(written(tmp_path, WHOLE))
    setup = alerting_setup(config, {one.name: one.open() for one in config.channels})
    first, second = setup.routing.routes
    assert (first.goes_on, first.timing.wait, first.timing.group_by) == (True, timedelta(seconds=30), ("brand", "rule"))
    assert (second.timing.batch, second.timing.group_by) == (timedelta(hours=1), ("customer",))
    assert second.timing.repeat == timedelta(hours=4)
    assert setup.cooldowns == {"angry": timedelta(hours=2)}
    (launch,) = setup.campaigns
    assert launch.starts_at == datetime(2026, 12, 1, 8, tzinfo=UTC) and launch.ends_at.hour == 18
    support = setup.channel("support")
    assert (support.calendar.name, support.urgent, support.most_an_hour) == ("office", "high", 12)
    assert support.interval == timedelta(hours=1)  # a webhook cannot change what it told
    assert config.alerting.spikes is not None and config.alerting.spikes.times == 5


def test_every_mistake_is_told_at_once_with_its_place(tmp_path: Path) -> None:
    wrong = (
        WHOLE.replace("severity == ", "severty == ")
        .replace('batch = "1h"', 'batch = "2h"\nnotify = ["suport"]')
        .replace('brands = ["Acme"]\n[spikes]\nnotify = ["support"]', 'brands = ["Acne"]\n[spikes]\nnotify = ["x"]')
        .replace('calendar = "office"', 'calendar = "ofice"')
        .replace('group_by = ["brand", "rule"]', 'group_by = ["brands"]')
        .replace("end = 2026-12-01T18:00:00Z", "end = 2026-11-01T18:00:00Z")
        .replace('name = "slow"', 'name = "worst"')
    )
    with pytest.raises(ConfigError) as told:
        load(written(tmp_path, wrong))
    places = {mistake.place for mistake in told.value.mistakes}
    assert places >= {
        "channels[0].calendar",
        "alerting.group_by[0]",
        "routes[0].match",
        "routes[1].batch",
        "routes[1].notify[0]",
        "routes[1].name",
        "campaigns[0].brands[0]",
        "spikes.notify[0]",
    }
    words = str(told.value)
    assert "did you mean 'severity'" in words and "end that is not later than its start" in words


def test_a_configuration_without_any_of_it_is_as_before(tmp_path: Path) -> None:
    config = load(written(tmp_path, BEGIN))
    setup = alerting_setup(config, {one.name: one.open() for one in config.channels})
    assert setup.routing.routes == () and config.alerting.spikes is None
    usual = setup.routing.usual
    assert (usual.group_by, usual.wait, usual.repeat, usual.batch) == (("story",), timedelta(0), None, None)
