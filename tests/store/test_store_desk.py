"""The desk over a database: one author, one ticket; who gets it; what is promised; what people do; by two at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace

from alerts.alert import AlertIntent, ReadMention
from alerts.calendar import Calendar, read_hours
from alerts.people import Person, Team
from alerts.tickets.figures import figures
from alerts.tickets.needs import Experts
from alerts.tickets.priority import Weights
from alerts.tickets.sla import Policy
from alerts.tickets.status import UNSOLVED
from listener.desk.changes import Hands, Refused, record_answer
from listener.desk.clock import DeskClock
from listener.desk.opening import Desk
from listener.desk.rules import DeskRules
from listener.store import Store, outbox
from listener.store.alerts import get_alert, put_alerts
from listener.store.customers import replace_customers
from listener.store.interactions import Owned, put_interactions
from listener.store.mentions import put_results
from listener.store.purge import erase_author
from listener.store.ticket_clocks import to_look_at
from listener.store.ticket_events import history
from listener.store.ticket_figures import digest_facts, worked_since
from listener.store.ticket_people import people_on
from listener.store.tickets import Ticket, get_ticket, list_tickets
from rules.analysis import Read
from rules.directory import Customer
from rules.interaction import Interaction
from rules.reading import CustomerMatch, Intent, RuleMatch, Severity
from sources.post import Author

MakeRead = Callable[..., Read]
HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
OFFICE = Calendar(hours=read_hours({"mon-fri": "09:00-17:00"}))
BEN = Person(name="Ben", channels=("ben",), languages=("en",), calendar=OFFICE, manager="Cy")
MITA = Person(name="Mita", channels=("mita",), languages=("bn", "en"), skills=("legal", "expert"), calendar=OFFICE)
CY = Person(name="Cy", channels=("cy",), languages=("de",), calendar=OFFICE)
TEAM = Team(name="support", people=("Ben", "Mita"), channels=("room",))
URGENT = Policy(name="urgent", priorities=("urgent",), first_answer=HOUR, resolution=8 * HOUR, calendar=OFFICE)
USUAL = Policy(name="usual", first_answer=4 * HOUR, warn_before=HOUR, calendar=OFFICE, notify=("ops",))
RULES = DeskRules(
    people=(BEN, MITA, CY),
    teams=(TEAM,),
    team="support",
    policies=(URGENT, USUAL),
    calendar=OFFICE,
    skills={"legal": "legal"},
    experts=Experts(skill="expert", tags=("expert",), fields=("role=developer",)),
)
ANN = Author(id="u1", handle="ann")
BOB = Author(id="u2", handle="bob")


class Office:
    """A desk with its database and its clock."""

    def __init__(self, store: Store, make_read: MakeRead, rules: DeskRules = RULES) -> None:
        self.store, self.rules = store, rules
        self.now = MONDAY + 10 * HOUR
        self._read = make_read
        self.clock = DeskClock(store, rules, lambda: self.now)

    def hears(
        self, number: str, *, author: Author = ANN, severity: Severity = "high", story: str = "", **read: Any
    ) -> ReadMention:
        """A post comes in for which a rule asks for a ticket."""
        read = {"intent": (), **read}
        intent = read.pop("intent")
        made = self._read(number, author=author, **read)
        made = replace(made, reading=replace(made.reading, intent=intent))
        rule = RuleMatch(name="angry", severity=severity, reason=f"because of {number}")
        with self.store.write() as tx:
            (mention,) = put_results(tx, [made], "blogs", False, self.now).new
            told = AlertIntent(
                key=story or f"story of {number}",
                story=story,
                severity=severity,
                brand=mention.brand,
                mention_id=mention.id,
                rules=(rule,),
                channels=(),
                tickets=("builtin",),
            )
            told_now = put_alerts(tx, [told], self.now)
            Desk(self.rules).take(tx, told_now, [told], {mention.id: mention}, self.now)
        return mention

    def does(self, what: str, *arguments: Any, by: str = "Ben", **options: Any) -> Any:
        """Somebody does something at the desk."""
        with self.store.write() as tx:
            hands = Hands(tx, self.rules, by=by, via="cli", now=self.now)
            return getattr(hands, what)(*arguments, **options)

    def ticket(self, number: int = 1) -> Ticket:
        with self.store.read() as tx:
            found = get_ticket(tx, number)
        assert found is not None
        return found

    def story_of(self, number: int = 1) -> list[str]:
        with self.store.read() as tx:
            return [one.what for one in history(tx, number)]

    def told(self) -> list[tuple[str, str]]:
        """Who was told of what since this was last asked: (channel, what)."""
        with self.store.write() as tx:
            due = outbox.list_deliveries(tx, "due", 1_000)[::-1]
            events = {event.id: event.what for number in self.numbers() for event in history(tx, number)}
            found = [(one.channel, str(events[one.payload["event"]])) for one in due if one.kind == "ticket"]
            for one in due:
                outbox.claim(tx, one.id, datetime(2030, 1, 1, tzinfo=UTC), HOUR)
        return sorted(found)

    def numbers(self) -> list[int]:
        with self.store.read() as tx:
            return [one.number for one in list_tickets(tx, status="", limit=1_000)]

    def forward(self, **length: float) -> None:
        self.now += timedelta(**length)
        self.clock.look()


@pytest.fixture
def office(store: Store, make_read: MakeRead) -> Office:
    return Office(store, make_read)


def test_a_ticket_is_opened_ranked_promised_and_given_to_somebody_who_is_told(office: Office) -> None:
    office.hears("1", severity="critical")
    ticket = office.ticket()
    assert (ticket.line.status, ticket.line.priority, ticket.line.assignee) == ("open", "urgent", "Ben")
    assert ticket.line.clocks.policy == "urgent"
    assert ticket.line.clocks.answer is not None and ticket.line.clocks.answer.due == MONDAY + 11 * HOUR
    assert office.story_of() == ["opened", "assigned"]
    with office.store.read() as tx:
        given = history(tx, 1)[-1]
    assert "speaks en; has 0 open; is at work" in given.reason and given.reason.endswith("next: Mita")
    assert office.told() == [("ben", "assigned")]


def test_what_the_same_author_writes_next_is_added_whichever_story_it_is(office: Office) -> None:
    office.hears("1")
    office.hears("2", author=BOB)
    office.told()
    office.hears("3", severity="critical")
    assert office.numbers() == [1, 2]
    ticket = office.ticket(1)
    assert [one.post.external_id for one in ticket.mentions] == ["3", "1"]
    assert (ticket.line.severity, ticket.line.priority, ticket.contacts, ticket.alerts) == (
        "critical",
        "urgent",
        2,
        (1, 3),
    )
    assert office.told() == [("ben", "priority"), ("ben", "returned")]
    with office.store.read() as tx:
        alert = get_alert(tx, 3)
    assert alert is not None and alert.ticket == 1


def test_of_who_writes_and_writes_each_channel_hears_once_an_hour_and_the_last_time_too(office: Office) -> None:
    office.hears("1")
    office.told()
    for number in range(2, 7):
        office.hears(str(number))
        office.forward(minutes=5)
    with office.store.read() as tx:
        waiting = outbox.list_deliveries(tx, "due", 100)
    returned = sorted((one.channel, one.next_at - MONDAY) for one in waiting if one.payload["what"] == "returned")
    handed_on = 10 * HOUR + 5 * MINUTE  # the third post, which Mita got
    assert returned == [("ben", 10 * HOUR), ("ben", 11 * HOUR), ("mita", handed_on), ("mita", 11 * HOUR)]


def test_a_known_customer_is_one_author_on_every_network_and_brands_are_kept_apart(office: Office) -> None:
    jane = CustomerMatch(id="c1", name="Jane", confidence=1.0)
    office.hears("1", customer=jane)
    office.hears("2", author=Author(id="99", handle="jane_x"), source="x", customer=jane)
    assert office.numbers() == [1]
    office.hears("3", customer=jane, brand="Bolt")
    assert office.numbers() == [1, 2]


def test_a_bare_name_is_one_person_on_its_own_site_alone(office: Office) -> None:
    office.hears("1", author=Author(name="Admin"), instance="a.example")
    office.hears("2", author=Author(name="Admin"), instance="b.example")
    office.hears("3", author=Author())
    office.hears("4", author=Author())
    assert office.numbers() == [1, 2, 3, 4]


def test_others_who_tell_the_same_story_are_added_and_tell_nobody(office: Office) -> None:
    office.hears("1", story="s")
    office.told()
    for number in range(2, 6):
        office.hears(str(number), story="s", author=Author(id=f"r{number}"), severity="medium")
    assert office.ticket().line.mentions == 5
    assert office.story_of()[2:] == ["added"] * 4
    assert office.told() == []


def test_an_author_seen_again_soon_after_the_end_opens_it_again_with_its_history(office: Office) -> None:
    office.hears("1")
    office.does("assign", 1, "Mita")
    office.does("set_status", 1, "closed", "sent another")
    office.told()
    office.forward(days=13)
    office.hears("2")
    ticket = office.ticket()
    assert (ticket.line.status, ticket.line.assignee, ticket.line.reopens) == ("open", "Mita", 1)
    assert (ticket.line.solved_at, ticket.line.closed_at, ticket.note) == (None, None, "sent another")
    assert office.numbers() == [1]
    assert [what for _, what in office.told()] == ["reopened", "reopened"]  # whoever has it, and who watches
    assert office.story_of()[-1] == "reopened" and "closed" in office.story_of()


def test_later_than_that_it_is_a_new_ticket_and_others_open_nothing(office: Office) -> None:
    office.hears("1", story="s")
    office.does("set_status", 1, "closed")
    office.forward(days=15)
    office.hears("2", story="s", author=BOB)
    assert office.ticket().line.status == "closed" and office.ticket().line.mentions == 2
    office.hears("3", story="s")
    assert office.numbers() == [2, 1]
    with office.store.read() as tx:
        alert = get_alert(tx, 1)
    assert alert is not None and alert.ticket == 2
    with pytest.raises(Refused, match="has ticket #2 by now: `listener tickets merge 1 --into 2`"):
        office.does("reopen", 1)


def test_the_same_alerts_twice_change_nothing_the_second_time(office: Office) -> None:
    mention = office.hears("1")
    rule = RuleMatch(name="angry", severity="high", reason="r")
    again = AlertIntent(
        key="story of 1", story="", severity="high", brand="Acme", mention_id=mention.id, rules=(rule,),
        channels=(), tickets=("builtin",),
    )  # fmt: skip
    before = office.ticket(), office.story_of()
    with office.store.write() as tx:
        Desk(RULES).take(tx, put_alerts(tx, [again], office.now), [again], {}, office.now + HOUR)
    assert (office.ticket(), office.story_of()) == before


def test_legal_trouble_goes_to_who_knows_law_and_so_does_who_comes_a_third_time(office: Office) -> None:
    office.hears("1", intent=(Intent(label="legal", score=0.9),))
    assert office.ticket().line.assignee == "Mita"
    for number in ("2", "3"):
        office.hears(number, author=BOB)
    assert office.ticket(2).line.assignee == "Ben"
    office.hears("4", author=BOB)
    ticket = office.ticket(2)
    assert ticket.line.assignee == "Mita"
    with office.store.read() as tx:
        assert people_on(tx, 2) == {"Ben": "watcher"}
        assert "has the skill expert (they came 3 times with it)" in history(tx, 2)[-1].reason


def test_whom_a_person_chose_keeps_it(office: Office) -> None:
    office.hears("1")
    office.does("assign", 1, "ben@example.org" if BEN.email else "ben", by="Cy")
    office.does("assign", 1, "Mita", by="Cy")
    office.does("assign", 1, "Ben", by="Cy")
    office.hears("2")
    office.hears("3")
    assert office.ticket().line.assignee == "Ben" and office.ticket().assigned_by == "Cy"


def test_who_has_left_keeps_no_ticket_that_comes_back(office: Office) -> None:
    office.hears("1")
    office.does("assign", 1, "Cy")
    office.does("set_status", 1, "closed")
    office.rules = replace(RULES, people=(BEN, MITA))
    office.hears("2")
    assert office.ticket().line.assignee == "Ben"


def test_a_desk_that_gives_nothing_to_anybody_tells_the_team(store: Store, make_read: MakeRead) -> None:
    office = Office(store, make_read, replace(RULES, assign=False))
    office.hears("1")
    line = office.ticket().line
    assert (line.status, line.assignee) == ("new", "")
    assert office.told() == [("room", "opened")]
    office.forward(hours=4)
    assert office.told() == [("ops", "breach"), ("room", "breach")]


def test_many_tickets_of_one_batch_are_shared_out(office: Office) -> None:
    reads = [office._read(f"n{number}", author=Author(id=f"n{number}")) for number in range(6)]
    rule = RuleMatch(name="angry", severity="low", reason="r")
    with office.store.write() as tx:
        new = {one.id: one for one in put_results(tx, reads, "blogs", False, office.now).new}
        intents = [
            AlertIntent(
                key=f"k{number}", story="", severity="low", brand="Acme", mention_id=number, rules=(rule,), channels=(),
                tickets=("builtin",),
            )
            for number in new
        ]  # fmt: skip
        Desk(RULES).take(tx, put_alerts(tx, intents, office.now), intents, new, office.now)
    given = [office.ticket(number).line.assignee for number in office.numbers()]
    assert sorted(given) == ["Ben"] * 3 + ["Mita"] * 3


def test_an_expert_customer_goes_straight_to_an_expert(office: Office) -> None:
    with office.store.write() as tx:
        replace_customers(tx, [Customer(id="c1", name="Dev", fields={"role": "Developer"})], "a.csv", office.now)
    office.hears("1", customer=CustomerMatch(id="c1", name="Dev", confidence=1.0))
    assert office.ticket().line.assignee == "Mita"


def test_what_becomes_of_a_promise_from_monday_evening_to_tuesday(office: Office) -> None:
    office.now = MONDAY + 15 * HOUR
    office.hears("1")  # high: the usual promise, four working hours
    office.told()
    office.forward(hours=2)
    assert office.told() == []
    office.now = MONDAY + DAY + 9 * HOUR + 59 * MINUTE
    office.clock.look()
    assert office.told() == []
    office.forward(minutes=1)
    assert office.told() == [("ben", "warning"), ("ops", "warning")]
    office.forward(minutes=1)
    assert office.told() == []
    again = DeskClock(office.store, RULES, lambda: office.now)  # as after a restart
    office.now = MONDAY + DAY + 11 * HOUR
    assert again.look() == 1
    assert office.told() == [("ben", "breach"), ("cy", "breach"), ("ops", "breach"), ("room", "breach")]
    assert again.look() == 0
    assert office.story_of()[-2:] == ["warning", "breach"]


def test_a_customer_who_is_answered_in_time_keeps_the_promise_by_whichever_way(office: Office) -> None:
    jane = CustomerMatch(id="c1", name="Jane", confidence=1.0)
    office.hears("1", customer=jane)
    office.hears("2", author=BOB)
    office.told()
    call = Interaction(
        at=office.now + HOUR, channel="phone", kind="call", direction="out", by="Ben", text="",
        customer="c1", external_id="1",
    )  # fmt: skip
    order = replace(call, kind="order", at=office.now + MINUTE, external_id="2")
    with office.store.write() as tx:
        put_interactions(tx, [Owned(call, "c1"), Owned(order, "c1")], office.now)
        assert record_answer(tx, RULES, 2, by="Mita", via="mastodon", at=office.now + HOUR, now=office.now)
        assert not record_answer(tx, RULES, 9, by="Mita", via="mastodon", at=office.now, now=office.now)
    office.forward(hours=5)
    for number, who in ((1, "Ben"), (2, "Mita")):
        line = office.ticket(number).line
        assert line.first_answered_at == MONDAY + 11 * HOUR and line.answers == 1
        assert line.clocks.answer is not None and line.clocks.answer.late is None
        with office.store.read() as tx:
            assert [(one.by, one.at) for one in history(tx, number) if one.what == "answered"] == [
                (who, MONDAY + 11 * HOUR)
            ]
    assert [what for _, what in office.told() if what in ("warning", "breach")] == []


def test_pending_stops_the_clocks_until_its_author_writes_again(office: Office) -> None:
    office.hears("1")
    office.forward(hours=1)
    office.does("set_status", 1, "pending", "asked for the number of the order")
    office.told()
    office.forward(days=4)
    assert office.told() == [] and office.ticket().line.status == "pending"
    office.hears("2")
    line = office.ticket().line
    assert line.status == "open"
    assert line.clocks.answer is not None and line.clocks.answer.due == office.now + 3 * HOUR


def test_what_is_solved_is_closed_after_four_days_and_not_before(office: Office) -> None:
    office.hears("1")
    office.does("set_status", 1, "solved", "refunded")
    office.forward(days=3, hours=23)
    assert office.ticket().line.status == "solved"
    office.forward(hours=1)
    line = office.ticket().line
    assert (line.status, line.closed_at, line.solved_at) == ("closed", office.now, MONDAY + 10 * HOUR)
    with office.store.read() as tx:
        assert history(tx, 1)[-1].via == "listener"


def test_a_note_tells_whom_it_names_and_they_watch_from_then_on(office: Office) -> None:
    office.hears("1")
    office.told()
    office.does("note", 1, "@mita have you seen this? @cy@nowhere @nobody", by="Ben")
    assert office.told() == [("mita", "note")]
    office.does("note", 1, "yes", by="Mita")
    assert office.told() == [("ben", "note")]
    office.does("set_status", 1, "solved", by="Ben")
    assert office.told() == [("mita", "solved")]
    with pytest.raises(Refused, match="empty"):
        office.does("note", 1, "  \n")


def test_anybody_may_swarm_and_it_stays_whose_it_is(office: Office) -> None:
    office.hears("1")
    office.told()
    office.does("swarm", 1, "cy", by="Cy")
    assert office.told() == [("ben", "helping")]
    assert office.does("swarm", 1, "Cy", by="Cy") == []
    assert office.ticket().line.assignee == "Ben"
    with office.store.read() as tx:
        assert people_on(tx, 1) == {"Cy": "helper"}
    with pytest.raises(Refused, match="Ben's already"):
        office.does("swarm", 1, "Ben")
    office.does("watch", 1, "Cy", stop=True)
    with office.store.read() as tx:
        assert people_on(tx, 1) == {} and history(tx, 1)[-1].what == "not helping"


def test_a_priority_that_a_person_chose_outranks_the_computed_one_until_it_is_given_back(office: Office) -> None:
    office.hears("1")
    office.does("set_priority", 1, "low")
    office.hears("2", severity="critical")
    ticket = office.ticket()
    assert (ticket.line.priority, ticket.priority_by, ticket.line.severity) == ("low", "Ben", "critical")
    office.does("set_priority", 1, None)
    ticket = office.ticket()
    assert (ticket.line.priority, ticket.priority_by, ticket.line.clocks.policy) == ("urgent", "", "urgent")
    assert office.does("set_priority", 1, None) == []


def test_a_promise_to_a_tier_holds_from_the_moment_that_the_customer_is_known(office: Office) -> None:
    gold = Policy(name="gold", tiers=("gold",), first_answer=2 * HOUR, calendar=OFFICE)
    office.rules = replace(RULES, policies=(gold, USUAL), weights=Weights(tiers={}))
    with office.store.write() as tx:
        replace_customers(tx, [Customer(id="c1", name="Jane", tier="gold")], "a.csv", office.now)
    office.hears("1")
    assert office.ticket().line.clocks.policy == "usual"
    office.does("link", 1, [], "c1")
    clocks = office.ticket().line.clocks
    assert clocks.policy == "gold" and clocks.answer is not None and clocks.answer.due == office.now + 2 * HOUR


def test_who_was_answered_is_not_promised_a_first_answer_again(office: Office) -> None:
    office.rules = replace(RULES, policies=(URGENT, Policy(name="slow", resolution=DAY)))
    office.hears("1")
    with office.store.write() as tx:
        record_answer(tx, office.rules, 1, by="Ben", via="cli", at=office.now, now=office.now)
    office.does("set_priority", 1, "urgent")
    clocks = office.ticket().line.clocks
    assert clocks.policy == "urgent" and clocks.answer is not None and clocks.answer.met == office.now


def test_tags_and_links_are_kept_once_each(office: Office) -> None:
    office.hears("1")
    other = office.hears("2", author=BOB)
    with office.store.write() as tx:
        replace_customers(tx, [Customer(id="c1", name="Jane", tier="platinum")], "a.csv", office.now)
    office.does("tag", 1, [" Refund ", "refund", "angry"])
    assert office.does("tag", 1, ["REFUND"]) == []
    office.does("tag", 1, ["angry"], remove=True)
    office.does("link", 1, [other.id], "c1")
    assert office.does("link", 1, [other.id], "c1") == []
    line = office.ticket().line
    assert (line.tags, line.customer, line.mentions, line.priority) == (("refund",), "Jane", 2, "urgent")
    with pytest.raises(Refused, match="no mention 99"):
        office.does("link", 1, [99])
    with office.store.read() as tx:
        assert [one.number for one in list_tickets(tx, tag="refund")] == [1]
        assert [one.number for one in list_tickets(tx, customer="c1")] == [1]


def test_a_merged_ticket_goes_on_in_the_other_with_all_that_hung_on_it(office: Office) -> None:
    office.hears("1")
    office.hears("2", author=BOB)
    office.does("tag", 2, ["refund"])
    office.does("swarm", 2, "Cy")
    office.does("merge", 2, 1)
    gone, stays = office.ticket(2), office.ticket(1)
    assert (gone.line.status, gone.merged_into, stays.line.mentions, stays.line.tags) == ("closed", 1, 2, ("refund",))
    assert stays.alerts == (1, 2) and stays.contacts == 2
    with office.store.read() as tx:
        assert set(people_on(tx, 1)) == {"Cy"} | ({gone.line.assignee} - {stays.line.assignee})
    office.hears("3", story="story of 2", author=BOB)
    assert office.numbers() == [1, 2] and office.ticket(1).line.mentions == 3
    office.hears("9", author=Author(id="u9"), severity="critical")
    office.does("merge", 3, 1)
    assert office.ticket(1).line.priority == "urgent"
    for doing in (("assign", 2, "Ben"), ("reopen", 2), ("merge", 1, 1), ("merge", 1, 2)):
        with pytest.raises(Refused):
            office.does(*doing)


def test_the_author_of_a_merged_ticket_has_the_one_that_goes_on(office: Office) -> None:
    office.hears("1")
    office.hears("2", author=BOB)
    cat = Author(id="u3", handle="cat")
    office.hears("3", author=cat)
    office.does("merge", 3, 2)
    office.does("merge", 2, 1)
    assert office.ticket(3).merged_into == 1
    with office.store.read() as tx:
        alerts = [get_alert(tx, number) for number in (1, 2, 3)]
    assert [alert and alert.ticket for alert in alerts] == [1, 1, 1]
    for number, author in (("4", BOB), ("5", cat)):
        office.hears(number, author=author)
        assert office.numbers() == [1, 2, 3] and "returned" in office.story_of()[-2:]
    assert office.ticket().contacts == 5
    office.does("set_status", 1, "closed")
    office.now += DAY
    office.hears("6", author=cat)
    assert "reopened" in office.story_of() and office.ticket().is_unsolved
    office.does("set_status", 1, "closed")
    office.now += 30 * DAY
    office.hears("7", author=BOB)
    assert not office.ticket().is_unsolved and office.ticket(4).is_unsolved


@pytest.mark.parametrize(
    ("doing", "words"),
    [
        (("assign", 9, "Ben"), "no ticket #9"),
        (("assign", 1, "Zoe"), "nobody under [[people]] is called 'Zoe': there are Ben, Mita, Cy"),
        (("set_status", 1, "new"), "new only until somebody has it"),
        (("open",), "no mention 5"),
    ],
)
def test_what_cannot_be_done_is_said_with_what_to_do_instead(office: Office, doing: Sequence[Any], words: str) -> None:
    office.hears("1")
    more = {"title": "", "brand": "Acme", "severity": "low", "mention": 5} if doing[0] == "open" else {}
    with pytest.raises(Refused) as told:
        office.does(*doing, **more)
    assert words in str(told.value)


def test_a_ticket_is_opened_by_hand_for_what_was_heard_elsewhere(office: Office) -> None:
    with office.store.write() as tx:
        replace_customers(tx, [Customer(id="c1", name="Jane", tier="gold", owner="Mita")], "a.csv", office.now)
    office.does("open", title="Called about the kettle", brand="Acme", severity="high", customer="c1")
    ticket = office.ticket()
    assert (ticket.line.title, ticket.line.customer, ticket.line.priority) == (
        "Called about the kettle",
        "Jane",
        "urgent",
    )
    assert ticket.line.assignee == "Mita" and ticket.line.priority_why == "high x gold customer"
    mention = office.hears("1", customer=CustomerMatch(id="c1", name="Jane", confidence=1.0))
    assert office.numbers() == [1]
    with pytest.raises(Refused, match="this customer has ticket #1 already: write a note on it"):
        office.does("open", title="Called again", brand="Acme", severity="low", customer="c1")
    with pytest.raises(Refused, match=f"its author has ticket #1 already: `listener tickets link 1 {mention.id}` adds"):
        office.does("open", title="", brand="Acme", severity="low", mention=mention.id)
    office.does("open", title="Called about the other brand", brand="Bolt", severity="low", customer="c1")
    assert office.numbers() == [1, 2]


def test_settled_once_reopened_once(office: Office) -> None:
    office.hears("1")
    assert [one.what for one in office.does("set_status", 1, "closed")] == ["closed"]
    assert office.does("set_status", 1, "closed") == []
    with pytest.raises(Refused, match="is closed"):
        office.does("set_status", 1, "solved")
    with pytest.raises(Refused, match="reopen 1"):
        office.does("assign", 1, "Ben")
    assert [one.what for one in office.does("reopen", 1, "not yet")] == ["reopened"]
    assert office.does("reopen", 1) == []


def test_two_who_close_at_once_close_it_once_and_two_posts_at_once_open_one_ticket(office: Office) -> None:
    def at_once(*doings: Callable[[], Any]) -> None:
        gate = threading.Barrier(len(doings))

        def run(doing: Callable[[], Any]) -> None:
            gate.wait(20)
            doing()

        threads = [threading.Thread(target=run, args=(doing,)) for doing in doings]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)

    at_once(*(lambda number=number: office.hears(f"p{number}") for number in range(4)))  # type: ignore[misc]
    assert office.numbers() == [1] and len(office.ticket().mentions) == 4
    at_once(*(lambda who=who: office.does("set_status", 1, "closed", by=who) for who in ("Ben", "Mita", "Cy")))  # type: ignore[misc]
    assert office.story_of().count("closed") == 1


def test_figures_of_a_week_tell_what_was_solved_at_once_and_what_came_back(office: Office) -> None:
    for number in range(4):
        office.hears(str(number), author=Author(id=f"a{number}"))
    with office.store.write() as tx:
        for number in (1, 2, 3):
            record_answer(tx, RULES, number, by="Ben", via="cli", at=office.now + number * HOUR, now=office.now)
    office.forward(hours=4)
    office.does("set_status", 1, "solved")
    office.does("set_status", 2, "closed")
    office.does("set_status", 3, "solved")
    office.hears("again", author=Author(id="a2"))
    with office.store.read() as tx:
        worked = worked_since(tx, MONDAY, RULES.calendar_of)
        (week,) = figures(worked, [(MONDAY, MONDAY + 7 * DAY)])
        assert worked_since(tx, MONDAY, RULES.calendar_of, people=["Cy"]) == []
        facts = digest_facts(tx, MONDAY, MONDAY + DAY, ["Acme"], list_tickets(tx, limit=None))
    assert (week.opened, week.solved, week.answered, week.backlog) == (4, 3, 3, 2)
    assert week.first_contact == pytest.approx(2 / 3) and week.reopened == pytest.approx(1 / 3)
    assert (week.answer_median, week.answer_p90) == (2 * HOUR, 3 * HOUR)
    assert (week.kept, week.promises) == (0.75, 4)
    assert dict(facts.unsolved) == {"high": 2} and facts.unassigned == 0
    assert (facts.opened, facts.solved, facts.reopened, facts.answered) == (4, 3, 1, 3)
    assert [one.number for one in facts.late] == [4] and facts.broken == 1


def test_an_erased_author_leaves_no_word_of_theirs_on_a_ticket_nor_of_others_about_them(office: Office) -> None:
    office.hears("1", text="acme: my secret words")
    office.does("note", 1, "ann says: my secret words")
    office.does("set_status", 1, "closed", "told her secret words")
    with office.store.write() as tx:
        erase_author(tx, "feed", "u1", office.now)
    ticket = office.ticket()
    with office.store.read() as tx:
        told = repr((ticket, history(tx, 1)))
    assert "secret" not in told and ticket.line.customer_id == "" and ticket.author_hash == b""
    office.hears("2", author=BOB)
    assert office.numbers() == [2, 1]


def test_an_idle_clock_asks_two_small_questions(office: Office) -> None:
    office.hears("1")
    assert office.clock.look() == 0
    office.does("set_status", 1, "pending")
    office.now += 400 * DAY
    assert office.clock.look() == 0


_DOINGS: tuple[tuple[str, Callable[[Random], tuple[Any, ...]]], ...] = (
    ("assign", lambda luck: (luck.choice(["Ben", "Mita", "Cy"]),)),
    ("assign_by_skill", lambda luck: ()),
    ("set_status", lambda luck: (luck.choice(["open", "pending", "solved", "closed"]),)),
    ("reopen", lambda luck: ()),
    ("note", lambda luck: (luck.choice(["@ben", "@mita look", "hm"]),)),
    ("watch", lambda luck: ("Cy",)),
    ("swarm", lambda luck: ("Cy",)),
    ("set_priority", lambda luck: (luck.choice(["low", "urgent", None]),)),
    ("merge", lambda luck: (luck.randint(1, 6),)),
)


@pytest.mark.parametrize("seed", [1, 12, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(23, 232, 11))])
def test_whatever_people_authors_and_the_clock_do_tickets_stay_sound(office: Office, seed: int) -> None:
    luck = Random(seed)
    for step in range(60):
        if luck.random() < 0.3 or not office.numbers():
            severity: Severity = luck.choice(["low", "medium", "high", "critical"])
            author = Author(id=f"a{luck.randint(0, 3)}")
            office.hears(f"s{step}", author=author, severity=severity, story=luck.choice(["", "", "x"]))
        elif luck.random() < 0.3:
            office.forward(hours=luck.choice([0.5, 2, 30, 400]))
        else:
            what, arguments = luck.choice(_DOINGS)
            with suppress(Refused):
                office.does(what, luck.choice(office.numbers()), *arguments(luck), by=luck.choice(["Ben", "Mita"]))
        _check(office)


def _check(office: Office) -> None:
    office.clock.look()
    unsolved: list[bytes] = []
    with office.store.read() as tx:
        assert to_look_at(tx, office.now, 1) == []
        for number in [line.number for line in list_tickets(tx, status="", limit=1_000)]:
            ticket = get_ticket(tx, number, limit=0)
            assert ticket is not None
            line, clocks = ticket.line, ticket.line.clocks
            timers = [timer for timer in (clocks.answer, clocks.resolution) if timer is not None]
            if line.status in UNSOLVED:
                unsolved.append(ticket.author_hash)
                assert (line.solved_at, line.closed_at, ticket.merged_into) == (None, None, None)
                assert (line.status == "new") <= (line.assignee == "")
                assert not (line.status == "pending" and any(timer.runs for timer in timers))
            else:
                assert line.solved_at is not None and (line.closed_at is not None) == (line.status == "closed")
                assert all(timer.met is not None for timer in timers)
            assert line.assignee not in people_on(tx, number)
            assert history(tx, number)[0].what == "opened"
    assert len(unsolved) == len(set(unsolved))
