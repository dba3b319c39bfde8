"""The demo replaces what a demo wrote, and nothing else."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from listener.config import ConfigError
from listener.demo.demo_config import FIRST_LINE
from listener.demo.run import _clear, run_demo


@pytest.mark.parametrize("name", ["config.toml", "listener.db", "customers.csv", "mails/letter.eml"])
def test_a_folder_with_files_of_somebody_else_is_left_as_it_is(tmp_path: Path, name: str) -> None:
    theirs = tmp_path / name
    theirs.parent.mkdir(exist_ok=True)
    theirs.write_text("precious")
    with pytest.raises(ConfigError, match="name another --folder"):
        asyncio.run(run_demo(tmp_path, once=True))
    assert theirs.read_text() == "precious"


def test_what_an_earlier_demo_left_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(f"{FIRST_LINE}\n")
    (tmp_path / "listener.db").write_text("old")
    (tmp_path / "mails").mkdir()
    (tmp_path / "mails" / "01.eml").write_text("old")
    (tmp_path / "notes.txt").write_text("kept")
    _clear(tmp_path)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["mails", "notes.txt"]
