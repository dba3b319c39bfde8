"""The labelled posts of our own (labelled/README.md): the open half, or the locked one that is opened once."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TypeVar

import msgspec

FOLDER = Path(__file__).parent / "labelled"
Line = TypeVar("Line")


def half_asked(doc: str | None) -> str:
    """Which half the command line asks for."""
    asked = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--half", choices=("open", "locked"), default="open")
    return str(asked.parse_args().half)


def labelled(name: str, kind: type[Line]) -> list[Line]:
    """The lines of labelled/NAME.jsonl."""
    return [msgspec.json.decode(line, type=kind) for line in (FOLDER / f"{name}.jsonl").read_bytes().splitlines()]
