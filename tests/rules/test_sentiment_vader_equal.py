"""Our reading by VADER's rules against vaderSentiment itself, to the last digit of all four of its numbers."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vaderSentiment import vaderSentiment
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from rules.sentiment.vader_scored import Scored
from rules.sentiment.vader_scorer import Scorer, scorer
from rules.sentiment.vader_weighing import compound, weighed_by_but

PACKAGE = SentimentIntensityAnalyzer()
LEXICON, EMOJI = list(PACKAGE.lexicon), list(PACKAGE.emojis)
NAMED = [
    *vaderSentiment.NEGATE,
    *vaderSentiment.BOOSTER_DICT,
    *(word for phrase in vaderSentiment.SPECIAL_CASES for word in phrase.split()),
    *("no", "least", "this", "so", "at", "very", "but", "or", "nor", "of", "doubt", "without", "never", "kind", "BUT"),
    *("just", "enough", "the", "to", "for", "xn'ty"),
]
OTHERS = ["acme", "rockets", "it", "was", "?!", "!!!", "...", "\u0130t", "\u0149't", "Z\u0338\u0322a\u0336", "\u202e"]
OTHERS += ["\ud800", "\u00e9", "na\u00efve", "\u03a9", "(", "*"]
SPACES = [*" " * 8, "  ", "\n", "\t", "\u00a0", ""]


def made_up(seed: int, count: int) -> Iterator[str]:
    """Texts made of what VADER has rules for, in all spellings that could mislead."""
    chance = random.Random(seed)
    for _ in range(count):
        words = (_word(chance) + chance.choice(SPACES) for _ in range(chance.randint(0, 14)))
        yield chance.choice(["", "\n", " "]) + "".join(words)


def _word(chance: random.Random) -> str:
    (among,) = chance.choices((NAMED, LEXICON, EMOJI, OTHERS), weights=(50, 20, 5, 25))
    word = chance.choice(among)
    word = chance.choices((word, word.upper(), word.capitalize()), weights=(83, 12, 5))[0]
    if chance.random() < 0.1:
        word += chance.choice("!?.,;:'\"-")
    if chance.random() < 0.03:
        word = chance.choice("'\"(#@*") + word
    return word + chance.choice(EMOJI) if chance.random() < 0.03 else word


def differences(texts: Iterable[str]) -> list[str]:
    """The texts of which the package says another thing than we do, of each alone or of all of them at once."""
    several = [*texts]
    enough = several * (1 + 100 // max(1, len(several)))
    found = []
    for text, alone, among in zip(several, map(scorer().score, several), scorer().scores(enough), strict=False):
        said = PACKAGE.polarity_scores(text)
        if _numbers(alone) != said or _numbers(among) != said:
            found.append(text)
    return found


def _numbers(scored: Scored) -> dict[str, float]:
    """The package's numbers, made from our words' parts and our score."""
    valences = [0.0] * len(scored.words)
    for at, valence in zip(scored.places, scored.valences, strict=True):
        valences[at] = valence
    told: dict[str, float] = PACKAGE.score_valence(valences, " ".join(scored.words))
    return told if told["compound"] == scored.compound else {}


def test_a_few_thousand_texts_get_the_packages_numbers_to_the_last_digit() -> None:
    assert not differences(made_up(1, 2_000))


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(2, 12))
def test_a_hundred_thousand_texts_get_the_packages_numbers_to_the_last_digit(seed: int) -> None:
    assert not differences(made_up(seed, 10_000))


@pytest.mark.parametrize(
    "spelling",
    ["{}", "{}!!!!!", "'({})'", "####{}", "{}\0", "{}\u0301", "x{}", "{}n't", "it is {} and", "not {}", "{0} {0}{0}"],
)
def test_every_word_of_the_lexicon_is_known_in_every_spelling_and_nothing_else_is(spelling: str) -> None:
    words = LEXICON[:: 1 if spelling == "{}" else 7]
    assert not differences(spelling.format(word) for word in words)
    assert not differences(spelling.format(word.upper()) for word in words)


def test_words_end_where_python_splits_them() -> None:
    spaces = [chr(code) for code in range(sys.maxunicode + 1) if chr(code).isspace()]
    assert not differences([f"good{space}not{space}bad" for space in [*spaces, "\u200b", "\ufeff", "\0", "\x7f"]])


def test_letters_beyond_ascii_that_are_lowered_to_ascii_are_no_disguise() -> None:
    letters = [chr(code) for code in range(128, sys.maxunicode + 1) if chr(code).lower().isascii()]
    assert letters
    for letter in letters:
        assert not differences(word.replace(letter.lower(), letter) for word in LEXICON[::5])


def test_words_of_other_scripts_are_cut_and_refused() -> None:
    texts = [
        "Всё good, не bad",
        "とても good です",
        "bad\u3000いいね good",
        "ISN\u2019T good",
        "\u0430n't good",
        "g\u043eod",
    ]
    assert not differences(texts * 20)


def test_it_makes_no_difference_which_texts_stand_beside_a_text() -> None:
    texts = ["", *made_up(5, 600), " ", ""]
    alone = [scorer().score(text) for text in texts]
    for size in (2, 7, 60, len(texts)):
        batches = [scorer().scores(texts[start : start + size]) for start in range(0, len(texts), size)]
        beside = [one for batch in batches for one in batch]
        assert [one.compound for one in beside] == [one.compound for one in alone]
        assert [(one.places, one.valences) for one in beside] == [(one.places, one.valences) for one in alone]
    assert scorer().scores([]) == []


def test_threads_that_score_at_once_disturb_each_other_in_nothing() -> None:
    texts = [*made_up(8, 600)]
    alone = [scorer().score(text).compound for text in texts]
    forgetful = Scorer(room=5_000)  # what one remembers is thrown away while others use it

    def scored(first: int) -> list[float]:
        turned = texts[first:] + texts[:first]
        batches = [forgetful.scores(turned[start : start + 50]) for start in range(0, len(turned), 50)]
        found = [one.compound for batch in batches for one in batch]
        return found[len(texts) - first :] + found[: len(texts) - first]

    with ThreadPoolExecutor(3) as threads:
        assert list(threads.map(scored, [0, 200, 400])) == [alone] * 3


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(st.sampled_from("nobadGOD't .!:)\u00e9\U0001f602\0\u2003"), max_size=12), max_size=8))
def test_no_mark_letter_or_space_misleads(texts: list[str]) -> None:
    assert not differences(texts)


def test_long_texts_are_taken_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [*made_up(6, 300)]
    at_once = scorer().scores(texts)
    monkeypatch.setattr("rules.sentiment.vader_scorer._MOST_LETTERS", 1_000)
    batches = [*scorer().batches(texts)]
    assert len(batches) > 10
    assert [compound for batch in batches for compound in batch.compounds] == [one.compound for one in at_once]


def test_what_is_remembered_has_an_end_and_no_text_notices_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rules.sentiment.vader_effects._MOST_ROWS", 20)
    forgetful = Scorer(room=2_000)
    most = 0
    for text in made_up(99, 300):
        assert forgetful.score(text).compound == PACKAGE.polarity_scores(text)["compound"]
        most = max(most, len(forgetful._spellings))
        assert len(forgetful._effects._calm) <= 20
    assert 10 < most < 80


@pytest.mark.parametrize(
    "text",
    [
        "kind of great", "a kind", "the shit is bad ass today", "yeah right", "no no good", "no good or bad nor great",
        "no it or good", "no it nor good", "no GOOD or it bad",
        "least good", "at least good", "very least good", "it is least good", "never so good", "never so very good",
        "without a doubt great", "without doubt great", "this is this good", "so so so good", "NOT good", "GOOD",
        "GOOD BAD", "good BAD", "VERY good", "good but bad but good", "good good but good", "bad but", "but good",
        "to die for", "kiss of death", "it is just enough good", "sort of kind of good", "isn\u2019t good", "xn't good",
        "good!!!!!", "good????", "no", "no no", "not no", "\U0001f602bad", "\U0001f602\U0001f602 not \U0001f621",
        "\u203c\ufe0f good", "\U0001f51b good", "", " ", "?", "a", "good \x00 bad", "good\u2028bad",
    ],
)  # fmt: skip
def test_what_a_rule_could_be_misread_in_gets_the_packages_numbers(text: str) -> None:
    assert not differences([text])


@settings(max_examples=300, deadline=None)
@given(st.floats(-60, 60, allow_nan=False), st.integers(-99_999, 99_999))
def test_four_digits_are_those_that_round_gives(total: float, ties: int) -> None:
    assert compound(total) == round(vaderSentiment.normalize(total), 4)
    tie = ties / 100_000  # every tenth lies between two compounds
    near = tie / (1 - tie * tie) ** 0.5 * 15**0.5
    assert compound(near) == round(vaderSentiment.normalize(near), 4)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([1.5, -1.5, 3.0, 0.75, 1.9, 2.25]), max_size=8), st.integers(0, 8))
def test_but_is_weighed_as_the_package_weighs_it(valences: list[float], before: int) -> None:
    before = min(before, len(valences))
    words = ["it"] * before + ["but"] + ["it"] * (len(valences) - before)
    told = PACKAGE._but_check(words, [*valences[:before], 0, *valences[before:]])
    assert weighed_by_but(valences, before) == [*told[:before], *told[before + 1 :]]
