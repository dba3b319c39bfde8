"""Posts as JSON Lines and CSV: lenient about what is missing, clear about what is wrong."""

from __future__ import annotations

import gzip
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.jsonl import decode_post, posts_from_csv
from sources.post import MAX_TEXT, Post

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

WHOLE = {
    "source": "mastodon",
    "instance": "mastodon.example",
    "external_id": "17",
    "url": "https://mastodon.example/@jane/17",
    "title": "On rockets",
    "text": "I like Acme",
    "published_at": "2026-11-20T08:30:00+06:00",
    "lang": "bn",
    "author": {
        "id": "4", "handle": "jane@mastodon.example", "name": "Jane", "url": "https://mastodon.example/@jane",
        "email": "jane@example.org", "followers": 12, "bio": "I build rockets", "links": ("https://jane.example/",),
        "verified_links": ("https://jane.example/",), "location": "Dhaka",
    },
    "engagement": {"likes": 1, "replies": 2, "reposts": 3, "views": 4},
    "in_reply_to": "16",
    "kind": "comment",
}  # fmt: skip

A_TIME = "must be an RFC 3339 time such as '2026-11-20T08:30:00Z' or the seconds since 1970"


def decoded(fields: dict[str, Any]) -> Post:
    return decode_post(json.dumps(fields), NOW)


def test_every_field_of_a_post_is_read() -> None:
    post = decoded(WHOLE)
    expected = WHOLE | {"published_at": datetime(2026, 11, 20, 2, 30, tzinfo=UTC)}
    assert msgspec.to_builtins(post, builtin_types=(datetime,)) == expected
    assert decode_post(msgspec.json.encode(post), NOW) == post


def test_what_is_missing_or_null_is_not_told() -> None:
    for fields in ({"text": "x"}, {"text": "x"} | dict.fromkeys([*WHOLE.keys() - {"text"}])):
        post = decode_post(json.dumps(fields), NOW, source="file", instance="drop")
        assert (post.source, post.instance, post.text, post.published_at) == ("file", "drop", "x", None)
        assert post.external_id.startswith("sha256:")


def test_unknown_keys_are_let_pass() -> None:
    assert decoded({"text": "x", "raw": {"deep": [1, {}]}, "Text": 5}).text == "x"


@pytest.mark.parametrize(
    ("told", "time"),
    [
        ("2026-11-20T08:30:00Z", datetime(2026, 11, 20, 8, 30, tzinfo=UTC)),
        ("2026-11-20 08:30", datetime(2026, 11, 20, 8, 30, tzinfo=UTC)),
        ("2026-11-20T08:30:00.123456-05:00", datetime(2026, 11, 20, 12, 0, tzinfo=UTC)),
        ("2026-11-20", datetime(2026, 11, 20, tzinfo=UTC)),
        (1_700_000_000, datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
        ("1700000000", datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
        (1_700_000_000_123, datetime(2023, 11, 14, 22, 13, 20, 123_000, tzinfo=UTC)),
        (1_700_000_000_123_456, datetime(2023, 11, 14, 22, 13, 20, 123_456, tzinfo=UTC)),
        (1_700_000_000.5, datetime(2023, 11, 14, 22, 13, 20, 500_000, tzinfo=UTC)),
        (-86_400, datetime(1969, 12, 31, tzinfo=UTC)),
        ("2099-01-01T00:00:00Z", NOW),
        ("", None),
        (None, None),
    ],
)
def test_times_are_read_as_utc_and_never_lie_in_the_future(told: object, time: datetime | None) -> None:
    found = decoded({"text": "x", "published_at": told}).published_at
    assert found == time
    assert found is None or found.utcoffset() == timedelta()


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ('{"text": "x", "published_at": "yesterday"}', f"published_at is 'yesterday', {A_TIME}"),
        ('{"text": "x", "published_at": true}', "published_at is true, must be an RFC 3339 time such as"),
        ('{"text": "x", "published_at": "2026-13-01"}', "published_at is '2026-13-01', must be"),
        ('{"text": "x", "published_at": "0001-01-01T00:00+14:00"}', "published_at is '0001-01-01T00:00+14:00', must"),
        ('{"text": "x", "published_at": 1e300}', "published_at is 1e+300, must be"),
        ('{"text": "x", "published_at": NaN}', "published_at is nan, must be"),
        ('{"text": 5}', "text is 5, must be text"),
        ('{"text": ["a"]}', "text is a list, must be text"),
        ('{"text": "x", "author": "Jane"}', "author is 'Jane', must be an object"),
        ('{"text": "x", "author": {"followers": "many"}}', "author.followers is 'many', must be a whole number"),
        ('{"text": "x", "engagement": {"likes": 1.5}}', "engagement.likes is 1.5, must be a whole number"),
        ('{"external_id": false}', "external_id is false, must be"),
        ("[]", 'is a list, must be an object such as {"external_id": "1", "text": "..."}'),
        ("3", "is 3, must be an object"),
        ('"hi"', "is 'hi', must be an object"),
        ("{}", "has none of text, title, url and external_id: it is not a post"),
        ('{"message": "x"}', "has none of text, title, url and external_id: it is not a post"),
        ('{"text": "x"', "is not JSON: expecting ',' delimiter (column 13)"),
        ("", "is not JSON: expecting value (column 1)"),
        ("[" * 100_000, "is not JSON that can be read"),
        ('{"text": ' + "9" * 5_000 + "}", "is not JSON that can be read"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_one_sentence(line: str, sentence: str) -> None:
    for given_line in (line, line.encode()):
        with pytest.raises(ValueError) as wrong:
            decode_post(given_line, NOW)
        assert str(wrong.value).startswith(sentence)
        assert str(wrong.value).isprintable()


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (r'{"text": "a\ud800b"}', "a\ufffdb"),
        (r'{"text": "\ud83d\ude00\u0000x"}', "😀\ufffdx"),
        (b'{"text": "a\xed\xa0\x80b\xff"}', "a\ufffd\ufffd\ufffdb\ufffd"),
        ('\ufeff{"text": "x"}', "x"),
        ('{"text": "a\x00b\x1bc\td"}', "a\ufffdb\x1bc\td"),
    ],
)
def test_broken_characters_are_kept_as_a_mark(line: str | bytes, text: str) -> None:
    post = decode_post(line, NOW)
    assert post.text == text
    assert decode_post(msgspec.json.encode(post), NOW) == post


def test_a_text_of_a_megabyte_is_cut() -> None:
    assert len(decoded({"text": "x" * 1_000_000}).text) == MAX_TEXT


def test_counts_with_a_decimal_zero_are_whole_and_absurd_ones_fit_a_column() -> None:
    post = decoded({"text": "x", "author": {"followers": 12.0}, "engagement": {"likes": 10**300}})
    assert post.author.followers == 12
    assert post.engagement.likes == 2**53


def test_a_default_instance_is_not_given_to_a_post_of_another_source() -> None:
    post = decode_post('{"text": "x", "source": "mastodon"}', NOW, source="file", instance="drop")
    assert (post.source, post.instance) == ("mastodon", "")


@given(st.one_of(st.text(max_size=60), st.binary(max_size=60)))
def test_no_line_makes_it_fail_in_another_way(line: str | bytes) -> None:
    try:
        decode_post(line, NOW)
    except ValueError as error:
        assert "\n" not in str(error)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(sorted(WHOLE)), JSON, max_size=6))
