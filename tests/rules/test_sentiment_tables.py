"""Behaviour of the tables that sentiment is read by, and of the features that they are asked for."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from rules.sentiment.clauses import clauses
from rules.sentiment.features import ENDS_CLAUSE, NEGATES, PICTURES, features
from rules.sentiment.gathering import gathered
from rules.sentiment.letters import grams
from rules.sentiment.marks import bare_words
from rules.sentiment.memory import KNOWN, Memory
from rules.sentiment.pieces import pieces
from rules.sentiment.spelling import one_spelling
from rules.sentiment.stances import stance
from rules.sentiment.table import FORMAT, About, Table, kept_in_bytes, shipped
from rules.sentiment.weigher import Weigher

ROOT = Path(__file__).resolve().parents[2]


def test_spellings_that_mean_one_word_are_one() -> None:
    assert one_spelling("SÓÓÓÓ") == one_spelling("soo") == "soo"
    assert one_spelling("Don’t") == "don't"
    assert one_spelling("أحمـد") == one_spelling("احمد")
    assert one_spelling("য়") == one_spelling("য\u09bc")


def test_scripts_without_spaces_are_cut_into_stretches() -> None:
    assert pieces("very good") == ["very", "good"]
    assert pieces("acme不好吃!") == ["acme", "不好", "好吃", "不好吃", "!"]
    assert pieces("好") == ["好"]


def test_pieces_know_what_they_are() -> None:
    assert features("never").flags == NEGATES
    assert features("isn't,").flags == NEGATES | ENDS_CLAUSE
    assert features("😡").flags == features(":-(").flags & PICTURES == PICTURES
    assert features("“quoted”").flags == 0
    assert features("<3").flags == PICTURES
    assert features("@acme").hashes == features("@bolt").hashes
    assert features("https://a.example/x").hashes == features("http").hashes
    assert not (features("10:30").flags | features("2:1").flags) & PICTURES


def test_runs_of_letters_stay_within_their_word() -> None:
    one, both = grams(["<ab>"]), grams(["<ab>", "<cd>"])
    assert set(one.hashes.tolist()) < set(both.hashes.tolist())
    assert both.words.tolist().count(0) == len(one.hashes) == 5  # <a ab b> <ab ab>
    assert np.square(one.values).sum() == pytest.approx(1.0)
    assert len(grams([]).hashes) == 0


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.floats(-9, 9), st.floats(-1, 1)), min_size=4, max_size=4))
def test_a_byte_keeps_a_weight_within_a_hundredth_of_the_largest(weights: list[tuple[float, float]]) -> None:
    wanted = np.array(weights, np.float32)
    kept, scale = kept_in_bytes(wanted)
    table = Table(About(format=FORMAT, scale=scale, bias=(0, 0)), kept)
    found = table.weights(np.arange(4, dtype=np.uint64))
    assert np.all(np.abs(found - wanted) <= 0.01 * np.abs(wanted).max(axis=0) + 1e-6)


def test_a_table_of_another_shape_or_format_is_refused() -> None:
    about = About(format=FORMAT, scale=(1, 1), bias=(0, 0))
    with pytest.raises(ValueError, match="rows of two weights"):
        Table(about, np.zeros((3, 2), np.int8))
    with pytest.raises(ValueError, match="format 99"):
        Table(msgspec.structs.replace(about, format=99), np.zeros((4, 2), np.int8))
    with pytest.raises(FileNotFoundError):
        shipped("klingon")


def test_what_ships_is_small() -> None:
    folder = ROOT / "rules" / "sentiment" / "tables"
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 10_000_000


def test_a_memory_forgets_first_what_was_not_met_for_longest() -> None:
    learnt: list[str] = []

    def learn(new: Sequence[str]) -> NDArray[np.void]:
        learnt.extend(new)
        known = np.zeros(len(new), KNOWN)
        known["mass"] = [len(piece) for piece in new]
        return known

    memory = Memory(learn, lambda piece: "@" if piece.startswith("@") else piece, room=2_000)
    for number in range(40):
        pieces = ["often", "@ann", "@bo", *[f"word{number}x{at}" for at in range(10)]]
        found = memory.look_up(pieces)
        assert found["mass"].tolist() == [5, 1, 1, *map(len, pieces[3:])]
        assert len(memory) <= 100
    assert learnt.count("often") == learnt.count("@") == 1
    assert "@ann" not in learnt
    memory.look_up(["word39x0", "word0x0"])
    assert (learnt.count("word39x0"), learnt.count("word0x0")) == (1, 2)


def test_what_could_not_be_learnt_is_asked_for_again() -> None:
    failing = [True]

    def learn(new: Sequence[str]) -> NDArray[np.void]:
        if failing.pop():
            raise MemoryError
        return np.ones(len(new), KNOWN)

    memory = Memory(learn, str)
    with pytest.raises(MemoryError):
        memory.look_up(["word"])
    failing.append(False)
    assert memory.look_up(["word"])["mass"].tolist() == [1.0]


def test_a_weigher_weighs_the_same_whatever_it_has_met() -> None:
    weigher = Weigher(shipped("bengali"))
    for number in range(5):
        texts = [[f"word{number}x{at}", "@ann", "ভালো", "না", "https://a.example"] for at in range(10)]
        weighed, fresh = weigher.weigh(texts), Weigher(shipped("bengali")).weigh(texts)
        assert np.array_equal(weighed.weights, fresh.weights)
        assert np.array_equal(weighed.signs, fresh.signs)


WORDS = st.text(st.sampled_from("abDéশ়ক1'’_@#.,!?(:-😡\u0301ไو؟"), min_size=1, max_size=7)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(WORDS, st.sampled_from(["xD", ":D", "www.a.b", "https://x", "(never)", "soooo!", "“é”"]))))
def test_many_pieces_have_the_features_of_each_alone(pieces: list[str]) -> None:
    together = gathered(pieces, 0.0)
    for number, piece in enumerate(pieces):
        alone = features(piece)
        of_it = together.owners == number
        assert together.hashes[of_it].tolist() == alone.hashes
        assert together.values[of_it].tolist() == pytest.approx(alone.values)
        told = together.mass[number], together.cores[number], together.flags[number]
        assert told == (alone.mass, alone.core, alone.flags)


def test_threads_share_a_weigher() -> None:
    weigher = Weigher(shipped("bengali"))
    texts = [[f"w{number}", "খারাপ"] for number in range(300)]
    wanted = weigher.weigh(texts).weights
    shared = Weigher(shipped("bengali"))
    found: list[np.ndarray] = []
    threads = [threading.Thread(target=lambda: found.append(shared.weigh(texts).weights)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.allclose(one, wanted) for one in found) and len(found) == 6


def test_clauses_end_at_marks_and_before_contrasts() -> None:
    words = ["Bolt", "is", "great,", "Acme", "broke", "it", "but", "then", "again", "fixed", "it.", "Fine"]
    cut = [(words[one.start], one.opens_sentence, one.contrasts) for one in clauses(words, bare_words(words))]
    assert cut == [("Bolt", True, False), ("Acme", False, False), ("but", False, True), ("Fine", True, False)]


@pytest.mark.parametrize(
    ("clause", "verdict"),
    [
        ("Bolt is better than ACME", -1),
        ("ACME is much better than Bolt", 1),
        ("Bolt is worse than ACME", 1),
        ("ACME is more expensive than Bolt", -1),
        ("I prefer ACME to Bolt", 1),
        ("I prefer Bolt to ACME", -1),
        ("just switched from ACME to Bolt", -1),
        ("just switched from Bolt to ACME", 1),
        ("ACME is good", 0),
    ],
)
def test_a_comparison_takes_a_side(clause: str, verdict: int) -> None:
    words = clause.split()
    found = stance(words, words, [word == "ACME" for word in words])
    assert (found.toward if found else 0) == verdict


def test_the_model_card_names_every_licence_that_was_relied_on() -> None:
    card = (ROOT / "docs" / "sentiment-model.md").read_text("utf-8")
    sources = (ROOT / "training" / "sentiment_sets.py").read_text("utf-8")
    for licence in set(re.findall(r"(?:CC BY(?:-SA)? \d\.0|CC0 1\.0|Apache-2\.0)", sources)):
        assert licence in card
    for grade in ("GREEN", "AMBER"):
        assert grade in card
