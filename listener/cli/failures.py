"""What a failure looks like to the person at the terminal."""

from __future__ import annotations

import sys

from listener.config import ConfigError
from listener.store import StoreBusy, StoreUnavailable
from listener.terminal import safe


def told(error: Exception) -> int | None:
    """Prints an expected failure and gives its exit code; None for a defect of ours, which deserves its traceback."""
    if isinstance(error, ConfigError):
        sys.stderr.write(safe(str(error)) + "\n")
        return 2
    if isinstance(error, (StoreUnavailable, StoreBusy)):
        sys.stderr.write(safe(str(error)) + "\n")
        return 1
    if isinstance(error, OSError):
        sys.stderr.write(safe(f"{error.filename or 'the output'} cannot be used: {error.strerror or error}") + "\n")
        return 1
    return None
