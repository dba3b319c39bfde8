"""How far each file of a drop folder has been read, and how a file that was rewritten is noticed."""

from __future__ import annotations

import hashlib

import msgspec
from msgspec import Struct

from sources.contract import Cursor
from sources.file_bytes import FileBytes

VERSION = 1
_HEAD, _TAIL = 4_096, 256


class Place(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where the reading of one file stands. `offset` counts bytes, of a gzipped file the unpacked ones."""

    offset: int = 0
    line: int = 0  # whole lines before the offset
    encoding: str = "utf-8"
    header: str = ""  # of a CSV
    skipping: bool = False  # inside a line that is too long to be read
    told: str = ""  # hash of an unfinished end that was given, or told of, already
    mark: str = ""  # hash of what stood before the offset
    marked: int = 0  # how many of the file's first bytes went into it
    stamp: str = ""  # of the file when it had been read to its end


class Places(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The places of all files of one source; `last` is the file that was read last, so that each gets its turn."""

    version: int = VERSION
    files: dict[str, Place] = {}
    last: str = ""


def recall(cursor: Cursor | None) -> Places:
    """Gives the places that `cursor` holds, none on a first reading or where another version wrote it."""
    try:
        places = msgspec.json.decode(cursor, type=Places) if cursor else Places()
    except msgspec.MsgspecError:
        return Places()
    return places if places.version == VERSION else Places()


def as_cursor(places: Places) -> Cursor:
    """Gives the places as text, for `recall`."""
    return msgspec.json.encode(places).decode()


def marked(place: Place, file: FileBytes) -> Place:
    """Gives the place with a mark of what stands before it. Raises Unreadable."""
    length = min(_HEAD, file.size if file.gzip else place.offset)
    return msgspec.structs.replace(place, mark=_mark(file, length, place.offset), marked=length)


def still_there(place: Place, file: FileBytes) -> bool:
    """Whether what was read before is what stands in the file now; False after a rewrite. Raises Unreadable."""
    if not place.mark:
        return not place.offset
    if file.size < (place.marked if file.gzip else place.offset):
        return False
    return _mark(file, place.marked, place.offset) == place.mark


def digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=8).hexdigest()


def _mark(file: FileBytes, length: int, offset: int) -> str:
    """The beginning, and the last bytes before the offset; of a gzipped file the beginning only."""
    tail = b"" if file.gzip else file.raw(max(offset - _TAIL, 0), min(_TAIL, offset))
    return digest(file.raw(0, length) + b"\x1f" + tail)
