"""Tickets at desks outside, as both databases keep them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from alerts.alert import AlertIntent
from alerts.desks.contract import DeskStatus, DeskTicket
from listener.store import Store, desk_tickets
from listener.store.alerts import put_alerts
from listener.store.mentions import put_results
from listener.store.purge import erase_author

TICKET = DeskTicket(id="7", shown="SUP-7", url="https://desk.example/7", status=DeskStatus("open", "To Do"))


@pytest.fixture
def alert(store: Store, make_read: Any, now: datetime) -> int:
    with store.write() as tx:
        new = put_results(tx, [make_read("1"), make_read("2"), make_read("3")], "blogs", False, now).new
        intents = [
            AlertIntent(
                key="story", story="story", severity="high", brand="Acme", mention_id=one.id, rules=(), channels=()
            )
            for one in new
        ]
        (told,) = put_alerts(tx, intents, now)
    return told.alert_id


def test_a_ticket_is_begun_opened_told_and_begun_anew(store: Store, alert: int, now: datetime) -> None:
    with store.write() as tx:
        assert desk_tickets.get_ticket(tx, alert, "jira") is None
        assert desk_tickets.newest_mention(tx, alert) == 3
        desk_tickets.begin(tx, alert, "jira", generation=0, up_to=1, now=now)
        begun = desk_tickets.get_ticket(tx, alert, "jira")
        assert begun is not None and (begun.state, begun.is_there, begun.trying_up_to) == ("opening", False, 1)
        desk_tickets.put_opened(tx, alert, "jira", TICKET, up_to=1, now=now)
        mentions, count = desk_tickets.mentions_after(tx, alert, 1, 1)
        assert ([one.id for one in mentions], count) == ([3], 2)
        desk_tickets.put_trying(tx, alert, "jira", up_to=3, now=now)
        desk_tickets.put_told(tx, alert, "jira", up_to=3, now=now)
        assert desk_tickets.mentions_after(tx, alert, 3, 9) == ([], 0)
        (kept,) = desk_tickets.list_tickets(tx, desk="jira", state="open")
        assert (kept.shown, kept.said, kept.told_up_to, kept.opened_at) == ("SUP-7", "To Do", 3, now)
        assert desk_tickets.tickets_of(tx, [alert, 99]) == {alert: [kept]}
        assert desk_tickets.count_tickets(tx) == {"jira": {"open": 1}}
        desk_tickets.put_gone(tx, alert, "jira", now)
        desk_tickets.begin(tx, alert, "jira", generation=1, up_to=3, now=now)
        again = desk_tickets.get_ticket(tx, alert, "jira")
        assert again is not None and (again.generation, again.state, again.id, again.told_up_to) == (
            1,
            "opening",
            "",
            0,
        )


def test_statuses_are_mirrored_and_what_turned_is_told(store: Store, alert: int, now: datetime) -> None:
    later, week = now + timedelta(minutes=10), timedelta(days=7)
    with store.write() as tx:
        desk_tickets.begin(tx, alert, "jira", generation=0, up_to=3, now=now)
        assert desk_tickets.to_look_at(tx, "jira", before=later, closed_since=now - week, limit=9) == []
        desk_tickets.put_opened(tx, alert, "jira", TICKET, up_to=3, now=now)
        assert desk_tickets.to_look_at(tx, "jira", before=now - week, closed_since=now, limit=9) == []
        asked = desk_tickets.to_look_at(tx, "jira", before=later, closed_since=now, limit=9)
        assert [one.id for one in asked] == ["7"]
        assert desk_tickets.put_statuses(tx, asked, {"7": DeskStatus("open", "Doing")}, later) == []
        (turned,) = desk_tickets.put_statuses(tx, asked, {"7": DeskStatus("closed", "Done")}, later)
        assert (turned.before, turned.ticket.state, turned.ticket.closed_at) == ("open", "closed", later)
        assert [one.id for one in desk_tickets.closed_tickets(tx, later)] == ["7"]
        assert desk_tickets.put_statuses(tx, [turned.ticket], {}, later + week) == []
        much = later + week
        assert desk_tickets.to_look_at(tx, "jira", before=much, closed_since=later, limit=9) != []
        assert desk_tickets.to_look_at(tx, "jira", before=much, closed_since=much, limit=9) == []
        (opened,) = desk_tickets.put_statuses(tx, [turned.ticket], {"7": DeskStatus("open", "To Do")}, much)
        assert (opened.before, opened.ticket.closed_at) == ("closed", None)


def test_a_ticket_goes_with_its_alert(store: Store, alert: int, now: datetime) -> None:
    with store.write() as tx:
        desk_tickets.begin(tx, alert, "jira", generation=0, up_to=3, now=now)
        erase_author(tx, "feed", "ann", now)
        assert desk_tickets.list_tickets(tx) == []
        desk_tickets.put_opened(tx, alert, "jira", TICKET, up_to=3, now=now)  # its answer comes too late
        assert desk_tickets.list_tickets(tx) == []
