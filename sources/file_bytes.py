"""The bytes of a file from a place on, unpacked where the file is gzipped."""

from __future__ import annotations

import os
import stat
import zlib
from pathlib import Path

CHUNK = 1 << 16


class Unreadable(Exception):
    """A file that cannot be read; the message says why."""


class Damaged(Unreadable):
    """A gzipped file that cannot be unpacked any further, until it changes."""


def stamp_of(found: os.stat_result) -> str:
    """Gives what changes whenever the file does."""
    return f"{found.st_ino}:{found.st_size}:{found.st_mtime_ns}"


class FileBytes:
    """One open file, read forwards. Raises Unreadable, from every method.

    `offset` counts unpacked bytes. A gzipped file that ends in the middle, as one still being copied does, just
    ends there for now.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            # A pipe would wait for its writer, and a device never ends: neither is opened for reading.
            self._file = os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb", buffering=0)
            found = os.fstat(self._file.fileno())
            if not stat.S_ISREG(found.st_mode):
                self._file.close()
                raise Unreadable("is not a regular file")
        except OSError as error:
            raise Unreadable(error.strerror or "cannot be opened") from error
        self.size = found.st_size
        self.changed_at = found.st_mtime
        self.stamp = stamp_of(found)
        self.offset = 0
        self.gzip = path.suffix.lower() == ".gz"
        self._unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
        self._waiting = b""
        self._back = b""

    def close(self) -> None:
        self._file.close()

    def raw(self, start: int, length: int) -> bytes:
        """Gives some bytes of the file as they lie on the disk; the place of reading stays where it is."""
        try:
            return os.pread(self._file.fileno(), length, start)
        except OSError as error:
            raise Unreadable(error.strerror or "cannot be read") from error

    def go_to(self, offset: int) -> None:
        """Moves to `offset`; a gzipped file is unpacked up to there, which takes as long as it is long."""
        if offset == self.offset:
            return
        self._back = b""
        if not self.gzip or offset < self.offset:
            self._unpacker, self._waiting = zlib.decompressobj(16 + zlib.MAX_WBITS), b""
            self.offset = 0 if self.gzip else offset
            self._file.seek(self.offset)
        while self.offset < offset and self.read(min(CHUNK, offset - self.offset)):
            pass

    def read(self, most: int) -> bytes:
        """Gives at most `most` of the next bytes, b"" at the end of what is there."""
        try:
            data = self._back or (self._unpacked(most) if self.gzip else self._file.read(most) or b"")
        except OSError as error:
            raise Unreadable(error.strerror or "cannot be read") from error
        except zlib.error:
            raise Damaged("is named .gz and is not gzip, or is damaged") from None
        self._back = data[most:]
        self.offset += len(data[:most])
        return data[:most]

    def give_back(self, data: bytes) -> None:
        """Lets bytes that were read last be read again."""
        self._back = data + self._back
        self.offset -= len(data)

    def _unpacked(self, most: int) -> bytes:
        while True:
            raw = self._waiting or self._file.read(CHUNK) or b""
            if not raw:  # a last repetition may still stand in the unpacker
                return b"" if self._unpacker.eof else self._unpacker.decompress(b"", most)
            if self._unpacker.eof:  # gzip files may be several, one after the other
                self._unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
            data = self._unpacker.decompress(raw, most)
            self._waiting = self._unpacker.unconsumed_tail or self._unpacker.unused_data
            if self._unpacker.eof:
                self._waiting = self._waiting.lstrip(b"\x00")  # padding, as tapes leave it
            if data:
                return data
