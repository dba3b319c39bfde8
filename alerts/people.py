"""Who is told and who looks after tickets: people, and the teams that they are in."""

from __future__ import annotations

from msgspec import Struct

from alerts.calendar import ALWAYS, Calendar


class Person(Struct, frozen=True, kw_only=True):
    """Somebody who can be told, asked, and given a ticket.

    `channels`: configured channels that reach this person alone. `most_tickets`: how many open tickets they take at
    once, 0 for any number. `languages`: codes such as "en" and "bn", the best first.
    """

    name: str
    email: str = ""
    slack: str = ""  # the id that Slack gives them: U0123456789
    channels: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    calendar: Calendar = ALWAYS
    manager: str = ""
    most_tickets: int = 0


class Team(Struct, frozen=True, kw_only=True):
    """People who work together; `channels` reach all of them."""

    name: str
    people: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    language: str = ""  # in which the team is told; "": as the channel, else the listener
    calendar: Calendar = ALWAYS
