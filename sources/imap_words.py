"""How things are said in IMAP: names of folders, dates, and the codes in refusals."""

from __future__ import annotations

import base64
import re
from datetime import date

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_CODE = re.compile(r"\[([A-Z-]{1,40})[\] ]")


def in_quotes(folder: str) -> str:
    """Gives the name of a folder as a quoted string in modified UTF-7 (RFC 3501, 5.1.3 and 9)."""
    written = "".join(_run(run) for run in re.findall(r"[\x20-\x7e]+|[^\x20-\x7e]+", folder))
    return '"' + written.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _run(run: str) -> str:
    if run.isascii() and run.isprintable():
        return run.replace("&", "&-")
    packed = base64.b64encode(run.encode("utf-16-be", "replace")).decode().rstrip("=")
    return f"&{packed.replace('/', ',')}-"


def on_day(day: date) -> str:
    """Gives a date as SEARCH takes it, whatever the machine's language: 1-Feb-2026."""
    return f"{day.day}-{_MONTHS[day.month - 1]}-{day.year:04}"


def said_code(words: str) -> str:
    """Gives the code of a refusal (RFC 5530), "" where it has none."""
    found = _CODE.search(words)
    return found[1] if found else ""
