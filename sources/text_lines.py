"""Lines of text from bytes of unknown encoding, as spreadsheets and scripts leave them in files."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import IO

CHUNK = 1 << 16
LONGEST_LINE = 8 << 20
"""Bytes of one line: a longer one is given in pieces of about this length."""

_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_NEWLINES = {"utf-16-le": b"\n\x00", "utf-16-be": b"\x00\n"}


def sniff_encoding(head: bytes) -> str:
    """Tells the encoding from a file's first bytes: a byte order mark, NULs as UTF-16 has them, UTF-8, or cp1252."""
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    pairs = max(len(head[:64]) // 2, 1)
    if head[1:64:2].count(0) > pairs // 2:
        return "utf-16-le"
    if head[0:64:2].count(0) > pairs // 2:
        return "utf-16-be"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)  # lets a last character be cut in the middle
        return "utf-8"
    except UnicodeDecodeError:
        return "cp1252"


def decode_line(line: bytes, encoding: str) -> str:
    """Gives a line's text without a byte order mark. Where it is not UTF-16, UTF-8 is tried before cp1252."""
    if encoding not in _NEWLINES:
        try:
            return line.decode("utf-8").removeprefix("\ufeff")
        except UnicodeDecodeError:
            encoding = "cp1252"
    return line.decode(encoding, "replace").removeprefix("\ufeff")


def split_lines(data: bytes, encoding: str) -> list[bytes]:
    """Splits into whole lines, each with its newline; what stands behind the last newline is left out."""
    if encoding in _NEWLINES:
        return _split_pairs(data, _NEWLINES[encoding])
    return [line + b"\n" for line in data.split(b"\n")[:-1]]


def text_lines(stream: IO[bytes]) -> Iterator[str]:
    """Gives the lines of a stream of unknown encoding, the last one too where it has no newline."""
    data = stream.read(CHUNK)
    encoding = sniff_encoding(data)
    while True:
        lines = split_lines(data, encoding)
        yield from (decode_line(line, encoding) for line in lines)
        rest = data[sum(map(len, lines)) :]
        if len(rest) > LONGEST_LINE:
            yield decode_line(rest, encoding)
            rest = b""
        chunk = stream.read(CHUNK)
        if not chunk:
            if rest:
                yield decode_line(rest, encoding)
            return
        data = rest + chunk


def _split_pairs(data: bytes, newline: bytes) -> list[bytes]:
    """Splits at newlines that begin a character: in UTF-16 the same bytes can also stand across two."""
    lines, start, at = [], 0, data.find(newline)
    while at >= 0:
        if at % 2 == 0:
            lines.append(data[start : at + 2])
            start = at + 2
            at = data.find(newline, start)
        else:
            at = data.find(newline, at + 1)
    return lines
