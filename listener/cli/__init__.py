"""The command `listener`: nouns list when bare and have verbs below them."""

from __future__ import annotations

import os
import sys

from listener import logs
from listener.cli.tree import app

FINE, SOMETHING_TO_TELL, WRONG_USE = 0, 1, 2


def main() -> None:
    """Runs the command line; expected failures become one sentence and an exit code, never a traceback."""
    logs.set_up("WARNING")
    try:
        app(prog_name="listener")
    except BrokenPipeError:
        # The reader of our output (head, less) has left: that is its right, and no error.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(FINE)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        from listener.cli.failures import told

        code = told(error)
        if code is None:
            raise
        sys.exit(code)
