"""How texts are folded and cut, in many scripts."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.query.endings import SCRIPTS, with_endings, with_prefixes
from sources.query.quick_words import quick_words, words_of_each, words_within
from sources.query.tags import ATS, HASHES
from sources.query.words import as_written, cut, cut_again, handle_names, normalise, quick_cut, tokenise

# Letters, marks and signs of the scripts that fold in odd ways, next to plain text.
HARD = (
    "aZ09_ #@.-&'\u0301\u0345\u200d\ufe0f\u09df\u09af\u09bc\u09c7\u09be\u0e01\u0e34\u0e33\u304b\u3099\u30ab\uff76\uff9e"
)
HARD += "\u0130\u0131ßΣςſﬁ™℠㎏①½🚀🏽🇧🇩\u0640\u0627\u0653\u064b\u05d1\u05bc\U000110ba\U0001d400"
HARD += "\uac00\u11a8\u1112\u1161\u314b\u314f\uffa1\uffc2\u3164\ufe71"
mixed = st.text(alphabet=st.one_of(st.sampled_from(HARD), st.characters(exclude_categories=())), max_size=40)


def words(text: str) -> list[str]:
    return [token.text for token in tokenise(text) if token.kind == "word"]


@settings(max_examples=600, deadline=None)
@given(mixed)
def test_folding_character_by_character_gives_the_folding_of_the_whole(text: str) -> None:
    done = cut(text)
    assert len(done.folded) == len(normalise(text))
    if "@" not in done.folded:
        assert done.folded == normalise(text)
    if done.starts is not None and done.ends is not None:
        assert len(done.starts) == len(done.ends) == len(done.folded)
        assert done.starts == sorted(done.starts)


@settings(max_examples=600, deadline=None)
@given(mixed)
def test_the_quick_cut_gives_the_words_of_the_careful_one(text: str) -> None:
    done = cut(text)
    folded, quick, tags = quick_cut(text)
    assert quick == done.words
    assert folded == done.folded
    expected = [
        name
        for tag in done.tags
        for name in ([f"#{tag.text}"] if tag.kind == "hashtag" else [f"@{one}" for one in handle_names(tag.text)])
    ]
    assert sorted(tags) == sorted(expected)


@settings(max_examples=800, deadline=None)
@given(st.one_of(mixed, st.text(alphabet="aZ9 _#@.-＠﹫é好🚀\u0301ক", max_size=20)))
def test_words_that_are_known_are_placed_where_a_careful_cut_places_them(text: str) -> None:
    folded, words, _ = quick_cut(text)
    again, careful = cut_again(text, folded, words), cut(text)
    assert (again.text, again.folded, again.words) == (careful.text, careful.folded, careful.words)
    assert (again.places, again.tags) == (careful.places, careful.tags)
    for start, end in again.places:
        assert again.original(start, end) == careful.original(start, end)


def test_no_character_but_three_folds_to_an_at_and_three_to_a_hash() -> None:
    folding: dict[str, set[str]] = {"@": set(), "#": set()}
    for start in range(0, 0x110000, 256):
        block = [*map(chr, range(start, start + 256))]
        if {"@", "#"} & set(normalise(" ".join(block))):
            for sign, found in folding.items():
                found.update(character for character in block if sign in normalise(character))
    assert folding == {"@": set(ATS), "#": set(HASHES)}


@settings(max_examples=600, deadline=None)
@given(st.one_of(mixed, st.text(alphabet="aZ9 _#é\xdfÑÆ\xad\xb4²þµ'", max_size=20)))
def test_the_quickest_way_to_words_misses_none_and_adds_none_but_hosts_of_handles(text: str) -> None:
    exact = [word.encode("utf-8", "surrogatepass") for word in quick_cut(text)[1]]
    quick = quick_words(text)
    assert set(exact) <= set(quick)
    if normalise(text).count("@") < 2:
        assert quick == exact
        assert words_within(normalise(text)) == exact


def assert_all_words_of_each(texts: list[str]) -> None:
    """That a batch has the words of the careful cut, beside which stands nothing that is of ASCII throughout."""
    for text, quick in zip(texts, words_of_each(texts), strict=True):
        exact = [word.encode("utf-8", "surrogatepass") for word in cut(text).words]
        assert set(exact) <= set(quick), text
        if normalise(text).count("@") < 2:  # the host of a handle is no word, but is found here
            assert sorted(filter(bytes.isascii, quick)) == sorted(filter(bytes.isascii, exact)), text


hard_texts = st.one_of(mixed, st.text(alphabet="aZ9 _#@é\xdfÿÑÆ\xad\xb4²þµıŞ🚀\0", max_size=20), st.just("plain words"))


@settings(max_examples=600, deadline=None)
@given(st.lists(hard_texts, max_size=5))
def test_texts_that_are_cut_at_once_have_the_words_that_each_has_alone(texts: list[str]) -> None:
    assert_all_words_of_each(texts)


def in_every_place(code: int) -> str:
    """A text in which a character stands alone, between letters, twice, at the beginning and at the end."""
    return f"{chr(code)} a{chr(code)}b {chr(code)}{chr(code)} 1{chr(code)}"


def test_a_character_of_any_block_is_cut_at_once_as_alone() -> None:
    codes = [*range(0x600), *range(0x600, 0x20000, 29), *range(0x20000, 0x110000, 997)]
    for start in range(0, len(codes), 64):
        assert_all_words_of_each([in_every_place(code) for code in codes[start : start + 64]])


@pytest.mark.soak
def test_every_character_there_is_is_cut_at_once_as_alone() -> None:
    for start in range(0, 0x110000, 64):
        assert_all_words_of_each([in_every_place(code) for code in range(start, start + 64)])


@settings(max_examples=400, deadline=None)
@given(mixed)
def test_every_token_says_where_it_stands(text: str) -> None:
    for token in tokenise(text):
        assert 0 <= token.start < token.end <= len(text)
        if token.kind == "word":
            assert token.text in normalise(text[token.start : token.end])


@settings(max_examples=400, deadline=None)
@given(mixed)
def test_folding_what_is_folded_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@settings(max_examples=200, deadline=None)
@given(mixed)
def test_composed_and_decomposed_texts_fold_alike(text: str) -> None:
    assert normalise(unicodedata.normalize("NFD", text)) == normalise(unicodedata.normalize("NFC", text))


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Café", "cafe"),
        ("Cafe\u0301", "cafe"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("ＡＣＭＥ", "acme"),
        ("𝐀𝐜𝐦𝐞", "acme"),
        ("Łódź", "lodz"),
        ("Ørsted", "orsted"),
        ("İstanbul", "istanbul"),
        ("IŞIK ışık", "isik isik"),
        ("Ёлка", "елка"),
        ("ΑΘΉΝΑΣ", "αθηνασ"),
        ("Αθήνας", "αθηνασ"),
        ("كِتَابٌ", "كتاب"),
        ("أحمد", "احمد"),
        ("مـحـمـد", "محمد"),
        ("کتاب‌ها", "كتابها"),
        ("שָׁלוֹם", "שלום"),
        ("so\u00adft", "soft"),
        ("a\u200bb\u200dc\u202ed", "abcd"),
        ("👍🏽", "👍"),
    ],
)
def test_what_readers_take_for_the_same_folds_to_the_same(text: str, folded: str) -> None:
    assert normalise(text) == folded


@pytest.mark.parametrize("text", ["কি", "ক", "की", "กิน", "ကို", "ガ", "ば", "ড়", "ਸਿੰਘ", "தமிழ்"])
def test_vowel_signs_and_voicing_are_never_folded_away(text: str) -> None:
    assert normalise(text) == unicodedata.normalize("NFC", text)
    assert normalise("か") != normalise("が")
    assert normalise("ｶﾞ") == normalise("ガ")


def test_bengali_letters_that_never_compose_fold_alike_in_both_spellings() -> None:
    assert normalise("\u09df") == normalise("\u09af\u09bc")
    assert words("সময়") == words("সম\u09df")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("_Acme_ rocks", ["acme", "rocks"]),
        ("Acme's don't", ["acme", "s", "don", "t"]),
        ("Acme’ın mobil-app", ["acme", "in", "mobil", "app"]),
        ("Acme™ Rockets®", ["acme", "rockets"]),
        ("iPhone15 2024", ["iphone15", "2024"]),
        ("我爱索尼PS5", ["我", "爱", "索", "尼", "ps5"]),
        ("Acme公司", ["acme", "公", "司"]),
        ("Acmeের Googleকে", ["acme", "ের", "google", "কে"]),
        ("Acme은 한국Acme", ["acme", "은", "한국", "acme"]),
        ("الـAcme", ["ال", "acme"]),
        ("আমি ভালোবাসি", ["আমি", "ভালোবাসি"]),
        ("मराठी भाषा", ["मराठी", "भाषा"]),
        ("👩‍🚀 hi🚀", ["👩", "🚀", "hi", "🚀"]),
        ("see https://acme.com/x", ["see", "https", "acme", "com", "x"]),
        ("mail ann@acme.com", ["mail", "ann", "acme", "com"]),
        ("thanks @acme@mastodon.social!", ["thanks", "acme"]),
        ("", []),
        ("!!! ...", []),
    ],
)
def test_texts_are_cut_where_readers_see_words_end(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#Acme_Rockets!", [("hashtag", "acme_rockets")]),
        ("C# foo#bar &#39;", []),
        ("我爱#索尼 #1", [("hashtag", "索尼"), ("hashtag", "1")]),
        ("@acme, @acme@mastodon.social.", [("handle", "acme"), ("handle", "acme@mastodon.social")]),
        ("@acme.bsky.social", [("handle", "acme.bsky.social")]),
        ("ann@acme.com", []),
        ("＃ＡＣＭＥ ＠ａｃｍｅ", [("hashtag", "acme"), ("handle", "acme")]),
        ("@acmeকে বলো", [("handle", "acme")]),
        ("#ঢাকাশহর", [("hashtag", "ঢাকাশহর")]),
        ("#_ @_", []),
    ],
)
def test_hashtags_and_handles_are_told_from_words(text: str, expected: list[tuple[str, str]]) -> None:
    found = [(token.kind, token.text) for token in tokenise(text) if token.kind != "word"]
    assert found == expected


def test_tokens_lead_back_to_the_original_through_whatever_folding_did() -> None:
    text = "x Cafe\u0301\u200d! ﬁne ㎏ Straße 🚀"
    told = {token.text: text[token.start : token.end] for token in tokenise(text)}
    assert told == {"x": "x", "cafe": "Cafe\u0301\u200d", "fine": "ﬁne", "kg": "㎏", "strasse": "Straße", "🚀": "🚀"}


def test_a_handle_answers_to_its_name_with_and_without_its_host() -> None:
    assert list(handle_names("acme@mastodon.social")) == ["acme", "acme@mastodon.social"]
    assert list(handle_names("acme.bsky.social")) == ["acme", "acme.bsky", "acme.bsky.social"]


@pytest.mark.parametrize("text", ["@a@b.cc " * 25_000, "#a " * 60_000, "é@a@b " * 30_000, "@" * 200_000, "_" * 200_000])
def test_a_hostile_text_is_cut_in_time_that_grows_with_its_length(text: str) -> None:
    started = time.perf_counter()
    cut(text)
    quick_cut(text)
    assert time.perf_counter() - started < 5


def test_the_lists_of_endings_are_closed_and_short_words_take_none() -> None:
    for script in SCRIPTS:
        listed = script.endings.split() + script.prefixes.split()
        assert len(listed) == len(set(listed)), script.script
    assert with_endings("মা") == {"মা"}
    assert with_endings("acme") == {"acme"}
    assert normalise("ঢাকায়") in with_endings("ঢাকা")
    assert "삼성은" in with_endings("삼성")
    assert "والشركة" in with_prefixes("شركة")
    assert "בחברה" in with_prefixes("חברה")


def test_a_handle_of_a_hundred_thousand_parts_costs_what_its_length_does() -> None:
    _, _, tags = quick_cut("@" + "a." * 99_999 + "a")
    assert sum(map(len, tags)) < 1_000_000


@pytest.mark.parametrize("marks", ["\u0301\u0316", "\u09bc\u09cd", "\u0e38\u0e48\u3099"])
def test_marks_without_end_on_one_letter_take_time_in_proportion(marks: str) -> None:
    text = "a" + marks * (100_000 // len(marks))
    started = time.process_time()
    assert quick_cut(text)[1] == cut(text).words
    as_written(text)
    assert time.process_time() - started < 2
    for count in range(20, 40):
        assert normalise("acme" + "\u0301" * count) == "acme"
        assert quick_cut("a" + marks * count)[0] == cut("a" + marks * count).folded
