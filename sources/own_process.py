"""Processes for work that takes processor time, or might never end: each does one piece at a time and can be ended."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor


def new_process() -> ProcessPoolExecutor:
    """Gives an executor of one process, which starts with its first piece of work and ends with ours."""
    # spawn: a forked child would inherit open database connections and the event loop's state
    return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"), initializer=_serve_parent)


def end_process(process: ProcessPoolExecutor) -> None:
    """Ends a process whatever it is doing; before Python 3.14 an executor has no public way to."""
    running = list((process._processes or {}).values())
    process.shutdown(wait=False, cancel_futures=True)
    for one in running:
        one.kill()


def _serve_parent() -> None:
    """In a worker: lives exactly as long as its parent, which alone is asked to stop and lets a piece be finished.

    Ctrl-C in a terminal and a service manager's SIGTERM reach every process of the group at once.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_leave_with, args=(parent,), daemon=True).start()


def _leave_with(parent: multiprocessing.process.BaseProcess) -> None:
    parent.join()
    os._exit(1)  # the queue that it waits at never closes: the worker itself holds its other end
