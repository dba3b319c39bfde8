"""Opens tickets for alerts; what the same author writes is added to the one they have, which opens again if settled."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace

from alerts.alert import AlertIntent, ReadMention
from alerts.tickets.status import Fate, fate
from listener.desk.rules import DeskRules
from listener.desk.working import LOOKED_AT, Working
from listener.store import Tx, mentions
from listener.store.alerts import Told
from listener.store.hashes import NOBODY
from listener.store.ranks import rank
from listener.store.statements import one_at_a_time
from listener.store.ticket_events import TicketEvent
from listener.store.tickets import (
    Ticket,
    add_alert,
    add_mentions,
    author_of,
    get_ticket,
    open_ticket,
    ticket_of_alert,
    ticket_of_author,
)
from rules.reading import Severity

BUILTIN = "builtin"
"""How a rule names this desk."""


class Desk:
    """The built-in desk, as the data path sees it."""

    def __init__(self, rules: DeskRules) -> None:
        self._rules = rules

    def take(
        self,
        tx: Tx,
        told: Sequence[Told],
        intents: Sequence[AlertIntent],
        new: Mapping[int, ReadMention],
        now: datetime,
    ) -> None:
        """Opens a ticket for each alert that asks for one here, or lets the one that is there grow.

        Of one author there is one unsolved ticket a brand. The same alerts twice change nothing the second time.
        """
        load: dict[str, int] = {}
        for one in told:
            if BUILTIN not in one.tickets:
                continue
            numbers = dict.fromkeys(intent.mention_id for intent in intents if intent.key == one.key)
            found = (new.get(number) or mentions.get_mention(tx, number) for number in numbers)
            written = [mention for mention in found if mention is not None]
            lead = new.get(one.lead_mention_id) or mentions.get_mention(tx, one.lead_mention_id)
            if lead is not None:
                self._take(tx, one, lead, written or [lead], load, now)

    def _take(
        self,
        tx: Tx,
        told: Told,
        lead: ReadMention,
        written: Sequence[ReadMention],
        load: dict[str, int],
        now: datetime,
    ) -> None:
        one_at_a_time(tx, "tickets")
        ticket, its_fate, theirs = self._ticket_for(tx, told, lead, written, now)
        if ticket is None:
            self._open(tx, told, lead, written, load, now)
        else:
            self._grow(tx, told, ticket, written, theirs, its_fate, now)

    def _open(
        self,
        tx: Tx,
        told: Told,
        lead: ReadMention,
        written: Sequence[ReadMention],
        load: dict[str, int],
        now: datetime,
    ) -> None:
        """Opens a ticket. One that was settled long ago under the alert's key keeps it: the new one needs another."""
        for key in (told.key, f"{told.key}\x1f{now.isoformat()}"):
            number, opened = open_ticket(
                tx,
                key=key,
                alert_id=told.alert_id,
                mention=lead,
                title=lead.post.title or lead.post.text,
                reason="; ".join(rule.reason for rule in lead.rules),
                severity=told.severity,
                now=now,
            )
            if opened:
                add_mentions(tx, number, [one.id for one in written if one.id != lead.id])  # that is there already
                begin(tx, self._rules, number, told.severity, now, written=[lead, *written], load=load)
                return

    def _grow(
        self,
        tx: Tx,
        told: Told,
        ticket: Ticket,
        written: Sequence[ReadMention],
        theirs: Collection[int],
        its_fate: Fate,
        now: datetime,
    ) -> None:
        """Adds mentions to a ticket, and opens it again where its author was seen again soon after it was settled.

        `theirs`: those that its author wrote, by number.
        """
        number = ticket.line.number
        if told.alert_id not in ticket.alerts:
            add_alert(tx, number, told.alert_id)
        added = set(add_mentions(tx, number, [one.id for one in written]))
        worst = max(told.severity, ticket.line.severity, key=rank)
        if not added and worst == ticket.line.severity:
            return
        fresh = [one for one in written if one.id in added]
        returns = len(added.intersection(theirs))
        grown = replace(ticket, mentions=[*fresh, *ticket.mentions][:LOOKED_AT])
        working = Working(tx, self._rules, grown, now)
        working.put(contacts=ticket.contacts + returns)
        if its_fate == "reopen" and added:
            working.reopen("its author was seen again", by="")
        elif returns:
            working.happened("returned", detail=str(ticket.contacts + returns))
            if working.status == "pending":
                working.go_on()
        elif added:
            working.happened("added", detail=str(len(added)))
        working.rank(worst)
        if working.is_unsolved and self._rules.assign:
            give_to_who_can(working, ticket)
        working.finish()

    def _ticket_for(
        self, tx: Tx, told: Told, lead: ReadMention, written: Sequence[ReadMention], now: datetime
    ) -> tuple[Ticket | None, Fate, set[int]]:
        """The ticket that the alert belongs to, what becomes of it, and which of what was written its author wrote.

        None where a new one is needed. Whoever had a ticket that was merged is an author of the one that goes on.
        """
        of_alert = followed(tx, ticket_of_alert(tx, told.alert_id, told.key))
        speaks = lead
        if of_alert is not None:
            speaks = next((one for one in written if wrote(of_alert, one)), written[0])
        number = speaks.customer.id if speaks.customer else ""
        of_author = followed(tx, ticket_of_author(tx, speaks.brand, number, author_of(speaks.post)))
        found = [one for one in (of_alert, of_author) if one is not None]
        found.sort(key=lambda one: not one.is_unsolved)  # an unsolved one before a settled one; the alert's own first
        for ticket in found:
            has = of_author is not None and of_author.line.number == ticket.line.number
            theirs = {one.id for one in written if wrote(ticket, one) or (has and _by_one(one, speaks))}
            settled = ticket.line.solved_at or ticket.line.closed_at
            its_fate = fate(
                ticket.line.status, settled, same_author=bool(theirs), now=now, reopen_within=self._rules.reopen_within
            )
            if its_fate != "leave":
                return ticket, its_fate, theirs
        return None, "leave", set()


