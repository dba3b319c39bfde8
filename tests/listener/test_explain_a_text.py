"""`listener analyze --explain`: each part of a reading, with what led to it, for a person to read."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from listener.cli.tree import app as command
from listener.explained import explained
from rules.analysis import Analyser, BrandSetup, Setup
from rules.judging import facts_of
from rules.language import identify_language
from rules.language_evidence import language_evidence
from rules.rule import Rule
from rules.sentiment.about import parts_about
from rules.text import readable
from sources.post import Post

CONFIG = """
[[brands]]
name = "Acme"
query = "acme"
[[sources]]
kind = "feed"
name = "news"
url = "https://example.org/feed"
[[rules]]
name = "unhappy"
when = "sentiment.score <= -0.4"
severity = "high"
[[rules]]
name = "asks"
when = '"question" in intent'
severity = "low"
"""
TEXT = "Bolt is great. But Acme broke my parcel, I want a refund!\n> they are lovely\nShare this:"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(CONFIG, "utf-8")
    return path


def explain(config: Path, *arguments: str, given: bytes | None = None) -> str:
    ended = CliRunner().invoke(command, ["analyze", "--explain", "--config", str(config), *arguments], input=given)
    assert ended.exit_code == 0, ended.output
    return ended.output


def test_every_part_of_a_reading_is_told_with_what_led_to_it(config: Path) -> None:
    told = explain(config, TEXT, "--lang", "de")
    for part in (
        "For Acme",
        "not read: “> they are lovely”: others' words, or a signature",
        "not read: “Share this:”: put there by a site, not by the author",
        "Language: English (en)",
        "its source says: German",
        "Sentiment: negative, -",
        "− “broke” ███",
        "speaks for negative",
        "About Acme: what each part counts",
        "Bolt is great.",
        "“refund”: wants money or goods back",
        "Urgency: ",
        "Story: ",
        "Author: nobody we know",
        "unhappy: speaks (high); it saw: someone wrote -",
        "asks: does not speak; it saw: ",
    ):
        assert part in told
    assert "\x1b" not in told  # no colour where nobody looks


def test_standard_input_is_read_where_no_text_is_named_and_cannot_move_the_terminal(config: Path) -> None:
    told = explain(config, given="Acme \x1b[31m\u202ebroke\x07 \udc80".encode("utf-8", "surrogatepass"))
    assert "For Acme" in told
    assert not {"\x1b", "\u202e", "\x07"} & set(told)


def test_a_brand_can_be_told_that_the_text_does_not_name(config: Path) -> None:
    assert "No brand's query matches" in explain(config, "they broke my parcel")
    assert "For Acme" in explain(config, "they broke my parcel", "--brand", "Acme")


def test_a_kept_mention_is_read_anew_by_its_number(config: Path, tmp_path: Path) -> None:
    line = {"text": "Acme broke my parcel again, awful", "author": {"handle": "jane"}}
    (tmp_path / "posts.jsonl").write_text(json.dumps(line) + "\n")
    run = CliRunner()
    brought = run.invoke(command, ["import", str(tmp_path / "posts.jsonl"), "--config", str(config)])
    assert brought.exit_code == 0, brought.output
    told = explain(config, "--mention", "1")
    assert "For Acme" in told
    assert "Sentiment: negative" in told
    assert "Author: nobody we know" in told
    (tmp_path / "customers.csv").write_text("id,name,handles\nc1,Jane Doe,\n")
    for words in (["import", str(tmp_path / "customers.csv"), "--yes"], ["link", "file:jane", "c1", "--by", "ann"]):
        said = run.invoke(command, ["customers", *words, "--config", str(config)])
        assert said.exit_code == 0, said.output
    assert "Jane Doe" in explain(config, "--mention", "1"), "what a person said of the author counts here too"
    missing = run.invoke(command, ["analyze", "--explain", "--mention", "9", "--config", str(config)])
    assert (missing.exit_code, "there is no mention 9" in missing.output) == (1, True)


@pytest.mark.parametrize(
    "arguments",
    [["a text"], ["--brand", "Acme"], ["--explain", "x", "--brand", "Acne"], ["--explain", "x", "--mention", "1"]],
)
def test_what_does_not_go_together_is_told(config: Path, arguments: list[str]) -> None:
    ended = CliRunner().invoke(command, ["analyze", *arguments, "--config", str(config)])
    assert ended.exit_code == 2


NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
RULES = (Rule(name="unhappy", when="sentiment.score <= -0.4", severity="high"),)
ANALYSER = Analyser(Setup((BrandSetup("Acme", "acme OR একমি"),), RULES))


@settings(deadline=None, max_examples=60)
@given(
    st.one_of(
        st.text(st.characters(codec=None), max_size=200),
        st.lists(
            st.sampled_from(["acme", "একমি", "great", "খারাপ", "but", "日本語", "😀", "🙄", "https://a.b", "।", "\n>"])
        ).map(" ".join),
    )
)
def test_any_text_can_be_explained(text: str) -> None:
    post = Post(source="test", instance="", external_id="1", text=text)
    for read in ANALYSER.analyse([post], "", NOW, every=True):
        reading = read.reading
        facts = facts_of(post, reading, own=False, seen_by="", now=NOW)
        sections = explained(facts, reading, read.fingerprint, RULES)
        assert [one.name for one in sections][:2] == ["What was read", "Language"]
        shown = readable(post)
        assert language_evidence(shown).lang == identify_language(shown) == reading.lang
        parts = parts_about(shown, ["acme"])
        assert not parts or " ".join(part.text for part in parts) == " ".join(shown.split())


def test_the_likeliest_languages_are_told_with_the_words_for_them() -> None:
    evidence = language_evidence("Der Kocher ist kaputt und niemand hilft", "en-GB")
    assert evidence.likeliest[0][0] == evidence.lang == "de"
    assert evidence.likeliest[0][1] > 0.9
    assert {"und", "ist"} <= set(evidence.words)
    assert evidence.claimed == "en"
    assert language_evidence("ফোনটা নষ্ট").scripts == (("Beng", 1.0),)
