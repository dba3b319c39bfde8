"""The languages that people are told in, and the catalogues behind them."""

from __future__ import annotations

import gettext
import importlib.util
import io
import string
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.plurals import get_plural

from alerts import wording
from alerts.language import CATALOGUES, ENGLISH, LANGUAGES, language
from alerts.rendering.mail import LIMITS
from alerts.rendering.render import render_alert, render_report, render_test
from alerts.voice import Voice

DHAKA = ZoneInfo("Asia/Dhaka")
BENGALI = language("bn")


def gatherer() -> Any:
    place = Path(__file__).parents[2] / ".ci" / "words.py"
    spec = importlib.util.spec_from_file_location("gathered_words", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


WORDS = gatherer()


@pytest.fixture(scope="module", params=[path.parts[-3] for path in WORDS.catalogues()])
def catalog(request: pytest.FixtureRequest) -> Catalog:
    kept: Catalog = WORDS.read(CATALOGUES / request.param / "LC_MESSAGES" / "listener.po")
    return kept


def gaps(words: str) -> set[str]:
    """The names in braces; an odd one, such as {a.b} or {0}, stays odd and equals nothing in the code."""
    return {name for _, name, _, _ in string.Formatter().parse(words) if name is not None}


def said(message: Message) -> list[tuple[str, str]]:
    """Each translation beside the words that it translates."""
    if isinstance(message.id, str):
        return [(message.id, message.string)] if message.string else []
    return [(message.id[min(number, 1)], words) for number, words in enumerate(message.string or ()) if words]


def test_there_is_english_and_bengali():
    assert LANGUAGES[0] == "en"
    assert "bn" in LANGUAGES


def test_a_translation_has_the_gaps_of_its_original(catalog):
    wrong = [
        pair
        for message in catalog
        if message.id
        for pair in said(message)
        if gaps(pair[0]) - {"number"} != gaps(pair[1]) - {"number"}
        or not all(gap.isidentifier() for gap in gaps(pair[1]))
    ]
    assert wrong == []


def test_a_translation_keeps_the_markup_of_its_original(catalog):
    wrong = [
        pair for message in catalog if message.id for pair in said(message) if pair[0].count("*") != pair[1].count("*")
    ]
    assert wrong == []


def test_a_catalogue_has_the_plural_forms_of_its_language(catalog):
    rule = get_plural(catalog.locale)
    assert (catalog.num_plurals, catalog.plural_expr) == (rule.num_plurals, rule.plural_expr)
    counted = [message for message in catalog if message.id and not isinstance(message.id, str)]
    assert all(len(message.string) == rule.num_plurals for message in counted)


def test_what_is_compiled_is_what_is_written(catalog):
    made = io.BytesIO()
    WORDS.write_mo(made, catalog)
    made.seek(0)
    code = str(catalog.locale)
    with (CATALOGUES / code / "LC_MESSAGES" / "listener.mo").open("rb") as file:
        kept = gettext.GNUTranslations(file)._catalog  # ty: ignore
    fresh = gettext.GNUTranslations(made)._catalog
    assert {key: words for key, words in kept.items() if key} == {key: words for key, words in fresh.items() if key}


def test_words_without_a_translation_stay_english():
    assert BENGALI.say("no catalogue has {this}", this="x") == "no catalogue has x"
    assert language("tlh") is ENGLISH
    assert language("bn-BD") is BENGALI


def test_what_fills_a_gap_is_not_read_again():
    assert ENGLISH.say("{name} wrote", name="{0.__class__}") == "{0.__class__} wrote"


def test_numbers_are_written_as_bengali_readers_write_them():
    assert BENGALI.number(1234567) == "১২,৩৪,৫৬৭"
    assert BENGALI.number(-0.81, 2, signed=True) == "-০.৮১"
    assert BENGALI.number(0.5, 2, signed=True) == "+০.৫০"
    assert BENGALI.count("{number} follower", "{number} followers", 1204) == "১,২০৪ জন অনুসারী"
    assert wording.change(132, 96, BENGALI) == "+৩৮%"
    assert wording.change(5, 10, BENGALI) == "−৫০%"
    assert wording.share(1, 300, BENGALI) == "১%-এর কম"


def test_dates_languages_and_services_have_bengali_names():
    at = datetime(2025, 6, 3, 12, 5, tzinfo=UTC)
    assert wording.moment(at, DHAKA, BENGALI) == "মঙ্গলবার, ৩ জুন ২০২৫, ১৮:০৫ +০৬"
    assert wording.short_day(at, BENGALI) == "৩ জুন"
    assert wording.lasting(timedelta(hours=26), BENGALI) == "২৬ ঘণ্টা"
    assert [wording.language(tag, BENGALI) for tag in ("en", "bn-Latn", "fr-CA", "und", "tlh")] == [
        "ইংরেজি",
        "ইংরেজি হরফে বাংলা",
        "ফরাসি",
        "অজানা ভাষা",
        "ক্লিঙ্গন",
    ]
    assert [wording.service(kind, BENGALI) for kind in ("feed", "mastodon")] == ["ওয়েব", "Mastodon"]
    assert wording.listed(["ক", "খ", "গ"], BENGALI) == "ক, খ ও গ"


def test_an_alert_is_told_whole_in_bengali_and_quotes_stay_as_they_are(make_alert):
    voice = Voice(kind="email", limits=LIMITS, timezone=DHAKA, language=BENGALI)
    message = render_alert(make_alert(mentions=30, others=("https://a.example/1",)), voice)
    assert message.title.startswith("গুরুতর · Acme · Jane Doe (gold গ্রাহক): “My Acme rocket")
    for told in (
        "মনোভাব: নেতিবাচক (-১ থেকে +১-এর মধ্যে -০.৮১): “exploded”, “refund”",
        "কতটা জরুরি: জরুরি: “Third time”",
        "এবং একই ঘটনার আরও ২৯টি পোস্ট",
        "মঙ্গলবার, ৩ জুন ২০২৫, ১৭:৫৫ +০৬ · টিকিট #12",
    ):
        assert told in message.text
    assert '<html lang="bn">' in message.html
    assert "পোস্টটি খুলুন" in message.html


def test_the_same_alert_reads_in_english_as_it_always_did(make_alert):
    voice = Voice(kind="slack", limits=LIMITS, timezone=DHAKA)
    assert render_alert(make_alert(), voice) == render_alert(
        make_alert(), Voice(kind="slack", limits=LIMITS, timezone=DHAKA, language=language("en"))
    )


def test_reports_and_tests_name_the_language_of_their_page():
    assert '<html lang="bn">' in render_test("k", "support", BENGALI).html
    assert "কাউকে কিছু করতে হবে না" in render_test("k", "support", BENGALI).text
    assert '<html lang="en">' in render_report("k", "t", "x").html


@pytest.fixture(scope="module")
def words_in_code() -> Catalog:
    gathered: Catalog = WORDS.template()
    return gathered


def test_every_word_in_the_code_has_a_translation(catalog, words_in_code):
    """`make words` gathers new ones; then translate them in listener.po, and run it again."""
    assert WORDS.missing(catalog, words_in_code) == []


def test_no_catalogue_keeps_words_that_nothing_says(catalog, words_in_code):
    known = {message.id for message in words_in_code}
    assert [message.id for message in catalog if message.id not in known] == []


def test_words_that_no_catalogue_can_hold_are_refused():
    told = 'words.say("plain"); words.count("{number} post", "{number} posts", 3); "a,b".count(","); msgid("label")'
    found = [words for _, _, words, _ in WORDS.python_words(io.BytesIO(told.encode()), None, None, None)]
    assert sorted(map(str, found)) == ["('{number} post', '{number} posts')", "label", "plain"]
    with pytest.raises(WORDS.NotWords, match="plain words"):
        list(WORDS.python_words(io.BytesIO(b'say(f"{name} wrote")'), None, None, None))
