"""Behaviour of what is left out of a text before it is read: quotations, signatures, residue, wrong encodings."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.left_out import QUOTED, REPAIRED, RESIDUE, LeftOut, _apart, _walked, left_out, steps
from rules.mojibake import repaired, shows_mojibake
from rules.patterns.folding import fold_anew
from rules.quotes import without_quotes
from rules.residue import _LINES, may_hold_residue, without_residue
from rules.sentiment.spelling import one_spelling
from rules.text import READ_CHARACTERS, clean, readable
from sources.markup import text_from_html
from sources.post import Post
from sources.query.folding import normalise

WHOLE = [
    "Café “ok” — naïve",
    "über schön",
    "আমার ফোন নষ্ট",
    "मेरा फ़ोन",
    "مرحبا بكم",
    "שלום לכם",
    "Ελλάδα καλά",
    "привет всем",
    "日本語です",
    "ดีมาก",
    "so good 👍",
]


def post(text: str, kind: str = "post", title: str = "") -> Post:
    return Post(source="forum", instance="example.org", external_id="1", title=title, text=text, kind=kind)


@pytest.mark.parametrize("text", WHOLE)
@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
def test_utf_8_that_was_read_in_a_western_encoding_is_read_as_it_was_written(text: str, encoding: str) -> None:
    garbled = text.encode().decode(encoding, "ignore")
    if garbled.encode(encoding) == text.encode():  # each byte means something there
        assert clean(garbled) == text


def test_cyrillic_that_was_read_as_windows_1251_is_repaired() -> None:
    assert clean("всё плохо, верните деньги".encode().decode("cp1251")) == "всё плохо, верните деньги"


@pytest.mark.parametrize(
    "text",
    [*WHOLE, "ÄÖÜ Äpfel à la carte «déjà vu» 5 °C ½ São João Ångström", "РОССИЯ, Россия", "à\u00a0bientôt »", "½ £5"],
)
def test_text_that_is_whole_stays_as_it_is(text: str) -> None:
    assert clean(text).split() == text.split()


def test_a_wrong_encoding_is_looked_for_in_little_time_whatever_is_sent() -> None:
    for piece in ("Ã©", "â€™", "à¦¬", "Ã", "Ã\xa0", "ÃƒÂ©", "Р°", "\xc3\x83\xc2"):
        begun = process_time()
        clean(piece * 100_000)
        assert process_time() - begun < 1.0


REPLIES = [
    ("> my kettle leaks\nMine too!", "Mine too!"),
    ("On Monday Ann wrote:\n> it leaks\n>> really?\nNot mine.", "Not mine."),
    ("Am 3. Mai schrieb Ann:\n> es tropft\nBei mir nicht.", "Bei mir nicht."),
    ("Le 3 mai, Ann a écrit :\n> ça fuit\nPas chez moi", "Pas chez moi"),
    ("আন লিখেছেন:\n> কেটলি নষ্ট\nআমারটা ভালো", "আমারটা ভালো"),
    ("Ann:\n> it leaks\nNot mine.", "Not mine."),
    ("It works.\n--\nJane Roe\nAcme fan club", "It works."),
    ("It works.\nSent from my iPhone", "It works."),
    ("Es geht.\nVon meinem iPhone gesendet", "Es geht."),
    ("চলছে।\nআমার iPhone থেকে পাঠানো", "চলছে।"),
    ("so true! RT @ann: Acme is awful", "so true!"),
    ("😂 RT @ann@host.example: Acme is awful", "😂"),
    ("Jane Roe:\n> it leaks\nNot mine.", "Not mine."),
    ("Acme lies again:\n> We never lose parcels\nMine is lost.", "Acme lies again:\nMine is lost."),
    ("I hate this:\n> We never lose parcels\nYou do.", "I hate this:\nYou do."),
    ("It works.\nSent from my SM-G960U using Tapatalk", "It works."),
    ("Es geht.\nGesendet von Outlook für Android", "Es geht."),
    ("Работает.\nОтправлено с iPhone", "Работает."),
]


@pytest.mark.parametrize(("text", "own"), REPLIES)
def test_only_the_authors_own_words_are_read(text: str, own: str) -> None:
    assert readable(post(text)) == own


@pytest.mark.parametrize(
    "text",
    [
        "RT @ann: Acme is awful",
        "@bob #wow RT @ann: Acme is awful",
        "> only a quotation",
        "I say:\nfirst this -> that\nthen 5 > 3",
        "START @ann",
        "In the end he wrote:\nI love Acme",
        "Ordered a lamp.\nSent via DHL, arrived broken",
        "Заказал лампу.\nОтправлено из Москвы три недели назад, до сих пор нет",
        "Pedí una lámpara.\nEnviado desde China, tarda dos meses",
        "Lampe bestellt.\nGesendet von Acme, kam kaputt an",
        "Ordered a lamp.\nSent from the wrong warehouse again",
        "one\n--\n" + "a long part behind a line of dashes\n" * 30 + "end",
    ],
)
def test_what_is_no_quotation_or_all_there_is_is_read(text: str) -> None:
    assert readable(post(text)) == text.strip()


def test_an_article_tells_what_it_quotes_and_a_message_is_cut_as_mail() -> None:
    assert (
        readable(post("He said:\n> We regret it\nand left.", kind="article")) == "He said:\n> We regret it\nand left."
    )
    assert readable(post("Thanks\nFrom: Ann\nSent: today\nTo: Bob\nSubject: it", kind="message")) == "Thanks"


def test_a_quotation_in_html_is_told_from_what_its_answer_says() -> None:
    markup = (
        '<aside class="quote"><div>ann:</div><blockquote><p>It leaks<br>a lot</p></blockquote></aside><p>Not mine</p>'
    )
    text = text_from_html(markup)
    assert text == "ann:\n> It leaks\n> a lot\nNot mine"
    assert readable(post(text)) == "Not mine"


def test_own_words_behind_a_long_quotation_are_read() -> None:
    assert readable(post("> " + "quoted words " * 1_000 + "\nMine differs.")) == "Mine differs."


LEFTOVERS = [
    "Diesen Artikel teilen", "Partager sur Facebook", "Compartir en WhatsApp", "Compartilhe isso:", "Condividi su X",
    "শেয়ার করুন", "আরও পড়ুন", "और पढ़ें", "اقرأ المزيد", "Читать далее →", "Devamını oku", "Baca juga:", "続きを読む",
    "Der Beitrag Acme ruft zurück erschien zuerst auf Planet.", "L’article Acme est apparu en premier sur Planète.",
    "This website uses cookies to ensure you get the best experience. Got it!", "Cookie settings",
    "Diese Seite verwendet Cookies. OK", "Please enable JavaScript to view the comments.", "12 Comments",
    "Your browser does not support the audio element.", "$config[code] not found",
]  # fmt: skip


@pytest.mark.parametrize("line", LEFTOVERS)
def test_residue_is_left_out_in_the_languages_of_our_users(line: str) -> None:
    assert clean(f"The kettle leaks.\n{line}") == "The kettle leaks."


@pytest.mark.parametrize(
    "text",
    [
        "Share this feeling of mine with nobody, please",
        "Read more books!",
        "We use cookie cutters from Acme",
        "Your browser does not support my bank",
        "Teilen macht Freude",
        "Anzeige erstattet gegen Acme",
        "The post office lost my parcel",
        "12 comments and not one answer",
    ],
)
def test_a_persons_own_sentence_is_no_residue(text: str) -> None:
    assert clean(text) == text


def test_each_line_of_residue_begins_with_two_characters_that_stand_for_themselves() -> None:
    assert [line for line in _LINES if any(sign in r"\()[]?*+.|{}" for sign in line[:2])] == []
    assert [line for line in _LINES if line[2:3] in set("?*{")] == []


@given(st.text(max_size=300))
def test_where_no_residue_is_seen_none_is_left_out(text: str) -> None:
    tidy = clean(text)
    if not may_hold_residue(tidy.lower()):
        assert without_residue(tidy) == tidy


@given(
    st.lists(st.sampled_from([">", "> a", "--", "Ann wrote:", "b", "", "RT @c: d", "Sent from my iPhone"]), max_size=9)
)
def test_what_is_left_stood_in_the_text_and_is_never_nothing(lines: list[str]) -> None:
    text = clean("\n".join(lines))
    own = without_quotes(text)
    assert bool(own) == bool(text)
    assert len(own) <= len(text)
    assert all(line in text for line in own.split("\n"))


@given(st.text(st.characters(codec=None), max_size=200))
def test_no_text_is_an_error(text: str) -> None:
    assert len(readable(post(text, title=text))) <= READ_CHARACTERS
    storable = text.encode("utf-8", "replace").decode()
    if not shows_mojibake(storable.encode()):
        assert clean(storable) == clean(clean(storable)) or may_hold_residue(clean(storable).lower())
    repaired(storable)


def test_what_is_left_out_is_told_with_its_reason() -> None:
    text = "CafÃ© Acme is fine\n> it is not\nShare this:\nI go there daily.\n-- \nJane"
    assert left_out(post(text)) == [
        LeftOut("CafÃ©", REPAIRED, "Café"),
        LeftOut("Share this:", RESIDUE),
        LeftOut("> it is not", QUOTED),
        LeftOut("--\nJane", QUOTED),
    ]
    assert left_out(post("Plain words &amp; nothing   else")) == []


def test_what_is_left_out_of_a_long_text_is_told_in_little_time_however_often_its_lines_repeat() -> None:
    lines = ["a", "> b"] * 3_000
    begun = process_time()
    told = left_out(post("\n".join(lines)))
    assert process_time() - begun < 1.0
    assert told.count(LeftOut("> b", QUOTED)) == 3_000


@given(st.lists(st.sampled_from(["a", "b", "> c", "Share this:", "--"]), max_size=12))
def test_lines_of_long_texts_are_told_whole_as_those_of_short_ones(lines: list[str]) -> None:
    text = "\n".join([*lines, "end"])
    for why, before, after in steps(text, "post"):
        old, new = before.split("\n"), after.split("\n")
        for found in (_apart(old, new), _walked(old, new)):
            kept, place = list[str](), 0
            for a, b, c, d in found:
                kept += [*old[place:a], *new[c:d]]
                place = b
            assert [*kept, *old[place:]] == new, why


@given(
    st.lists(
        st.sampled_from(["a &amp; b", "CafÃ©", "> c", "Share this:", "--", "", "  d ", "RT @e: f", "\u200bg"]),
        max_size=8,
    )
)
def test_the_steps_that_are_told_are_those_that_are_taken(lines: list[str]) -> None:
    text = "\n".join(lines)
    *_, (_, _, last) = steps(text, "post")
    assert last == readable(post(text))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ভয়\u200cানক", "ভয়ানক"),
        ("ভ\u09dfানক", "ভ\u09af\u09bcানক"),
        ("গাড়ি", "গা\u09a1\u09bcি"),
        ("سيـــئ", "سيئ"),
        ("أحمد", "احمد"),
        ("إنترنت", "انترنت"),
        ("مُمتاز", "ممتاز"),
        ("على", "علي"),
        ("ＡＣＭＥ", "acme"),
        ("cafe\u0301", "café"),
        ("က\u200d", "က"),
    ],
)
def test_spellings_that_readers_take_for_one_word_are_one_wherever_words_are_compared(one: str, other: str) -> None:
    for compare in (normalise, fold_anew, one_spelling):
        assert compare(one) == compare(other), compare.__name__
