"""Search finds the same on both databases, and nothing that a user types is syntax."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from listener.store import Store
from listener.store.mentions import MentionFilter, list_mentions, put_results
from listener.store.search import armoured, indexed_words, words_of
from rules.analysis import Read
from sources.query.words import quick_cut

MakeRead = Callable[..., Read]

TEXTS = {
    "english": "The Acme Rocket™ exploded, and Jürgen's café is gone! #RocketFail @acme_help",
    "bengali": "অ্যাকমি রকেট ভেঙে গেছে, টাকা ফেরত চাই",
    "chinese": "我的火箭手机坏了，客服不回复",
    "thai": "จรวดของฉันพังแล้ว",
    "japanese": "アクメのロケットが壊れた",
    "arabic": "صاروخ أكمي انفجر",
    "code": "c++ won't build: acme.example.org/path?x=1&y='2' AND \"quoted\" -- drop",
    "title": "unrelated body",
}


@pytest.fixture
def filled(store: Store, make_read: MakeRead, now: datetime) -> Store:
    reads = [make_read(name, text, title="The rocket" if name == "title" else "") for name, text in TEXTS.items()]
    with store.write() as tx:
        put_results(tx, reads, "blogs", False, now)
    return store


def _found(store: Store, search: str) -> set[str]:
    with store.read() as tx:
        return {mention.post.external_id for mention in list_mentions(tx, MentionFilter(search=search))}


@pytest.mark.parametrize(
    ("search", "names"),
    [
        ("rocket", {"english", "title"}),
        ("ROCKET acme", {"english"}),
        ("acme rocket", {"english"}),
        ('"acme rocket"', {"english"}),
        ('"rocket acme"', set()),
        ('"rocket unrelated"', set()),
        ("rock*", {"english", "title"}),
        ("rock", set()),
        ("jurgen cafe", {"english"}),
        ("Jürgen’s", {"english"}),
        ("#RocketFail", {"english"}),
        ("@acme_help", {"english"}),
        ("রকেট", {"bengali"}),
        ("টাকা ফেরত", {"bengali"}),
        ("ভেঙ*", {"bengali"}),
        ("手机", {"chinese"}),
        ("机手", set()),
        ("火箭手机坏了", {"chinese"}),
        ("พัง", {"thai"}),
        ("ロケット", {"japanese"}),
        ("أكمي", {"arabic"}),
        ("acme.example.org", {"code"}),
        ("c++", {"code"}),
        ("c", {"code"}),
        ("'2'", {"code"}),
        ("nowhere", set()),
        ("!!! ???", set()),
        ('"', set()),
    ],
)
def test_words_phrases_and_beginnings_are_found_in_every_script(filled: Store, search: str, names: set[str]) -> None:
    assert _found(filled, search) == names


@pytest.mark.parametrize(
    "search",
    [
        "rocket OR nowhere",
        "NOT rocket",
        "NEAR(acme rocket)",
        "words:rocket",
        'rocket" OR "nowhere',
        "rocket')); DROP TABLE post; --",
        "rocket & !acme",
        "rocket | nowhere",
        "a <-> b",
        "rocket:*",
        "^rocket",
        "{words}: rocket",
        "\\",
        "'",
        "*",
        '"" *',
        "rocket" * 1_000,
        "rocket " * 1_000,
        "(" * 500,
        "\x00rocket",
    ],
)
def test_what_looks_like_syntax_is_only_words(filled: Store, search: str) -> None:
    assert _found(filled, search) <= {"english", "title"}
    assert _found(filled, "rocket") == {"english", "title"}


def test_a_word_is_found_however_often_it_comes(store: Store, make_read: MakeRead, now: datetime) -> None:
    with store.write() as tx:
        put_results(tx, [make_read("1", "rocket rocket " * 300 + "gone")], "blogs", False, now)
    assert _found(store, '"rocket rocket" gone') == {"1"}


@pytest.fixture(scope="module")
def both(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Store]]:
    from sqlalchemy.engine import make_url

    path: Path = tmp_path_factory.mktemp("both") / "both.db"
    address = make_url(server).set(database="pattern").render_as_string(hide_password=False)
    stores = [Store.open(f"sqlite:///{path}"), Store.open(address)]
    yield stores
    for store in stores:
        store.close()


_ALPHABET = st.sampled_from([*"ab cé'\"*&|!:()\\<>-_.@# ক্টা手机ร้ğİß", "\u200d", "🚀", "\ue026"])


@pytest.mark.postgres
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.text(_ALPHABET, max_size=20), min_size=1, max_size=5), search=st.text(_ALPHABET, max_size=8))
def test_both_databases_find_the_same(
    both: list[Store], make_read: MakeRead, now: datetime, texts: list[str], search: str
) -> None:
    class Undone(Exception):
        pass

    answers = []
    for store in both:
        with pytest.raises(Undone), store.write() as tx:
            put_results(tx, [make_read(str(n), f" {text}") for n, text in enumerate(texts)], "blogs", False, now)
            found = list_mentions(tx, MentionFilter(search=search or "a"))
            answers.append({mention.post.external_id for mention in found})
            raise Undone
    assert answers[0] == answers[1]


_SIGNS = st.sampled_from([*"aZ9 _#@.-'é手ばßÑ\xad", "\uff20", "\ufe6b", "🚀", "\u2028", "@b@c.d ", "x" * 201])
_WORDY = st.lists(_SIGNS, max_size=20).map("".join)


@settings(max_examples=300, deadline=None)
@given(title=_WORDY, body=_WORDY)
def test_the_words_of_a_post_are_those_that_a_query_sees(title: str, body: str) -> None:
    parts = [quick_cut(part)[1] for part in (title, body)]
    expected = [armoured(word) for word in [*parts[0], "\ue000", *parts[1]]]
    assert words_of(title, body) == expected
    as_fts5_cuts = "[a-z0-9\x80-\U0010ffff]+"  # its tokenizer "ascii"
    assert re.findall(as_fts5_cuts, indexed_words(title, body)) == expected
