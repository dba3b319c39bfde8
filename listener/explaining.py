"""Reads a text, or a kept mention anew, and shows a person what was read in it and why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from msgspec.structs import replace
from rich.text import Text

from listener.analyzers import not_asked
from listener.cli.output import console
from listener.config import Config
from listener.customers import parse_directory
from listener.explained import Section, explained
from listener.reader_setup import current_setup
from listener.store import Tx
from listener.store.mentions import get_mention
from listener.terminal import one_line, safe
from listener.typed_posts import about_brand, typed_post
from rules.analysis import Analyser, Read, Setup
from rules.judging import facts_of


def show_text(config: Config, text: str, title: str, lang: str, author: str, brand: str) -> None:
    """Prints what is read in a text that a person typed, for each brand that it mentions, or for `brand` ("": any).

    `author` is "mastodon:jane@host", or a name.
    """
    now = datetime.now(UTC)
    post = typed_post(text, title, lang, author, now)
    setup = config.setup(parse_directory(config))
    if brand:
        setup = about_brand(setup, brand, post.source)
    for read in Analyser(setup).analyse([post], "", now, every=True):
        _show(read, setup, now)
    _note(config)


def show_mention(tx: Tx, config: Config, number: int) -> bool:
    """Prints what is read in a kept mention now, and what was kept where that differs; False if there is none."""
    kept = get_mention(tx, number)
    if kept is None:
        return False
    now = datetime.now(UTC)
    setup = about_brand(current_setup(tx, config), kept.brand, kept.post.source)
    for read in Analyser(setup).analyse([kept.post], next(iter(kept.seen_by), ""), now):
        _show(replace(read, reading=replace(read.reading, story=kept.story)), setup, now)
        before, after = kept.sentiment, read.reading.sentiment
        if (before.label, kept.lang, kept.urgency.label) != (
            after.label,
            read.reading.lang,
            read.reading.urgency.label,
        ):
            was = f"{before.label or 'no sentiment'}, {kept.lang}, urgency {kept.urgency.label}"
            console().print(Text(f"When it came it was read as: {was}.", style="dim"))
    _note(config)
    return True


def _note(config: Config) -> None:
    if note := not_asked(config.reading):
        console().print(Text(note, style="dim"))


def _show(read: Read, setup: Setup, now: datetime) -> None:
    reading = read.reading
    facts = facts_of(read.post, reading, own=read.own, seen_by="", now=now)
    screen = console()
    about = f"For {reading.brand}" if reading.brand is not None else "No brand's query matches; read all the same"
    screen.print(Text(one_line(about), style="bold underline"))
    for section in explained(facts, reading, read.fingerprint, setup.rules):
        for line in _lines(section):
            screen.print(line, soft_wrap=True)
    for trouble in read.troubles:
        screen.print(Text(one_line(f"{trouble.part} could not be read: {trouble.why}"), style="red"), soft_wrap=True)
    screen.print()


def _lines(section: Section) -> Iterator[Text]:
    head = Text(safe(section.name), style="bold")
    if section.verdict:
        head.append(": ", style="bold").append(one_line(section.verdict), style=section.style)
    yield head
    for line in section.lines:
        shown = Text("  ")
        for piece in line:
            shown.append(safe(piece.text.replace("\n", " ")), style=piece.style)
        yield shown
