"""A team's marks correct readings of sentiment, and only what they are about."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from rules.analysis import Analyser, BrandSetup, Setup
from rules.reading import Sentiment, Span
from rules.sentiment.contract import ReadyText
from rules.sentiment.corrected import CorrectedReader, Corrector
from rules.sentiment.correction import FEELINGS, Correction, Feeling, Part, TableShift
from rules.sentiment.correction_fit import LEAST_OF_BRAND, Example, fit
from rules.sentiment.correction_grade import grade, held_out
from rules.sentiment.descent import least
from rules.sentiment.reader import SentimentReader
from sources.post import Post

READER = SentimentReader()
THINGS = ["kettle", "lamp", "toaster", "parcel", "box", "door", "chair", "window", "table", "cable"]
WORDS: dict[str, Feeling] = {"zorped": "negative", "blimmed": "positive", "stands": "neutral"}


def examples(count: int, brand: str | None = None, said: dict[str, Feeling] = WORDS) -> list[Example]:
    """Texts with words that only a team knows, each marked with what the word means there."""
    texts, labels = [], []
    for number in range(count):
        word, feeling = list(said.items())[number % len(said)]
        texts.append(ReadyText(text=f"the {THINGS[number % 10]} {word} on day {number}", lang="en", brand=brand))
        labels.append(feeling)
    shipped = READER.analyze(texts)
    return [Example(text=a, shipped=b, label=c) for a, b, c in zip(texts, shipped, labels, strict=True)]


FEW = fit(examples(30))


@pytest.fixture(scope="module")
def taught() -> Correction:
    return fit(examples(120))


def read(text: str, correction: Correction, brand: str | None = None, lang: str = "en") -> tuple[Sentiment, Sentiment]:
    """A text as shipped, and as corrected."""
    ready = ReadyText(text=text, lang=lang, brand=brand)
    (shipped,) = READER.analyze([ready])
    return shipped, Corrector(correction).correct(ready, shipped)


@given(st.text(max_size=120), st.sampled_from(["en", "bn", "de", "und"]))
def test_a_correction_of_no_marks_changes_nothing(text: str, lang: str) -> None:
    for nothing in (Correction(), fit([]), Correction(marks=3, parts=(Part(marks=3),))):
        shipped, corrected = read(text, nothing, "Acme", lang)
        assert corrected is shipped


@settings(max_examples=10, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_marks_does_not_matter_and_a_mark_that_comes_twice_counts_once(random: Random) -> None:
    told = examples(24, "Acme") + examples(12, "Bolt")
    shuffled = [*told, told[0]]
    random.shuffle(shuffled)
    assert fit(shuffled) == fit(told)
    assert held_out(shuffled[:-1])[""].texts == len(shuffled) - 1


def test_what_marks_say_of_a_word_is_read_in_new_texts_and_named_as_theirs(taught: Correction) -> None:
    shipped, corrected = read("my new blender zorped!", taught)
    assert (shipped.label, corrected.label) != ("negative", "negative") and corrected.label == "negative"
    assert shipped.score is not None and corrected.score is not None and corrected.score < shipped.score
    assert corrected.reasons[0].text == "zorped"
    assert corrected.reasons[0].why == "speaks for negative, by your team's 120 marks"
    assert corrected.why == f"corrected by your team's 120 marks: {shipped.label} before"
    assert read("my new blender blimmed", taught)[1].label == "positive"


@given(st.text(max_size=200) | st.sampled_from(["zorped", "🙄 zorped", "\ud800 zorped", "zorped " * 3_000]))
def test_whatever_a_text_holds_its_corrected_reading_is_a_reading(text: str) -> None:
    corrected = read(text, FEW, "Acme")[1]
    if corrected.probabilities is not None:
        assert sum(corrected.probabilities.values()) == pytest.approx(1.0, abs=1e-3)
        assert corrected.score is not None and -1.0 <= corrected.score <= 1.0
        assert corrected.label in (*FEELINGS, "unsure")


def test_the_words_of_one_language_leave_other_tables_as_they_are(taught: Correction) -> None:
    shipped, corrected = read("কেটলি খুব ভালো", taught, lang="bn")
    assert corrected is shipped


def test_what_cannot_be_read_or_may_be_ironic_stays_so(taught: Correction) -> None:
    for text, lang in (("お茶 zorped", "ja"), ("Oh great, the kettle zorped. Love how it works!", "en")):
        shipped, corrected = read(text, taught, lang=lang)
        assert shipped.label in (None, "unsure")
        assert corrected is shipped


def test_a_brand_with_marks_enough_is_read_in_its_own_way() -> None:
    opposite: dict[str, Feeling] = {"zorped": "positive", "blimmed": "negative", "stands": "neutral"}
    both = fit(examples(60, "Acme") + examples(60, "Bolt", opposite))
    assert [part.brand for part in both.parts] == ["", "Acme", "Bolt"]
    acme, bolt = (read("the blender zorped", both, brand)[1] for brand in ("Acme", "Bolt"))
    assert (acme.label, bolt.label) == ("negative", "positive")
    assert "by your team's 120 marks, 60 of them about Bolt" in bolt.reasons[0].why


def test_a_brand_with_too_few_marks_and_the_only_brand_have_no_weights_of_their_own() -> None:
    few = fit(examples(60, "Acme") + examples(LEAST_OF_BRAND - 1, "Bolt"))
    assert [part.brand for part in few.parts] == ["", "Acme"]
    assert [part.brand for part in fit(examples(60, "Acme")).parts] == [""]


def test_the_brands_own_name_is_learned_nothing_from() -> None:
    told = [
        replace(one, text=replace(one.text, text=f"Acme's {one.text.text}", spans=(Span("text", 0, 4, "Acme"),)))
        for one in examples(60, "Acme", {"zorped": "negative", "fell": "negative", "stands": "neutral"})
    ]
    corrected = read("Acme, ACME and Acme's", fit(told), "Acme")[1]
    assert not [one for one in corrected.reasons if "your team" in one.why]
    assert [one for one in read("zorped", fit(told), "Acme")[1].reasons if "your team" in one.why]


def test_names_and_links_teach_nothing() -> None:
    told = [replace(one, text=replace(one.text, text=f"@Bolt www.x.example {one.text.text}")) for one in examples(60)]
    assert fit(told).parts[0].hashes == fit(examples(60)).parts[0].hashes
    corrected = read("@Bolt https://x.example zorped", fit(told))[1]
    assert [one.text for one in corrected.reasons if "your team" in one.why] == ["zorped"]


def test_a_correction_travels_as_json_and_reads_the_same(taught: Correction) -> None:
    setup = Setup(brands=(BrandSetup("Acme", "blender"),), rules=(), correction=taught)
    arrived = msgspec.json.decode(msgspec.json.encode(setup), type=Setup)
    post = Post(source="test", instance="", external_id="1", text="my blender zorped", lang="en")
    now = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
    (first,), (second,) = (Analyser(one).analyse([post], "", now) for one in (setup, arrived))
    assert first.reading.sentiment == second.reading.sentiment
    assert first.reading.sentiment.label == "negative"
    (plain,) = Analyser(replace(setup, correction=None)).analyse([post], "", now)
    assert plain.reading.sentiment.label != "negative"


@pytest.mark.parametrize(
    "damaged",
    [
        Correction(format=2),
        Correction(parts=(Part(marks=1, hashes=b"\0" * 4, weights=b"\0" * 4),)),
        Correction(parts=(Part(marks=1, hashes=b"\0" * 3),)),
        Correction(parts=(Part(marks=1, shifts=(TableShift("english", ((0.0, 0.0, 0.0),)),)),)),
    ],
)
def test_weights_that_are_none_are_refused(damaged: Correction) -> None:
    with pytest.raises(ValueError, match=r"format|weights|multiple"):
        CorrectedReader(READER, damaged)


def test_held_out_marks_show_help_where_there_is_something_to_learn() -> None:
    found = held_out(examples(90))[""]
    assert found.helps and found.fixed > 20 > found.broken
    assert found.after.macro_f1 > 0.9 > found.before.macro_f1


def test_marks_that_say_nothing_do_not_seem_to_help() -> None:
    random = Random(5)
    helped = 0
    for _ in range(6):
        told = [replace(one, label=random.choice(FEELINGS)) for one in examples(60, said={"stands": "neutral"})]
        helped += held_out(told)[""].after.macro_f1 > 0.45
    assert helped == 0


def test_copies_of_a_text_and_posts_of_a_story_are_held_out_together() -> None:
    same = [replace(one, label="negative", story="one story") for one in examples(40, said={"stands": "neutral"})]
    assert held_out(same) == {}, "nothing is left to learn from"
    copies = [replace(one, text=same[0].text) for one in same]
    assert held_out([replace(one, story="") for one in copies]) == {}


def test_grades_count_unsure_and_unread_as_wrong() -> None:
    said = [Sentiment(label=one) for one in ("negative", "unsure", None, "positive")]  # type: ignore[arg-type]
    found = grade(["negative", "negative", "negative", "positive"], said)
    assert found.confusion == ((1, 0, 0, 1, 1), (0, 0, 0, 0, 0), (0, 0, 1, 0, 0))
    assert (found.recall, found.precision) == (pytest.approx(1 / 3), 1.0)
    assert found.macro_f1 == pytest.approx((0.5 + 1.0) / 2)


@given(st.lists(st.tuples(st.floats(0.5, 20), st.floats(-9, 9)), min_size=1, max_size=6))
def test_descent_finds_the_least_of_a_bowl(bowl: list[tuple[float, float]]) -> None:
    steep, middle = (np.array(side) for side in zip(*bowl, strict=True))
    found = least(lambda at: (float(steep @ (at - middle) ** 2), 2 * steep * (at - middle)), np.zeros(len(bowl)))
    assert found == pytest.approx(middle, abs=1e-3)
