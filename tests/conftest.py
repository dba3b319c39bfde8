"""What all tests share."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from hypothesis import settings

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
    if "TMPDIR" in os.environ or not os.access(memory, os.W_OK | os.X_OK):
        return
    if shutil.disk_usage(memory).free >= ROOM_IN_MEMORY:
        tempfile.tempdir = os.environ["TMPDIR"] = str(memory)


_files_in_memory()
