"""The file source on real files: drop folders, growing logs, rewrites, damage."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sources.contract import EVERYTHING, Page, SourceRefused, SourceUnavailable
from sources.file import MOST_POSTS, FileSettings, FileSource

NOW = datetime.now(UTC) + timedelta(seconds=5)
LATER = NOW + timedelta(hours=2)


def line(number: int, text: str = "about Acme") -> str:
    return json.dumps({"external_id": str(number), "text": text}) + "\n"


def opened(path: Path) -> FileSource:
    return FileSettings(kind="file", name="drop", path=path).open()


def fetch(source: FileSource, cursor: str | None, now: datetime = NOW) -> Page:
    return asyncio.run(source.fetch(EVERYTHING, cursor, now))


def drained(source: FileSource, cursor: str | None = None, now: datetime = NOW) -> tuple[list[str], list[str], str]:
    """Fetches until there is no more: the ids, the notes, and the cursor."""
    ids: list[str] = []
    notes: list[str] = []
    for _ in range(200):
        page = fetch(source, cursor, now)
        ids += [post.external_id for post in page.posts]
        notes += page.notes
        cursor = page.cursor
        if not page.more:
            return ids, notes, cursor
    raise AssertionError("the source asks to be called again for ever")


def test_a_file_is_read_once_and_then_only_what_is_appended(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_text(line(1) + line(2))
    source = opened(path)
    ids, notes, cursor = drained(source)
    assert (ids, notes) == (["1", "2"], [])
    assert drained(source, cursor)[0] == []
    with path.open("a") as file:
        file.write(line(3))
    assert drained(opened(path), cursor)[0] == ["3"]


def test_all_files_of_a_drop_folder_are_read_and_other_files_are_not(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(line(1))
    (tmp_path / "b.csv").write_text("external_id,text\n2,Acme\n")
    (tmp_path / "c.jsonl.gz").write_bytes(gzip.compress(line(3).encode()))
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / ".half.jsonl").write_text(line(9))
    (tmp_path / "d.jsonl").mkdir()
    ids, notes, cursor = drained(opened(tmp_path))
    assert (sorted(ids), notes) == (["1", "2", "3"], [])
    (tmp_path / "0.jsonl").write_text(line(4))
    assert drained(opened(tmp_path), cursor)[0] == ["4"]


def test_many_posts_come_in_bounded_steps(tmp_path: Path) -> None:
    (tmp_path / "posts.jsonl").write_text("".join(line(number) for number in range(2 * MOST_POSTS + 1)))
    source = opened(tmp_path)
    first = fetch(source, None)
    assert len(first.posts) == MOST_POSTS
    assert first.more
    assert drained(source)[0] == [str(number) for number in range(2 * MOST_POSTS + 1)]


def test_a_file_that_grows_for_ever_starves_no_other(tmp_path: Path) -> None:
    big = tmp_path / "a.jsonl"
    big.write_text("".join(line(number) for number in range(MOST_POSTS * 2)))
    (tmp_path / "b.jsonl").write_text(line(-1))
    source = opened(tmp_path)
    first = fetch(source, None)
    with big.open("a") as file:
        file.write("".join(line(number) for number in range(MOST_POSTS * 2, MOST_POSTS * 4)))
    second = fetch(source, first.cursor)
    assert "-1" in [post.external_id for post in second.posts]


def test_a_bad_line_is_told_with_file_and_number_and_stops_no_other(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_text(line(1) + "{oops\n" + '{"text": 5}\n' + "\n" + line(2))
    ids, notes, cursor = drained(opened(path))
    assert ids == ["1", "2"]
    assert [note.partition(": ")[0] for note in notes] == ["posts.jsonl, line 2", "posts.jsonl, line 3"]
    assert "text is 5, must be text" in notes[1]
    assert drained(opened(path), cursor)[:2] == ([], [])


def test_a_thousand_bad_lines_make_twenty_notes(tmp_path: Path) -> None:
    (tmp_path / "posts.jsonl").write_text("oops\n" * 1_000 + line(1))
    page = fetch(opened(tmp_path), None)
    assert [post.external_id for post in page.posts] == ["1"]
    assert len(page.notes) == 21
    assert page.notes[-1] == "and 980 more lines like these"


def test_a_last_line_that_is_not_finished_waits_for_its_rest(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    whole = line(2)
    path.write_text(line(1) + whole[:15])
    ids, notes, cursor = drained(opened(path))
    assert (ids, notes) == (["1"], [])
    with path.open("a") as file:
        file.write(whole[15:])
    assert drained(opened(path), cursor)[0] == ["2"]


def test_a_line_that_never_ends_is_told_of_once(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_text(line(1) + '{"text": "half')
    cursor = drained(opened(path))[2]
    ids, notes, cursor = drained(opened(path), cursor, LATER)
    assert (ids, notes) == ([], ["posts.jsonl, line 2 has no end yet: it waits for the rest"])
    assert drained(opened(path), cursor, LATER)[1] == []
    with path.open("a") as file:
        file.write('"}\n')
    assert len(drained(opened(path), cursor, LATER)[0]) == 1


def test_a_last_line_without_a_newline_is_read_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_text(line(1) + line(2).rstrip("\n"))
    ids, _, cursor = drained(opened(path))
    assert ids == ["1", "2"]
    with path.open("a") as file:
        file.write("\n{bad\n" + line(3))
    ids, notes, _ = drained(opened(path), cursor)
    assert ids == ["3"]
    assert notes[0].startswith("posts.jsonl, line 3:")


def test_a_file_that_was_rewritten_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_text(line(1) + line(2))
    cursor = drained(opened(path))[2]
    path.write_text(line(3) + line(4) + line(5))
    ids, notes, cursor = drained(opened(path), cursor)
    assert ids == ["3", "4", "5"]
    assert notes == ["posts.jsonl was rewritten: it is read again from its beginning"]
    path.write_text(line(6))
    assert drained(opened(path), cursor)[0] == ["6"]


def test_a_file_that_was_only_changed_behind_its_beginning_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    same = "".join(line(number) for number in range(500))
    path.write_text(same + line(501))
    cursor = drained(opened(path))[2]
    path.write_text(same + line(502))
    assert "502" in drained(opened(path), cursor)[0]


def test_a_file_replaced_by_itself_and_more_goes_on_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_text(line(1))
    cursor = drained(opened(path))[2]
    (tmp_path / "new").write_text(line(1) + line(2))
    (tmp_path / "new").replace(path)
    assert drained(opened(path), cursor)[:2] == (["2"], [])


def test_an_emptied_file_is_no_error(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_text("")
    ids, notes, cursor = drained(opened(path))
    assert (ids, notes) == ([], [])
    path.write_text(line(1))
    assert drained(opened(path), cursor)[0] == ["1"]


def test_a_csv_row_without_a_newline_is_given_when_the_file_lies_untouched(tmp_path: Path) -> None:
    path = tmp_path / "posts.csv"
    path.write_text('external_id;text\n1;Acme\n2;"two\nlines"\n3;last')
    ids, _, cursor = drained(opened(path))
    assert ids == ["1", "2"]
    ids, _, cursor = drained(opened(path), cursor, LATER)
    assert ids == ["3"]
    assert drained(opened(path), cursor, LATER)[0] == []
    with path.open("a") as file:
        file.write(" and more\n4;next\n")
    page = fetch(opened(path), cursor, LATER)
    assert [(post.external_id, post.text) for post in page.posts] == [("3", "last and more"), ("4", "next")]


def test_a_last_row_is_given_where_the_files_time_lies_in_the_future(tmp_path: Path) -> None:
    path = tmp_path / "posts.csv"
    path.write_text("external_id;text\n1;Acme\n2;last")
    year_2099 = datetime(2099, 1, 1, tzinfo=UTC).timestamp()
    os.utime(path, (year_2099, year_2099))
    assert drained(opened(path))[0] == ["1", "2"]


def test_a_quote_that_is_never_closed_costs_one_row(tmp_path: Path) -> None:
    path = tmp_path / "posts.csv"
    path.write_text('external_id,text\n1,"open\n' + "".join(f"{number},Acme\n" for number in range(2, 5_000)))
    ids, notes, _ = drained(opened(path), None, LATER)
    assert ids == [str(number) for number in range(2, 5_000)]
    assert notes == ["posts.csv, line 2: opens a quote that is never closed"]


def test_a_csv_that_is_no_table_of_posts_is_told_once(tmp_path: Path) -> None:
    path = tmp_path / "posts.csv"
    path.write_text("name,age\n" + "Jane,40\n" * 100_000)
    ids, notes, cursor = drained(opened(path))
    assert ids == []
    assert len(notes) == 1
    assert notes[0].startswith("posts.csv names no field of a post in its first line")
    assert drained(opened(path), cursor)[1] == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("ending", [".csv", ".csv.gz", ".jsonl", ".jsonl.gz"])
def test_files_in_the_encodings_of_windows_are_read(tmp_path: Path, encoding: str, ending: str) -> None:
    if ending.startswith(".jsonl") and encoding == "cp1252":
        pytest.skip("JSON is never cp1252 (RFC 8259)")
    rows = [("1", "Café Acme"), ("2", "plain"), ("3", "naïve")]
    if ending.startswith(".csv"):
        text = "external_id,text\n" + "".join(f"{name},{words}\n" for name, words in rows)
    else:
        text = "".join(
            json.dumps({"external_id": name, "text": words}, ensure_ascii=False) + "\n" for name, words in rows
        )
    data = text.encode(encoding)
    path = tmp_path / f"posts{ending}"
    path.write_bytes(gzip.compress(data) if ending.endswith(".gz") else data)
    source = opened(path)
    page = fetch(source, None)
    assert [(post.external_id, post.text) for post in page.posts] == rows
    assert not page.notes


def test_a_line_longer_than_any_post_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_text(line(1) + json.dumps({"text": "x" * 40_000_000}) + "\n" + line(2))
    ids, notes, _ = drained(opened(path))
    assert ids == ["1", "2"]
    assert notes == ["posts.jsonl, line 2 is longer than 16 MiB"]


def test_a_gzipped_file_is_read_while_it_is_still_being_copied(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl.gz"
    packed = gzip.compress("".join(line(number, os.urandom(40).hex()) for number in range(3_000)).encode())
    path.write_bytes(packed[: len(packed) // 2])
    ids, _, cursor = drained(opened(path))
    assert 0 < len(ids) < 3_000
    path.write_bytes(packed)
    rest, _, _ = drained(opened(path), cursor)
    assert ids + rest == [str(number) for number in range(3_000)]


def test_a_damaged_gzip_gives_what_stands_before_the_damage_and_is_told_once(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl.gz"
    packed = bytearray(gzip.compress("".join(line(n, os.urandom(40).hex()) for n in range(5_000)).encode()))
    packed[len(packed) // 2 : len(packed) // 2 + 200] = bytes(200)
    path.write_bytes(packed)
    (tmp_path / "z.jsonl").write_text(line(-1))
    ids, notes, cursor = drained(opened(tmp_path))
    assert len(ids) > 1_000
    assert "-1" in ids
    assert any("posts.jsonl.gz is named .gz and is not gzip, or is damaged" in note for note in notes)
    assert drained(opened(tmp_path), cursor)[:2] == ([], [])


def test_a_gzip_of_several_members_and_a_bomb_are_read_in_bounded_steps(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl.gz"
    path.write_bytes(gzip.compress(line(1).encode()) + gzip.compress(line(2).encode()) + gzip.compress(bytes(10**8)))
    source = opened(path)
    ids, notes, _ = drained(source)
    assert ids == ["1", "2"]
    assert notes == ["posts.jsonl.gz, line 3 is longer than 16 MiB"]


def test_what_does_not_exist_may_come_and_is_told_meanwhile(tmp_path: Path) -> None:
    source = opened(tmp_path / "none.jsonl")
    with pytest.raises(SourceUnavailable, match="does not exist"):
        fetch(source, None)
    (tmp_path / "none.jsonl").write_text(line(1))
    assert drained(source)[0] == ["1"]


def test_a_pipe_and_a_device_are_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jsonl")
    with pytest.raises(SourceUnavailable, match="is not a regular file"):
        fetch(opened(tmp_path / "pipe.jsonl"), None)
    with pytest.raises(SourceUnavailable, match="is not a regular file"):
        fetch(opened(Path("/dev/zero")), None)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_is_for_a_person_to_mend(tmp_path: Path) -> None:
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o000)
    with pytest.raises(SourceRefused) as refused:
        fetch(opened(folder), None)
    assert refused.value.why == "settings"


def test_notes_hold_nothing_that_a_terminal_obeys(tmp_path: Path) -> None:
    (tmp_path / "a\x1b[31m\n.jsonl").write_text('{"text": ["\x1b[2J"]}\n{"kind": "\\u001b[2J", "likes": 1}\n')
    page = fetch(opened(tmp_path), None)
    assert len(page.notes) == 2
    assert all(note.isprintable() for note in page.notes)


def test_a_post_without_a_source_is_of_the_configured_one_and_others_keep_theirs(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"external_id": "1"}\n{"external_id": "1", "source": "x", "instance": "y"}\n')
    page = fetch(opened(tmp_path), None)
    assert [str(post.key) for post in page.posts] == ["file:drop:1", "x:y:1"]


def test_a_cursor_of_another_version_begins_anew(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(line(1))
    for cursor in ('{"version": 99}', "oops", "[]", '{"files": {"a.jsonl": {"offset": "x"}}}'):
        assert drained(opened(tmp_path), cursor)[0] == ["1"]


def test_a_step_that_takes_too_long_is_waited_for_and_not_begun_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.jsonl").write_text(line(1))
    may_go_on, begun = threading.Event(), []
    real = FileSource._read

    def slow(self: FileSource, *args: Any) -> Page:
        begun.append(args)
        may_go_on.wait(10)
        return real(self, *args)

    monkeypatch.setattr(FileSource, "_read", slow)
    monkeypatch.setattr("sources.file.TIME_LIMIT", timedelta(seconds=0.1))

    async def three_polls() -> None:
        source = opened(tmp_path)
        for _ in range(2):
            with pytest.raises(SourceUnavailable, match=r"was not read within 0\.1 s"):
                await source.fetch(EVERYTHING, None, NOW)
        may_go_on.set()
        monkeypatch.setattr("sources.file.TIME_LIMIT", timedelta(seconds=10))
        page = await source.fetch(EVERYTHING, None, NOW)
        assert [post.external_id for post in page.posts] == ["1"]
        assert len(begun) == 1
        assert not (await source.fetch(EVERYTHING, page.cursor, NOW)).posts

    asyncio.run(three_polls())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cuts=st.lists(st.integers(0, 4_000), max_size=6),
    ending=st.sampled_from([".jsonl", ".csv", ".jsonl.gz", ".csv.gz"]),
    fresh=st.booleans(),
)
def test_however_a_file_grows_every_post_is_read(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[int], ending: str, fresh: bool
) -> None:
    path = tmp_path_factory.mktemp("drop") / f"posts{ending}"
    wanted = [str(number) for number in range(60)]
    if ".csv" in ending:
        text = "external_id,text\n" + "".join(f'{name},"a ""b""\n{name} é"\n' for name in wanted)
    else:
        text = "".join(line(int(name), "é" * int(name)) for name in wanted)
    data = gzip.compress(text.encode()) if ending.endswith(".gz") else text.encode()
    source, cursor, seen = opened(path), None, []
    for cut in [*sorted(cuts), len(data)]:
        path.write_bytes(data[:cut])
        source = opened(path) if fresh else source
        ids, _, cursor = drained(source, cursor)
        seen += ids
    assert seen == wanted
