"""The lists of the generated world, read: its cultures with their names and towns, and its other words.

The lists are people/names.toml and people/words.toml; what a line means is told in them.
"""

from __future__ import annotations

import tomllib
import unicodedata
from functools import lru_cache
from itertools import accumulate
from pathlib import Path

from msgspec import Struct

LISTS = Path(__file__).resolve().parent / "people"
CYRILLIC = dict(zip("абвгдеёзийклмнопрстуфыэ", "abvgdeeziyklmnoprstufye", strict=True)) | {
    "ж": "zh",
    "х": "kh",
    "ц": "ts",
    "ч": "ch",
    "ш": "sh",
    "щ": "shch",
    "ъ": ".",
    "ь": ".",
    "ю": "yu",
    "я": "ya",
}


class Name(Struct, frozen=True):
    """A given or family name: as the directory spells it, as its own script does ("" for Latin), as each noise does."""

    latin: str
    native: str = ""
    spelled_a: tuple[str, ...] = ()
    spelled_b: tuple[str, ...] = ()


class Town(Struct, frozen=True):
    name: str  # as the directory spells it
    other: str  # another name, or the same
    native: str  # in its own script, or ""
    country: str
    inhabitants: int


class Culture(Struct, frozen=True):
    name: str
    share: float
    women: tuple[Name, ...]
    men: tuple[Name, ...]
    given_weights: tuple[tuple[float, ...], tuple[float, ...]]  # of women, of men, summed up to 1
    family: tuple[Name, ...]
    family_weights: tuple[float, ...]
    stems: tuple[str, ...]
    endings: tuple[str, ...]
    rare: float  # the share of people whose family is put together
    towns: tuple[Town, ...]
    town_weights: tuple[float, ...]
    street: str
    forms: tuple[str, ...]
    family_first: bool


@lru_cache(maxsize=1)
def cultures() -> dict[str, Culture]:
    listed = tomllib.loads((LISTS / "names.toml").read_text("utf-8"))
    return {name: _culture(name, table) for name, table in listed.items()}


@lru_cache(maxsize=1)
def words() -> dict[str, tuple[str, ...]]:
    """The lists of people/words.toml by name."""
    listed = tomllib.loads((LISTS / "words.toml").read_text("utf-8"))
    return {name: _split(line) for name, line in listed.items()}


@lru_cache(maxsize=100_000)
def folded(text: str) -> str:
    """Lower case without marks, letters and digits alone: "Đặng" is "dang"."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("đ", "d").replace("ł", "l").replace("ø", "o"))
    return "".join(letter for letter in plain.replace("ı", "i") if letter.isalnum())


def romanised(cyrillic: str, table: dict[str, str]) -> str:
    """Letter by letter; a letter that the table does not have stays, "." drops it."""
    latin = "".join(table.get(letter, letter) for letter in cyrillic.lower()).replace(".", "")
    return latin.title()


def _culture(name: str, table: dict[str, str | float]) -> Culture:
    flat = float(table.get("flat", 4))
    women, men, family = (_names(str(table[key]), name) for key in ("women", "men", "family"))
    towns = tuple(_town(line) for line in _split(str(table["towns"])))
    stems, endings = _parts(str(table.get("stems", ""))), _parts(str(table.get("endings", "")))
    return Culture(
        name=name,
        share=float(table["share"]),
        women=women,
        men=men,
        given_weights=(_zipf(len(women), flat), _zipf(len(men), flat)),
        family=family,
        family_weights=_zipf(len(family), flat),
        stems=stems or tuple(one.latin for one in family),
        endings=endings,
        rare=float(table.get("rare", 0.3)),
        towns=towns,
        town_weights=tuple(accumulate(town.inhabitants**0.5 for town in towns)),  # small ones are seen, too
        street=str(table["street"]),
        forms=_split(str(table["forms"])),
        family_first=table.get("order") == "family given",
    )


def _names(line: str, culture: str) -> tuple[Name, ...]:
    return tuple(_name(text, culture) for text in _split(line))


def _name(text: str, culture: str) -> Name:
    spelled, *others = text.split("/")
    native, _, latin = spelled.rpartition("=")
    if culture == "russian":
        native, latin = spelled, romanised(spelled, CYRILLIC)
    a, b = (tuple(part for part in one.split("+") if part) for one in (*others, "", "")[:2])
    return Name(latin, native, a, b)


def _town(text: str) -> Town:
    named, country, thousands = text.rsplit(" ", 2)
    native, _, names = named.rpartition("=")
    name, _, other = names.partition("/")
    return Town(name, other or name, native, country, 1_000 * int(thousands))


def _split(line: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in line.split(","))


def _parts(line: str) -> tuple[str, ...]:
    """Like `_split`, with the blank that a stem ends on."""
    return tuple(part.removeprefix(" ") for part in line.split(",")) if line else ()


def _zipf(count: int, flat: float) -> tuple[float, ...]:
    weights = [1 / (rank + flat) for rank in range(1, count + 1)]
    return tuple(accumulate(weight / sum(weights) for weight in weights))
