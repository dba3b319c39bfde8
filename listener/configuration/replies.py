"""The accounts by which people answer, and the folder of prepared answers, as the configuration tells them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator

from alerts.replies import registry
from alerts.replies.settings import ReplySettings
from listener.configuration.mistakes import Mistake
from listener.configuration.settings import Table
from sources.settings import Strict

OfKinds = Callable[[list[Table], Callable[[], tuple[str, ...]], Callable[[str], Any]], list[Any]]


def _there(folder: Path) -> Path:
    if not folder.is_dir():
        raise ValueError(f"names a folder that is not there: {str(folder)[:200]}")
    return folder


class AnswersSettings(Strict):
    """`[answers]`: the folder in which answers lie as Markdown files, folders within it too."""

    folder: Annotated[Path, AfterValidator(_there)]


def read_replies(tables: list[Table], of_kinds: OfKinds) -> list[ReplySettings]:
    """The settings of `[[replies]]`, each by its kind."""
    return of_kinds(tables, registry.kinds, registry.settings_class)


def taken_names(tables: Sequence[Table], others: Sequence[Table]) -> Iterator[Mistake]:
    """Accounts with the name of a channel or a help desk: what waits for one would be sent to the other."""
    names = {name.casefold(): other.where for other in others if (name := other.text("name"))}
    for table in tables:
        where = names.get((table.text("name") or "").casefold())
        if where:
            yield table.mistake(("name",), f"is the name of {where} too: give the account another one")
