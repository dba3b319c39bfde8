"""What a poll would bring and tell, without keeping or telling any of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from alerts.alert import ReadMention
from alerts.policy import alert_intents
from listener import shapes
from listener.analyzers import not_asked
from listener.app import wall_clock
from listener.cli.output import console, json_array, table
from listener.config import Config
from listener.customers import parse_directory
from listener.poll import asks_of
from listener.store import Store, StoreUnavailable, Tx, corrections, topics
from listener.store import sources as states
from listener.terminal import cut, safe
from rules.analysis import Analyser, Read
from sources.contract import Source, SourceError
from sources.query import parse

PREVIEW_PAGES = 3

Answer = TypeVar("Answer")


async def preview_round(config: Config, names: Sequence[str], as_json: bool) -> int:
    """Asks the named sources and shows what would be kept and told. Writes nothing; cursors stay where they are.

    Exit code 1 if a source could not be asked.
    """
    preview = _Preview(config)
    if note := not_asked(config.reading):
        sys.stderr.write(note + "\n")
    for settings in config.sources:
        if settings.name in names:
            source = settings.open()
            try:
                await preview.read(source)
            except SourceError as error:
                preview.failed = True
                sys.stderr.write(safe(f"{settings.name}: {error}") + "\n")
            finally:
                await source.close()
    if as_json:
        json_array(shapes.reading(read.reading) for _, read, _ in preview.shown)
    else:
        _show(preview)
    return 1 if preview.failed else 0


class _Preview:
    def __init__(self, config: Config) -> None:
        self._config = config
        current, correction = _ask(config, topics.current_terms) or {}, _ask(config, corrections.current)
        self._analyser = Analyser(config.setup(parse_directory(config), current, correction))
        self._queries = [parse(brand.query) for brand in config.brands]
        self._routes = config.routes()
        self.shown: list[tuple[str, Read, str]] = []
        self.seen: dict[str, int] = {}
        self.failed = False

    async def read(self, source: Source) -> None:
        """Up to PREVIEW_PAGES of each ask, from where the source stands. Raises SourceError."""
        now = wall_clock()
        self.seen[source.name] = 0
        for ask in asks_of(source, self._queries):
            cursor = self._kept_cursor(source.name, ask)
            first_reading = cursor is None
            for _ in range(PREVIEW_PAGES):
                page = await source.fetch(ask, cursor, now)
                self.seen[source.name] += len(page.posts)
                for read in self._analyser.analyse(page.posts, source.name, now):
                    self.shown.append((source.name, read, self._fate(read, source.name, first_reading, now)))
                cursor = page.cursor
                if not page.more:
                    break

    def _fate(self, read: Read, seen_by: str, first_reading: bool, now: datetime) -> str:
        """What would be told of a mention, or why it would be held."""
        reading = read.reading
        mention = ReadMention(
            id=0,
            post=read.post,
            seen_by=(seen_by,),
            first_seen_at=now,
            brand=reading.brand or "",
            spans=reading.spans,
            lang=reading.lang,
            sentiment=reading.sentiment,
            urgency=reading.urgency,
            intent=reading.intent,
            topics=reading.topics,
            story=reading.story,
            customer=reading.customer,
            rules=reading.rules,
            own=read.own,
            first_reading=first_reading,
            waits_for_answer=reading.waits_for_answer,
            waits_because=reading.waits_because,
        )
        _, held = alert_intents([mention], self._routes, now, self._config.listener.max_age)
        return f"held: {held[0]}" if held else "; ".join(rule.reason for rule in reading.rules)

    def _kept_cursor(self, source: str, ask: str) -> str | None:
        """Where the source stands."""
        stood = _ask(self._config, lambda tx: states.get_cursor(tx, source, ask))
        return stood[0] if stood else None


def _ask(config: Config, question: Callable[[Tx], Answer]) -> Answer | None:
    """What the database says, if there is one yet; a preview must not make one."""
    scheme, _, file = config.database_url.partition(":///")
    if scheme.startswith("sqlite") and not Path(file).exists():
        return None
    try:
        store = Store.open(config.database_url, migrate=False)
    except StoreUnavailable:
        return None
    try:
        with store.read() as tx:
            return question(tx)
    finally:
        store.close()


def _show(preview: _Preview) -> None:
    table(
        ["source", "brand", "feels", "who", "what", "would tell"],
        (
            (
                name,
                read.reading.brand or "",
                read.reading.sentiment.label or f"({read.reading.lang})",
                cut(read.post.author.handle or read.post.author.name, 24),
                cut(read.post.title or read.post.text, 160),
                cut(fate, 200),
            )
            for name, read, fate in preview.shown
        ),
        "No mention among them.",
        wide=("what", "would tell"),
    )
    for name, seen in preview.seen.items():
        console().print(safe(f"{name}: {seen} posts seen"))
    console().print("Nothing was kept or told.")
