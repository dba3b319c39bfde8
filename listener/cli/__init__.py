"""The command `listener`: nouns list when bare and have verbs below them."""

from __future__ import annotations

import sys

from listener import logs
from listener.cli.tree import app


def main() -> None:
    """Runs the command line; expected failures become one sentence and an exit code, never a traceback."""
    logs.set_up("WARNING")
    try:
        app(prog_name="listener")
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        from listener.cli.failures import told

        code = told(error)
        if code is None:
            raise
        sys.exit(code)
