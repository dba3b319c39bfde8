"""The options that many commands share, and how a command opens what it works on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from listener.config import Config
    from listener.store import Store

MOST = 2**63 - 1
"""The greatest number that a database keeps."""

ConfigFile = Annotated[
    Path,
    typer.Option(
        "--config", "-c", envvar="LISTENER_CONFIG", help="The configuration; paths inside are relative to it."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON array instead of a table.")]
Limit = Annotated[int, typer.Option("--limit", "-n", min=1, max=MOST, help="At most this many.")]
Who = Annotated[str, typer.Option("--by", envvar="LISTENER_USER", help="Who says so; who is logged in if not told.")]
Number = Annotated[int, typer.Argument(min=0, max=MOST, show_default=False)]

DEFAULT_CONFIG = Path("config.toml")


def load(path: Path, *, secrets: bool = False) -> Config:
    """The configuration; `secrets` says whether every credential must be there. Raises ConfigError."""
    from listener import config

    return config.load(path, secrets="required" if secrets else "optional")


@contextmanager
def opened(path: Path) -> Iterator[tuple[Config, Store]]:
    """The configuration and its database, closed afterwards. Raises ConfigError, StoreUnavailable."""
    from listener.store import Store

    config = load(path)
    store = Store.open(config.database_url)
    try:
        yield config, store
    finally:
        store.close()


def named(by: str) -> str:
    """Who says so: as told, else the user of this machine, "" where that is unknown."""
    from getpass import getuser

    from sources.post import storable

    try:
        return storable(by or getuser(), 200)
    except (KeyError, OSError, ImportError):
        return ""


def wrong_use(message: str) -> typer.Exit:
    """Prints what was wrong with the call; to be raised. Exit code 2."""
    typer.echo(message, err=True)
    return typer.Exit(2)


def to_tell(message: str) -> typer.Exit:
    """Prints what the caller should know; to be raised. Exit code 1."""
    typer.echo(message, err=True)
    return typer.Exit(1)


def unwritable(path: Path, error: OSError) -> typer.Exit:
    """Prints that a file which was asked for cannot be written; to be raised. Exit code 1."""
    return to_tell(f"{path} cannot be written: {error.strerror or error}")
