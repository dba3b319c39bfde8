"""How an alert's tickets at the desks outside stand, in lines for people."""

from __future__ import annotations

from listener.store import Tx, desk_tickets


def desk_lines(tx: Tx, alert: int) -> list[str]:
    """One line for each desk that has a ticket of the alert, after an empty one; none where no desk has."""
    lines = [ticket_line(ticket) for ticket in desk_tickets.tickets_of(tx, [alert]).get(alert, ())]
    return ["", "Tickets elsewhere", *(f"  {line}" for line in lines)] if lines else []


def ticket_line(ticket: desk_tickets.KeptTicket) -> str:
    """A ticket with its desk, its status there, and its page."""
    if ticket.state == "opening":
        return f"being opened at {ticket.desk}"
    return " ".join(part for part in (f"{ticket.shown} at {ticket.desk}: {ticket.said}", ticket.url) if part)
