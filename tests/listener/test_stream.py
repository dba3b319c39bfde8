"""Lines without end, on standard input and in files."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from listener import importing, stream
from listener.config import load
from listener.importing import import_round
from listener.store import Store
from listener.store.mentions import MentionFilter, count_mentions

CONFIG = '[[brands]]\nname = "Acme"\nquery = "acme"\n'


def _line(number: int) -> bytes:
    return json.dumps({"external_id": str(number), "text": f"acme {number}"}).encode() + b"\n"


def _through_a_pipe(parts: Sequence[bytes]) -> list[tuple[int, bytes]]:
    reading, writing = os.pipe()

    def write() -> None:
        with os.fdopen(writing, "wb") as pipe:
            for part in parts:
                pipe.write(part)

    threading.Thread(target=write, daemon=True).start()
    return [line for batch in stream._batches(reading) for line in batch]


def test_a_line_without_end_is_one_line_and_the_next_keep_their_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "LONGEST_LINE", 1 << 20)
    lines = _through_a_pipe([b"one\n", b"x" * (5 << 20), b"\n", b"three\n", b"four"])
    assert [number for number, _ in lines] == [1, 2, 3, 4]
    assert [lines[0][1], lines[2][1], lines[3][1]] == [b"one", b"three", b"four"]
    assert 1 << 20 < len(lines[1][1]) < 3 << 20


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "config.toml").write_text(CONFIG)
    return tmp_path / "config.toml"


def _import(config: Path, name: str, content: bytes) -> tuple[int, int]:
    (config.parent / name).write_bytes(content)
    loaded = load(config)
    code = asyncio.run(import_round(loaded, config.parent / name))
    store = Store.open(loaded.database_url)
    try:
        with store.read() as tx:
            return code, count_mentions(tx, MentionFilter())
    finally:
        store.close()


def test_an_import_tells_a_line_without_end_and_reads_on(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for room in (importing, stream):
        monkeypatch.setattr(room, "LONGEST_LINE", 1 << 20)
    assert _import(config, "posts.jsonl", _line(1) + b"x" * (3 << 20) + b"\n" + _line(3)) == (1, 2)
    assert "line 2: is longer than" in capsys.readouterr().out


def test_an_import_keeps_what_comes_before_a_file_is_cut_off(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = gzip.compress(b"".join(_line(number) for number in range(2_000)))
    code, kept = _import(config, "posts.jsonl.gz", whole[: len(whole) // 2])
    assert code == 1 and 0 < kept < 2_000
    assert "damaged or cut off" in capsys.readouterr().out


@pytest.mark.parametrize(("name", "content"), [("a.jsonl.gz", b"\x1f\x8bgarbage"), ("b.csv", b"one,two\n1,2\n")])
def test_an_import_of_what_holds_no_posts_says_so(
    config: Path, capsys: pytest.CaptureFixture[str], name: str, content: bytes
) -> None:
    assert _import(config, name, content) == (1, 0)
    assert f"{name} line 1: " in capsys.readouterr().out
