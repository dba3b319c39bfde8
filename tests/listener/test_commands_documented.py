"""Whoever reads the pages finds every command and every verb."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer

from listener.cli.tree import app

ROOT = Path(__file__).resolve().parents[2]
PAGES = "\n".join(path.read_text("utf-8") for path in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md")))
NOUNS = typer.main.get_command(app).commands  # type: ignore[attr-defined]
COMMANDS = [*NOUNS, *(f"{noun} {verb}" for noun, of in NOUNS.items() for verb in getattr(of, "commands", ()))]


@pytest.mark.parametrize("words", COMMANDS)
def test_a_command_is_on_a_page(words: str) -> None:
    assert f"`{words}" in PAGES or f"listener {words}" in PAGES
