"""Time lines of alerts that nobody takes up: who is woken when, once, and why somebody was not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from alerts.calendar import Calendar, read_hours
from alerts.escalation import Escalation, Roster, Step
from alerts.handling import Action
from alerts.oncall import Schedule
from alerts.people import Person
from listener.desk.changes import Hands, record_answer
from listener.desk.rules import DeskRules
from listener.handling.acting import Acting
from listener.handling.escalating import KIND, Escalating
from listener.store import Store, handling, notices, outbox
from listener.store.alerts import Brief, get_alert
from listener.store.customers import replace_customers
from listener.store.mentions import tombstone_posts
from listener.store.tables import DESK_TICKET
from listener.store.ticket_events import TicketEvent, record
from listener.store.tickets import open_ticket
from rules.directory import Customer, Identity
from sources.contract import Page
from sources.post import Author

Make = Callable[..., Any]
MINUTE = timedelta(minutes=1)
POLICY = Escalation(
    name="urgent",
    severity="high",
    steps=(
        Step(after=15 * MINUTE, notify=("support on call",)),
        Step(after=30 * MINUTE, notify=("next",)),
        Step(after=60 * MINUTE, notify=("manager", "incidents")),
    ),
)
ROSTER = Roster(
    schedules={
        "support on call": Schedule(
            name="support on call", people=("Ann", "Bob"), shift=timedelta(days=7), starts=datetime(2026, 11, 16, 9)
        )
    },
    people={
        "Ann": Person(name="Ann", channels=("ann",), manager="Meg"),
        "Bob": Person(name="Bob", channels=("bob",)),
        "Meg": Person(name="Meg", channels=("meg",)),
    },
    channels=("incidents",),
)


class Line:
    """A time line: alerts arise, minutes pass, and it is told who was told since the last look."""

    def __init__(self, app: Any, channels: dict[str, Any], clock: Any, store: Store) -> None:
        self.app, self.channels, self.clock, self.store = app, channels, clock, store
        self.began = clock()
        self.looked: list[int] = []
        self.policies: list[Escalation] = [POLICY]
        self.on_look: Callable[[Brief], None] = lambda _: None
        self.restart()
        self._seen = dict.fromkeys(channels, 0)

    def restart(self) -> None:
        """As after a kill: nothing but the database is left."""

        async def look_again(brief: Brief) -> None:
            self.looked.append(brief.id)
            self.on_look(brief)

        self.escalating = Escalating(
            store=self.store,
            policies=self.policies,
            roster=ROSTER,
            acting=Acting(),
            look_again=look_again,
            clock=self.clock,
        )
        self.escalating.start()

    def at(self, minute: float, *, looks: int = 1) -> dict[str, list[str]]:
        """Goes to that minute, and gives what each channel was told since the last time: the states of its messages."""
        self.clock.now = self.began + minute * MINUTE
        for _ in range(looks):
            asyncio.run(self.escalating.look())
        while self.app.queue_deliveries():
            asyncio.run(self.app.engine.run_until_idle(8))
        told = {}
        for name, channel in self.channels.items():
            new = channel.told[self._seen[name] :]
            self._seen[name] = len(channel.told)
            if new:
                told[name] = [message.state for message in new]
        return told

    def act(self, action: Action, by: str = "Cy", **options: Any) -> None:
        with self.store.write() as tx:
            Acting().act(tx, 1, action, by, "cli", self.clock(), **options)

    def trail(self) -> list[str]:
        with self.store.read() as tx:
            return [f"{one.what}: {one.reason}" for one in handling.trail(tx, 1) if "escalated" in one.what]


@pytest.fixture
def line(make_app: Make, source: Any, channel: Any, post: Make, store: Store, clock: Any) -> Line:
    names = ("support", "ann", "bob", "meg", "incidents")
    channels = {name: channel(name) for name in names}
    blogs = source("blogs", [])
    app = make_app([blogs], list(channels.values()))
    made = Line(app, channels, clock, store)
    with store.write() as tx:
        replace_customers(
            tx, [Customer(id="c1", name="Dee", identities=(Identity("feed", "dee"),))], "customers.csv", clock()
        )
    app.setup.renew()
    blogs.pages = [Page(posts=[post(1, author=Author(handle="dee"))], cursor="1")]
    asyncio.run(app.poll_once(["blogs"]))
    made.at(0)
    return made


def test_nobody_reacts_so_each_is_told_in_turn_and_once(line: Line) -> None:
    assert line.at(14) == {}
    assert line.at(15) == {"ann": ["Ann, you are on call (support on call). Nobody has taken this up for 15 minutes."]}
    assert line.at(16, looks=3) == {}
    assert line.at(30) == {"bob": ["Bob, you are next (support on call). Nobody has taken this up for 30 minutes."]}
    assert line.at(60) == {
        "meg": ["Meg, you are told as the manager of Ann. Nobody has taken this up for 60 minutes."],
        "incidents": ["Nobody has taken this up for 60 minutes."],
    }
    assert line.at(10_000) == {}
    assert line.trail()[0] == (
        "escalated: Ann is on call on 'support on call'; step 1 of 3 of 'urgent': nobody took it up for 15 minutes"
    )


def test_whoever_takes_it_up_ends_it(line: Line) -> None:
    assert list(line.at(15)) == ["ann"]
    line.act("ack", "Ann")
    assert line.at(30) == {} and line.at(600) == {}
    assert line.trail()[-1] == "not escalated: it is acknowledged by Ann"


def test_it_begins_anew_when_the_alert_is_opened_again(line: Line) -> None:
    line.act("resolve")
    assert line.at(40) == {}
    line.act("reopen")
    assert line.at(54) == {}
    assert list(line.at(55)) == ["ann"]


def test_what_was_put_off_is_told_again_and_then_escalates(line: Line) -> None:
    line.act("snooze", until=line.clock() + 60 * MINUTE)
    assert line.at(59) == {}
    assert line.at(60) == {"support": ["This alert was put off until now. Nobody has taken it up yet."]}
    assert list(line.at(75)) == ["ann"]


def test_a_restart_goes_on_where_it_stood_and_repeats_nothing(line: Line) -> None:
    assert list(line.at(15)) == ["ann"]
    line.restart()
    assert line.at(16) == {}
    line.restart()
    assert list(line.at(30)) == ["bob"]


def test_after_an_outage_each_still_has_their_time_to_react(line: Line) -> None:
    assert list(line.at(300)) == ["ann"]
    assert line.at(314) == {}
    assert list(line.at(315)) == ["bob"]
    assert line.at(344) == {}
    assert sorted(line.at(345)) == ["incidents", "meg"]


def test_after_an_outage_nobody_is_woken_outside_of_the_policys_hours(line: Line) -> None:
    office = Calendar(name="office", hours=read_hours({"mon-sun": "08:00-12:00"}))  # it is 08:00
    line.policies = [replace(POLICY, calendar=office)]
    line.restart()
    assert line.at(300) == {}
    assert line.at(24 * 60 - 1) == {}
    assert list(line.at(24 * 60)) == ["ann"]


def test_a_kill_between_deciding_and_telling_loses_nothing(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    line.clock.now = line.began + 15 * MINUTE
    real = outbox.put_deliveries

    def killed(*told: Any) -> None:
        real(*told)
        raise KeyboardInterrupt

    monkeypatch.setattr(outbox, "put_deliveries", killed)
    with pytest.raises(KeyboardInterrupt):
        asyncio.run(line.escalating.look())
    monkeypatch.setattr(outbox, "put_deliveries", real)
    line.restart()
    assert list(line.at(16)) == ["ann"]
    assert len(line.trail()) == 1


def test_nobody_is_woken_for_a_post_that_its_author_deleted(line: Line, post: Make) -> None:
    def deleted(_: Brief) -> None:  # what the last look finds out
        with line.store.write() as tx:
            tombstone_posts(tx, [post(1).key], line.clock())

    line.on_look = deleted
    assert line.at(15) == {} and line.looked == [1]
    assert line.trail() == ["not escalated: its post was deleted by its author, or is no longer kept"]
    assert line.at(600) == {} and line.looked == [1]


def test_nobody_is_woken_where_the_customer_was_answered(line: Line) -> None:
    from listener.interactions import Interactions
    from rules.interaction import interaction

    called = {"customer": "c1", "at": (line.began + 5 * MINUTE).isoformat(), "channel": "phone", "direction": "out"}
    line.clock.now = line.began + 6 * MINUTE
    room, now = Interactions(), line.clock()
    with line.store.write() as tx:
        owned = room.owned(tx, [interaction(called, now)])
        room.put(tx, [one for one in owned if not isinstance(one, ValueError)], now)
    assert line.at(15) == {} and line.looked == []
    assert line.trail() == ["not escalated: the customer was answered (phone)"]


@pytest.mark.parametrize(
    ("happened", "why_not"),
    [
        (["answered"], "its ticket #1 was answered"),
        (["answered", "solved"], "its ticket #1 was solved"),
        (["note", "assigned"], ""),
        (["solved", "reopened"], ""),
        (["reopened", "closed"], "its ticket #1 was closed"),
    ],
)
def test_nobody_is_woken_where_the_ticket_is_dealt_with(
    line: Line, store: Store, happened: list[Any], why_not: str
) -> None:
    with store.write() as tx:
        alert = get_alert(tx, 1)
        assert alert is not None
        values: dict[str, Any] = {"key": "k", "title": "t", "reason": "r", "severity": "high"}
        number, _ = open_ticket(tx, alert_id=1, mention=alert.lead, now=line.clock(), **values)
        record(tx, [TicketEvent(ticket=number, at=line.clock(), what=what) for what in happened])
    assert list(line.at(15)) == ([] if why_not else ["ann"])
    if why_not:
        assert line.trail() == [f"not escalated: {why_not}"]


@pytest.mark.parametrize(
    ("happened", "why_not"),
    [("merged", ""), ("answered before", "its ticket #1 was answered"), ("solved after", "its ticket #2 was solved")],
)
def test_a_ticket_that_was_merged_is_dealt_with_when_its_author_is(
    line: Line, store: Store, happened: str, why_not: str
) -> None:
    with store.write() as tx:
        alert = get_alert(tx, 1)
        assert alert is not None
        values: dict[str, Any] = {"title": "t", "reason": "r", "severity": "high", "mention": None, "brand": "Acme"}
        for key, number in (("k", 1), ("l", None)):
            open_ticket(tx, key=key, alert_id=number, now=line.clock(), **values)
        if happened == "answered before":
            record_answer(tx, DeskRules(), 1, by="Ben", via="cli", at=line.clock(), now=line.clock())
        hands = Hands(tx, DeskRules(), by="Ben", via="cli", now=line.clock())
        hands.merge(1, 2)
        if happened == "solved after":
            hands.set_status(2, "solved")
    assert list(line.at(15)) == ([] if why_not else ["ann"])
    assert not why_not or line.trail() == [f"not escalated: {why_not}"]


def test_nobody_is_woken_where_another_desk_has_closed_its_ticket(line: Line, store: Store) -> None:
    told = {"alert_id": 1, "desk": "zendesk", "state": "closed", "changed_at": line.clock(), "closed_at": line.clock()}
    with store.write() as tx:
        tx.execute(DESK_TICKET.insert(), {**dict.fromkeys(("said", "external_id", "shown", "url"), ""), **told,
                                          "generation": 0, "told_up_to": 0, "trying_up_to": 0})  # fmt: skip
    assert line.at(15) == {}
    assert line.trail() == ["not escalated: its ticket at 'zendesk' was closed"]


def test_a_muted_alert_wakes_nobody_until_it_is_no_longer(line: Line) -> None:
    def set_state(state: Any) -> None:
        with line.store.write() as tx:
            notices.put(
                tx, [replace(one, state=state, reason="silenced by Ben") for one in notices.of_alerts(tx, [1]).values()]
            )

    set_state("muted")
    assert line.at(15) == {} and line.at(26) == {}
    assert line.trail() == ["not escalated: it is muted: silenced by Ben"]
    set_state("told")
    assert list(line.at(40)) == ["ann"]


def test_who_took_it_up_while_a_channel_was_down_is_not_told_any_more(line: Line) -> None:
    line.clock.now = line.began + 15 * MINUTE
    asyncio.run(line.escalating.look())
    line.act("ack", "Bob")
    assert line.at(16) == {}
    with line.store.read() as tx:
        assert outbox.list_deliveries(tx, "dead", 9) == []  # which would call for a person
        told = next(one for one in outbox.list_deliveries(tx, "sent", 9) if one.kind == KIND)
    assert told.receipt is not None
    assert (told.channel, told.receipt.detail) == ("ann", "not told: Bob took the alert up before")


def test_what_is_for_no_policy_wakes_nobody(line: Line, make_app: Make, source: Any, post: Make) -> None:
    line.policies = [Escalation(name="p", severity="critical", steps=POLICY.steps)]
    line.restart()
    with line.store.write() as tx:
        from listener.store.tables import ALERT_ESCALATION

        tx.execute(ALERT_ESCALATION.delete())
    assert line.at(15) == {} and line.at(600) == {}


def test_what_was_there_before_there_were_escalations_wakes_nobody(
    make_app: Make, source: Any, channel: Any, post: Make, store: Store, clock: Any
) -> None:
    channels = {name: channel(name) for name in ("support", "ann")}
    app = make_app([source("blogs", [Page(posts=[post(1)], cursor="1")])], list(channels.values()))
    asyncio.run(app.poll_once(["blogs"]))
    clock.forward(minutes=1)
    line = Line(app, channels, clock, store)
    line.at(15)
    line.at(600)
    assert len(channels["support"].told) == 1 and channels["ann"].told == []


def test_an_idle_round_writes_nothing(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    line.at(1)
    monkeypatch.setattr(Store, "write", lambda _: pytest.fail("an idle round wrote"))
    asyncio.run(line.escalating.look())


def test_the_configuration_is_what_the_program_goes_by(
    make_app: Make, source: Any, channel: Any, post: Make, store: Store, clock: Any
) -> None:
    from random import Random

    from listener.app import App
    from listener.configuration.oncall import EscalationSettings, ScheduleSettings
    from listener.configuration.people import PersonSettings

    channels = {name: channel(name) for name in ("support", "ann", "meg")}
    blogs = source("blogs", [Page(posts=[post(1)], cursor="1")])
    config = replace(
        make_app([blogs], list(channels.values())).config,
        person_settings=(
            PersonSettings(name="Ann", channels=("ann",), manager="Meg"),
            PersonSettings(name="Meg", channels=("meg",)),
        ),
        schedule_settings=(ScheduleSettings(name="week", people=("Ann",), starts=datetime(2026, 11, 16).date()),),
        escalation_settings=(
            EscalationSettings.model_validate(
                {"name": "p", "steps": [{"after": "0m", "notify": "week"}, {"after": "10m", "notify": ["manager"]}]}
            ),
        ),
    )
    app = App(config, store, clock=clock, jitter=Random(1), workers=0)
    app.start()
    asyncio.run(app.poll_once(["blogs"]))
    assert [message.state for message in channels["ann"].told] == [
        "Ann, you are on call (week). Nobody has taken this up yet."
    ]
    clock.forward(minutes=10)
    asyncio.run(app.poll_once(["blogs"]))
    assert (len(channels["ann"].told), len(channels["meg"].told), len(channels["support"].told)) == (1, 1, 1)
    app.workers.close()
