"""A customer's or a company's page for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, tzinfo

from rich.console import Console
from rich.text import Text

from alerts.contacts import answer_words, health_words, where
from alerts.wording import counted, listed
from listener.cli.gauges import gauge
from listener.cli.output import console, span, when
from listener.cli.sparks import sparkline
from listener.store.notes import Tag
from listener.terminal import cut, one_line, safe
from rules.customer_standing import CustomerStanding
from rules.directory import Customer
from rules.timeline import Answer, Entry, answers, typical_answer, unanswered

WEEKS = 12
MOST_SHOWN = 20
"""Identities that are shown one by one."""
_SIGNS = {"negative": "\u2212", "positive": "+"}
_COLOURS = {"negative": "red", "positive": "green"}
_LONGEST = 160


def show_customer(known: Customer) -> None:
    """Prints what the directory tells of a customer."""
    screen = console()
    told = ("tier", "owner", "company", "domain", "city", "country")
    facts = [(name, str(getattr(known, name))) for name in told]
    facts += [("phones", ", ".join(known.phones)), ("pages", ", ".join(known.urls)), *known.fields.items()]
    screen.print(safe(f"{known.name or known.id} ({known.id})"), style="bold", soft_wrap=True)
    for name, value in facts:
        if value:
            screen.print(safe(f"  {name}: {value}"), soft_wrap=True)
    for identity in known.identities[:MOST_SHOWN]:
        screen.print(safe(f"  {identity}"), soft_wrap=True)
    if len(known.identities) > MOST_SHOWN:
        screen.print(f"  and {len(known.identities) - MOST_SHOWN:,} more addresses and handles")


def show_standing(standing: CustomerStanding, history: Sequence[float], tags: Sequence[Tag], zone: tzinfo) -> None:
    """Prints how a customer stands: health with its last weeks, complaints of late, tags with who gave them."""
    screen = console()
    if standing.health is not None:
        days = sparkline([max(1, round(score)) for score in history]) if len(history) > 1 else ""
        screen.print(safe(f"  {gauge(standing.health / 100)} {health_words(standing)}  {days}".rstrip()))
    if standing.recent_complaints:
        screen.print(f"  {counted(standing.recent_complaints, 'complaint')} within 7 days", style="bold red")
    if tags:
        told = [f"{tag.tag} ({tag.by or 'somebody'}, {when(tag.at, zone)[:10]})" for tag in tags]
        screen.print(safe(f"  tags: {listed(told)}"), soft_wrap=True)


def show_timeline(
    entries: Sequence[Entry], now: datetime, zone: tzinfo, names: Mapping[str, str] | None = None
) -> None:
    """Prints entries in their order, with who answered and how fast. `names`: of customers, where there are several."""
    screen = console()
    if not entries:
        screen.print("Nothing has happened yet that is known here.")
        return
    _summary(screen, entries, now)
    answered = {(one.entry.what, one.entry.number): one for one in answers(entries)}
    for entry in entries:
        screen.print(_line(entry, answered.get((entry.what, entry.number)), zone, names or {}), soft_wrap=True)


def _summary(screen: Console, entries: Sequence[Entry], now: datetime) -> None:
    contacts = [entry for entry in entries if entry.is_contact]
    screen.print(safe(f"\n{counted(len(contacts), 'contact')} over {listed(_channels(contacts)) or 'no channel'}"))
    screen.print(f"  contacts, {WEEKS} weeks    {sparkline(_weekly(contacts, now))}", style="dim")
    screen.print(
        f"  complaints, {WEEKS} weeks  {sparkline(_weekly([e for e in contacts if e.is_negative], now))}", style="dim"
    )
    found = answers(entries)
    typical = typical_answer(found)
    if typical is not None:
        by = listed(sorted({one_line(one.by) for one in found if one.by})[:5])
        screen.print(safe(f"  answered after {span(typical)} at the median{f', by {by}' if by else ''}"))
    waiting = unanswered(entries)
    if waiting:
        screen.print(f"  {counted(len(waiting), 'contact')} not answered here, since {span(now - waiting[0].at)}")
    screen.print()


def _channels(contacts: Sequence[Entry]) -> list[str]:
    return [cut(channel, 30) for channel in dict.fromkeys(entry.channel for entry in contacts) if channel]


def _weekly(entries: Sequence[Entry], now: datetime) -> list[int]:
    counts = [0] * WEEKS
    for entry in entries:
        ago = (now - entry.at) // timedelta(weeks=1)
        if 0 <= ago < WEEKS:
            counts[WEEKS - 1 - ago] += 1
    return counts


def _line(entry: Entry, answer: Answer | None, zone: tzinfo, names: Mapping[str, str]) -> Text:
    line = Text(f"  {when(entry.at, zone)}  ")
    line.append(_SIGNS.get(entry.feeling, " ") + " ", style=_COLOURS.get(entry.feeling, ""))
    if names:
        line.append(f"{cut(names.get(entry.customer, entry.customer), 24)}: ", style="bold")
    line.append(safe(_what(entry)), style="bold" if entry.is_contact else "cyan")
    said = cut(entry.text, _LONGEST)
    line.append(f": {said}" if said else "")
    if entry.outcome and entry.is_contact:
        line.append(f" ({cut(entry.outcome, 60)})")
    if answer is not None:
        line.append(safe(f"  [{answer_words(answer)}]"), style="dim")
    return line


def _what(entry: Entry) -> str:
    by = cut(entry.by, 40)
    if entry.what == "alert":
        return f"alert {entry.number} ({entry.outcome})"
    if entry.what == "ticket opened":
        return f"ticket #{entry.number} opened ({entry.outcome})"
    if entry.what == "ticket closed":
        return f"ticket #{entry.number} closed{f' by {by}' if by else ''}"
    if entry.what == "note":
        return f"note {entry.number}{f' by {by}' if by else ''}"
    if entry.what == "mention":
        return where(entry)
    return where(entry) + (f" ({by})" if by else "")
