"""Other analyzers than the built-in one: chosen by name, and never a reason for a reading to be lost."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import msgspec
import pytest
from pydantic import ValidationError

from rules.analysis import Analyser, BrandSetup, Setup
from rules.batch import analyse_batch, judge_batch
from rules.reading import Reason, Sentiment
from rules.rule import Rule
from rules.sentiment import analyzers
from rules.sentiment.analyzer_settings import AnalyzerSettings
from rules.sentiment.analyzers import AnalyzerChoice, open_analyzer
from rules.sentiment.contract import Analyzer, ReadyText
from rules.sentiment.huggingface import HuggingFaceSettings, meanings
from rules.sentiment.reader import SentimentReader
from rules.sentiment.shares import sentiment_of
from rules.sentiment.vader import VaderAnalyzer
from sources.post import Post

TEXTS = [
    ReadyText(text="Acme is great", lang="en"),
    ReadyText(text="Der Kocher ist kaputt, furchtbar", lang="de"),
    ReadyText(text="Acme is awful", lang="en"),
]
NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
POST = Post(source="feed", instance="a.example", external_id="1", text="Acme is awful")
RULES = (Rule(name="angry", when="sentiment.score <= -0.4", severity="high"),)

EVEN = {"negative": 0.0, "neutral": 0.0, "positive": 1.0}
ODD = {
    "unknown label": Sentiment(label="angry", score=0.0, probabilities=EVEN),  # type: ignore[arg-type]
    "no number": Sentiment(label="positive", score=float("nan"), probabilities=EVEN),
    "too large a score": Sentiment(label="positive", score=7.0, probabilities=EVEN),
    "no score": Sentiment(label="positive", probabilities=EVEN),
    "no probabilities": Sentiment(label="positive", score=1.0),
    "too large a share": Sentiment(label="positive", score=1.0, probabilities={**EVEN, "neutral": 9.0}),
    "unstorable word": Sentiment(label="positive", score=1.0, probabilities=EVEN, reasons=(Reason("\ud800", ""),)),
    "unstorable why": Sentiment(label=None, why="\ud800"),
}


class FlatAnalyzer:
    """Everything is neutral; German is not read; some words make it fail."""

    def analyze(self, mentions: Sequence[ReadyText]) -> list[Sentiment]:
        if any("explode" in one.text for one in mentions):
            raise ZeroDivisionError("boom")
        if any("too few" in one.text for one in mentions):
            return []
        for word, odd in ODD.items():
            if any(word in one.text for one in mentions):
                return [odd] * len(mentions)
        if any("half a letter" in one.text for one in mentions):
            raise ValueError("\ud800")
        return [
            Sentiment(label=None, why="I read no German")
            if one.lang == "de"
            else sentiment_of({"neutral": 1.0}, (), None)
            for one in mentions
        ]


class FlatSettings(AnalyzerSettings):
    analyzer: Literal["flat"] = "flat"
    opens: bool = True

    def open(self) -> Analyzer:
        if not self.opens:
            raise OSError("no such model")
        return FlatAnalyzer()


@pytest.fixture
def flat(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("flat_example")
    module.FlatSettings = FlatSettings  # type: ignore[attr-defined]
    module.nothing = object()  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "flat_example", module)
    points = [EntryPoint("flat", "flat_example:FlatSettings", analyzers.ENTRY_POINTS)]
    points.append(EntryPoint("wrong", "flat_example:nothing", analyzers.ENTRY_POINTS))
    monkeypatch.setattr("rules.sentiment.analyzers.entry_points", lambda group: points)


def test_the_built_in_reader_reads_where_nothing_is_chosen() -> None:
    assert isinstance(open_analyzer(AnalyzerChoice()), SentimentReader)
    assert {"built-in", "vader", "huggingface"} <= set(analyzers.names())


def test_vader_reads_english_and_leaves_the_rest_to_the_built_in_reader() -> None:
    read = open_analyzer(AnalyzerChoice("vader")).analyze(TEXTS)
    alone = VaderAnalyzer().analyze(TEXTS)
    assert (read[0], read[2]) == (alone[0], alone[2])
    assert read[1].label == "negative"
    assert read[1].why is not None
    assert read[1].why.startswith("read by the built-in reader: no lexicon for de")


def test_an_installed_package_brings_an_analyzer_of_its_own(flat: None) -> None:
    assert "flat" in analyzers.names()
    read = open_analyzer(AnalyzerChoice("flat")).analyze(TEXTS)
    assert [one.label for one in read] == ["neutral", "negative", "neutral"]
    with pytest.raises(TypeError):
        analyzers.settings_class("wrong")
    with pytest.raises(KeyError):
        analyzers.settings_class("missing")


@pytest.mark.parametrize(
    ("choice", "text", "why"),
    [
        (AnalyzerChoice("flat"), "explode, awful", "flat failed (ZeroDivisionError: boom)"),
        (AnalyzerChoice("flat"), "too few, awful", "must give a list of 1 Sentiments"),
        (AnalyzerChoice("flat", {"opens": False}), "awful", "cannot be opened: OSError: no such model"),
        (AnalyzerChoice("flat", {"odd": 1}), "awful", "cannot be opened: ValidationError"),
        (AnalyzerChoice("missing"), "awful", "cannot be opened: KeyError"),
        (AnalyzerChoice("flat"), "half a letter, awful", "flat failed (ValueError"),
        *((AnalyzerChoice("flat"), f"{word}, awful", "flat failed") for word in ODD),
    ],
)
def test_where_it_fails_the_built_in_reading_is_kept_with_the_reason(
    flat: None, choice: AnalyzerChoice, text: str, why: str
) -> None:
    analyzer = open_analyzer(choice)
    for _ in range(2):
        (read,) = analyzer.analyze([ReadyText(text=text, lang="en")])
        assert read.label == "negative"
        assert read.reasons
        assert read.why is not None
        assert why in read.why
        msgspec.json.encode(read)


def test_the_choice_travels_with_the_set_up_to_whoever_reads(flat: None) -> None:
    setup = Setup((BrandSetup("Acme", "acme"),), RULES, analyzer=AnalyzerChoice("flat"))
    answer = analyse_batch(msgspec.json.encode([POST]), msgspec.json.encode(setup), "", NOW.isoformat())
    assert msgspec.json.decode(answer)[0]["reading"]["sentiment"]["label"] == "neutral"


def test_rules_are_asked_again_about_a_reading_that_has_changed() -> None:
    setup = Setup((BrandSetup("Acme", "acme"),), RULES)
    (read,) = Analyser(setup).analyse([POST], "", NOW)
    assert [rule.name for rule in read.reading.rules] == ["angry"]
    better = msgspec.structs.replace(
        read, reading=msgspec.structs.replace(read.reading, sentiment=sentiment_of({"positive": 1.0}, (), None))
    )
    told = judge_batch(msgspec.json.encode([better]), msgspec.json.encode(setup), "", NOW.isoformat())
    (again,) = msgspec.json.decode(told, type=list[type(read)])
    assert not again.reading.rules
    back = judge_batch(msgspec.json.encode([read]), msgspec.json.encode(setup), "", NOW.isoformat())
    assert msgspec.json.decode(back) == msgspec.json.decode(msgspec.json.encode([read]))


def test_what_a_models_labels_mean_is_said_by_their_names_or_by_the_settings() -> None:
    assert meanings({0: "NEG", 1: "neutral", 2: "Positive"}, {}) == ("negative", "neutral", "positive")
    assert meanings({1: "LABEL_1", 0: "LABEL_0"}, {"label_0": "negative", "LABEL_1": "positive"}) == (
        "negative",
        "positive",
    )
    with pytest.raises(ValueError, match='a label "LABEL_1": say in'):
        meanings({0: "negative", 1: "LABEL_1"}, {})


def test_settings_of_a_model_are_strict() -> None:
    with pytest.raises(ValidationError):
        HuggingFaceSettings.model_validate({"model": "m", "trust_remote_code": True})
    with pytest.raises(ValidationError):
        HuggingFaceSettings.model_validate({"model": "m", "labels": {"x": "happy"}})


def test_a_library_that_is_not_installed_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rules.sentiment.huggingface.find_spec", lambda name: None)
    assert HuggingFaceSettings(model="m").hindrance() == (
        "needs transformers and torch: pip install 'listener[huggingface]'"
    )


def test_a_model_of_transformers_reads(tmp_path: Path) -> None:
    """A model made here, of a few hundred random weights: that it is read is what counts, not what it says."""
    transformers: Any = pytest.importorskip("transformers", reason="the extra `huggingface` is not installed")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "acme", "is", "great", "awful"]
    (tmp_path / "vocab.txt").write_text("\n".join(words))
    transformers.BertTokenizerFast(vocab_file=str(tmp_path / "vocab.txt")).save_pretrained(tmp_path)
    config = transformers.BertConfig(
        vocab_size=len(words), hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8,
        id2label={0: "bad", 1: "neutral", 2: "good"}, label2id={"bad": 0, "neutral": 1, "good": 2},
    )  # fmt: skip
    transformers.BertForSequenceClassification(config).save_pretrained(tmp_path, safe_serialization=True)
    settings = HuggingFaceSettings(
        model=str(tmp_path), labels={"bad": "negative", "good": "positive"}, languages=("en",), together=1
    )
    read = settings.open().analyze(TEXTS)
    assert [one.label is None for one in read] == [False, True, False]
    assert sum((read[0].probabilities or {}).values()) == pytest.approx(1.0, abs=1e-3)
    again = open_analyzer(AnalyzerChoice("huggingface", settings.model_dump(mode="json"))).analyze(TEXTS)
    assert again[0] == read[0]
    assert again[1].label == "negative"  # German, by the built-in reader
