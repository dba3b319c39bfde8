"""One ticket while it is changed: what happened is gathered, then kept with its history, its clocks and who hears."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from alerts.tickets.needs import skills_needed
from alerts.tickets.priority import PRIORITIES, Priority, Ranked, priority_of, reach_of
from alerts.tickets.routing import Need, Routed, missing, route
from alerts.tickets.sla import (
    Clocks,
    Policy,
    answered,
    changed,
    next_look,
    paused,
    policy_for,
    resumed,
    started,
    told_now,
)
from alerts.tickets.sla import reopened as begun_anew
from alerts.tickets.sla import solved as all_met
from alerts.tickets.status import UNSOLVED
from listener.desk.customer import known_of
from listener.desk.rules import DeskRules
from listener.desk.telling import About, tell
from listener.store import Tx
from listener.store.ranks import rank
from listener.store.ticket_events import TicketEvent, What, record
from listener.store.ticket_people import load_of, put_person, remove_person
from listener.store.tickets import Ticket, change_ticket
from rules.reading import Severity

LOOKED_AT = 200
"""Mentions of a ticket that count for its reach, the newest."""


class Working:
    """A ticket under change, in the caller's transaction. Nothing is kept before `finish`.

    `answered_at`: when its customer was answered, where that is the change. `load`: how many unsolved tickets each
    person has, looked up where it is empty: whoever changes many in one transaction hands the same on.
    """

    def __init__(
        self,
        tx: Tx,
        rules: DeskRules,
        ticket: Ticket,
        now: datetime,
        *,
        by: str = "",
        via: str = "listener",
        answered_at: datetime | None = None,
        load: dict[str, int] | None = None,
    ) -> None:
        self._load = {} if load is None else load
        self._tx = tx
        self._rules = rules
        self._by, self._via = by, via
        self._values: dict[str, Any] = {}
        self._events: list[TicketEvent] = []
        self.ticket = ticket
        self.now = now
        self.number = ticket.line.number
        self.status: str = ticket.line.status
        self.assignee = ticket.line.assignee
        self.clocks: Clocks = ticket.line.clocks
        self._known = known_of(tx, ticket, now)
        if answered_at is not None:  # before the clocks speak: what was answered in time is not late
            self.clocks = answered(self.clocks, answered_at)
        self.tell_clocks()

    @property
    def is_unsolved(self) -> bool:
        return self.status in UNSOLVED

    def happened(
        self, what: What, *, detail: str = "", reason: str = "", text: str = "", by: str | None = None
    ) -> None:
        """Writes down what happened, by whoever changes the ticket unless told otherwise."""
        by = self._by if by is None else by
        via = self._via if by else "listener"
        self._events.append(
            TicketEvent(
                ticket=self.number, at=self.now, what=what, by=by, via=via, detail=detail, reason=reason, text=text
            )
        )

    def put(self, **values: Any) -> None:
        """Sets columns of the ticket."""
        self._values |= values

    def tell_clocks(self) -> None:
        """Tells what the clocks have to tell by now, before anything else can stop or move them."""
        self.clocks, told = told_now(self.clocks, self.now)
        for one in told:
            self.happened(one.word, detail=one.promise, reason=one.due.isoformat(), by="")

    def start_clocks(self) -> None:
        """Begins to count what is promised for the ticket, which has just been opened."""
        self.clocks = started(self._policy(), self.now)

    def rank(self, severity: Severity, *, first: bool = False) -> None:
        """Works out the priority anew, unless a person chose it, and moves the promises along with it.

        `first`: the ticket was only just opened, so nothing changes for anybody.
        """
        ranked = self._ranked(severity)
        self.put(severity=rank(severity))
        if first:
            self.put(priority_why=ranked.why, priority=ranked.priority)
            return
        if not self.ticket.priority_by:
            self.put(priority_why=ranked.why)
            if ranked.priority != self.ticket.line.priority:
                self.set_priority(ranked.priority, ranked.why, by="")
        self._follow_policy(more_pressing=True)  # who the customer is may have become known

    def set_priority(self, priority: Priority, why: str, *, by: str) -> None:
        """Gives the ticket a priority; `by` is the person who chose it, "" for the desk itself."""
        before = self.priority
        self.put(priority=priority, priority_why=why or f"chosen by {by}", priority_by=by)
        self.happened("priority", detail=priority, reason=why, by=by)
        self._follow_policy(more_pressing=PRIORITIES.index(priority) > PRIORITIES.index(before))

    def free_priority(self) -> None:
        """Gives the computed priority its place back."""
        ranked = self._ranked(self.ticket.line.severity)
        self.set_priority(ranked.priority, ranked.why, by="")

    @property
    def priority(self) -> Priority:
        found: Priority = self._values.get("priority", self.ticket.line.priority)
        return found

    def route(self, not_to: Sequence[str] = ()) -> Routed | None:
        """Whose the ticket should be; None where there is nobody to choose from."""
        people = self._rules.candidates(self.ticket.line.brand)
        if not people:
            return None
        if not self._load:
            self._load.update(load_of(self._tx, UNSOLVED))
        return route(self.need(not_to), people, self._load, self.now)

    def need(self, not_to: Sequence[str] = ()) -> Need:
        """What the ticket asks of whoever takes it."""
        skills = skills_needed(
            self.ticket.mentions,
            self._rules.skills,
            self._rules.experts,
            contacts=self._values.get("contacts", self.ticket.contacts),
            tags={*self.ticket.line.tags, *self._known.tags},
            fields=self._known.fields,
        )
        return Need(language=self.ticket.lang, skills=skills, owner=self._known.owner, not_to=tuple(not_to))

    def is_here(self, named: str) -> bool:
        """Whether somebody can still have tickets: is among the people, where any are configured."""
        return not self._rules.people or self._rules.person(named) is not None

    def lacks(self, named: str) -> list[str]:
        """The skills that the ticket needs and this person, who is configured, does not have."""
        person = self._rules.person(named)
        return missing(person, self.need()) if person else []

    def give(self, who: str, why: str, *, by: str) -> None:
        """Gives the ticket to somebody; who had it before watches it from then on."""
        before = self.assignee
        if before and before != who:
            put_person(self._tx, self.number, before, "watcher", self.now)
            if self._load:
                self._load[before] = self._load.get(before, 1) - 1
        if before != who and self._load:
            self._load[who] = self._load.get(who, 0) + 1
        remove_person(self._tx, self.number, who)
        self.assignee = who
        self.put(assignee=who, assigned_by=by)
        self.happened("assigned", detail=who, reason=why, by=by)
        if self.status == "new":
            self.status = "open"
            self.put(status="open")

    def wait(self) -> None:
        """Waits for the customer: the clocks stand still."""
        self.clocks = paused(self.clocks, self._rules.calendar_of(self.clocks.policy), self.now)
        self.status = "pending"
        self.put(status="pending")

    def go_on(self) -> None:
        """Works on it, from new or pending: the clocks run again."""
        self.clocks = resumed(self.clocks, self._rules.calendar_of(self.clocks.policy), self.now)
        self.status = "open"
        self.put(status="open")

    def reopen(self, reason: str, *, by: str) -> None:
        """Opens it again: whoever had it has it still, and a new resolution is promised."""
        self.status = "open" if self.assignee else "new"
        self.clocks = begun_anew(self.clocks, self._policy(), self.now)
        reopens = self.ticket.line.reopens + 1
        self.put(status=self.status, solved_at=None, closed_at=None, reopens=reopens)
        self.happened("reopened", detail=str(reopens), reason=reason, by=by)

    def answer(self, at: datetime, by: str, via: str, *, detail: str = "", text: str = "") -> None:
        """Somebody answered the customer: the first time, that is what was promised."""
        line = self.ticket.line
        self.put(answers=line.answers + 1, first_answered_at=line.first_answered_at or at)
        self._events.append(
            TicketEvent(ticket=self.number, at=at, what="answered", by=by, via=via, detail=detail, text=text)
        )
        if self.status == "new":
            self.go_on()

    def solve(self, note: str, *, closed: bool, by: str) -> None:
        """Settles it, or closes what was solved before."""
        solved_at = self.ticket.line.solved_at or self.now
        if self.is_unsolved:
            self.clocks = all_met(self.clocks, self.now)
            solved_at = self.now
        self.status = "closed" if closed else "solved"
        self.put(status=self.status, solved_at=solved_at, closed_at=self.now if closed else None)
        if note:
            self.put(note=note)
        self.happened("closed" if closed else "solved", text=note, by=by)

    def finish(self) -> list[TicketEvent]:
        """Keeps the ticket with what happened, and tells whoever should hear; gives the events, in order."""
        if not self._values and not self._events:
            return []
        changes = any(event.what not in ("warning", "breach") for event in self._events)
        moved = {"changed_at": self.now} if changes else {}
        change_ticket(self._tx, self.number, {**self._values, **moved, **self._clock_values()})
        kept = record(self._tx, self._events)
        about = About(
            number=self.number,
            brand=self.ticket.line.brand,
            priority=self.priority,
            assignee=self.assignee,
            policy=self.clocks.policy,
        )
        tell(self._tx, self._rules, about, kept, self.now)
        return kept

    def _clock_values(self) -> dict[str, Any]:
        look_at = next_look(self.clocks) if self.is_unsolved else None
        if self.status == "solved":
            solved_at: datetime = self._values.get("solved_at", self.ticket.line.solved_at) or self.now
            look_at = solved_at + self._rules.close_after
        return {"clocks": self.clocks, "look_at": look_at}

    def _ranked(self, severity: Severity) -> Ranked:
        reach = reach_of(self.ticket.mentions)
        return priority_of(severity, self._known.customer, self._known.standing, reach, self._rules.weights)

    def _follow_policy(self, *, more_pressing: bool) -> None:
        """Promises what is promised for such a ticket now."""
        policy = self._policy()
        if self.is_unsolved and (policy.name if policy else "") != self.clocks.policy:
            self.clocks = changed(self.clocks, policy, self.now, more_pressing=more_pressing)
            first = self.ticket.line.first_answered_at
            if first is not None:
                self.clocks = answered(self.clocks, first)
            if self.status == "pending":
                self.clocks = paused(self.clocks, self._rules.calendar_of(self.clocks.policy), self.now)

    def _policy(self) -> Policy | None:
        return policy_for(self._rules.policies, self.priority, self._known.tier, self.ticket.line.brand)