def wrote(ticket: Ticket, mention: ReadMention) -> bool:
    """Whether the author of a mention is the one whose ticket it is: the same known customer, or the same account."""
    if mention.customer is not None and mention.customer.id == ticket.line.customer_id:
        return True
    author = author_of(mention.post)
    return author != NOBODY and author == ticket.author_hash


def _by_one(one: ReadMention, other: ReadMention) -> bool:
    """Whether two mentions are by the same author."""
    if one.customer is not None and other.customer is not None and one.customer.id == other.customer.id:
        return True
    author = author_of(one.post)
    return author != NOBODY and author == author_of(other.post)


def followed(tx: Tx, number: int | None) -> Ticket | None:
    """The ticket of a number, or the one that goes on in its place."""
    seen: set[int] = set()
    while number is not None and number not in seen:
        seen.add(number)
        ticket = get_ticket(tx, number, limit=LOOKED_AT)
        if ticket is None or ticket.merged_into is None:
            return ticket
        number = ticket.merged_into
    return None


def begin(
    tx: Tx,
    rules: DeskRules,
    number: int,
    severity: Severity,
    now: datetime,
    *,
    by: str = "",
    via: str = "listener",
    written: Sequence[ReadMention] = (),
    load: dict[str, int] | None = None,
) -> list[TicketEvent]:
    """Sets up a ticket that was just opened for these mentions: ranks it, promises, gives it to somebody."""
    ticket = get_ticket(tx, number, limit=0)
    assert ticket is not None
    ticket = replace(ticket, mentions=list(written))
    working = Working(tx, rules, ticket, now, by=by, via=via, load=load)
    working.happened("opened")
    working.rank(severity, first=True)
    working.start_clocks()
    routed = working.route() if rules.assign else None
    if routed is not None and routed.person:
        working.give(routed.person, because(routed.why, routed.runners_up), by="")
    return working.finish()


def give_to_who_can(working: Working, ticket: Ticket) -> None:
    """Gives a ticket that nobody has to somebody, and one that turned out to be hard to somebody with the skill.

    Whom a person chose keeps it, as long as they are here.
    """
    has_it = working.assignee if working.assignee and working.is_here(working.assignee) else ""
    if has_it and (ticket.assigned_by or not working.lacks(has_it)):
        return
    routed = working.route()
    if routed is None or not routed.person or routed.person == working.assignee:
        return
    if has_it and len(working.lacks(routed.person)) >= len(working.lacks(has_it)):
        return
    working.give(routed.person, because(routed.why, routed.runners_up), by="")


def because(why: str, runners_up: Sequence[str]) -> str:
    """Why a ticket was given to somebody, with who else could have had it."""
    return f"{why}; next: {', '.join(runners_up)}" if runners_up else why
