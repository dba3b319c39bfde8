"""A post as a line of JSON: the format in which `listener analyze`, `import` and the file source take posts."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import msgspec

from sources.csv_posts import posts_from_csv
from sources.post import Post
from sources.post_fields import PostFields, fields_from, post_from

__all__ = ["decode_post", "posts_from_csv"]

_LINE = msgspec.json.Decoder(PostFields)


def decode_post(line: str | bytes, now: datetime, source: str = "file", instance: str = "") -> Post:
    """Reads one line: an object with the fields of Post, every one of them optional, others let pass.

    `source` and `instance` are taken where the line tells none. Broken characters (lone surrogates, NULs, bytes
    that are not UTF-8) become U+FFFD; a time without a zone is UTC, one after `now` becomes `now`. Raises
    ValueError with one sentence that names the field, its value and what it must be.
    """
    try:
        fields = _LINE.decode(line)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        fields = fields_from(read_json(line))
    return post_from(fields, now, source, instance)


def read_json(line: str | bytes) -> Any:
    """The slower reader, which takes what msgspec does not: lone surrogates, raw control characters, NaN, odd bytes.

    Raises ValueError with one sentence, which goes on from "the line" or "the body".
    """
    text = line.decode("utf-8", "replace") if isinstance(line, bytes) else line
    try:
        return json.loads(text.lstrip("\ufeff"), strict=False)
    except json.JSONDecodeError as error:
        raise ValueError(f"is not JSON: {_lower(error.msg)} ({_place(error)})") from None
    except (ValueError, RecursionError):
        raise ValueError("is not JSON that can be read: it is nested too deeply, or a number is too long") from None


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _place(error: json.JSONDecodeError) -> str:
    return f"line {error.lineno}, column {error.colno}" if error.lineno > 1 else f"column {error.colno}"
