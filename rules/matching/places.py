"""Reads where somebody says to live: "📍 München, DE" is Munich in Germany."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from importlib.resources import files

from msgspec import Struct

from rules.matching.romanise import plain
from rules.matching.spelling import skeleton

_PARTS = re.compile(r"[,/|·•;()\n]| - | – ")
_MAX_PARTS = 4


class Place(Struct, frozen=True, gc=False):
    """A city by the key that all its names share, and a country by its code; "" where it is not told."""

    city: str = ""
    country: str = ""


NOWHERE = Place()


@lru_cache(maxsize=4096)
def city_key(name: str) -> str:
    """Gives what a city's names in other languages, scripts and spellings have in common; "" for no name."""
    word = _plain(name)
    return _cities().get(word) or skeleton(word.replace("_", ""))


def country_code(name: str) -> str:
    """Gives the ISO 3166 code of a country called so, in lower case; "" where we do not know one."""
    return _countries().get(_plain(name), "")


@lru_cache(maxsize=4096)
def read_place(told: str) -> Place:
    """Takes the first part that is no country for the city. Never raises."""
    city = country = ""
    for part in _PARTS.split(told[:200])[:_MAX_PARTS]:
        word = _plain(part)
        if not word:
            continue
        if not country and city and word in _countries():
            country = _countries()[word]
        elif not city and not (word in _countries() and word not in _cities()):
            city = city_key(part)
        elif not country:
            country = _countries().get(word, "")
    return Place(city, country)


def _plain(name: str) -> str:
    text = unicodedata.normalize("NFKC", name)
    words = "".join(mark if unicodedata.category(mark)[0] in "LMN" else " " for mark in text).split()
    return "_".join(found for word in words if (found := plain(word)))


@lru_cache(maxsize=1)
def _cities() -> dict[str, str]:
    return _named("cities.txt")


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    return _named("countries.txt")


def is_well_known(city: str) -> bool:
    """Whether the key is of a city that is known all over the world, where many people live."""
    return city in _cities()


def _named(file: str) -> dict[str, str]:
    """Every name in the file by the first of its line."""
    lines = files(__package__).joinpath(file).read_text("utf-8").splitlines()
    return {name: line.split()[0] for line in lines if line[:1] != "#" for name in line.split()}
