"""The body of an HTTP answer, unpacked piece by piece within a limit."""

from __future__ import annotations

import zlib

PIECE = 1 << 16
"""Bytes unpacked at a time: what is left behind each of many tiny gzip members is copied every time."""

_GZIP, _ZLIB, _RAW_DEFLATE = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS


class BodyUnreadable(Exception):
    """A body that is not packed as its header says; the message says how."""


class BoundedBody:
    """Takes an answer's raw bytes and keeps at most `limit` bytes, packed and unpacked counted alike.

    A bomb (a few bytes that unpack to gigabytes) is never unpacked beyond the limit. `full` tells that there
    was more. Encodings: none, gzip (many members too), deflate (with zlib's frame and, as some servers send
    it, without). Raises BodyUnreadable.
    """

    def __init__(self, encoding: str, limit: int) -> None:
        encoding = encoding.strip().lower()
        if encoding not in ("", "identity", "gzip", "x-gzip", "deflate"):
            raise BodyUnreadable(f"is packed as {encoding[:40]!r}, which was not asked for")
        self._packed = encoding not in ("", "identity")
        self._window = _ZLIB if encoding == "deflate" else _GZIP
        self._unpacker = zlib.decompressobj(self._window)
        self._raw = 0
        self._limit = limit
        self._kept = bytearray()
        self.full = False

    def take(self, raw: bytes) -> None:
        """Adds the next raw bytes; after `full` there is no use in adding more."""
        self._raw += len(raw)
        if not self._packed:
            self._keep(raw)
            return
        for start in range(0, len(raw), PIECE):
            self._unpack(raw[start : start + PIECE])
        if self._raw > self._limit:
            self.full = True

    def whole(self) -> bytes:
        """Gives the body. Raises BodyUnreadable where its packing ends in the middle."""
        if self._packed and self._raw and not self._unpacker.eof and not self.full:
            raise BodyUnreadable("ended before its packing did")
        return bytes(self._kept)

    def so_far(self) -> bytes:
        """Gives what was unpacked up to now."""
        return bytes(self._kept)

    def _unpack(self, raw: bytes) -> None:
        while raw and not self.full:
            if self._unpacker.eof:  # another gzip member follows; anything else is padding, as gzip(1) takes it
                if self._window != _GZIP or not raw.startswith(b"\x1f\x8b"):
                    return
                self._unpacker = zlib.decompressobj(self._window)
            try:
                self._keep(self._unpacker.decompress(raw, self._limit - len(self._kept) + 1))
            except zlib.error as error:
                if self._window == _ZLIB and not self._kept:
                    self._window, self._unpacker = _RAW_DEFLATE, zlib.decompressobj(_RAW_DEFLATE)
                    continue
                raise BodyUnreadable("is not packed as its header says") from error
            raw = self._unpacker.unconsumed_tail or self._unpacker.unused_data

    def _keep(self, plain: bytes) -> None:
        room = self._limit - len(self._kept)
        self._kept += plain[:room]
        self.full = self.full or len(plain) > room
