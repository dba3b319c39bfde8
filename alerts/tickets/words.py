"""What people are told of a ticket: one line, and a few short ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from alerts.contract import Message
from alerts.digests.data import TicketLine
from alerts.escape import one_line
from alerts.excerpt import cut
from alerts.language import Language
from alerts.rendering.render import render_report
from alerts.tickets.sla import Clocks, Timer, most_pressing
from alerts.tickets.why_words import priority_words, routing_words
from alerts.voice import Voice
from alerts.wording import moment

_LONGEST_TITLE = 120
_LONGEST_NOTE = 2_000


class Happened(Struct, frozen=True, kw_only=True):
    """What happened to a ticket, as it is told: as `TicketEvent` of the store has it, with whom it is told to."""

    what: str
    at: datetime
    by: str = ""
    detail: str = ""
    reason: str = ""
    text: str = ""
    to: Sequence[str] = ()


def ticket_message(key: str, ticket: TicketLine, happened: Happened, now: datetime, voice: Voice) -> Message:
    """The message that tells people what happened to a ticket, within the limits of their channel."""
    language = voice.language
    about = cut(one_line(ticket.title), _LONGEST_TITLE)
    title = f"#{ticket.number} {headline(ticket, happened, language)}: {about}"
    return render_report(
        key=key,
        title=cut(title, voice.limits.title),
        text=cut("\n\n".join(_paragraphs(ticket, happened, now, voice)), voice.limits.text),
        words=language,
    )


def headline(ticket: TicketLine, happened: Happened, language: Language) -> str:
    """In a few words what happened."""
    say = language.say
    who = one_line(happened.by) or say("listener")
    to = one_line(happened.detail)
    yours = list(happened.to) == [happened.detail]
    words = {
        "opened": say("was opened, and nobody has it"),
        "assigned": say("is yours") if yours else say("is {who}'s", who=to),
        "returned": say("its author wrote again"),
        "reopened": say("is open again"),
        "note": say("note by {who}", who=who),
        "answered": say("was answered by {who}", who=who),
        "solved": say("was solved by {who}", who=who),
        "closed": say("was closed by {who}", who=who),
        "helping": say("{who} helps", who=to or who),
        "merged": say("was merged with #{number}", number=to),
        "priority": say("is {priority} now", priority=_priority(ticket.priority, language)),
        "warning": _due_soon(happened.detail, language),
        "breach": _broken(happened.detail, language),
    }
    return words.get(happened.what) or say("is {status} now", status=_status(ticket.status, language))


def due_words(clocks: Clocks, now: datetime, language: Language) -> str:
    """What is promised next: "answer due in 1 h 20 m", "resolution 3 h late", "" where nothing is."""
    pressing = most_pressing(clocks)
    if pressing is None:
        return ""
    promise, timer = pressing
    return _timer_words(timer, now, language, answer=promise == "first answer")


def length_words(length: timedelta, language: Language) -> str:
    """A length of time in its two greatest units: "1 h 20 m", "3 d 2 h", "5 m"."""
    minutes = max(0, int(length.total_seconds() // 60))
    days, hours, minutes = minutes // 1_440, minutes // 60 % 24, minutes % 60
    parts = []
    if days:
        parts.append(language.say("{number} d", number=language.number(days)))
    if hours:
        parts.append(language.say("{number} h", number=language.number(hours)))
    if minutes and not days:
        parts.append(language.say("{number} m", number=language.number(minutes)))
    return " ".join(parts) or language.say("{number} m", number=language.number(0))


def _timer_words(timer: Timer, now: datetime, language: Language, *, answer: bool) -> str:
    say = language.say
    late = timer.late or (timer.due if timer.due is not None and timer.due <= now else None)
    if late is not None:
        length = length_words(now - late, language)
        return say("answer {length} late", length=length) if answer else say("resolution {length} late", length=length)
    if timer.due is not None:
        length = length_words(timer.due - now, language)
        return (
            say("answer due in {length}", length=length) if answer else say("resolution due in {length}", length=length)
        )
    return say("paused, {length} left", length=length_words(timedelta(seconds=timer.left or 0.0), language))


def _paragraphs(ticket: TicketLine, happened: Happened, now: datetime, voice: Voice) -> list[str]:
    say = voice.language.say
    facts = [say("For {who}.", who=", ".join(map(one_line, happened.to)))] if happened.to else []
    if happened.what in ("warning", "breach"):
        facts.append(_promise(happened, voice))
    elif happened.reason:
        facts.append(say("Why: {reason}", reason=one_line(_why(happened, voice.language))))
    standing = [
        say(
            "Ticket #{number}, {priority}, {status}.",
            number=ticket.number,
            priority=_priority(ticket.priority, voice.language),
            status=_status(ticket.status, voice.language),
        ),
        say("Brand: {brand}", brand=one_line(ticket.brand)),
        say("Customer: {customer}", customer=one_line(ticket.customer)) if ticket.customer else "",
        say("Whose: {who}", who=one_line(ticket.assignee)) if ticket.assignee else say("Whose: nobody's yet"),
        say("Priority: {why}", why=one_line(priority_words(ticket.priority_why, voice.language)))
        if ticket.priority_why
        else "",
        _due_line(ticket, now, voice),
    ]
    said = cut(happened.text.strip(), _LONGEST_NOTE)
    return [
        *filter(None, ["\n".join(facts), said]),
        "\n".join(filter(None, standing)),
        "\n".join(filter(None, [ticket.url, f"listener tickets show {ticket.number}"])),
    ]


def _why(happened: Happened, language: Language) -> str:
    """The reason of an event; what a person gave as one stays as it was written."""
    if happened.what == "priority":
        return priority_words(happened.reason, language)
    return happened.reason if happened.by else routing_words(happened.reason, language)


def _due_line(ticket: TicketLine, now: datetime, voice: Voice) -> str:
    words = due_words(ticket.clocks, now, voice.language)
    return voice.language.say("Promised: {words}", words=words) if words else ""


def _promise(happened: Happened, voice: Voice) -> str:
    due = moment(datetime.fromisoformat(happened.reason), voice.timezone, voice.language)
    if happened.what == "warning":
        return voice.language.say("It is due {moment}.", moment=due)
    return voice.language.say("It was due {moment}.", moment=due)


def _due_soon(promise: str, language: Language) -> str:
    if promise == "first answer":
        return language.say("first answer is due soon")
    return language.say("resolution is due soon")


def _broken(promise: str, language: Language) -> str:
    if promise == "first answer":
        return language.say("first answer is late")
    return language.say("resolution is late")


def _priority(priority: str, language: Language) -> str:
    say = language.say
    return {"low": say("low"), "normal": say("normal"), "high": say("high"), "urgent": say("urgent")}[priority]


def _status(status: str, language: Language) -> str:
    say = language.say
    return {
        "new": say("new"),
        "open": say("open"),
        "pending": say("pending"),
        "solved": say("solved"),
        "closed": say("closed"),
    }[status]
