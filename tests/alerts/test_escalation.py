"""Whom an alert that nobody takes up reaches, and when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from alerts.calendar import Calendar, read_hours
from alerts.escalation import Called, Escalation, Roster, Step, next_step, policy_for, whom
from alerts.oncall import Schedule
from alerts.people import Person, Team

NOW = datetime(2026, 11, 30, 10, 0, tzinfo=UTC)  # a Monday
MINUTE = timedelta(minutes=1)


def steps(*told: tuple[int, Any]) -> tuple[Step, ...]:
    return tuple(
        Step(after=minutes * MINUTE, notify=(names,) if isinstance(names, str) else names) for minutes, names in told
    )


LADDER = steps((15, "support"), (30, "next"), (60, "manager"))
WEEKLY = Schedule(name="support", people=("Ann", "Bob"), shift=timedelta(days=7), starts=datetime(2026, 11, 30, 9))
ROSTER = Roster(
    schedules={"support": WEEKLY},
    people={
        "Ann": Person(name="Ann", channels=("ann-sms",), manager="Meg"),
        "Bob": Person(name="Bob", channels=("bob-mail", "bob-sms")),
        "Meg": Person(name="Meg", channels=("meg-mail",)),
    },
    teams={"press": Team(name="press", channels=("press-room",))},
    channels=("incidents",),
)  # fmt: skip


def test_nobody_reacts_so_the_next_by_schedule_is_told_and_then_the_manager() -> None:
    policy = Escalation(name="p", steps=LADDER)
    told: list[Called] = []
    woken: list[str] = []
    for done in range(policy.all_steps):
        called = whom(policy, done, woken, ROSTER, NOW)
        told += called
        woken += [one.person for one in called]
    assert told == [
        Called(person="Ann", channels=("ann-sms",), how="schedule", of="support"),
        Called(person="Bob", channels=("bob-mail", "bob-sms"), how="next", of="support"),
        Called(person="Meg", channels=("meg-mail",), how="manager", of="Ann"),  # Bob has none
    ]


def test_steps_are_counted_from_the_opening_and_a_late_one_moves_those_behind_it() -> None:
    policy = Escalation(name="p", steps=LADDER)
    assert next_step(policy, 0, NOW) == NOW + 15 * MINUTE
    assert next_step(policy, 1, NOW + 15 * MINUTE) == NOW + 30 * MINUTE
    assert next_step(policy, 2, NOW + 45 * MINUTE) == NOW + 75 * MINUTE  # told a quarter of an hour late
    assert next_step(policy, 3, NOW) is None


def test_the_ladder_is_gone_through_again_as_often_as_asked() -> None:
    policy = Escalation(name="p", steps=LADDER, repeat=1, repeat_after=20 * MINUTE)
    assert policy.all_steps == 6
    assert next_step(policy, 3, NOW) == NOW + 20 * MINUTE
    assert next_step(policy, 4, NOW) == NOW + 15 * MINUTE
    assert next_step(policy, 6, NOW) is None
    assert [policy.begins_round(done) for done in range(6)] == [True, False, False, True, False, False]
    assert [one.person for one in whom(policy, 3, [], ROSTER, NOW)] == ["Ann"]
    assert [one.person for one in whom(policy, 4, ["Ann"], ROSTER, NOW)] == ["Bob"]


def test_a_step_names_channels_teams_and_people_alike() -> None:
    policy = Escalation(name="p", steps=steps((0, ("incidents", "press", "Bob"))))
    assert next_step(policy, 0, NOW) == NOW
    assert [one.channels for one in whom(policy, 0, [], ROSTER, NOW)] == [
        ("incidents",),
        ("press-room",),
        ("bob-mail", "bob-sms"),
    ]


def test_where_there_is_nobody_left_nobody_is_told() -> None:
    policy = Escalation(name="p", steps=LADDER)
    assert whom(policy, 1, ["Ann", "Bob"], ROSTER, NOW) == []
    assert whom(policy, 2, ["Bob"], ROSTER, NOW) == []


def test_time_counts_as_the_calendar_is_open() -> None:
    office = Calendar(name="office", hours=read_hours({"mon-fri": "09:00-17:00"}))
    policy = Escalation(name="p", steps=LADDER, calendar=office)
    evening = NOW.replace(hour=16, minute=50)
    assert next_step(policy, 0, evening) == datetime(2026, 12, 1, 9, 5, tzinfo=UTC)
    assert next_step(policy, 0, datetime(2026, 12, 5, 12, tzinfo=UTC)) == datetime(2026, 12, 7, 9, 15, tzinfo=UTC)


def test_a_first_step_without_a_wait_waits_for_the_calendar_to_open() -> None:
    office = Calendar(name="office", hours=read_hours({"mon-fri": "09:00-17:00"}))
    policy = Escalation(name="p", steps=(Step(after=timedelta(0), notify=("incidents",)),), calendar=office)
    assert next_step(policy, 0, datetime(2026, 11, 21, 3, tzinfo=UTC)) == datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert next_step(policy, 0, datetime(2026, 11, 23, 10, tzinfo=UTC)) == datetime(2026, 11, 23, 10, tzinfo=UTC)


def test_the_first_policy_that_is_for_an_alert_counts() -> None:
    policies = [
        Escalation(name="acme", steps=LADDER, severity="high", brands=("Acme",)),
        Escalation(name="danger", steps=LADDER, severity="critical", rules=("danger",)),
    ]

    def name(*told: Any) -> str:
        found = policy_for(policies, *told)
        return found.name if found else ""

    assert name("high", ("Bolt", "Acme"), ()) == "acme"
    assert name("medium", ("Acme",), ()) == ""
    assert name("critical", ("Bolt",), ("danger", "x")) == "danger"
    assert name("high", ("Bolt",), ("danger",)) == ""
