"""People, teams and working hours in the configuration."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from listener.config import Config, ConfigError, load

GOOD = """
[listener]
timezone = "Asia/Dhaka"
[[brands]]
name = "Acme"
query = "acme"
[[calendars]]
name = "Dhaka"
hours = { sun-thu = "09:00-18:00" }
country = "BD"
holidays = [2026-12-06]
[[people]]
name = "Mita"
email = "mita@example.org"
languages = ["bn", "en"]
skills = ["billing"]
calendar = "Dhaka"
manager = "Ben"
most_tickets = 12
[[people]]
name = "Ben"
slack = "U0123456789"
[[teams]]
name = "support"
people = ["Mita", "Ben"]
language = "bn"
calendar = "Dhaka"
"""


def read(folder: Path, text: str) -> Config:
    (folder / "config.toml").write_text(text, "utf-8")
    return load(folder / "config.toml", "required", {})


def said(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as told:
        read(folder, text)
    return [str(mistake) for mistake in told.value.mistakes]


def test_people_work_by_their_calendar_in_its_time_zone(tmp_path: Path) -> None:
    config = read(tmp_path, GOOD)
    mita, ben = config.people
    assert mita.languages == ("bn", "en") and mita.manager == "Ben" and mita.most_tickets == 12
    assert mita.calendar.is_open(datetime(2026, 12, 7, 3, tzinfo=UTC))  # 9:00 in Dhaka
    assert not mita.calendar.is_open(datetime(2026, 12, 6, 5, tzinfo=UTC))  # closed by the list
    assert not mita.calendar.is_open(datetime(2026, 12, 16, 5, tzinfo=UTC))  # Victory Day
    assert ben.calendar.is_always_open and ben.slack == "U0123456789"
    (team,) = config.teams
    assert team.people == ("Mita", "Ben") and team.language == "bn" and team.calendar.name == "Dhaka"


@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [
        ('people = ["Mita", "Ben"]', 'people = ["mita"]', "teams[0].people[0] is 'mita', must be one of: Mita, Ben"),
        ('manager = "Ben"', 'manager = "Bill"', "people[0].manager is 'Bill', must be one of: Mita, Ben"),
        ('calendar = "Dhaka"', 'calendar = "Dakha"', "people[0].calendar is 'Dakha'"),
        ('country = "BD"', 'country = "XX"', "calendars[0]"),
        ("09:00-18:00", "9-18", "calendars[0].hours"),
    ],
)
def test_a_mistake_is_told_by_its_place(tmp_path: Path, right: str, wrong: str, says: str) -> None:
    assert any(says in one for one in said(tmp_path, GOOD.replace(right, wrong)))


def test_a_name_in_other_letters_is_told_and_not_taken(tmp_path: Path) -> None:
    text = GOOD + '[[channels]]\nkind = "slack"\nname = "Support"\nwebhook_url = "https://hooks.slack.com/x"\n'
    text += '[[rules]]\nname = "bad"\nwhen = "sentiment.score < 0.0"\nseverity = "high"\nnotify = ["support"]\n'
    assert any("rules[0].notify[0] is 'support'" in one and "Support" in one for one in said(tmp_path, text))
