"""Checks what no single value can tell: names that others use, queries, conditions, files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from listener.configuration.mistakes import Mistake, Place, one_of, pointing, shown
from listener.configuration.settings import Table
from listener.configuration.tables import CustomersSettings, ListenerSettings, RuleSettings, WebSettings
from listener.directories.settings import DirectorySettings
from listener.web.address import is_this_machine
from rules.sentiment.analyzer_settings import AnalyzerSettings
from sources.settings import InboundSourceSettings, SourceSettings, Strict

NOT_SHOWN = "its value comes from outside the file and is not shown"


def repeated_names(tables: Sequence[Table]) -> Iterator[Mistake]:
    """Two of one kind with the same name; case makes no difference, people would mix them up."""
    first: dict[str, Table] = {}
    for table in tables:
        name = table.text("name")
        if not name:
            continue
        before = first.setdefault(name.casefold(), table)
        if before is not table:
            said = "has the same name as" if table.hides(("name",)) else f"is {shown(name)}, which is the name of"
            yield table.mistake(("name",), f"{said} {before.where} already")


def unknown_names(table: Table, key: str, known: Sequence[Table], what: str) -> Iterator[Mistake]:
    """Names in a list of `table`, or the one there, that none of `known` has; `what` is how those are written.

    A text that is empty names nothing.
    """
    written = table.raw.get(key)
    one = isinstance(written, str)
    wanted = [written] if one and written else written
    if not isinstance(wanted, list):
        return
    names = {name: other.hides(("name",)) for other in known if (name := other.text("name"))}
    # a name that stands in a variable, which is not here, may be the one that is meant
    unsure = any(("name",) in other.missing for other in known)
    for number, word in enumerate(wanted):
        place: Place = (key,) if one else (key, number)
        if not isinstance(word, str) or place in table.missing or word.strip() in names or unsure:
            continue
        hidden = table.hides(place)
        allowed = [name for name, name_hidden in names.items() if not name_hidden]
        if not allowed:
            says = f"{'' if hidden else f'is {shown(word)}, '}must be the name of one of {what}"
            yield table.mistake(place, says + ("" if names else ", and there is none"))
        else:
            yield table.mistake(place, one_of(allowed, None if hidden else word.strip()))


def wrong_query(brand: Table) -> Iterator[Mistake]:
    """What keeps a brand's query from being read, with a caret below the column."""
    from sources.query import QueryError, parse

    text = brand.text("query")
    if not text:
        return
    try:
        parse(text)
    except QueryError as error:
        if brand.hides(("query",)):
            yield brand.mistake(("query",), f"cannot be read at column {error.column}; {NOT_SHOWN}")
        else:
            # the query may have several lines; its columns count through all of them
            before = text[: error.column - 1]
            line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
            yield brand.mistake(("query",), str(error), pointing(text, line, column))


def wrong_condition(rule: Table) -> Iterator[Mistake]:
    """Every mistake in a rule's condition, with a caret below the column."""
    from rules.rule import Rule, RuleError, compile_rule

    text = rule.text("when")
    if not text:
        return
    try:
        compile_rule(Rule("", text, "low"))
    except RuleError as error:
        if rule.hides(("when",)):
            says = f"cannot be read at line {error.line}, column {error.column}; {NOT_SHOWN}"
            yield rule.mistake(("when",), says)
            return
        for one in error.mistakes:
            where = f"line {one.line}, column {one.column}" if "\n" in text else f"column {one.column}"
            yield rule.mistake(("when",), f"{where}: {one.message}", pointing(text, one.line, one.column))


def silent_rules(rules: Sequence[tuple[Table, RuleSettings]]) -> Iterator[Mistake]:
    """Rules that speak to nobody: allowed, and worth a word."""
    for table, rule in rules:
        if not rule.notify and not rule.ticket:
            yield table.mistake((), "names nobody to notify and opens no ticket: its alerts are only listed")


def told_in_vain(sources: Sequence[tuple[Table, SourceSettings]], web: Table | None) -> Iterator[Mistake]:
    """Sources that are told of posts by requests which nothing takes, or which nobody can prove."""
    for table, settings in sources:
        if not isinstance(settings, InboundSourceSettings):
            continue
        if web is None:
            yield table.mistake((), "needs a table [web]: without it no server runs that could take its posts")
        elif not settings.proves_senders and "secret" not in web.raw:
            yield table.mistake((), "needs a `secret`, or one in [web] for links: without them nobody can send posts")


def archived_too_long(
    sources: Sequence[tuple[Table, SourceSettings]], settings: ListenerSettings | None
) -> Iterator[Mistake]:
    """Archives that would keep a post longer than mentions are kept, though it may become one of these."""
    for table, source in sources:
        if settings and source.archive is not None and source.archive > settings.retention:
            yield table.mistake(("archive",), "is longer than the retention of [listener]: make it as long at most")


def open_to_others(table: Table, web: WebSettings) -> Iterator[Mistake]:
    """A server that other machines reach without encryption: allowed, and worth a word."""
    if not is_this_machine(web.bind) and not web.public_url.startswith("https://"):
        yield table.mistake(
            ("bind",),
            "lets other machines in without encryption: put a proxy that speaks TLS in front, and name its address as "
            "public_url",
        )


def cannot_work(table: Table, settings: Strict) -> Iterator[Mistake]:
    """What keeps an analyzer from working on this machine, such as a library that is not installed."""
    hindrance = settings.hindrance() if isinstance(settings, AnalyzerSettings) else ""
    if hindrance:
        yield table.mistake(("analyzer",), hindrance)


def unreadable_file(table: Table, settings: CustomersSettings) -> Iterator[Mistake]:
    """A customer file that is not there, or that we may not read."""
    try:
        with settings.path.open("rb") as file:
            file.read(1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "its name cannot be used"
        said = "names a file that" if table.hides(("path",)) else f"is {shown(str(settings.path), 500)}, which"
        yield table.mistake(("path",), f"{said} cannot be read: {why}")


def repeated_directory(
    table: Table, settings: DirectorySettings, before: Sequence[DirectorySettings]
) -> Iterator[Mistake]:
    """A directory of customers with the name of another one, whose customers it would be taken to tell."""
    if settings.name.casefold() in {one.name.casefold() for one in before}:
        yield table.mistake(("name",), "is the name of another directory already: give each a `name` of its own")


def named_as_channel(table: Table, settings: DirectorySettings, channels: Sequence[Table]) -> Iterator[Mistake]:
    """A directory that gets notes under the name of a channel: what waits for one would be sent to the other."""
    names = {name.casefold() for channel in channels if (name := channel.text("name"))}
    if settings.write_back != "off" and settings.name.casefold() in names:
        yield table.mistake(("name",), "is the name of a channel too: with write_back it needs a `name` of its own")


def all_of(*checks: Iterator[Mistake]) -> list[Mistake]:
    return list(chain.from_iterable(checks))
