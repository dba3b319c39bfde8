"""What all tests share."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

sys.path.append(str(Path(__file__).parent))  # what stands beside the tests

# A busy machine is no defect: how long a case takes is asked by the benchmarks, and by the suite's own time limit.
settings.register_profile("listener", deadline=None)
settings.load_profile("listener")

ROOM_IN_MEMORY = 2 * 1024**3
"""Bytes; with less of them free, files lie where the system wants them."""


def _files_in_memory() -> None:
    """Puts the tests' files, and those of their processes, into memory where the system offers it with enough room.

    They commit some hundred thousand times. A killed process leaves there what it would leave on a disk; only a power
    cut would not, and nobody here cuts it. Who names a place by TMPDIR keeps it.
    """
    memory = Path("/dev/shm")
    if os.environ.get("TMPDIR") or not os.access(memory, os.W_OK | os.X_OK):
        return
    if shutil.disk_usage(memory).free >= ROOM_IN_MEMORY:
        tempfile.tempdir = os.environ["TMPDIR"] = str(memory)


_files_in_memory()


@pytest.fixture(scope="session")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the tables in it: copying it is far faster than making them."""
    from listener.store import Store

    path = tmp_path_factory.mktemp("pattern") / "pattern.db"
    Store.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture(scope="session")
def commands() -> Iterator[Any]:
    """The command line in processes of its own, forked from one that has imported it."""
    from forked_commands import Commands

    started = Commands()
    yield started
    started.close()
