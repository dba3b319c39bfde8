"""How the desk stands and what customers answered, in the words of a digest."""

from __future__ import annotations

from datetime import datetime, tzinfo

from alerts.digests.brand import CountLine
from alerts.digests.data import DigestData, SurveyAnswers, TicketLine
from alerts.escape import one_line, web_link
from alerts.excerpt import cut
from alerts.language import Language
from alerts.tickets.desk_facts import DeskFacts
from alerts.tickets.words import due_words
from alerts.wording import moment


def ticket_lines(data: DigestData, most: int, timezone: tzinfo, words: Language) -> tuple[CountLine, ...]:
    """The open tickets, those first whose promises are broken, then those whose promises are due soon."""
    pressing = (*data.desk.late, *data.desk.due_soon) if data.desk is not None else ()
    told = {one.number: one for one in (*pressing, *data.open_tickets)}
    return tuple(_ticket(one, data.until, timezone, words) for one in list(told.values())[:most])


def desk_line(desk: DeskFacts | None, words: Language) -> str:
    """Gives "2 late, 1 due within a day; 3 opened, 2 answered, 4 solved, 1 opened again, 1 promise broken"; or ""."""
    if desk is None:
        return ""
    count = words.count
    stands = [
        count("{number} late", "{number} late", desk.late_count) if desk.late_count else "",
        count("{number} due within a day", "{number} due within a day", desk.due_soon_count)
        if desk.due_soon_count
        else "",
        count("{number} that nobody has", "{number} that nobody has", desk.unassigned) if desk.unassigned else "",
    ]
    did = [
        count("{number} opened", "{number} opened", desk.opened) if desk.opened else "",
        count("{number} answered", "{number} answered", desk.answered) if desk.answered else "",
        count("{number} solved", "{number} solved", desk.solved) if desk.solved else "",
        count("{number} opened again", "{number} opened again", desk.reopened) if desk.reopened else "",
        count("{number} with a broken promise", "{number} with a broken promise", desk.broken) if desk.broken else "",
    ]
    return "; ".join(filter(None, (", ".join(filter(None, stands)), ", ".join(filter(None, did)))))


def survey_line(survey: SurveyAnswers | None, words: Language) -> str:
    """Gives "12 survey answers, on average 82 of 100 (before: 74)"; "" where none came."""
    if survey is None or not survey.answers:
        return ""
    mean = words.number(survey.mean * 100)
    if survey.mean_before is None:
        return words.count(
            "{number} survey answer, {mean} of 100",
            "{number} survey answers, on average {mean} of 100",
            survey.answers,
            mean=mean,
        )
    return words.count(
        "{number} survey answer, {mean} of 100 (before: {mean_before})",
        "{number} survey answers, on average {mean} of 100 (before: {mean_before})",
        survey.answers,
        mean=mean,
        mean_before=words.number(survey.mean_before * 100),
    )


def _ticket(ticket: TicketLine, now: datetime, timezone: tzinfo, words: Language) -> CountLine:
    assignee = cut(one_line(ticket.assignee), 60)
    details = [
        words.say("for {name}", name=assignee) if assignee else words.say("nobody has taken it"),
        words.say("since {moment}", moment=moment(ticket.opened_at, timezone, words)),
        due_words(ticket.clocks, now, words),
    ]
    if ticket.customer:
        details.insert(0, cut(one_line(ticket.customer), 80))
    return CountLine(
        name=f"#{ticket.number} {cut(one_line(ticket.title), 120)}",
        link=web_link(ticket.url),
        detail=", ".join(filter(None, details)),
    )
