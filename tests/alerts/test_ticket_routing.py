"""Whose a ticket is, and why."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from alerts.calendar import Calendar, read_hours
from alerts.people import Person
from alerts.tickets.routing import Need, missing, route, speaks

DAY = Calendar(hours=read_hours({"mon-fri": "09:00-17:00"}))
LATE = Calendar(hours=read_hours({"mon-fri": "13:00-21:00"}))
MONDAY_10 = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
SATURDAY = datetime(2026, 3, 7, 10, 0, tzinfo=UTC)

MITA = Person(name="Mita", email="mita@example.org", languages=("bn", "en"), calendar=DAY)
BEN = Person(name="Ben", languages=("en", "de"), skills=("legal",), calendar=DAY, most_tickets=10)
EVE = Person(name="Eve", languages=("en",), skills=("legal", "expert"), calendar=LATE)


def test_who_speaks_the_language_gets_it_whatever_they_have() -> None:
    routed = route(Need(language="bn"), [BEN, MITA], {"Mita": 30}, MONDAY_10)
    assert routed.person == "Mita"
    assert "speaks bn" in routed.why and "has 30 open" in routed.why


def test_of_two_who_could_the_one_with_less_to_do_gets_it() -> None:
    routed = route(Need(language="en"), [MITA, BEN], {"Mita": 6, "Ben": 4}, MONDAY_10)
    assert routed.person == "Mita"  # 6 of any number against 4 of 10
    assert routed.runners_up == ("Ben",)
    assert route(Need(language="en"), [MITA, BEN], {"Mita": 6, "Ben": 1}, MONDAY_10).person == "Ben"


def test_whose_customer_it_is_comes_before_who_has_less_to_do() -> None:
    routed = route(Need(language="en", owner="MITA@example.org"), [BEN, MITA], {"Mita": 9}, MONDAY_10)
    assert routed.person == "Mita" and "looks after this customer" in routed.why


def test_a_hard_ticket_waits_for_whoever_can_solve_it() -> None:
    need = Need(language="en", skills={"legal": "it is about legal", "expert": "they came 3 times with it"})
    routed = route(need, [MITA, BEN, EVE], {}, MONDAY_10)
    assert routed.person == "Eve"
    assert routed.starts == datetime(2026, 3, 2, 13, 0, tzinfo=UTC)
    assert "nobody with the skill is at work; begins Mon 2026-03-02 13:00 UTC" in routed.why


def test_a_skill_that_nobody_has_is_said_and_keeps_nobody_from_taking_it() -> None:
    routed = route(Need(skills={"safety": "it is about safety"}), [MITA], {}, MONDAY_10)
    assert routed.person == "Mita" and "nobody has the skill safety (it is about safety)" in routed.why


def test_a_skill_that_only_somebody_else_has_is_not_said_to_be_nobodys() -> None:
    people = [Person(name="Ann", skills=("safety",)), Person(name="Ben", skills=("legal",))]
    chosen = route(Need(skills={"safety": "it burns", "legal": "it names a lawyer"}), people, {"Ann": 3}, MONDAY_10)
    assert chosen.person == "Ben"
    assert "lacks the skill safety (it burns), and nobody has all that it asks for" in chosen.why
    assert "has the skill legal (it names a lawyer)" in chosen.why


def test_who_has_some_of_the_skills_is_waited_for_while_others_are_at_work() -> None:
    need = Need(skills={"legal": "it is about legal", "safety": "it is about safety"})
    routed = route(need, [MITA, EVE], {}, MONDAY_10)
    assert routed.person == "Eve"
    assert "nobody with as many of the skills is at work; begins Mon 2026-03-02 13:00 UTC" in routed.why
    assert "; nobody is at work" in route(Need(skills={"safety": ""}), [MITA, EVE], {}, SATURDAY).why


def test_where_nobody_works_whoever_begins_first_gets_it_and_when_is_said() -> None:
    routed = route(Need(language="en"), [EVE, MITA], {"Mita": 5}, SATURDAY)
    assert (routed.person, routed.starts) == ("Mita", datetime(2026, 3, 9, 9, 0, tzinfo=UTC))
    assert "nobody is at work; begins Mon 2026-03-09 09:00 UTC" in routed.why


def test_who_is_full_is_passed_over_unless_only_they_can() -> None:
    full = {"Ben": 10}
    assert route(Need(language="en"), [BEN, MITA], full, MONDAY_10).person == "Mita"
    routed = route(Need(language="de"), [BEN, MITA], full, MONDAY_10)
    assert routed.person == "Ben" and "as many as they take at once" in routed.why


def test_nobody_is_there() -> None:
    assert route(Need(), [], {}, MONDAY_10).person == ""
    assert route(Need(not_to=("Mita",)), [MITA], {}, MONDAY_10).person == ""


def test_a_region_of_a_language_is_that_language_and_an_unknown_one_asks_for_nothing() -> None:
    assert speaks(MITA, "bn-IN") and speaks(MITA, "und") and speaks(MITA, "")
    assert not speaks(MITA, "de-AT")


languages = st.sampled_from(["en", "bn", "de", "und", ""])
skills = st.sets(st.sampled_from(["legal", "safety", "expert"])).map(sorted).map(tuple)
people = st.lists(
    st.builds(
        Person,
        name=st.sampled_from(["A", "B", "C", "D", "E"]),
        languages=st.lists(st.sampled_from(["en", "bn", "de"]), max_size=3).map(tuple),
        skills=skills,
        calendar=st.sampled_from([DAY, LATE, Calendar()]),
        most_tickets=st.integers(0, 5),
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda one: one.name,
)
needs = st.builds(Need, language=languages, skills=skills.map(lambda names: dict.fromkeys(names, "why")))
loads = st.dictionaries(st.sampled_from(["A", "B", "C", "D", "E"]), st.integers(0, 8))
hours = st.integers(0, 167).map(lambda hour: datetime(2026, 3, 2 + hour // 24, hour % 24, tzinfo=UTC))


@given(needs, people, loads, hours)
def test_nobody_gets_what_somebody_else_at_work_could_do_better(
    need: Need, people: list[Person], load: dict[str, int], now: datetime
) -> None:
    routed = route(need, people, load, now)
    chosen = next(one for one in people if one.name == routed.person)
    fewest = min(len(missing(one, need)) for one in people)
    assert len(missing(chosen, need)) == fewest
    able_now = [one for one in people if len(missing(one, need)) == fewest and one.calendar.is_open(now)]
    if able_now:
        assert chosen in able_now
    if any(speaks(one, need.language) for one in able_now):
        assert speaks(chosen, need.language)
    assert (routed.starts is None) == chosen.calendar.is_open(now)
    assert routed.why and routed.person not in routed.runners_up


@given(needs, people, loads, hours)
def test_the_same_question_has_the_same_answer(
    need: Need, people: list[Person], load: dict[str, int], now: datetime
) -> None:
    assert route(need, people, load, now) == route(need, people, load, now)
