"""Full-text search over our own words, with the same answers on SQLite (FTS5) and PostgreSQL (tsvector).

Both get words that `sources.query.words` has folded and cut, armoured so that neither database's own parser finds
anything to part, and in both nothing that a user typed is ever read as syntax.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, bindparam, column, delete, false, select, table, text

from listener.store.bulk import put_rows
from listener.store.tables import POST
from sources.query.quick_words import parted_words
from sources.query.words import quick_cut

MOST_WORDS = 16_000
"""Words of a post that can be found; PostgreSQL counts places no further."""

_MOST_BYTES = 400_000  # of all words of a post: a tsvector holds a megabyte, with the places
_LONGEST = 200  # characters of a word that count
_QUICK = 2_000  # characters in which there are never too many words, however they fold (U+FDFA is four)
_MOST_PLACES = 255  # of one word, in a tsvector
_LONGEST_SEARCH = 500
_BETWEEN = "\ue000"  # stands between title and text, so that no phrase is found across them
_ARMOUR = {code: 0xE000 + code for code in range(128) if not chr(code).isalnum()}
_FOLDS_TO_AT = re.compile("[\ufe6b\uff20]")
_TERM = re.compile(r'"([^"]*)"?|(\S+)')
_WORDS = table("post_words", column("rowid"), column("post_id"), column("words"))


def words_of(title: str, body: str) -> list[str]:
    """The words under which a post is found, in their order."""
    quick = _quick_words(title, body)
    if quick:
        return [word for word in quick.split(" ") if word]
    words = [armoured(word) for word in [*quick_cut(title)[1], _BETWEEN, *quick_cut(body)[1]][:MOST_WORDS]]
    room = _MOST_BYTES
    for place, word in enumerate(words):
        room -= len(word) if word.isascii() else len(word.encode())
        if room < 0:
            return words[:place]
    return words


def indexed_words(title: str, body: str) -> str:
    """The same words as FTS5 is given them, which cuts at all ASCII characters that are neither letters nor digits."""
    return _quick_words(title, body) or " ".join(words_of(title, body))


def _quick_words(title: str, body: str) -> str:
    """The words with spaces between, as of nearly every post at a third of the cost; "" where it takes a closer look.

    That is where a handle may have a host, whose words do not count, or where there are too many words or letters.
    """
    if len(title) + len(body) > _QUICK or _may_have_host(body) or (title and _may_have_host(title)):
        return ""
    words = f"{_parted(title)} {_BETWEEN} {_parted(body)}" if title else f"{_BETWEEN} {_parted(body)}"
    return words if len(words) <= _LONGEST or max(map(len, words.split(" "))) <= _LONGEST else ""


def _may_have_host(text: str) -> bool:
    """Whether @user@host may stand in a text."""
    return text.count("@") > 1 or (not text.isascii() and _FOLDS_TO_AT.search(text) is not None)


def _parted(text: str) -> str:
    return parted_words(text).decode("utf-8", "surrogatepass")


def armoured(word: str) -> str:
    """A word without any character that means something to a database: those move to Unicode's private area."""
    return word if word.isalnum() and len(word) <= _LONGEST else word[:_LONGEST].translate(_ARMOUR)


def index_posts(tx: Connection, posts: Sequence[tuple[int, str, str]]) -> None:
    """Makes posts (number, title, text) findable that are not yet."""
    if tx.dialect.name == "sqlite":
        rows = [(number, indexed_words(title, body)) for number, title, body in posts]
        put_rows(tx, "post_words", ("rowid", "words"), rows)
    else:
        rows = [(number, _tsvector(words_of(title, body))) for number, title, body in posts]
        put_rows(tx, "post_words", ("post_id", "words"), rows)


def forget_posts(tx: Connection, numbers: Sequence[int]) -> None:
    """Makes the posts unfindable."""
    if numbers:
        key = _WORDS.c.rowid if tx.dialect.name == "sqlite" else _WORDS.c.post_id
        tx.execute(delete(_WORDS).where(key == bindparam("number")), [{"number": number} for number in numbers])


def rewrite_index(tx: Connection) -> None:
    """Takes the words of what is gone out of SQLite's index for good; until then it only knows that they are gone.

    PostgreSQL's autovacuum does the same by itself.
    """
    if tx.dialect.name == "sqlite":
        tx.execute(text("INSERT INTO post_words (post_words) VALUES ('optimize')"))


def found(tx: Connection, search: str) -> ColumnElement[bool]:
    """The condition on POST that all of `search` is in the post: words, "phrases", and beginnings* of words.

    In scripts without spaces every character is a word and what stands together is a phrase, so that any part is found.
    A search without a word in it finds nothing.
    """
    terms = _terms(search)
    if not terms:
        return false()
    if tx.dialect.name == "sqlite":
        asked = " AND ".join(f'"{" ".join(words)}"{" *" if beginning else ""}' for words, beginning in terms)
        matching = select(_WORDS.c.rowid).where(text("post_words MATCH :asked").bindparams(asked=asked))
        return POST.c.id.in_(matching)
    asked = " & ".join(_tsquery(words, beginning) for words, beginning in terms)
    condition = text("words @@ CAST(:asked AS tsquery)").bindparams(bindparam("asked", asked))
    return POST.c.id.in_(select(_WORDS.c.post_id).where(condition))


def _terms(search: str) -> list[tuple[list[str], bool]]:
    """Each term's words (more than one stand side by side), and whether the last is only a beginning."""
    terms = []
    for match in _TERM.finditer(search[:_LONGEST_SEARCH]):
        phrase, word = match.groups()
        words = [armoured(one) for one in quick_cut(phrase if word is None else word)[1]]
        if words:
            terms.append((words, word is not None and word.endswith("*")))
    return terms


def _tsvector(words: Sequence[str]) -> str:
    places: dict[str, str] = {}
    for place, word in enumerate(words, 1):
        places[word] = f"{places[word]},{place}" if word in places else f"'{word}':{place}"
    if len(words) <= _MOST_PLACES:
        return " ".join(places.values())
    return " ".join(",".join(one.split(",", _MOST_PLACES)[:_MOST_PLACES]) for one in places.values())


def _tsquery(words: Sequence[str], beginning: bool) -> str:
    quoted = [f"'{word}'" for word in words]
    if beginning:
        quoted[-1] += ":*"
    return f"({' <-> '.join(quoted)})" if len(quoted) > 1 else quoted[0]
