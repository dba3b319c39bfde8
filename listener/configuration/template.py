"""Writes a first configuration that works as it stands."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from listener.configuration.tables import BrandSettings
from sources.query import QueryError, parse

_TEMPLATE = Path(__file__).with_name("config_template.toml")
_LOCALTIME = Path("/etc/localtime")
_LONGEST_BRAND = 80

_TELLS_NOTHING = frozenset(
    {
        "listener",
        "config",
        "home",
        "root",
        "app",
        "src",
        "tmp",
        "temp",
        "work",
        "data",
        "test",
        "opt",
        "user",
        "desktop",
    }
)
EXAMPLE_BRAND = "Acme"


class NotWritten(Exception):
    """No configuration was written; the text says why, and what to do."""


class AlreadyThere(NotWritten):
    """A file of that name is there, and nothing was changed."""


def write_new(path: Path, brand: str | None = None) -> str:
    """Writes a commented configuration to `path`, for its owner's eyes only, and gives the brand that it is for.

    Without `brand` the folder's name is taken. Raises AlreadyThere, and NotWritten where the brand has no word to
    search for or the folder cannot be written.
    """
    name = _one_line(brand) if brand is not None else guess_brand(path.absolute().parent)
    content = fresh_config(name, system_timezone())
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise AlreadyThere(f"{path} is there already; remove it first, or name another with --config") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "its name cannot be used"
        raise NotWritten(f"{path} cannot be written: {why}") from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content)
    return name


def fresh_config(brand: str, timezone: str) -> str:
    """The text of a first configuration. Raises NotWritten for a brand without a word to search for."""
    try:
        BrandSettings(name=brand, query=first_query(brand))
    except ValidationError:
        raise NotWritten(f"{brand!r} cannot be the name of a brand: begin it with a letter") from None
    values = {"@BRAND@": brand, "@QUERY@": first_query(brand), "@TIMEZONE@": timezone}
    template = _TEMPLATE.read_text("utf-8")
    return re.sub("|".join(values), lambda found: toml_string(values[found[0]]), template)


def first_query(brand: str) -> str:
    """A query for the brand's name as it is written, and for its hashtag. Raises NotWritten."""
    words = " ".join(re.sub(r'["\\]', " ", brand).split())
    if not words or len(words) > _LONGEST_BRAND:
        raise NotWritten(f"the brand must have 1 to {_LONGEST_BRAND} characters: listener init --brand Acme")
    tag = "".join(character for character in words if character.isalnum() or character == "_").lower()
    tagged = f'"{words}" OR #{tag}'
    for query in (tagged, f'"{words}"'):
        try:
            parse(query)
        except QueryError:
            continue
        return query
    raise NotWritten(f"there is no word to search for in the brand {brand!r}: listener init --brand Acme")


def guess_brand(folder: Path) -> str:
    """The brand that a folder's name tells of ("acme-rockets": Acme Rockets), or an example where it tells none."""
    words = re.sub(r"[-_.\s]+", " ", _one_line(folder.name)).strip()
    if not any(character.isalpha() for character in words) or words.lower() in _TELLS_NOTHING or len(words) > 40:
        return EXAMPLE_BRAND
    return words.title() if words.islower() else words


def system_timezone(localtime: Path = _LOCALTIME) -> str:
    """The machine's time zone by name, "UTC" where it does not tell."""
    named = os.environ.get("TZ", "").removeprefix(":")
    try:
        linked = str(localtime.resolve()).rpartition("/zoneinfo/")[2]
    except (OSError, RuntimeError):
        linked = ""
    for name in filter(None, (named, linked)):
        try:
            return ZoneInfo(name).key
        except (ValueError, OSError, KeyError):
            continue
    return "UTC"


def _one_line(text: str) -> str:
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


def toml_string(text: str) -> str:
    """A TOML string: JSON's escapes but for U+007F; `${` and `$$` would mean something else."""
    if '"' in text and text.isprintable() and not set(text) & set("'\\$"):
        return f"'{text}'"  # as people write it
    if "${" in text or "$$" in text:
        text = text.replace("$", "$$")
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
