"""Log lines as events with fields, safe to show in a terminal whatever a service sent."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime

from listener.terminal import one_line

_STANDARD = set(vars(logging.LogRecord("", 0, "", 0, "", None, None))) | {"message", "asctime", "taskName"}


class EventFormatter(logging.Formatter):
    """`2026-11-22T08:00:00Z WARNING listener.poll a source failed source=hn error='...'`."""

    def format(self, record: logging.LogRecord) -> str:
        when = datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        fields = " ".join(f"{name}={_quoted(value)}" for name, value in vars(record).items() if name not in _STANDARD)
        line = f"{when} {record.levelname} {record.name} {one_line(record.getMessage())} {fields}".rstrip()
        if record.exc_info and record.levelno >= logging.ERROR:
            line += " | " + one_line(self.formatException(record.exc_info))
        return line


def _quoted(value: object) -> str:
    text = one_line(str(value))
    return text if text and not set(text) & set(" ='\"") else repr(text)


def set_up(level: str = "INFO") -> None:
    """Sends the product's events to standard error; libraries speak only when something is wrong."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(EventFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("listener").setLevel(level)
    # It warns of ticks that overlap, which coalesce by design.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
