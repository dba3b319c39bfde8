"""What people do to tickets: give them to somebody, write on them, watch, tag, merge, settle, open again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from alerts.alert import ReadMention
from alerts.tickets.hearing import named_in
from alerts.tickets.priority import Priority
from alerts.tickets.status import UNSOLVED, Status
from listener.desk.opening import because, begin
from listener.desk.rules import DeskRules
from listener.desk.working import LOOKED_AT, Working
from listener.store import Tx
from listener.store.customers import get_customer
from listener.store.hashes import NOBODY
from listener.store.mentions import get_mention
from listener.store.ranks import rank
from listener.store.statements import one_at_a_time
from listener.store.ticket_events import TicketEvent
from listener.store.ticket_people import people_on, put_person, put_tags, remove_person, remove_tags
from listener.store.tickets import (
    Ticket,
    add_alert,
    add_mentions,
    author_of,
    get_ticket,
    open_ticket,
    put_merged,
    ticket_of_author,
)
from rules.reading import Severity


class Refused(Exception):
    """What somebody wants of a ticket cannot be done; the sentence says why, and what to do instead."""


class Hands:
    """One person at the desk, in the caller's transaction. Every method gives what happened, [] where nothing did.

    Raises Refused. `by` is who does it, `via` by which way: "cli", "slack", "web".
    """

    def __init__(self, tx: Tx, rules: DeskRules, *, by: str, via: str, now: datetime) -> None:
        self._tx = tx
        self._rules = rules
        person = rules.person(by)
        self._by, self._via = person.name if person else by, via
        self._now = now

    def assign(self, number: int, who: str) -> list[TicketEvent]:
        """Gives an unsolved ticket to somebody."""
        working = self._unsolved(number)
        name = self.named(who)
        if working.assignee == name:
            return []
        working.give(name, "", by=self._by)
        return working.finish()

    def assign_by_skill(self, number: int) -> list[TicketEvent]:
        """Gives an unsolved ticket to whoever the desk would choose, other than who has it."""
        working = self._unsolved(number)
        routed = working.route(not_to=[working.assignee] if working.assignee else [])
        if routed is None:
            raise Refused("there is nobody to choose from: name people under [[people]]")
        if not routed.person:
            raise Refused(f"ticket #{number} was given to nobody: {routed.why}")
        working.give(routed.person, because(routed.why, routed.runners_up), by="")
        return working.finish()

    def set_status(self, number: int, status: Status, note: str = "") -> list[TicketEvent]:
        """Moves a ticket to a status. From solved or closed to open or pending, it is opened again."""
        if status == "new":
            raise Refused("a ticket is new only until somebody has it: give it to somebody else instead")
        working = self._working(number)
        if working.status == status:
            return []
        if status not in UNSOLVED:
            if working.status == "closed":
                raise Refused(f"ticket #{number} is closed; `listener tickets reopen {number}` opens it again")
            working.solve(note, closed=status == "closed", by=self._by)
            return working.finish()
        if not working.is_unsolved:
            self._reopen(working, note)
        else:
            working.happened("status", detail=status, text=note)
        if status == "pending":
            working.wait()
        elif working.status != "open":
            working.go_on()
        return working.finish()

    def reopen(self, number: int, note: str = "") -> list[TicketEvent]:
        """Opens a ticket again that was solved or closed."""
        working = self._working(number)
        if working.is_unsolved:
            return []
        self._reopen(working, note)
        return working.finish()

    def note(self, number: int, text: str) -> list[TicketEvent]:
        """Writes an internal note; whom it names is told, and watches the ticket from then on."""
        if not text.strip():
            raise Refused("the note is empty")
        working = self._working(number)
        named = named_in(text, self._rules.people)
        for name in named.people:
            if name != working.assignee:
                put_person(self._tx, number, name, "watcher", self._now)
        working.happened("note", detail=", ".join(named.people), text=text.strip())
        return working.finish()

    def watch(self, number: int, who: str, *, stop: bool = False) -> list[TicketEvent]:
        """Has somebody told of what happens to a ticket, or no longer."""
        working = self._working(number)
        name = self.named(who)
        if stop:
            role = people_on(self._tx, number).get(name)
            if role is None or not remove_person(self._tx, number, name):
                return []
            working.happened("not helping" if role == "helper" else "not watching", detail=name)
        elif name != working.assignee and put_person(self._tx, number, name, "watcher", self._now):
            working.happened("watching", detail=name)
        return working.finish()

    def swarm(self, number: int, who: str) -> list[TicketEvent]:
        """Joins somebody to an unsolved ticket as a helper: it stays whose it is."""
        working = self._unsolved(number)
        name = self.named(who)
        if name == working.assignee:
            raise Refused(f"ticket #{number} is {name}'s already")
        if put_person(self._tx, number, name, "helper", self._now):
            working.happened("helping", detail=name)
        return working.finish()

    def link(self, number: int, mentions: Sequence[int] = (), customer: str = "") -> list[TicketEvent]:
        """Hangs mentions on a ticket, or says which customer it is about."""
        working = self._working(number)
        for mention in mentions:
            if get_mention(self._tx, mention) is None:
                raise Refused(f"there is no mention {mention}; `listener mentions` lists them")
        added = add_mentions(self._tx, number, mentions)
        if added:
            working.happened("linked", detail=", ".join(f"mention {one}" for one in added))
        if customer and customer != working.ticket.line.customer_id:
            known = get_customer(self._tx, customer)
            if known is None:
                raise Refused(f"no customer has the id {customer!r}; `listener customers --search NAME` finds it")
            working.put(customer=known.name or known.id, customer_id=known.id)
            working.happened("linked", detail=f"customer {known.id}")
        kept = working.finish()
        return kept + self._ranked_anew(number) if kept else kept

    def tag(self, number: int, tags: Sequence[str], *, remove: bool = False) -> list[TicketEvent]:
        """Tags a ticket, or takes tags off it."""
        working = self._working(number)
        wanted = [word for tag in tags if (word := " ".join(tag.split()).casefold()[:80])]
        changed = remove_tags(self._tx, number, wanted) if remove else put_tags(self._tx, number, wanted)
        if changed:
            working.happened("untagged" if remove else "tagged", detail=", ".join(changed))
        return working.finish()

    def set_priority(self, number: int, priority: Priority | None) -> list[TicketEvent]:
        """Chooses a priority, which outranks the computed one; None gives that its place back."""
        working = self._working(number)
        if priority is None:
            if working.ticket.priority_by:
                working.free_priority()
            return working.finish()
        if working.priority == priority and working.ticket.priority_by:
            return []
        working.set_priority(priority, "", by=self._by or "a person")
        return working.finish()

    def merge(self, number: int, into: int) -> list[TicketEvent]:
        """Closes a ticket and lets another go on in its place, with its mentions, alerts, tags and people."""
        if number == into:
            raise Refused(f"ticket #{number} cannot be merged with itself")
        gone, stays = self._working(number), self._unsolved(into)
        whole = get_ticket(self._tx, number, limit=LOOKED_AT * 50)
        assert whole is not None
        add_mentions(self._tx, into, [one.id for one in whole.mentions])
        for alert in whole.alerts:
            add_alert(self._tx, into, alert)
        put_tags(self._tx, into, whole.line.tags)
        for name in (*people_on(self._tx, number), *filter(None, [whole.line.assignee])):
            if name != stays.assignee:
                put_person(self._tx, into, name, "watcher", self._now)
        stays.put(contacts=stays.ticket.contacts + whole.contacts)
        stays.happened("merged", detail=str(number))
        put_merged(self._tx, number, into)
        gone.solve(f"goes on as #{into}", closed=True, by=self._by)
        if not stays.ticket.line.customer_id:
            stays.put(customer=whole.line.customer, customer_id=whole.line.customer_id)
        kept = gone.finish() + stays.finish()
        return kept + self._ranked_anew(into, whole.line.severity)

    def open(
        self, *, title: str, brand: str, severity: Severity, mention: int | None = None, customer: str = ""
    ) -> list[TicketEvent]:
        """Opens a ticket by hand: on a mention, or on something that was heard elsewhere."""
        about = get_mention(self._tx, mention) if mention is not None else None
        if mention is not None and about is None:
            raise Refused(f"there is no mention {mention}; `listener mentions` lists them")
        known = get_customer(self._tx, customer) if customer else None
        if customer and known is None:
            raise Refused(f"no customer has the id {customer!r}; `listener customers --search NAME` finds it")
        self._refuse_second(brand, about, customer)
        number, _ = open_ticket(
            self._tx,
            key=f"by hand\x1f{self._now.isoformat()}\x1f{mention or ''}\x1f{title}",
            alert_id=None,
            mention=about,
            title=title or (about.post.title or about.post.text if about else ""),
            reason=f"opened by {self._by or 'a person'}",
            severity=severity,
            now=self._now,
            brand=brand,
            customer=known,
        )
        return begin(
            self._tx,
            self._rules,
            number,
            severity,
            self._now,
            by=self._by,
            via=self._via,
            written=[about] if about else [],
        )

    def _refuse_second(self, brand: str, about: ReadMention | None, customer: str) -> None:
        """Of one author there is one unsolved ticket a brand, by hand too."""
        one_at_a_time(self._tx, "tickets")
        number = customer or (about.customer.id if about and about.customer else "")
        author = author_of(about.post) if about else NOBODY
        known = self._unsolved_of(about.brand if about else brand, number, author)
        if known is not None:
            whose = "its author" if about else "this customer"
            how = f"`listener tickets link {known} {about.id}` adds to it" if about else "write a note on it"
            raise Refused(f"{whose} has ticket #{known} already: {how}")

    def _reopen(self, working: Working, note: str) -> None:
        ticket = working.ticket
        other = self._unsolved_of(ticket.line.brand, ticket.line.customer_id, ticket.author_hash)
        if other is not None:
            how = f"`listener tickets merge {working.number} --into {other}` puts them together"
            raise Refused(f"the author of #{working.number} has ticket #{other} by now: {how}")
        working.reopen(note, by=self._by)

    def _unsolved_of(self, brand: str, customer: str, author: bytes) -> int | None:
        """The unsolved ticket that an author has, None where they have none."""
        known = ticket_of_author(self._tx, brand, customer, author)
        ticket = get_ticket(self._tx, known, limit=0) if known is not None else None
        return known if ticket is not None and ticket.is_unsolved else None

    def named(self, who: str) -> str:
        """The person of a name or address, by the name in [[people]]. Raises Refused for one who is not there.

        Where nobody is configured, anybody is taken by the name that is told.
        """
        person = self._rules.person(who)
        if person is not None:
            return person.name
        if self._rules.people:
            names = ", ".join(one.name for one in self._rules.people[:20])
            raise Refused(f"nobody under [[people]] is called {who!r}: there are {names}")
        if not who.strip():
            raise Refused("says no name")
        return who.strip()[:200]

    def _working(self, number: int) -> Working:
        one_at_a_time(self._tx, "tickets")
        ticket = get_ticket(self._tx, number, limit=LOOKED_AT)
        if ticket is None:
            raise Refused(f"there is no ticket #{number}; `listener tickets --status all` lists them")
        if ticket.merged_into is not None:
            raise Refused(f"ticket #{number} was merged: it goes on as #{ticket.merged_into}")
        return Working(self._tx, self._rules, ticket, self._now, by=self._by, via=self._via)

    def _unsolved(self, number: int) -> Working:
        working = self._working(number)
        if not working.is_unsolved:
            raise Refused(f"ticket #{number} is {working.status}; `listener tickets reopen {number}` opens it again")
        return working

    def _ranked_anew(self, number: int, severity: Severity = "low") -> list[TicketEvent]:
        """What was added, at worst of this severity, may make a ticket more pressing."""
        ticket = get_ticket(self._tx, number, limit=LOOKED_AT)
        assert ticket is not None
        working = Working(self._tx, self._rules, ticket, self._now)
        working.rank(max(severity, ticket.line.severity, key=rank))
        return working.finish()


def record_answer(
    tx: Tx,
    rules: DeskRules,
    number: int,
    *,
    by: str,
    via: str,
    at: datetime,
    now: datetime,
    detail: str = "",
    text: str = "",
) -> bool:
    """Writes down that the customer of a ticket was answered, by whichever way; False where there is no such ticket.

    The first answer meets the promise of the SLA. A ticket that was merged lets the one that goes on be answered.
    `detail`: where the answer stands; `text`: its words.
    """
    one_at_a_time(tx, "tickets")
    ticket: Ticket | None = get_ticket(tx, number, limit=1)
    if ticket is not None and ticket.merged_into is not None:
        ticket = get_ticket(tx, ticket.merged_into, limit=1)
    if ticket is None:
        return False
    working = Working(tx, rules, ticket, now, by=by, via=via, answered_at=at)
    working.answer(at, by, via, detail=detail, text=text)
    working.finish()
    return True
