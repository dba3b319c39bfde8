"""Files of posts: one JSON Lines or CSV file, or a folder into which such files are dropped."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from sources.contract import EVERYTHING, Cursor, Page, Plan, SourceRefused, SourceUnavailable
from sources.file_bytes import FileBytes, Unreadable, stamp_of
from sources.file_cursor import Place, Places, as_cursor, recall, still_there
from sources.file_reading import Step, read_step
from sources.post import Post
from sources.query.tree import Query
from sources.settings import Duration, SourceSettings

MOST_POSTS = 1_000
MOST_NOTES = 20
TIME_LIMIT = timedelta(seconds=60)
ENDINGS = (".jsonl", ".ndjson", ".csv", ".tsv", ".jsonl.gz", ".ndjson.gz", ".csv.gz", ".tsv.gz")


class FileSettings(SourceSettings):
    """Settings of `kind = "file"`. `path`: a file, or a folder whose files of posts are all read."""

    kind: Literal["file"]
    path: Path
    every: Annotated[Duration, Field(ge=timedelta(seconds=1), le=timedelta(days=30))] = timedelta(minutes=1)

    def open(self) -> FileSource:
        return FileSource(self)


class FileSource:
    """One file or drop folder; see `Source` for the promises."""

    kind = "file"
    searchable = False

    def __init__(self, settings: FileSettings) -> None:
        self.name = settings.name
        self.credential = f"file:{settings.path}"
        self._path = settings.path.expanduser()
        # A step that took too long goes on in its thread: the next fetch waits for it instead of reading beside it.
        self._reading: tuple[Cursor | None, asyncio.Future[Page]] | None = None
        self._kept: FileBytes | None = None  # the file read last: a gzipped one need not be unpacked from its start

    def plan(self, query: Query) -> Plan:
        """A file cannot search: it is read once for all queries."""
        return Plan(asks=(EVERYTHING,), coverage="superset")

    async def fetch(self, ask: str, cursor: Cursor | None, now: datetime) -> Page:
        """Reads on in each file, at most about MOST_POSTS posts in all. See `Source.fetch`.

        A bad line is a note with its file and number. A last line that is not finished yet waits. A file that
        was rewritten is read again from its beginning.
        """
        if self._reading is None or self._reading[1].cancelled():
            step = asyncio.to_thread(self._read, recall(cursor), now)
            self._reading = (cursor, asyncio.ensure_future(step))
        begun_at, step_taken = self._reading
        try:
            async with asyncio.timeout(TIME_LIMIT.total_seconds()):
                page = await asyncio.shield(step_taken)
        except TimeoutError:
            raise SourceUnavailable(
                f"{_printable(str(self._path))} was not read within {TIME_LIMIT.total_seconds():g} s: "
                "the disk is slow, or does not answer"
            ) from None
        finally:
            if step_taken.done():
                self._reading = None
        return page if begun_at == cursor else await self.fetch(ask, cursor, now)

    async def close(self) -> None:
        if self._kept is not None:
            self._kept.close()
            self._kept = None

    def _read(self, places: Places, now: datetime) -> Page:
        files = self._files()
        kept = {key: places.files[key] for key in files if key in places.files}
        posts: list[Post] = []
        notes: list[str] = []
        last, more = places.last, False
        for key in _after(list(files), places.last):
            path, stamp = files[key]
            place = kept.get(key, Place())
            if place.stamp and place.stamp == stamp:
                continue
            if len(posts) >= MOST_POSTS:
                more = True
                break
            try:
                step = self._step(path, place, MOST_POSTS - len(posts), now, notes)
            except Unreadable as error:
                if path == self._path:
                    raise SourceUnavailable(f"{_printable(str(path))} {error}") from error
                notes.append(f"{_printable(path.name)} {error}")
                continue
            posts += step.posts
            notes += [_told(path, problem) for problem in step.problems]
            kept[key], last, more = step.place, key, more or step.more
        cursor = as_cursor(Places(files=kept, last=last))
        return Page(posts=posts, cursor=cursor, more=more, notes=_shortened(notes))

    def _step(self, path: Path, place: Place, most: int, now: datetime, notes: list[str]) -> Step:
        file = self._opened(path)
        if not still_there(place, file):
            notes.append(f"{_printable(path.name)} was rewritten: it is read again from its beginning")
            place = Place()
        return read_step(file, place, most, now, self.name)

    def _opened(self, path: Path) -> FileBytes:
        """Gives the open file; the one of the last step if it is the same, unchanged."""
        opened = FileBytes(path)
        if self._kept is not None and (self._kept.path, self._kept.stamp) == (opened.path, opened.stamp):
            opened.close()
            return self._kept
        if self._kept is not None:
            self._kept.close()
        self._kept = opened
        return opened

    def _files(self) -> dict[str, tuple[Path, str]]:
        """Gives the files to be read with their stamps, in the order of their names."""
        try:
            if not self._path.is_dir():
                return {_key(self._path.name): (self._path, stamp_of(self._path.stat()))}
            return dict(_drop_folder(self._path))
        except FileNotFoundError as error:
            raise SourceUnavailable(f"{_printable(str(self._path))} does not exist") from error
        except PermissionError as error:
            raise SourceRefused(f"{_printable(str(self._path))} may not be read by this user", "settings") from error
        except OSError as error:
            raise SourceUnavailable(f"{_printable(str(self._path))} cannot be read: {error.strerror}") from error


def _drop_folder(folder: Path) -> Iterator[tuple[str, tuple[Path, str]]]:
    with os.scandir(folder) as found:
        entries = sorted((entry for entry in found if _is_of_posts(entry.name)), key=lambda entry: entry.name)
    for entry in entries:
        try:
            if entry.is_file():
                yield _key(entry.name), (Path(entry.path), stamp_of(entry.stat()))
        except FileNotFoundError:  # taken away between the listing and now
            continue


def _is_of_posts(name: str) -> bool:
    return not name.startswith((".", "~")) and name.lower().endswith(ENDINGS)


def _after(keys: list[str], last: str) -> list[str]:
    """The files in turn, beginning after the one that was read last: one that grows for ever starves no other."""
    return [key for key in keys if key > last] + [key for key in keys if key <= last]


def _key(name: str) -> str:
    """A file's name may be any bytes; the cursor is text."""
    return name.encode("utf-8", "backslashreplace").decode()


def _printable(name: str) -> str:
    """A name for a note: no line break, nothing that a terminal obeys."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in _key(name))[:500]


def _told(path: Path, problem: str) -> str:
    return f"{_printable(path.name)}{', ' if problem.startswith('line ') else ' '}{problem}"


def _shortened(notes: list[str]) -> list[str]:
    if len(notes) <= MOST_NOTES:
        return notes
    return [*notes[:MOST_NOTES], f"and {len(notes) - MOST_NOTES} more lines like these"]
