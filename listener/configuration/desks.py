"""Checks what the desks and the survey say of other tables: names that are taken, names that nothing has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from listener.configuration.checks import unknown_names
from listener.configuration.mistakes import Mistake, one_of, shown
from listener.configuration.settings import Table
from listener.configuration.survey import SURVEY_CHANNEL, SurveySettings
from listener.configuration.tables import WebSettings
from listener.directories.settings import DirectorySettings

BUILT_IN = "builtin"


def taken_desk_names(
    desks: Sequence[Table], channels: Sequence[Table], directories: Sequence[DirectorySettings]
) -> Iterator[Mistake]:
    """Desks that are called as something else to which deliveries go: what waits for one would be sent to another."""
    taken = {name.casefold(): "a channel" for one in channels if (name := one.text("name"))}
    taken |= {one.name.casefold(): "a customer directory" for one in directories if one.write_back != "off"}
    taken |= dict.fromkeys((BUILT_IN, SURVEY_CHANNEL), "something of listener's own")
    for desk in desks:
        name = desk.text("name") or ""
        if name.casefold() in taken:
            said = "" if desk.hides(("name",)) else f"is {shown(name)}, which "
            yield desk.mistake(("name",), f"{said}is the name of {taken[name.casefold()]} too: give the desk its own")


def unknown_desk(rule: Table, desks: Sequence[Table]) -> Iterator[Mistake]:
    """A desk that a rule opens tickets at, and that is neither the built-in one nor configured."""
    name = rule.text("ticket")
    if not name or name == BUILT_IN or any(("name",) in one.missing for one in desks):
        return
    names = {known: one.hides(("name",)) for one in desks if (known := one.text("name"))}
    if name not in names:
        allowed = [BUILT_IN, *(known for known, hidden in names.items() if not hidden)]
        yield rule.mistake(("ticket",), one_of(allowed, None if rule.hides(("ticket",)) else name))


def wrong_survey(
    table: Table,
    settings: SurveySettings | None,
    channels: Sequence[Table],
    web: Table | None,
    served: WebSettings | None,
) -> Iterator[Mistake]:
    """A survey that cannot be sent, or not be answered."""
    yield from unknown_names(table, "channel", channels, "[[channels]]")
    named = settings and next((one for one in channels if one.text("name") == settings.channel), None)
    if named and named.raw.get("kind") != "email":
        yield table.mistake(("channel",), "must be the name of an e-mail channel, whose mail server sends the question")
    if web is None or "secret" not in web.raw:
        yield table.mistake((), "needs a table [web] with a `secret`, which signs the links that people answer by")
    elif served is not None and not served.public_url:
        yield table.mistake((), "needs `public_url` in [web]: the address at which customers reach this server")
