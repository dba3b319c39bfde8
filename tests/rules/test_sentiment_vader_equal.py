"""Our reading by VADER's rules against vaderSentiment itself, to the last digit of all four of its numbers."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from vaderSentiment import vaderSentiment
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from rules.sentiment.vader_rules import Rules
from rules.sentiment.vader_scorer import scorer
from rules.sentiment.vader_words import Words

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


def differences(texts: Iterator[str]) -> list[str]:
    """The texts of which the package says another thing; its shares are made from our words' parts."""
    found = []
    for text in texts:
        scored = scorer().score(text)
        valences = [0.0] * len(scored.tokens)
        for word in scored.counted:
            valences[word.at] = word.valence
        said = PACKAGE.polarity_scores(text)
        if scored.compound != said["compound"] or PACKAGE.score_valence(valences, " ".join(scored.tokens)) != said:
            found.append(text)
    return found


def test_a_few_thousand_texts_get_the_packages_numbers_to_the_last_digit() -> None:
    assert not differences(made_up(1, 2_000))


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(2, 12))
def test_a_hundred_thousand_texts_get_the_packages_numbers_to_the_last_digit(seed: int) -> None:
    assert not differences(made_up(seed, 10_000))


def test_what_is_remembered_of_spellings_has_an_end_and_no_text_notices_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rules.sentiment.vader_words._ROOM", 2_000)
    monkeypatch.setattr(scorer(), "_words", Words(Rules(vaderSentiment, PACKAGE.lexicon)))
    most = 0
    for text in made_up(99, 300):
        assert not differences(iter([text]))
        most = max(most, len(scorer()._words.spellings([]).known))
    assert 10 < most < 80
