"""The pieces of a query's text: operators, brackets and what stands for words, each with its column."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import Literal, NoReturn, get_args

from msgspec import Struct

from sources.query.tree import Field, FieldName, Handle, Hashtag, Phrase, QueryError, Term
from sources.query.words import cut, handle_name, hashtag_name, is_dense, is_word_character, normalise

LONGEST = 20_000
FARTHEST = 100
QUOTES = '"“”„‟«»＂'
FIELDS: tuple[FieldName, ...] = get_args(FieldName)

_BRACKETS = {"(": "(", "（": "(", ")": ")", "）": ")"}
_WORD_END = re.compile(rf"[\s(){{}}（）{QUOTES}]")
_QUOTE = re.compile(f"[{QUOTES}]")
_FIELD = re.compile(r"([A-Za-z]{2,}):(.*)", re.DOTALL)
_UNWRITABLE = re.compile("[\x00\ud800-\udfff]")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*")
_NO_WORD = "there is no letter, digit or emoji to search for"

Kind = Literal["(", ")", "AND", "OR", "NOT", "NEAR", "word", "end"]


class Lexeme(Struct, frozen=True):
    """One piece: `node` for words and fields, `distance` for NEAR; `raw` as the user wrote it."""

    kind: Kind
    column: int
    raw: str
    node: Term | Phrase | Hashtag | Handle | Field | None = None
    distance: int = 0


class Lexer:
    """Walks over a query's text once, left to right."""

    def __init__(self, query: str) -> None:
        self._query = query
        self._place = 0

    def pieces(self) -> Iterator[Lexeme]:
        """Gives the pieces in order, "end" last. Raises QueryError."""
        query = self._query
        if len(query) > LONGEST:
            self._fail(f"a query has at most {LONGEST:,} characters, this one has {len(query):,}", LONGEST)
        if bad := _UNWRITABLE.search(query):
            self._fail(f"{bad[0]!a} is no character of a text", bad.start())
        while self._place < len(query):
            character = query[self._place]
            if character.isspace():
                self._place += 1
            elif character in _BRACKETS:
                kind: Literal["(", ")"] = "(" if _BRACKETS[character] == "(" else ")"
                yield Lexeme(kind, self._place + 1, character)
                self._place += 1
            elif character in QUOTES:
                start = self._place
                yield self._word(start, self._phrase(self._quoted(), start))
            elif character == "{":
                start = self._place
                yield self._word(start, self._exact())
            elif character == "}":
                self._fail("this } closes nothing: expected { before it, as in {ACME}", self._place)
            else:
                yield self._bare()
        yield Lexeme("end", len(query) + 1, "")

    def _fail(self, message: str, place: int) -> NoReturn:
        raise QueryError(f"column {place + 1}: {message}", place + 1, self._query)

    def _word(self, start: int, node: Term | Phrase | Hashtag | Handle | Field) -> Lexeme:
        if self._query[self._place : self._place + 1] == "*":
            self._fail(
                "* cannot stand behind quotes or braces: expected it at the end of a word, as in reliab*", self._place
            )
        return Lexeme("word", start + 1, self._query[start : self._place], node)

    def _quoted(self) -> str:
        start = self._place
        closing = _QUOTE.search(self._query, start + 1)
        if closing is None:
            self._fail("this quote is never closed: expected a second one", start)
        self._place = closing.end()
        return self._query[start + 1 : closing.start()]

    def _phrase(self, text: str, start: int) -> Phrase:
        if not cut(text).words:
            self._fail(f"between these quotes {_NO_WORD}", start)
        return Phrase(text.strip(), start + 1)

    def _exact(self) -> Term | Phrase:
        start = self._place
        end = self._query.find("}", start)
        if end < 0:
            self._fail("this { is never closed: expected }, as in {ACME}", start)
        text = self._query[start + 1 : end].strip()
        if "{" in text:
            self._fail("braces cannot stand inside braces: expected }", self._query.index("{", start + 1))
        if not cut(text).words:
            self._fail(f"between these braces {_NO_WORD}", start)
        self._place = end + 1
        if len(text.split()) > 1:
            return Phrase(text, start + 1, exact=True)
        return Term(text, start + 1, exact=True)

    def _bare(self) -> Lexeme:
        start = self._place
        ending = _WORD_END.search(self._query, start)
        self._place = ending.start() if ending else len(self._query)
        raw = self._query[start : self._place]
        if raw in {"AND", "OR", "NOT"}:
            kind: Kind = "AND" if raw == "AND" else "OR" if raw == "OR" else "NOT"
            return Lexeme(kind, start + 1, raw)
        if raw == "NEAR" or raw.startswith("NEAR/"):
            return Lexeme("NEAR", start + 1, raw, None, self._distance(raw, start))
        if field := _FIELD.fullmatch(raw):
            node = self._field(field[1], field[2], start)
            if node is not None:
                return self._word(start, node)
        return Lexeme("word", start + 1, raw, self._bare_word(raw, start))

    def _distance(self, raw: str, start: int) -> int:
        written = raw[5:]
        if not (written.isascii() and written.isdigit() and 0 < int(written[:6]) <= FARTHEST and len(written) < 6):
            self._fail(
                f"{raw} does not say how near: expected NEAR/1 to NEAR/{FARTHEST}, as in acme NEAR/5 refund "
                '(to find the word itself, write "near")',
                start,
            )
        return int(written)

    def _bare_word(self, raw: str, start: int) -> Term | Hashtag | Handle:
        if raw[0] in "#＃":
            return self._hashtag(raw, start)
        if raw[0] in "@＠":
            name = raw[1:].rstrip(",;:.!?")
            if not handle_name(name):
                self._fail(f"{raw} is no handle: expected @name or @name@host after the @", start)
            return Handle(name, start + 1)
        text = raw.rstrip(",;:") or raw
        wildcard = self._wildcard(text, start)
        text = text[:-1] if wildcard else text
        if not cut(text).words:
            hint = " (write AND, OR, NOT)" if text in {"&", "&&", "|", "||", "!", "-", "+"} else ""
            self._fail(f"in {raw} {_NO_WORD}{hint}", start)
        return Term(text, start + 1, wildcard=wildcard)

    def _hashtag(self, raw: str, start: int) -> Hashtag:
        name = raw[1:].rstrip(",;:.!?")
        wildcard = self._wildcard(name, start + 1)
        name = name[:-1] if wildcard else name
        if not hashtag_name(name):
            self._fail(f"{raw} is no hashtag: expected letters, digits or _ after the #", start)
        return Hashtag(name, start + 1, wildcard=wildcard)

    def _wildcard(self, text: str, start: int) -> bool:
        star = text.find("*")
        if star < 0:
            return False
        if star == 0:
            self._fail("a word cannot begin with *: expected letters first, as in reliab*", start)
        if star < len(text) - 1:
            self._fail("* stands only at the end of a word, as in reliab* (quotes take it literally)", start + star)
        stem = normalise(text[:-1])
        if not stem or not is_word_character(stem[-1]):
            self._fail("* must follow a letter or digit, as in reliab*", start + star)
        words = cut(text[:-1]).words
        if len(words[-1]) < 2 and not (is_dense(stem[-1]) and len(words) > 1):
            self._fail(f"{text} would match too much: expected at least 2 characters before the *", start)
        return True

    def _field(self, name: str, value: str, start: int) -> Field | None:
        """The field, or None where this is a word with a colon behind it."""
        known = next((field for field in FIELDS if field == name.lower()), None)
        quoted = not value and self._query[self._place : self._place + 1] in tuple(QUOTES)
        if known is None:
            if value or quoted:
                self._unknown(name, start)
            return None
        place = self._place if quoted else start + len(name) + 1
        value = self._quoted().strip() if quoted else value
        if not value:
            self._fail(f"{known}: has no value: expected one directly behind it, as in {_EXAMPLES[known]}", place)
        self._check(known, value, place)
        return Field(known, value, start + 1)

    def _unknown(self, name: str, start: int) -> NoReturn:
        close = difflib.get_close_matches(name.lower(), FIELDS, n=1)
        meant = f" (did you mean {close[0]}: ?)" if close else ""
        allowed = ", ".join(f"{field}:" for field in FIELDS)
        self._fail(
            f"{name}: is no field{meant}: expected one of {allowed}; to find it as text, put it in quotes", start
        )

    def _check(self, name: FieldName, value: str, place: int) -> None:
        if name == "lang" and not _LANGUAGE.fullmatch(value):
            self._fail(f"lang: takes a language's code, not {value!r}: expected one such as {_EXAMPLES['lang']}", place)
        if name == "site" and (any(map(str.isspace, value)) or not cut(value).words or value[-1] == "*"):
            self._fail(f"site: takes a host, not {value!r}: expected one such as {_EXAMPLES['site']}", place)
        if not cut(value.lstrip("@＠")).words:
            self._fail(f"in the value of {name}: {_NO_WORD}", place)


_EXAMPLES: dict[FieldName, str] = {
    "author": 'author:jane or author:"Jane Doe"',
    "site": "site:example.org",
    "lang": "lang:en",
    "source": 'source:mastodon or source:"tech blogs"',
}
