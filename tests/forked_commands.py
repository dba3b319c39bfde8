"""Runs the command line in forked children of a process that has imported it: a start costs a tenth of the usual.

Reads one JSON order a line, {"words", "environment", "folder", "files"}, and answers with the child's exit code. Each
child has its own streams, which are the `files`, and ends as any Python does. What only a new Python can show (what a
start imports, a pipe whose reader leaves, `listener run`) is tested by real starts.
"""

from __future__ import annotations

import gc
import importlib
import io
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import typer.main

IMPORTED = ("listener.cli", "listener.app", "listener.rounds")


class Commands:
    """Starts `listener` with words in processes of its own."""

    def __init__(self) -> None:
        root = Path(__file__).resolve().parent.parent
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(root), "OPENBLAS_NUM_THREADS": "1"},
        )

    def run(
        self, *words: str, stdin: bytes = b"", environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        """Gives how it ended, and all that it wrote."""
        assert self._process.stdin is not None and self._process.stdout is not None
        with tempfile.TemporaryDirectory(prefix="listener-command-") as name:
            files = [str(Path(name) / stream) for stream in ("stdin", "stdout", "stderr")]
            Path(files[0]).write_bytes(stdin)
            told = {"words": words, "environment": {**os.environ, **(environment or {})}, "folder": str(Path.cwd())}
            self._process.stdin.write(json.dumps({**told, "files": files}) + "\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
            assert answer, "the forking process died"
            said, complained = (Path(file).read_bytes() for file in files[1:])
            return subprocess.CompletedProcess(["listener", *words], int(answer), said, complained)

    def close(self) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=10)
        self._process.stdout.close()


def become(order: Mapping[str, Any]) -> None:
    """Gives this process the streams, the surroundings and the words of the order."""
    for number, file in enumerate(order["files"]):
        opened = os.open(file, os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin, sys.stdout, sys.stderr = map(_as_python_opens_it, (sys.stdin, sys.stdout, sys.stderr), range(3))
    os.environ.clear()
    os.environ.update(order["environment"])
    os.chdir(order["folder"])
    sys.argv = ["listener", *order["words"]]


def _as_python_opens_it(stream: Any, number: int) -> Any:
    raw = io.FileIO(number, "r" if number == 0 else "w", closefd=False)
    binary: Any = io.BufferedReader(raw) if number == 0 else io.BufferedWriter(raw)
    return io.TextIOWrapper(binary, encoding=stream.encoding, errors=stream.errors, line_buffering=number == 2)


def serve(lines: Iterable[str]) -> None:
    """Forks for each order; in the children it returns, and they go on to the command."""
    for line in lines:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            become(order)
            return
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)
    sys.exit()


if __name__ == "__main__":
    for module in IMPORTED:
        importlib.import_module(module)
    typer.main.get_command = cache(typer.main.get_command)
    typer.main.get_command(importlib.import_module("listener.cli.tree").app)  # built once for all the children
    gc.collect()
    gc.freeze()  # a collection in a child would copy all that was imported, page by page
    serve(sys.stdin)
    from listener.cli import main

    main()
