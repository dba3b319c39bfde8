"""Reads the demo's posts from the plain texts in which they are written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from msgspec import Struct

FOLDER = Path(__file__).with_name("scenario_posts")

_WHEN = re.compile(r"([+-])(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?")


class Written(Struct, frozen=True):
    """One post as written: the words of its first line, its title (a line that begins with #), and its text."""

    head: tuple[str, ...]
    title: str
    text: str

    def option(self, name: str) -> str:
        """The value of `name=value` in the first line, "" where it is not there."""
        found = [word.partition("=")[2] for word in self.head if word.startswith(f"{name}=")]
        return found[0] if found else ""

    def counts(self, place: int) -> tuple[int, int, int]:
        """The numbers of a word such as 41/12/6, zeros for those that are not there."""
        word = self.head[place] if len(self.head) > place else ""
        numbers = [int(number) for number in word.split("/")] if word.replace("/", "").isdigit() else []
        first, second, third = [*numbers, 0, 0, 0][:3]
        return first, second, third


def written(name: str) -> Iterator[Written]:
    """The posts of a file, which begin with == each."""
    content = f"\n{(FOLDER / name).read_text('utf-8')}"
    for block in content.split("\n== ")[1:]:
        first, _, rest = block.partition("\n")
        lines = rest.strip().split("\n")
        title = lines[0][2:] if lines[0].startswith("# ") else ""
        yield Written(tuple(first.split()), title, "\n".join(lines[1:] if title else lines).strip())


def described(name: str, mark: str) -> Iterator[list[str]]:
    """The lines of a file that begin with `mark`, parted by |: people (@@) and sites (##)."""
    for line in (FOLDER / name).read_text("utf-8").split("\n"):
        if line.startswith(f"{mark} "):
            yield [part.strip() for part in line[len(mark) :].split("|")]


def offset(when: str) -> timedelta:
    """How far from now: "-2d3h10m" is past, "+4m" to come. Raises ValueError."""
    found = _WHEN.fullmatch(when)
    if found is None or not any(found.groups()[1:]):
        raise ValueError(f"{when!r} is no time such as -2d3h10m or +4m")
    days, hours, minutes = (int(number or 0) for number in found.groups()[1:])
    length = timedelta(days=days, hours=hours, minutes=minutes)
    return -length if found[1] == "-" else length