def test_no_object_makes_it_fail_in_another_way(fields: dict[str, Any]) -> None:
    try:
        msgspec.json.encode(decode_post(json.dumps(fields), NOW))
    except ValueError as error:
        assert str(error).isprintable()


def rows(text: str) -> list[tuple[int, str]]:
    return [
        (line, str(read) if isinstance(read, ValueError) else f"{read.external_id}={read.text}")
        for line, read in posts_from_csv(io.StringIO(text), NOW)
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_csv_is_read_whatever_separates_its_cells(delimiter: str) -> None:
    text = 'External_ID,"Text",likes\n1,"a\nb",\n\n2,c,3\n'.replace(",", delimiter)
    assert rows(text) == [(2, "1=a\nb"), (5, "2=c")]


def test_every_column_of_a_csv_is_read() -> None:
    flat = {name: value for name, value in WHOLE.items() if not isinstance(value, dict)}
    author = WHOLE["author"]
    counts = WHOLE["engagement"]
    assert isinstance(author, dict)
    assert isinstance(counts, dict)
    flat |= {
        f"author_{name}": " ".join(value) if isinstance(value, tuple) else value
        for name, value in author.items()
        if name != "followers"
    }
    flat |= counts | {"followers": author["followers"], "unknown": "x"}
    text = ",".join(flat) + "\n" + ",".join(str(value) for value in flat.values()) + "\n"
    [(_, post)] = posts_from_csv(io.StringIO(text), NOW)
    assert post == decoded(WHOLE)


def test_a_bad_row_is_told_with_its_line_and_stops_no_other() -> None:
    text = 'external_id,text,likes,published_at\n1,a,many,\n2,"b\nc",1,soon\n3,d,1 234,\n4,e,1,,,,\n5,f,1,,x\n6,g,,\n'
    assert rows(text) == [
        (2, "likes is 'many', must be a whole number"),
        (3, f"published_at is 'soon', {A_TIME}"),
        (5, "3=d"),
        (6, "4=e"),
        (7, "has 5 cells where the header has 4: is a quote missing?"),
        (8, "6=g"),
    ]  # fmt: skip


def test_a_quote_that_is_never_closed_costs_its_own_line_only() -> None:
    assert rows('external_id,text\n1,"a\n2,b\n3,c') == [
        (2, "opens a quote that is never closed"),
        (3, "2=b"),
        (4, "3=c"),
    ]


def test_a_table_of_something_else_is_refused() -> None:
    for text in ("name,age\nJane,40\n", ""):
        with pytest.raises(ValueError, match="names no field of a post in its first line"):
            rows(text)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_a_csv_as_bytes_is_read_in_its_encoding(encoding: str) -> None:
    data = 'external_id,text\n1,"é\nx"\n2,naïve\n'.encode(encoding)
    for stream in (io.BytesIO(data), gzip.GzipFile(fileobj=io.BytesIO(gzip.compress(data)))):
        assert [(line, post.text) for line, post in posts_from_csv(stream, NOW) if isinstance(post, Post)] == [
            (2, "é\nx"),
            (4, "naïve"),
        ]


def test_a_row_that_is_latin_among_unicode_is_still_read() -> None:
    data = "external_id,text\n1,é\n".encode() + "2,é\n".encode("cp1252")
    assert [post.text for _, post in posts_from_csv(io.BytesIO(data), NOW) if isinstance(post, Post)] == ["é", "é"]


@given(st.text(max_size=300))
def test_no_csv_makes_it_fail_in_another_way(text: str) -> None:
    for _, read in posts_from_csv(io.StringIO("external_id,text,likes\n" + text), NOW):
        assert isinstance(read, Post | ValueError)


def test_a_first_line_that_is_no_row_names_no_field() -> None:
    with pytest.raises(ValueError, match="names no field of a post"):
        list(posts_from_csv(io.BytesIO(b"external_id,te\rxt\n1,acme\n"), NOW))
