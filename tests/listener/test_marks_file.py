"""A team's labels come in from a file, row by row, and a bad row is told and stops no other."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.marks_file import bring_in, read_labels
from listener.store import Store
from listener.store.marks import FEELINGS, MARKS, MarkedText, marked_texts
from sources.csv_rows import LONGEST_FIELD


def test_rows_name_a_mention_or_hold_a_text() -> None:
    labels = read_labels(
        b"mention,text,label,brand\n7,,Noise,\n,so slow,negative,Acme\n,fine,neutral,\n", "l.csv", ["Acme"]
    )
    assert labels.mentions == ((2, 7, "noise"),)
    assert labels.texts == (MarkedText("so slow", "negative", "Acme"), MarkedText("fine", "neutral"))
    assert (labels.empty, labels.mistakes) == (0, ())


def test_an_export_with_its_column_filled_in_is_such_a_file() -> None:
    labels = read_labels("\ufeffid;text;mark\n7;'so slow;negative\n8;fine;\n".encode(), "export.csv", [])
    assert labels.mentions == ((2, 7, "negative"),)
    assert (labels.texts, labels.empty, labels.mistakes) == ((), 1, ())


def test_only_ends_of_lines_end_a_row() -> None:
    text = "so slow,\u2028really\x0bslow\x85yes\u2029no".replace(",", "")
    labels = read_labels(f"text,label\r{text},negative\r\nfine,positive\n".encode(), "l.csv", [])
    assert [(one.text.split(), one.mark) for one in labels.texts] == [
        (text.split(), "negative"),
        (["fine"], "positive"),
    ]
    assert labels.mistakes == ()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("mention,label\n7,lovely\n", "line 2: 'lovely' is no mark"),
        ("mention,label\nseven,noise\n", "'seven' is not the number of a mention"),
        (f"mention,label\n{2**80},noise\n", "is not the number of a mention"),
        (f"mention,label\n{'0' * 5_000}7,noise\n", "is not the number of a mention"),
        (f"mention,label\n{'0' * 20}{2**80},noise\n", "is not the number of a mention"),
        ("text,label\nso slow,noise\n", "a text without a mention can be negative, neutral, positive, not noise"),
        ("text,label,brand\nso slow,negative,Bolt\n", "no brand is named 'Bolt'"),
        ("mention,text,label\n,,noise\n", "names no mention and has no text"),
        ("text,feels\nso slow,negative\n", "needs the columns mention or text, and label"),
        ("", "needs the columns"),
    ],
)
def test_what_cannot_be_used_is_told_by_its_line(content: str, told: str) -> None:
    labels = read_labels(f"{content}".encode(), "l.csv", ["Acme"])
    assert (labels.mentions, labels.texts) == ((), ())
    (mistake,) = labels.mistakes
    assert mistake.startswith("l.csv") and told in mistake


def test_a_file_that_cannot_be_read_to_its_end_leaves_what_it_brought_before(store: Store, tmp_path: Path) -> None:
    now = datetime(2026, 11, 29, tzinfo=UTC)
    too_long = "a" * (LONGEST_FIELD + 1)
    path = tmp_path / "l.csv"
    path.write_text("text,label\nso slow,negative\n")
    with store.write() as tx:
        assert bring_in(tx, path, [], "ann", now).texts == 1
        for broken in (
            "text,feels\nfine,positive\n",
            f"text,label\nfine,positive\n{too_long},negative\n",
            "",
        ):
            path.write_text(broken)
            told = bring_in(tx, path, [], "ann", now)
            assert (told.texts, told.replaced, len(told.mistakes)) == (0, 0, 1)
            assert marked_texts(tx, 9) == [MarkedText("so slow", "negative")]
        path.write_text("text,label\nfine,positive\n")
        assert (bring_in(tx, path, [], "ann", now).replaced, marked_texts(tx, 9)) == (
            1,
            [MarkedText("fine", "positive")],
        )


ROWS = st.text(max_size=300).map(lambda text: f"text,label\n{text}".encode("utf-8", "replace"))


@given(st.binary(max_size=300) | ROWS)
def test_nothing_that_a_file_holds_makes_reading_fail(content: bytes) -> None:
    labels = read_labels(content, "l.csv", ["Acme"])
    assert all(one.mark in FEELINGS for one in labels.texts)
    assert all(mark in MARKS and 0 <= number < 2**63 for _, number, mark in labels.mentions)
