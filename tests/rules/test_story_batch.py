"""Many fingerprints at once are the same as one after the other."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import rules.story.batch as batch
from rules.story import fingerprint, fingerprints

_WORDS = st.sampled_from(
    [
        "acme", "Acme", "recalls", "the", "state-of-the-art", "don't", "42", "3,5", "Rückruf", "çok", "İstanbul", "ſo",
        "😀", "👨‍👩‍👧", "#acme", "@acme", "@a@b.example", ".@acme", "https://t.co/x", "https://a.example/b?utm_source=c",
        "www.a.example", "a.com/b", "RT", "@x:", "via", "Breaking:", "|", "…", "x…", "...", "\n", "- [x] done", "&amp;",
        "Читать", "новости", "今天天气很好", "ありがとう", "খবর", "١٢٣", "٤", "5º", "\u200b", "é\u0301", "\ud800",
        "\x00", "(via @a)", "news", "Ω", "ΟΔΟΣ", "ﷺ", "Ꭰ", "ꭰ",
    ]
)  # fmt: skip
_TEXTS = st.one_of(
    st.lists(_WORDS, max_size=80).map(" ".join),
    st.lists(_WORDS, max_size=20).map("".join),
    st.text(st.characters(codec=None), max_size=120),
)
_POSTS = st.lists(st.tuples(st.one_of(st.just(""), _TEXTS), _TEXTS, st.sampled_from(["", "https://a.example/1"])))


@settings(max_examples=100, deadline=None)
@given(_POSTS)
@example([])
@example([("", "", "")])
@example(
    [("", "a b c d e", ""), ("", "1 2 3 4 5 6 7 8", ""), ("", "word " * 70, ""), ("t " * 9, "", "https://a.example/2")]
)
@example([("", "x 😀", ""), ("", "😀 Acme acme acme acme acme", "")])
@example([("", "very " * 30, ""), ("", "ﷺ " * 2_000, ""), ("", "a b " * 20, "")])
def test_a_batch_gives_what_one_after_the_other_gives(posts: list[tuple[str, str, str]]) -> None:
    together = fingerprints([(title, text) for title, text, _ in posts], [link for _, _, link in posts])
    assert together == [fingerprint(title, text, link) for title, text, link in posts]


@given(st.lists(_TEXTS, max_size=12), st.integers(1, 300))
@settings(max_examples=30, deadline=None)
def test_where_a_batch_is_cut_changes_nothing(texts: list[str], characters: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batch, "BATCH_CHARACTERS", characters)
        cut = fingerprints([("", text) for text in texts])
    assert cut == fingerprints([("", text) for text in texts])


def test_a_word_is_the_same_at_any_place_of_a_long_batch() -> None:
    text = "Acme recalls forty thousand rocket skates after two fires"
    for length in (1_000, 63_990, 64_001, 200_000):
        assert fingerprints([("", "x" * min(length, 2_000)), *([("", "lead " * 400)] * (length // 2_000)), ("", text)])[
            -1
        ] == fingerprint("", text)
