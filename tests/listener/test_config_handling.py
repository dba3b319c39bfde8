"""Mistakes in how people are to act on alerts are told by their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from listener.config import Config, ConfigError, load

BRAND = '[[brands]]\nname = "Acme"\nquery = "acme"\n'
BOT = '[[channels]]\nkind = "slack"\nname = "bot"\nbot_token = "xoxb-1"\nchannel = "C1"\nsigning_secret = "s3cret"\n'


@pytest.fixture
def read(tmp_path: Path) -> object:
    def call(text: str) -> Config:
        (tmp_path / "config.toml").write_text(BRAND + text)
        return load(tmp_path / "config.toml", environment={})

    return call


def told(read: object, text: str) -> str:
    with pytest.raises(ConfigError) as error:
        read(text)  # type: ignore[operator]
    return str(error.value)


def test_buttons_whose_presses_nothing_would_take_are_a_mistake(read: object) -> None:
    says = told(read, BOT)
    assert "channels[0].signing_secret" in says and "needs a table [web]" in says and "s3cret" not in says
    read(BOT + "[web]\n")  # type: ignore[operator]


PEOPLE = (
    '[[channels]]\nkind = "slack"\nname = "room"\nwebhook_url = "https://hooks.example.org/x"\n'
    '[[people]]\nname = "Ann"\nchannels = ["room"]\nmanager = "Meg"\n[[people]]\nname = "Meg"\n'
)
SCHEDULE = '[[schedules]]\nname = "week"\npeople = ["Ann"]\nstarts = 2026-11-30\n'


def escalation(steps: str, more: str = "") -> str:
    return f'{PEOPLE}{SCHEDULE}[[escalations]]\nname = "p"\n{more}steps = [{steps}]\n'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (PEOPLE + SCHEDULE.replace('"Ann"', '"Ann", "Meg"'), "schedules[0].people[1] is 'Meg', who has no `channels`"),
        (PEOPLE + SCHEDULE.replace('"Ann"', '"Anne"'), "did you mean 'Ann'?"),
        (PEOPLE + SCHEDULE + 'handover = "9"\n', 'must be a time of day such as "08:00"'),
        (PEOPLE + SCHEDULE + 'shift = "5m"\n', "schedules[0].shift"),
        (PEOPLE + SCHEDULE + 'timezone = "Europe/Berln"\n', "must be a time zone such as 'Europe/Berlin'"),
        (
            PEOPLE + SCHEDULE + 'overrides = [{ person = "Bob", start = 2026-12-24, end = 2026-12-26 }]\n',
            "schedules[0].overrides[0].person is 'Bob', must be one of: Ann, Meg",
        ),
        (
            PEOPLE + SCHEDULE + 'overrides = [{ person = "Ann", start = 2026-12-24, end = 2026-12-23 }]\n',
            "`end` must be later than `start`",
        ),
        (
            PEOPLE + SCHEDULE + 'overrides = [{ person = "Ann", start = "soon", end = 2026-12-23 }]\n',
            "must be a date and time such as",
        ),
        (escalation('{ after = "15m", notify = "wek" }'), "did you mean 'week'?"),
        (escalation('{ after = "15m", notify = ["week", "Meg"] }'), "names 'Meg', who has no `channels`"),
        (escalation('{ after = "15m", notify = "next" }'), "nobody has been told yet"),
        (escalation('{ after = "15m", notify = "week" }, { after = "5m", notify = "next" }'), "order of their times"),
        (escalation('{ after = "15m", notifi = "week" }'), "unknown key, did you mean 'notify'?"),
        (escalation('{ after = "15m", notify = [] }'), "escalations[0].steps[0].notify must name at least 1"),
        (escalation(""), "escalations[0].steps"),
        (
            PEOPLE + SCHEDULE + 'overrides = [{ person = "Meg", start = 2026-12-24, end = 2026-12-26 }]\n',
            "schedules[0].overrides[0].person is 'Meg', who has no `channels` to be told on",
        ),
        (
            escalation('{ after = "0m", notify = "week" }, { after = "1h", notify = "manager" }'),
            "escalations[0].steps[1].notify is 'manager', and 'Meg', the manager of 'Ann', has no `channels`",
        ),
        (
            escalation('{ after = "0m", notify = "room" }, { after = "1h", notify = ["manager"] }'),
            "steps[1].notify is 'manager', and nobody whom the steps before it tell has a `manager`",
        ),
        (
            escalation('{ after = "0m", notify = "room" }, { after = "1h", notify = "next" }'),
            "steps[1].notify is 'next', and no step before it names one of [[schedules]]",
        ),
        (
            escalation('{ after = "0m", notify = "week" }, { after = "1h", notify = "next" }'),
            "steps[1].notify is 'next', and 'week' has nobody else",
        ),
        (
            escalation('{ after = "0m", notify = "all" }') + '[[teams]]\nname = "all"\npeople = ["Ann"]\n',
            "names 'all', a team which has no `channels` to be told on",
        ),
        (escalation('{ after = "soon", notify = "week" }'), "must be a length of time"),
        (escalation('{ after = "0m", notify = "week" }', 'brands = ["Acne"]\n'), "did you mean 'Acme'?"),
        (escalation('{ after = "0m", notify = "week" }', 'calendar = "office"\n'), "escalations[0].calendar"),
        (
            escalation('{ after = "0m", notify = "room" }') + '[[teams]]\nname = "room"\npeople = ["Ann"]\n',
            "is in [[teams]] and in [[channels]]: rename one",
        ),
        (escalation('{ after = "0m", notify = "week" }') + SCHEDULE, "which is the name of schedules[0] already"),
    ],
)
def test_mistakes_in_schedules_and_escalations_are_told_by_their_place(read: object, text: str, says: str) -> None:
    assert says in told(read, text)


def test_a_ladder_is_read_as_it_is_written(read: object) -> None:
    steps = '{ after = "0m", notify = "week" }, { after = "1h30m", notify = ["manager", "room"] }'
    ladder = escalation(steps, 'severity = "high"\nrepeat = 2\n')
    config = read(ladder.replace('name = "Meg"\n', 'name = "Meg"\nchannels = ["room"]\n'))  # type: ignore[operator]
    (policy,) = config.escalations
    assert [one.notify for one in policy.steps] == [("week",), ("manager", "room")]
    assert (policy.all_steps, policy.steps[1].after.total_seconds()) == (6, 5_400)
    (schedule,) = config.schedules
    assert str(schedule.starts) == "2026-11-30 09:00:00"
