"""Brings customer files into the store."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from listener.config import Config
from listener.store import Tx
from listener.store import customers as directory
from rules.customers_csv import CustomersFile, parse_customers_csv
from rules.directory import Customer

log = logging.getLogger("listener.customers")

Stamp = tuple[tuple[str, int, int], ...]


def stamp(config: Config) -> Stamp:
    """What changes when one of the configured files does: path, size and time of change."""
    stamps = []
    for settings in config.customers:
        try:
            seen = settings.path.stat()
            stamps.append((str(settings.path), seen.st_size, seen.st_mtime_ns))
        except OSError:
            stamps.append((str(settings.path), -1, 0))
    return tuple(stamps)


def read_directory(tx: Tx, config: Config, now: datetime) -> tuple[Customer, ...]:
    """Reads the configured files into the store and gives all customers it now knows, imported ones too.

    A file that cannot be read leaves what was known from it: one that was moved, or is being written at this moment,
    must not make strangers of customers.
    """
    for settings in config.customers:
        try:
            replaced, mistakes = import_file(tx, settings.path, now)
        except OSError as error:
            log.error("a customer file cannot be read", extra={"path": str(settings.path), "error": error.strerror})
            continue
        for mistake in mistakes:
            log.warning("a customer was not understood", extra={"mistake": mistake})
        log.debug("customers were read", extra={"path": str(settings.path), "changed": replaced.changed})
    return directory.all_customers(tx)


def import_file(tx: Tx, path: Path, now: datetime) -> tuple[directory.Replaced, Sequence[str]]:
    """Puts a file's customers in the place of what was read from that file before.

    One whose first line cannot be read changes nothing. Raises OSError.
    """
    read = read_file(path)
    if not read.readable:
        return directory.Replaced(), read.mistakes
    return directory.replace_customers(tx, read.customers, directory_of(path), now), read.mistakes


def read_file(path: Path, told: Callable[[int, int], None] | None = None) -> CustomersFile:
    """Reads a file; `told` hears how many lines of how many are read. Raises OSError."""
    return parse_customers_csv(path.read_bytes(), path.name, told)


def directory_of(path: Path) -> str:
    """The name by which the store knows what a file told."""
    return str(path.resolve())


def parse_directory(config: Config) -> tuple[Customer, ...]:
    """The configured files' customers, without a store; a file that cannot be read gives none."""
    found: list[Customer] = []
    for settings in config.customers:
        try:
            found += parse_customers_csv(settings.path.read_bytes(), settings.path.name).customers
        except OSError as error:
            log.error("a customer file cannot be read", extra={"path": str(settings.path), "error": error.strerror})
    return tuple(found)
