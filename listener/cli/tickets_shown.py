"""How tickets and the figures of the desk look in a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, tzinfo

import typer

from alerts.digests.data import TicketLine
from alerts.language import ENGLISH
from alerts.tickets.figures import Week
from alerts.tickets.status import UNSOLVED
from alerts.tickets.words import due_words, length_words
from alerts.wording import short_day
from listener.cli.output import console, table, when
from listener.cli.sparks import sparkline
from listener.handing_on import attribution
from listener.store.ticket_events import TicketEvent
from listener.store.ticket_people import Role
from listener.store.tickets import Ticket
from listener.terminal import cut, safe

_ROOMY = 100  # columns of a terminal

_LEGEND = """
at once: first-contact resolution, solved with one answer at most and not back
back: solved, and came back since; kept: the promises of the SLA that ended well
answer, p90: working time to the first answer, the median and of nine of ten"""


def show_list(tickets: Sequence[TicketLine], now: datetime, empty: str) -> None:
    """A line a ticket: what to look at first stands first."""
    whose, customer = (20, 24) if console().width >= _ROOMY else (12, 10)
    table(
        ["ticket", "priority", "status", "whose", "promised", "customer", "what", "why"],
        (
            (
                f"#{one.number}",
                one.priority,
                one.status,
                cut(one.assignee, whose) or "-",
                promised(one, now) or "-",
                cut(one.customer, customer) or "-",
                cut(one.title, 120),
                cut(one.reason, 160),
            )
            for one in tickets
        ),
        empty,
        wide=("what", "why"),
    )


def promised(ticket: TicketLine, now: datetime) -> str:
    """What is promised next of an unsolved ticket: "answer due in 1 h 20 m", "answer 3 h late"."""
    return due_words(ticket.clocks, now, ENGLISH) if ticket.status in UNSOLVED else ""


def show_ticket(
    ticket: Ticket, people: Mapping[str, Role], events: Sequence[TicketEvent], now: datetime, timezone: tzinfo
) -> None:
    """All of one ticket: the facts, then its history, then the posts, the newest first."""
    line = ticket.line
    _say(f"#{line.number} {cut(line.title, 200)}")
    whose = f"{line.assignee}'s" if line.assignee else "nobody's yet"
    _say(f"  {line.priority}, {line.status}, {whose}, opened {when(line.opened_at, timezone)}")
    facts = [
        ("priority", line.priority_why),
        ("promised", promised(line, now)),
        ("customer", line.customer or "nobody we know"),
        ("because", cut(line.reason, 1_000)),
        ("watching", ", ".join(name for name, role in people.items() if role == "watcher")),
        ("helping", ", ".join(name for name, role in people.items() if role == "helper")),
        ("tags", ", ".join(line.tags)),
        ("answered", when(line.first_answered_at, timezone) if line.first_answered_at else ""),
        ("goes on as", f"#{ticket.merged_into}" if ticket.merged_into else ""),
        ("note", cut(ticket.note, 1_000)),
    ]
    for name, value in facts:
        if value:
            _say(f"  {name}: {value}")
    if events:
        _say("\n  History")
    for event in events:
        _say(f"  {when(event.at, timezone)}  {event_words(event, timezone)}")
    for one in ticket.mentions:
        time = when(one.post.published_at or one.first_seen_at, timezone)
        words = attribution(one)
        _say(f"\n  {time}  {one.post.url or one.post.key}{f' · {words}' if words else ''}")
        _say(f"  {cut(one.post.title or one.post.text, 600)}")


def event_words(event: TicketEvent, timezone: tzinfo) -> str:
    """What happened in a line, with who did it and why."""
    words = {
        "opened": "opened",
        "added": f"{event.detail} more posts of the story",
        "returned": f"its author wrote again, {event.detail} times now",
        "reopened": "opened again",
        "assigned": f"given to {event.detail}",
        "status": f"is {event.detail}",
        "answered": f"answered {event.detail}".rstrip(),
        "solved": "solved",
        "closed": "closed",
        "priority": f"{event.detail} priority",
        "note": "note",
        "watching": f"{event.detail} watches",
        "not watching": f"{event.detail} no longer watches",
        "helping": f"{event.detail} helps",
        "not helping": f"{event.detail} no longer helps",
        "linked": f"{event.detail} linked",
        "tagged": f"tagged {event.detail}",
        "untagged": f"no longer tagged {event.detail}",
        "merged": f"#{event.detail} was merged into it",
        "warning": f"{event.detail} due soon",
        "breach": f"{event.detail} late",
    }[event.what]
    by = f" by {event.by}" if event.by and event.by != event.detail else ""
    via = f" ({event.via})" if event.by and event.via not in ("cli", "listener") else ""
    why = event.reason
    if event.what in ("warning", "breach"):
        why = f"promised for {when(datetime.fromisoformat(event.reason), timezone)}"
    said = f": {cut(event.text, 1_000)}" if event.text else ""
    return f"{words}{by}{via}{f' · {why}' if why else ''}{said}"


def show_figures(weeks: Sequence[Week], timezone: tzinfo) -> None:
    """A line a week, the running one last, and the course of each figure below."""
    table(
        ["week of", "opened", "solved", "at once", "back", "answer", "p90", "backlog", "kept"],
        (
            (
                short_day(one.since.astimezone(timezone)),
                one.opened,
                one.solved,
                _percent(one.first_contact),
                _percent(one.reopened),
                _length(one.answer_median),
                _length(one.answer_p90),
                one.backlog,
                _percent(one.kept),
            )
            for one in weeks
        ),
        "",
    )
    courses = [
        ("opened", [float(one.opened) for one in weeks]),
        ("backlog", [float(one.backlog) for one in weeks]),
        ("answer", [one.answer_median.total_seconds() if one.answer_median else 0.0 for one in weeks]),
        ("at once", [one.first_contact or 0.0 for one in weeks]),
    ]
    typer.echo("")
    for name, values in courses:
        if any(values):
            typer.echo(f"{name:<8} {sparkline([round(1_000 * value / max(values)) for value in values])}")
    typer.echo(_LEGEND)


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share * 100:.0f} %"


def _length(length: timedelta | None) -> str:
    return "-" if length is None else length_words(length, ENGLISH)


def _say(words: str) -> None:
    typer.echo(safe(words))
